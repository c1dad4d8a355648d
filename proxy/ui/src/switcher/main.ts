// The switcher's module: what the loader imports into the CRM's pages.

import { chooseLanguage } from "../part/element.ts";
import { runtime } from "../runtime.ts";
import { learn, spokenLanguage } from "../words/index.ts";
import { say } from "./dialogs.ts";
import "./switcher.ts";
import { watchInput } from "./unsaved.ts";

chooseLanguage();
const isGerman = spokenLanguage() === "de";
learn(await (isGerman ? import("../words/switcher.de.ts") : import("../words/switcher.en.ts")).then((part) => part.switcher));

const page = runtime();
const always = new AbortController().signal;
watchInput(always);
page.on("loss", say, always);
if (page.loss) say(page.loss);
