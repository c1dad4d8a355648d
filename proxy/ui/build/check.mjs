// Builds anew and compares the sizes with the budgets.

import { table, weigh } from "./budgets.mjs";

const rows = weigh();
console.log(table(rows));
const faults = rows.filter(({ gzip, budget }) => gzip > budget);
for (const { name, gzip, budget } of faults) console.error(`${name} is ${gzip - budget} B over its budget`);
process.exitCode = faults.length ? 1 : 0;
