// What the browser part weighs, as a table. The times in a browser are measured by tests/browser (`make ui-sizes` prints both).

import { table, weigh } from "./budgets.mjs";

console.log(table(weigh()));
