// What a test cannot do from inside its page: forced colours, and what assistive technology is told of the page.
//
//   executeCommand("annex:forced-colors", true)
//   executeCommand("annex:zone", "Asia/Kolkata")
//   executeCommand("annex:aria", "switcher, open")    compares with test/aria/switcher-open.txt; ANNEX_BLESS=1 writes it
//   executeCommand("annex:aria-left", […])            the files that none of these names made

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const folder = path.join(import.meta.dirname, "aria");
const fileOf = (name) => `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.txt`;
/** Until the page is told as it is, however busy the machine is. */
const BLESSING_MS = 400;
const sessions = new WeakMap();

export const commands = {
  name: "annex-commands",
  async executeCommand({ command, payload, session }) {
    if (!command.startsWith("annex:")) return undefined;
    const page = session.browser.getPage(session.id);
    if (!sessions.has(page)) {
      sessions.set(page, await page.createCDPSession());
      // Days are those of the tests' people, wherever the tests run.
      await sessions.get(page).send("Emulation.setTimezoneOverride", { timezoneId: "UTC" });
    }
    const devtools = sessions.get(page);
    if (command === "annex:forced-colors") {
      const features = [{ name: "forced-colors", value: payload ? "active" : "none" }, { name: "prefers-reduced-motion", value: "reduce" }];
      await devtools.send("Emulation.setEmulatedMedia", { features });
      return true;
    }
    if (command === "annex:zone") {
      await devtools.send("Emulation.setTimezoneOverride", { timezoneId: payload });
      return true;
    }
    if (command === "annex:aria") {
      const look = async () => outline((await devtools.send("Accessibility.getFullAXTree")).nodes);
      if (process.env.ANNEX_BLESS === "1") await new Promise((done) => setTimeout(done, BLESSING_MS));
      return compare(fileOf(payload), await look());
    }
    return readdirSync(folder).filter((file) => !payload.map(fileOf).includes(file));
  },
};

function compare(file, said) {
  const at = path.join(folder, file);
  if (process.env.ANNEX_BLESS === "1" && said.trim()) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(at, said);
  }
  return { file, said, wanted: existsSync(at) ? readFileSync(at, "utf8") : "" };
}

/** Elements without a meaning of their own; their children stand in their place. */
const SILENT = new Set(["none", "generic", "InlineTextBox", "LineBreak", "RootWebArea", "ListMarker", "LayoutTableCell"]);
const STATES = ["checked", "pressed", "expanded", "selected", "disabled", "required", "invalid", "level", "hasPopup", "modal", "live", "busy", "readonly"];

/** One line for each thing that is told: role, name, states. */
function outline(nodes) {
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const lines = [];
  const visit = (node, depth, above) => {
    const role = node.role?.value ?? "";
    const name = (node.name?.value ?? "").trim();
    const isText = role === "StaticText";
    const isTold = !node.ignored && !SILENT.has(role) && !(isText && (name === "" || above === name));
    if (isTold) {
      const states = (node.properties ?? []).filter((one) => STATES.includes(one.name) && !["false", "off", ""].includes(String(one.value.value))).map((one) => `${one.name}=${one.value.value}`);
      const value = node.value?.value !== undefined && node.value.value !== "" ? ` = ${node.value.value}` : "";
      lines.push(`${"  ".repeat(depth)}${isText ? "" : role}${isText ? name : name ? ` "${name}"` : ""}${value}${states.length ? ` [${states.toSorted().join(" ")}]` : ""}`);
    }
    // The choices of a native list are the browser's own; there are hundreds of currencies.
    if (role === "combobox" && node.value?.value !== undefined) return;
    for (const id of node.childIds ?? []) {
      const child = byId.get(id);
      if (child) visit(child, isTold ? depth + 1 : depth, isTold ? name : above);
    }
  };
  const root = nodes.find((node) => !node.parentId);
  if (root) visit(root, 0, "");
  return `${lines.join("\n")}\n`;
}
