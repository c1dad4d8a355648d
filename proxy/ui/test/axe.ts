// axe, on an element with all that is in its shadow.

import "axe-core/axe.min.js";
import type { AxeResults, RunOptions } from "axe-core";

interface Axe {
  run(context: Element | Document, options: RunOptions): Promise<AxeResults>;
}

const OPTIONS: RunOptions = {
  resultTypes: ["violations"],
  // A test's document is no page: it has no landmark and no heading of its own.
  rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false }, "landmark-one-main": { enabled: false }, "document-title": { enabled: false }, "html-has-lang": { enabled: false }, "target-size": { enabled: true } },
};

/** Throws with what is wrong, and where. */
export async function accessible(element: Element): Promise<void> {
  const { axe } = globalThis as unknown as { axe: Axe };
  const { violations } = await axe.run(element, OPTIONS);
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `   ${node.target.flat().join(" ")}  ${node.failureSummary?.replace(/\s+/g, " ") ?? ""}`).join("\n")}`);
  if (said.length) throw new Error(said.join("\n"));
}
