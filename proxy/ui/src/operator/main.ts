// The admin listener's page: what administrators of the platform see, for whoever runs this node.
//
// Promise: the token is kept in memory and sent to this listener alone; without one the page only reads.
// Deliberately absent: the loader, the CRM's tokens, storage of any kind. The listener is not the CRM's origin.

import { readBoot, type Boot } from "../boot.ts";
import { chooseLanguage } from "../part/element.ts";
import { provide, type Runtime } from "../runtime.ts";
import { learn, spokenLanguage, t } from "../words/index.ts";

/** What the page's modules stand on here: calls with the listener's token, and nobody signed in. */
export class Listener implements Runtime {
  readonly principal = null;
  readonly home = null;
  readonly workspace = null;
  readonly loss = null;
  token: string | null = null;

  constructor(readonly boot: Boot) {}

  call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== null) headers.set("Authorization", `Bearer ${this.token}`);
    return fetch(path, { ...init, headers, credentials: "omit", cache: "no-store" });
  }

  choose(): void {
    // There is no tab in a workspace here.
  }

  on(): void {
    // Nothing is followed here: the page shows what it asked for.
  }
}

async function start(boot: Boot): Promise<void> {
  const listener = new Listener(boot);
  provide(listener);
  chooseLanguage();
  const language = spokenLanguage();
  const parts = await (language === "de" ? import("../words/german.ts") : import("../words/english.ts"));
  for (const part of [parts.switcher, parts.pages, parts.settings, parts.errors, parts.operator]) learn(part);
  const { AnnexOperator } = await import("./operator.ts");
  document.title = t("operator.title");
  document.documentElement.lang = language;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":root{color-scheme:light dark}body{margin:0}");
  document.adoptedStyleSheets.push(sheet);
  document.body.append(new AnnexOperator(listener, document.body.dataset["writing"] === "by-token"));
}

const boot = readBoot(document);
if (boot) await start(boot);
