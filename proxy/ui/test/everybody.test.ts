// What must hold on every page and in every state: axe finds nothing, assistive technology is told what is written down
// (test/aria), and every target is large enough.

import { expect } from "@esm-bundle/chai";
import { executeServerCommand, setViewport } from "@web/test-runner-commands";
import { navigation } from "../src/switcher/switching.ts";
import { accessible } from "./axe.ts";
import { USUAL, small } from "./measure.ts";
import { states } from "./states.ts";
import { DAY_MS, ago } from "./world.ts";

Object.assign(navigation, { go: () => null, reload: () => null, open: () => null });
const names = states.map(({ name }) => name);
const now = Date.now;

interface Told {
  readonly file: string;
  readonly said: string;
  readonly wanted: string;
}

/** Compares what assistive technology is told. A browser tells it some time after the page changed. */
async function told(name: string): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { file, said, wanted } = await executeServerCommand<Told, string>("annex:aria", name);
    if (said === wanted) return;
    if (performance.now() > end) expect(said, `test/aria/${file} (ANNEX_BLESS=1 writes it)`).to.equal(wanted);
  }
}

describe("everybody can use, in English, in the light", () => {
  before(async () => {
    Date.now = () => Date.parse(ago(0)) + DAY_MS / 2;
    await setViewport(USUAL);
  });
  after(async () => {
    Date.now = now;
    await setViewport(USUAL);
  });
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
