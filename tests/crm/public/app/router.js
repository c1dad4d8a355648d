// Client-side routing. Every navigation builds the whole view anew, header included; a reload of the
// current page (`refresh`) replaces the content only.

import { h } from "./dom.js";

const routes = [];
let draw = () => {};

/** `pattern` as in "/customers/:id"; `page(params)` gives the content, or a promise of it. */
export const route = (pattern, page, { access = "member" } = {}) =>
  routes.push({ parts: pattern.split("/"), page, access });

export function start(drawView) {
  draw = drawView;
  addEventListener("popstate", show);
  document.addEventListener("click", followLink);
  show();
}

export function navigate(path) {
  history.pushState(null, "", path);
  show();
}

export const refresh = () => show({ contentOnly: true });

function match(pathname) {
  const parts = pathname.replace(/\/+$/, "").split("/");
  if (parts.length === 1) parts.push("");
  for (const { parts: pattern, page, access } of routes) {
    if (pattern.length !== parts.length) continue;
    const params = {};
    const fits = pattern.every((part, index) => {
      if (!part.startsWith(":")) return part === parts[index];
      params[part.slice(1)] = decodeURIComponent(parts[index]);
      return parts[index] !== "";
    });
    if (fits) return { page, access, params };
  }
  return null;
}

function show({ contentOnly = false } = {}) {
  const found = match(location.pathname) ?? { page: notFound, access: "anyone", params: {} };
  draw({ ...found, contentOnly });
  if (!contentOnly) scrollTo(0, 0);
}

function notFound() {
  document.title = "Not found · Nexus CRM";
  return h("section", { class: "empty", testid: "page-not-found" },
    h("p", { class: "empty-code" }, "404"),
    h("h1", {}, "Page not found"),
    h("p", { class: "muted" }, "There is nothing at this address."),
    h("a", { class: "button", href: "/" }, "Back to the dashboard"));
}

/** Plain left clicks on links of this origin stay inside the application. */
function followLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  event.preventDefault();
  navigate(url.pathname + url.search);
}
