// For those who see otherwise: right to left, forced colours, less motion.

import { expect } from "@esm-bundle/chai";
import { executeServerCommand, sendKeys, setViewport } from "@web/test-runner-commands";
import { navigation } from "../src/switcher/switching.ts";
import { all, calm, find, maybe, place, until } from "./fixture.ts";
import { USUAL, deep, label } from "./measure.ts";
import { states } from "./states.ts";
import { about } from "./world.ts";

Object.assign(navigation, { go: () => null, reload: () => null, open: () => null });

describe("from right to left", () => {
  before(() => setViewport({ width: 400, height: 800 }));
  after(() => setViewport(USUAL));
  for (const one of states) {
    it(one.name, async () => {
      await one.show({ dir: "rtl" });
      expect(document.documentElement.scrollWidth).to.be.at.most(innerWidth);
    });
  }

  const middle = (one: Element): number => one.getBoundingClientRect().left + one.getBoundingClientRect().width / 2;
  /** What comes first for the reader comes before the other; and the other way round from left to right. */
  const orders: [string, string, string, string][] = [
    ["a row's picture stands before its name", "switcher, open", 'annex-workspace-list >>> [role="option"] .avatar', 'annex-workspace-list >>> [role="option"] .name'],
    ["the mark of the current one stands after its name", "switcher, open", 'annex-workspace-list >>> [aria-selected="true"] .name', 'annex-workspace-list >>> [aria-selected="true"] .mark'],
    ["a dialog is closed at its end", "mine, leaving", "annex-dialog >>> h2", "annex-dialog >>> .head button"],
    ["the deed stands after the way back", "mine, leaving", 'annex-dialog [slot="actions"]:not(span)', 'annex-dialog span[slot="actions"]'],
    ["a step's mark stands before its name", "onboarding", "li .mark", "li h2"],
    ["a branding's colour stands before its value", "settings, branding", '.color input[type="color"]', ".color .mono"],
  ];
  for (const [name, where, first, second] of orders) {
    it(name, async () => {
      for (const dir of ["rtl", "ltr"] as const) {
        const element = (await states.find((one) => one.name === where)!.show({ dir })) as HTMLElement;
        const [one, other] = [middle(find(element, first)), middle(find(element, second))];
        expect(dir === "rtl" ? one > other : one < other, `${dir}: ${one} ${other}`).to.equal(true);
      }
    });
  }

  it("the panel begins where its trigger begins", async () => {
    const edges: Record<string, number[]> = {};
    for (const dir of ["rtl", "ltr"] as const) {
      await setViewport(USUAL);
      document.body.style.padding = "0 20rem";
      const element = (await states.find((one) => one.name === "switcher, open")!.show({ dir })) as HTMLElement;
      const [trigger, panel] = [find(element, ".trigger"), find(element, ".panel")].map((one) => one.getBoundingClientRect());
      edges[dir] = [trigger!.left - panel!.left, trigger!.right - panel!.right].map(Math.round);
      document.body.style.padding = "";
    }
    const [fromRight, fromLeft] = [edges["rtl"], edges["ltr"]];
    expect([fromRight?.[1], fromLeft?.[0]]).to.deep.equal([0, 0]);
    expect(fromRight?.[0], "it is wider than its trigger, and hangs over at its end").to.be.greaterThan(0);
    expect(fromLeft?.[1]).to.be.lessThan(0);
  });
});

describe("with forced colours", () => {
  before(() => setViewport(USUAL));
  after(() => executeServerCommand("annex:forced-colors", false));
  const show = async (name: string): Promise<HTMLElement> => {
    const element = (await states.find((one) => one.name === name)!.show({})) as HTMLElement;
    await executeServerCommand("annex:forced-colors", true);
    expect(matchMedia("(forced-colors: active)").matches, "the emulation is on").to.equal(true);
    return element;
  };
  const edge = (one: Element): string => {
    const { outlineStyle, outlineColor, borderColor, borderStyle } = getComputedStyle(one);
    return `${outlineStyle} ${outlineStyle === "none" ? "" : outlineColor} ${borderStyle} ${borderColor}`;
  };

  const chosen: [string, string, string][] = [
    ["switcher, many", "annex-workspace-list >>> .option.active", "annex-workspace-list >>> .option:not(.active)"],
    ["settings, roles", '.tab[aria-pressed="true"]', '.tab[aria-pressed="false"]:not(.new)'],
    ["settings", "nav a[aria-current]", "nav a:not([aria-current])"],
    ["settings, branding, not saved", '.switch [aria-pressed="true"]', '.switch [aria-pressed="false"]'],
    ["onboarding", "li.next", "li:not(.next)"],
  ];
  for (const [name, one, other] of chosen) {
    it(`what is chosen differs by more than its ground: ${name}`, async () => {
      const element = await show(name);
      expect(edge(find(element, one))).not.to.equal(edge(find(element, other)));
    });
  }

  it("what floats has an edge", async () => {
    for (const [name, path] of [["switcher, open", ".panel"], ["mine, leaving", "annex-dialog >>> dialog"], ["settings, team", ".badge"]] as const) {
      expect(getComputedStyle(find(await show(name), path)).borderStyle, name).to.equal("solid");
    }
  });

  const focusable: [string, string, string][] = [
    ["create", "#f-name", "#f-name"],
    ["switcher, many", "annex-workspace-list >>> input", "annex-workspace-list >>> .search"],
    ["settings, team", "#f-query", "#f-query"],
    ["settings", "nav a", "nav a"],
    ["settings, roles", '.tab[aria-pressed="true"]', '.tab[aria-pressed="true"]'],
  ];
  for (const [name, path, shown] of focusable) {
    it(`the focus is seen: ${name}`, async () => {
      const element = await show(name);
      // By a key, as whoever needs it comes there.
      await sendKeys({ press: "Tab" });
      const before = edge(find(element, shown));
      find(element, path).focus();
      await calm(1);
      const isSeen = (): boolean => {
        const { outlineStyle, outlineWidth } = getComputedStyle(find(element, shown));
        return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
      };
      await until(isSeen, 5_000).catch(() => expect.fail(`${edge(find(element, shown))}, before ${before}`));
    });
  }
});

describe("with less motion", () => {
  it("nothing moves for longer than an instant", async () => {
    const { element } = await place<HTMLElement>("annex-info-section", {}, { about: about() } as never);
    await calm();
    const moving = [...deep(document)].filter((one) => {
      const { transitionDuration, animationDuration } = getComputedStyle(one);
      return `${transitionDuration},${animationDuration}`.split(",").some((text) => parseFloat(text) * (text.trim().endsWith("ms") ? 1 : 1000) > 1);
    });
    expect(moving.map(label)).to.deep.equal([]);
    expect(all(element, ".button").length).to.be.greaterThan(0);
    expect(maybe(element, ".bone")).to.equal(null);
  });
});

describe("light and dark", () => {
  const schemeOf = (element: Element): string | null => element.getAttribute("scheme");

  it("follow the host, by whatever attribute of whatever element around ours it says so", async () => {
    const { element } = await place<HTMLElement>("annex-switcher", { boot: { document: "crm" } });
    const [row, header] = [document.createElement("div"), document.createElement("header")];
    header.append(row);
    document.body.append(header);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("[appearance=night] { background: #101216 }");
    document.adoptedStyleSheets.push(sheet);
    row.append(element);
    for (const around of [row, header, document.body, document.documentElement]) {
      document.body.style.background = "";
      around.setAttribute("appearance", "night");
      await until(() => schemeOf(element) === "dark");
      around.removeAttribute("appearance");
      await until(() => schemeOf(element) === "light");
    }
    expect(sessionStorage.getItem("annex.scheme:u-ada")).to.equal("light");
    document.adoptedStyleSheets.pop();
  });

  it("of a document of ours are what the host's were", async () => {
    for (const scheme of ["dark", "light"]) {
      const { element } = await place<HTMLElement>("annex-app", { boot: { document: "annex" } });
      element.remove();
      document.body.style.background = "";
      sessionStorage.setItem("annex.scheme:u-ada", scheme);
      document.body.append(element);
      await until(() => schemeOf(element) === scheme);
      expect(document.documentElement.style.colorScheme).to.equal(scheme);
    }
  });
});
