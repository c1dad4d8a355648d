// One page of the gallery: `?show=` names it; `lang`, `dir`, `theme`, `count` and `at` change how.
//
// It runs under a strict policy with Trusted Types, so that what breaks one is seen here first.

import { Double, bootWith, standIn } from "../test/double.ts";
import { about, replies } from "../test/world.ts";
import type { Loss } from "../src/runtime.ts";

const asked = new URLSearchParams(location.search);
const show = asked.get("show") ?? "switcher";
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :root { color-scheme: ${asked.get("theme") ?? "light"}; background: light-dark(#fff, #101216); }
  body { margin: 0; font: 14px system-ui; color: light-dark(#14171d, #f0f2f5); }
  header.h-16 { display: flex; justify-content: flex-end; align-items: center; gap: 8px; height: 64px; padding: 0 20px; border-bottom: 1px solid light-dark(#e5e8ed, #2b303a); background: light-dark(#fff, #14161b); }
  header.h-16 b { flex: 1; } header.h-16 [data-testid] { border-radius: 50%; width: 36px; height: 36px; border: 0; }
  article { padding: 24px; display: grid; gap: 12px; } article p { height: 72px; margin: 0; border-radius: 10px; background: light-dark(#f4f5f8, #191c22); }
`);
document.adoptedStyleSheets.push(sheet);
document.documentElement.dir = asked.get("dir") ?? "ltr";

const paths: Record<string, string> = {
  mine: "/workspaces", create: "/workspaces/new", settings: "/settings/workspace", accept: "/_annex/invite", onboarding: "/workspaces/w-home/onboarding", admin: "/_annex/admin",
};
const double = new Double(replies(Number(asked.get("count") ?? 4)), "w-home", "w-home", show === "accept" && asked.has("out") ? null : "u-ada", bootWith({ language: asked.get("lang") }));
await standIn(double, asked.get("lang") === "de" ? "de" : "en");
await import("../src/switcher/switcher.ts");

if (paths[show]) {
  history.replaceState(null, "", `${paths[show]}#${asked.get("at") ?? ""}`);
  const { route } = await import("../src/pages/route.ts");
  await import("../src/pages/app.ts");
  await route(location.pathname, double.boot.paths)?.load();
  document.body.append(document.createElement("annex-app"));
} else {
  const header = document.createElement("header");
  header.className = "h-16";
  const name = document.createElement("b");
  name.textContent = "CRM";
  const menu = document.createElement("button");
  menu.dataset["testid"] = "button-user-menu";
  menu.ariaLabel = "User menu";
  const article = document.createElement("article");
  article.append(...[1, 2, 3, 4, 5].map(() => document.createElement("p")));
  header.append(name, document.createElement("annex-switcher"), menu);
  document.body.append(header, article);
  if (show === "lost") {
    const { showLoss } = await import("../src/switcher/lost.ts");
    showLoss((asked.get("at") ?? "lost") as Loss, about().name);
  }
}
