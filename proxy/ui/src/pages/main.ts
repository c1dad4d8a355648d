// The module of our own documents: the texts of one language, the page of the address, and the app around it.

import { chooseLanguage } from "../part/element.ts";
import { runtime } from "../runtime.ts";
import { learn, spokenLanguage } from "../words/index.ts";
import "./app.ts";
import { route } from "./route.ts";

chooseLanguage();
const language = spokenLanguage();
const parts = await (language === "de" ? import("../words/german.ts") : import("../words/english.ts"));
for (const part of [parts.switcher, parts.pages, parts.settings, parts.errors, parts.operator]) learn(part);

// The switcher is a bundle of its own, as in the CRM's pages: both stay small, and it is most likely in the cache.
import(/* @vite-ignore */ runtime().boot.assets.switcher).catch(() => null);

const here = route(location.pathname, runtime().boot.paths);
const isThere = here === null || (await here.load().then(() => true, () => false));
if (here) document.title = here.title;
document.documentElement.lang = language;
const sheet = new CSSStyleSheet();
sheet.replaceSync(":root{color-scheme:light dark}body{margin:0}");
document.adoptedStyleSheets.push(sheet);
document.body.append(Object.assign(document.createElement("annex-app"), { isThere }));
