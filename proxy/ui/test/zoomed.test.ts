// The same in the other language and the other scheme, at 400 %: axe finds nothing, nothing is cut off, and nobody scrolls two ways.

import { expect } from "@esm-bundle/chai";
import { setViewport } from "@web/test-runner-commands";
import { navigation } from "../src/switcher/switching.ts";
import { accessible } from "./axe.ts";
import { USUAL, ZOOMED, lost } from "./measure.ts";
import { states } from "./states.ts";

Object.assign(navigation, { go: () => null, reload: () => null, open: () => null });

describe("everybody can use, in German, in the dark, at 400 %", () => {
  before(() => setViewport(ZOOMED));
  after(() => setViewport(USUAL));
  for (const one of states) {
    it(one.name, async () => {
      await one.show({ language: "de", theme: "dark" });
      await accessible(document.body);
      expect(lost()).to.deep.equal([]);
    });
  }
});
