// What must hold on every page and in every state, for everybody: axe, in both languages and both schemes; what assistive
// technology is told (test/aria); 400 % zoom; targets; forced colours; right to left.

import { expect } from "@esm-bundle/chai";
import { executeServerCommand, setViewport } from "@web/test-runner-commands";
import { navigation } from "../src/switcher/switching.ts";
import { accessible } from "./axe.ts";
import { all, calm, find, maybe, place } from "./fixture.ts";
import { states } from "./states.ts";
import { DAY_MS, ago, about } from "./world.ts";

Object.assign(navigation, { go: () => null, reload: () => null, open: () => null });
/** A window of 1280 × 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };
const USUAL = { width: 1100, height: 800 };
const TARGET_PX = 24;
const names = states.map(({ name }) => name);
const now = Date.now;

/** All elements, in shadow roots too. */
function* deep(root: Document | ShadowRoot): Generator<HTMLElement> {
  for (const one of root.querySelectorAll<HTMLElement>("*")) {
    yield one;
    if (one.shadowRoot) yield* deep(one.shadowRoot);
  }
}

const isSeen = (one: Element): boolean => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const label = (one: Element): string => `${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;

/** Controls that are smaller than a finger needs (WCAG 2.5.8): but not within a sentence, nor the browser's own. */
function small(): string[] {
  const controls = [...deep(document)].filter((one) => one.matches('button, a[href], select, input:not([type="file"]), textarea, [role="option"]') && isSeen(one));
  return controls.filter((one) => {
    if (one.closest(".skip, .sr")) return false;
    const target = one.matches('input[type="checkbox"], input[type="radio"]') ? (one.closest("label, .tick") ?? one) : one;
    const { width, height } = target.getBoundingClientRect();
    return Math.min(width, height) < TARGET_PX - 0.5;
  }).map(label);
}

/** What one would have to scroll in two directions for, and what is cut off for good. */
function lost(): string[] {
  const said: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth) said.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const one of deep(document)) {
    if (!isSeen(one) || one.matches(".sr, .skip, .cut, .avatar, select, input, textarea, progress, canvas")) continue;
    const { overflowX, overflowY, clipPath, textOverflow } = getComputedStyle(one);
    if (clipPath !== "none" || textOverflow === "ellipsis") continue;
    const [wide, high] = [one.scrollWidth > one.clientWidth + 1, one.scrollHeight > one.clientHeight + 1];
    if (one.clientWidth === 0 || one.clientHeight === 0) continue;
    if ((overflowX === "hidden" && wide) || (overflowY === "hidden" && high)) said.push(`cut off: ${label(one)}`);
    // A table may need both (WCAG 1.4.10).
    const isTable = one.querySelector("table") !== null;
    if (!isTable && ["auto", "scroll"].includes(overflowX) && wide && high && ["auto", "scroll"].includes(overflowY)) said.push(`two ways: ${label(one)}`);
  }
  return said;
}

interface Told {
  readonly file: string;
  readonly said: string;
  readonly wanted: string;
}

/** Compares what assistive technology is told. A browser tells it some time after the page changed. */
async function told(name: string): Promise<void> {
  const end = performance.now() + 5_000;
  for (;;) {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { file, said, wanted } = await executeServerCommand<Told, string>("annex:aria", name);
    if (said === wanted) return;
    if (performance.now() > end) expect(said, `test/aria/${file} (ANNEX_BLESS=1 writes it)`).to.equal(wanted);
  }
}

describe("everybody can use", () => {
  before(() => {
    Date.now = () => Date.parse(ago(0)) + DAY_MS / 2;
  });
  after(async () => {
    Date.now = now;
    await setViewport(USUAL);
  });

  describe("in English, in the light", () => {
    before(() => setViewport(USUAL));
    for (const one of states) {
      it(one.name, async () => {
        await one.show({});
        await accessible(document.body);
        await told(one.name);
        expect(small()).to.deep.equal([]);
      });
    }
    it("what assistive technology is told is written down for each state, and for no other", async () => {
      expect(await executeServerCommand<string[], string[]>("annex:aria-left", names)).to.deep.equal([]);
    });
  });

  describe("in German, in the dark, at 400 %", () => {
    before(() => setViewport(ZOOMED));
    for (const one of states) {
      it(one.name, async () => {
        await one.show({ language: "de", theme: "dark" });
        await accessible(document.body);
        expect(lost()).to.deep.equal([]);
      });
    }
  });

  describe("from right to left", () => {
    before(() => setViewport({ width: 400, height: 800 }));
    for (const one of states) {
      it(one.name, async () => {
        await one.show({ dir: "rtl" });
        expect(document.documentElement.scrollWidth).to.be.at.most(innerWidth);
      });
    }
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

  it("the focus is seen", async () => {
    const element = await show("create");
    const input = find(element, "#f-name");
    input.focus();
    expect(getComputedStyle(input).outlineStyle).to.equal("solid");
  });
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
