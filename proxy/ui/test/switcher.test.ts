// The switcher: what it shows, every key, switching, unsaved input, invitations.

import { expect } from "@esm-bundle/chai";
import { sendKeys } from "@web/test-runner-commands";
import { landing } from "../src/switcher/landing.ts";
import { arrange, find as search } from "../src/switcher/arrange.ts";
import type { AnnexSwitcher } from "../src/switcher/switcher.ts";
import "../src/switcher/switcher.ts";
import "../src/switcher/panel.ts";
import "../src/switcher/stops.ts";
import { navigation } from "../src/switcher/switching.ts";
import { watchInput } from "../src/switcher/unsaved.ts";
import { accessible } from "./axe.ts";
import { Status, type Double } from "./double.ts";
import { all, calm, find, focused, maybe, place, text, until, type Scene } from "./fixture.ts";
import { seat, seats } from "./world.ts";

watchInput(new AbortController().signal);

const went: string[] = [];
navigation.go = (to) => void went.push(`go ${to}`);
navigation.reload = () => void went.push("reload");
navigation.open = (to) => void went.push(`open ${new URL(to).pathname}${new URL(to).search}`);

async function opened(scene: Scene = {}): Promise<{ element: AnnexSwitcher; double: Double }> {
  went.length = 0;
  const placed = await place<AnnexSwitcher>("annex-switcher", scene);
  find(placed.element, ".trigger").click();
  await until(() => focused()?.matches('[role="option"], input'));
  return placed;
}

const options = (element: Element): HTMLElement[] => (maybe(element, "annex-workspace-list") ? all(element, 'annex-workspace-list >>> [role="option"]') : []);
const active = (element: Element): string => text(find(element, "annex-workspace-list >>> .active .name"));
const switched = (double: Double): string[] => double.asked.filter(({ path }) => path.endsWith("/switch")).map(({ path }) => path);

describe("a host's theme", () => {
  const sheet = new CSSStyleSheet();
  after(() => void (document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)));

  it("is taken over: properties on :root, and parts of the switcher", async () => {
    sheet.replaceSync(`:root { --annex-accent: rgb(1, 2, 3); --annex-surface: rgb(250, 251, 252); --annex-text: rgb(9, 8, 7); --annex-radius: 3px; --annex-font: monospace; }
      annex-switcher::part(trigger) { letter-spacing: 5px; }
      annex-switcher::part(panel) { border-top: 7px solid rgb(4, 5, 6); }
      annex-switcher::part(footer) { text-indent: 6px; }`);
    document.adoptedStyleSheets.push(sheet);
    const { element } = await opened({ count: 11 });
    const style = (path: string): CSSStyleDeclaration => getComputedStyle(find(element, path));
    expect([style(".panel").backgroundColor, style(".trigger").color, style(".trigger").fontFamily, style(".trigger").borderRadius]).to.deep.equal(["rgb(250, 251, 252)", "rgb(9, 8, 7)", "monospace", "3px"]);
    await sendKeys({ press: "ArrowDown" });
    expect(style("annex-workspace-list >>> .search").borderBottomColor, "the accent, where the focus is").to.equal("rgb(1, 2, 3)");
    expect([style(".trigger").letterSpacing, style(".panel").borderTopWidth, style(".footer").textIndent]).to.deep.equal(["5px", "7px", "6px"]);
  });

  it("reaches every part that is offered", async () => {
    const { element } = await opened({ count: 11 });
    const offered = new Set<string>();
    const look = (root: ShadowRoot): void => {
      for (const one of root.querySelectorAll("*")) {
        one.part.forEach((name) => void offered.add(name));
        for (const name of one.getAttribute("exportparts")?.split(",") ?? []) offered.add(name.trim());
      }
    };
    look(element.shadowRoot!);
    for (const name of ["trigger", "panel", "list", "option", "avatar", "search", "invitations", "footer"]) expect([...offered], name).to.include(name);
  });
});

describe("what the switcher shows", () => {
  it("is nothing when the feature is off", async () => {
    const off = () => new Status(403, "MULTI_WORKSPACE_DISABLED");
    const { element } = await place("annex-switcher", { replies: { "GET /api/workspaces": off } });
    expect(element.shadowRoot?.childElementCount).to.equal(0);
  });

  it("is nothing at home when the server does not answer, and says so elsewhere", async () => {
    const down = { "GET /api/workspaces": () => new Status(503, "CONTEXT_UNAVAILABLE") };
    expect(maybe((await place("annex-switcher", { replies: down })).element, ".trigger")).to.equal(null);
    const { element } = await place("annex-switcher", { replies: down, workspace: "w-1" });
    find(element, ".trigger").click();
    await until(() => maybe(element, ".failed"));
    await accessible(element);
  });

  it("goes when the feature ends", async () => {
    const { element, double } = await place("annex-switcher");
    double.tell("end", undefined);
    await calm();
    expect(maybe(element, ".trigger")).to.equal(null);
  });

  it("is where one is: name, role, and what the button does", async () => {
    const { element } = await place("annex-switcher", { workspace: "w-1" });
    const trigger = find(element, ".trigger");
    expect(text(trigger)).to.match(/Nordlicht Studio\s?Manager\s?Switch workspace/);
    expect(trigger.getAttribute("aria-haspopup")).to.equal("dialog");
    expect(trigger.getAttribute("aria-expanded")).to.equal("false");
  });

  it("puts each workspace into one group, and has a search box above seven", async () => {
    const { element } = await opened({ count: 8 });
    expect(options(element).length).to.equal(8);
    expect(all(element, "annex-workspace-list >>> .heading").map(text)).to.deep.equal(["Recent", "All workspaces"]);
    expect(maybe(element, "annex-workspace-list >>> input")).not.to.equal(null);
    const few = await opened({ count: 7 });
    expect(maybe(few.element, "annex-workspace-list >>> input")).to.equal(null);
  });
});

for (const scene of [{}, { count: 11 }, { language: "de", count: 11 }, { dir: "rtl" }, { theme: "dark", count: 11 }] as const) {
  it(`is accessible, closed and open: ${JSON.stringify(scene)}`, async () => {
    const { element } = await place("annex-switcher", scene);
    await accessible(element);
    find(element, ".trigger").click();
    await until(() => focused()?.matches('[role="option"], input'));
    await accessible(element);
  });
}

describe("keys", () => {
  it("arrows do not wrap; Home and End; focus is on the row", async () => {
    const { element } = await opened();
    expect(active(element)).to.equal("Brightwater Agency");
    await sendKeys({ press: "ArrowUp" });
    expect(active(element)).to.equal("Brightwater Agency");
    await sendKeys({ press: "End" });
    await calm();
    expect(text(focused()!)).to.contain("Acme Holdings");
    await sendKeys({ press: "ArrowDown" });
    expect(active(element)).to.equal("Acme Holdings");
    await sendKeys({ press: "Home" });
    await calm();
    expect(options(element).filter((one) => one.tabIndex === 0).length).to.equal(1);
    expect(active(element)).to.equal("Brightwater Agency");
  });

  it("type-ahead finds without diacritics", async () => {
    const { element } = await opened();
    await sendKeys({ press: "c" });
    await sendKeys({ press: "a" });
    await sendKeys({ press: "f" });
    await sendKeys({ press: "e" });
    await calm();
    expect(active(element)).to.equal("Café Zürich");
  });

  it("Enter switches; the server is told, the tab chosen, the document loaded anew", async () => {
    const { element, double } = await opened();
    await sendKeys({ press: "ArrowDown" });
    await sendKeys({ press: "Enter" });
    await until(() => went.length);
    expect(switched(double)).to.deep.equal(["/api/workspaces/w-1/switch"]);
    expect(double.chosen).to.deep.equal(["w-1"]);
    expect(went).to.have.length(1);
    expect(element.isConnected).to.equal(true);
  });

  it("Ctrl+Enter opens a new tab and leaves this one", async () => {
    const { double } = await opened();
    await sendKeys({ press: "ArrowDown" });
    await sendKeys({ down: "Control" });
    await sendKeys({ press: "Enter" });
    await sendKeys({ up: "Control" });
    await calm();
    expect(went).to.have.length(1);
    expect(went[0]).to.match(/^open .*workspace=w-1$/);
    expect(double.chosen).to.deep.equal([]);
  });

  it("Escape closes and gives focus back", async () => {
    const { element } = await opened();
    await sendKeys({ press: "Escape" });
    await calm();
    expect(find(element, ".trigger").getAttribute("aria-expanded")).to.equal("false");
    expect(focused()).to.equal(find(element, ".trigger"));
  });

  it("the shortcut opens it, unless it is switched off", async () => {
    const { element } = await place("annex-switcher");
    const press = () => document.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyW", key: "W", altKey: true, shiftKey: true, bubbles: true }));
    press();
    await until(() => find(element, ".trigger").getAttribute("aria-expanded") === "true");
    localStorage.setItem("annex.shortcut:u-ada", "off");
    press();
    await calm();
    expect(find(element, ".trigger").getAttribute("aria-expanded")).to.equal("true");
  });

  it("Alt+P pins, which stays", async () => {
    const { element } = await opened();
    await sendKeys({ press: "ArrowDown" });
    focused()?.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyP", key: "p", altKey: true, bubbles: true, composed: true }));
    await calm();
    expect(text(find(element, "annex-workspace-list >>> .heading"))).to.equal("Pinned");
    expect(localStorage.getItem("annex.pinned:u-ada")).to.equal("w-1");
  });

  it("in the search box the active row is told, and focus stays", async () => {
    const { element } = await opened({ count: 11 });
    await sendKeys({ type: "zurich" });
    await calm();
    expect(options(element).map((one) => text(one.querySelector(".name")!))).to.deep.equal(["Café Zürich"]);
    const box = find<HTMLInputElement>(element, "annex-workspace-list >>> input");
    expect(focused()).to.equal(box);
    expect(box.getAttribute("aria-activedescendant")).to.equal("o-w-2");
    await sendKeys({ type: "xxx" });
    await calm();
    expect(text(find(element, "annex-workspace-list >>> .none"))).to.contain("No workspace matches");
    await accessible(element);
  });
});

describe("switching", () => {
  it("is seen at once, and refused without any change", async () => {
    let refuse = (): void => undefined;
    const refused = new Promise<Status>((done) => (refuse = () => done(new Status(410, "WORKSPACE_DELETED"))));
    const { element, double } = await opened({ replies: { "POST /api/workspaces/:id/switch": () => refused } });
    options(element)[1]!.click();
    await calm(2);
    expect(maybe(element, "annex-workspace-list >>> .spinner")).not.to.equal(null);
    refuse();
    await until(() => text(find(element, ".said")).includes("cannot switch"));
    expect(double.chosen).to.deep.equal([]);
    expect(went).to.deep.equal([]);
  });

  it("asks before unsaved input is lost", async () => {
    const { element, double } = await opened();
    const form = document.createElement("form");
    const input = document.createElement("input");
    form.append(input);
    document.body.append(form);
    input.focus();
    await sendKeys({ type: "draft" });
    find(element, ".trigger").click();
    await until(() => focused()?.matches('[role="option"]'));
    options(element)[1]!.click();
    await until(() => maybe(element, "annex-unsaved"));
    await accessible(element);
    find(element, "annex-unsaved >>> button").click();
    await calm();
    expect(switched(double)).to.deep.equal([]);
    if (!maybe(element, "annex-workspace-list")) find(element, ".trigger").click();
    await until(() => options(element).length);
    options(element)[1]!.click();
    await until(() => maybe(element, "annex-unsaved >>> .danger"));
    find(element, "annex-unsaved >>> .danger").click();
    await until(() => went.length);
    expect(double.chosen).to.deep.equal(["w-1"]);
  });

  it("asks about what was submitted and refused, and not about what was saved", async () => {
    const { element } = await opened();
    await sendKeys({ press: "Escape" });
    const form = document.createElement("form");
    const input = document.createElement("input");
    form.append(input);
    document.body.append(form);
    let place = "";
    form.onsubmit = (event) => {
      event.preventDefault();
      if (place) void fetch(place);
    };
    const asks = async (): Promise<boolean> => {
      went.length = 0;
      find(element, ".trigger").click();
      await until(() => focused()?.matches('[role="option"]'));
      options(element)[1]!.click();
      await until(() => maybe(element, "annex-unsaved") ?? went.length);
      const isAsked = maybe(element, "annex-unsaved") !== null;
      if (isAsked) find(element, "annex-unsaved >>> button").click();
      await calm();
      return isAsked;
    };
    const submit = async (where: string): Promise<void> => {
      place = where && `${where}?${performance.now()}`;
      form.requestSubmit();
      if (place) await until(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith(place)));
    };
    input.focus();
    await sendKeys({ type: "draft" });
    await submit("/nothing-here");
    expect(await asks(), "refused").to.equal(true);
    await submit("");
    expect(await asks(), "nothing was sent").to.equal(true);
    await submit("/package.json");
    expect(await asks(), "saved").to.equal(false);
  });

  it("does not take an unavailable workspace", async () => {
    const off = seat(1, { can: { ...seat(1).can, switch: false } });
    const { element, double } = await opened({ replies: { "GET /api/workspaces": () => ({ workspaces: [seat(0), off], activeWorkspaceId: "w-home" }) } });
    options(element)[1]!.click();
    await calm();
    expect(switched(double)).to.deep.equal([]);
    await accessible(element);
  });

  it("lands on the list when the page shows a record", () => {
    const to = (path: string): string => landing(`https://crm.example${path}`);
    expect(to("/customers")).to.equal("/customers");
    expect(to("/customers/3f2b8c1e-9a4d-4e6f-8b7a-112233445566")).to.equal("/customers");
    expect(to("/deals/42/edit?tab=notes")).to.equal("/deals");
    expect(to("/tasks?view=board&customer=3f2b8c1e-9a4d-4e6f-8b7a-112233445566")).to.equal("/tasks?view=board");
    expect(to("/settings/workspace")).to.equal("/settings/workspace");
    // Never on another host.
    expect(to("//evil.example/x/12345")).to.equal("/evil.example/x");
    expect(to("///evil.example/42")).to.equal("/evil.example");
    expect(to("/\\evil.example/x/12345")).to.equal("/evil.example/x");
    expect(to("//evil.example")).to.equal("/evil.example");
  });
});

describe("invitations", () => {
  it("are accepted and declined by buttons that say what", async () => {
    const { element, double } = await opened();
    const accept = find(element, "annex-invitations >>> .primary");
    expect(accept.getAttribute("aria-label")).to.equal("Accept the invitation to Harbor Light Collective");
    accept.click();
    await until(() => double.asked.some(({ path }) => path === "/api/invitations/by-id/i-9/accept"));
  });
});

it("arranges: pinned first, three recent, each once", () => {
  const groups = arrange(seats(9), new Set(["w-4"]), "w-home");
  expect(groups.map(({ key, seats: rows }) => [key, rows.length])).to.deep.equal([["switcher.pinned", 1], ["switcher.recent", 3], ["switcher.all", 5]]);
  expect(search(seats(9), "sohne lumen").map((one) => one.workspace.name)).to.deep.equal(["Lumen & Söhne"]);
});
