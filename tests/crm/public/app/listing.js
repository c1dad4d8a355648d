// The page that lists rows: title, a button that adds one, a table. Used by most of the application.

import { h, icon } from "./dom.js";

export const pageHead = (title, subtitle, ...actions) => h("div", { class: "page-head" },
  h("div", {}, h("h1", { testid: "text-page-title" }, title), subtitle && h("p", { class: "muted" }, subtitle)),
  h("div", { class: "page-actions" }, actions));

export const addButton = (label, testid, onclick) =>
  h("button", { class: "button", type: "button", testid, onclick }, icon("plus"), label);

/** `columns` are `[title, row => content]`; `href(row)` makes the first cell a link. */
export function table({ name, rows, columns, href, actions }) {
  if (rows.length === 0) return h("div", { class: "card empty", testid: `empty-${name}` }, h("p", { class: "muted" }, "Nothing here yet."));
  const head = h("tr", {}, columns.map(([title]) => h("th", { scope: "col" }, title)), actions && h("th", {}, h("span", { class: "visually-hidden" }, "Actions")));
  const cell = (row) => ([, content], index) => h("td", {}, index === 0 && href ? h("a", { class: "row-link", href: href(row) }, content(row)) : content(row));
  const line = (row) => h("tr", { testid: `row-${name}-${row.id}` }, columns.map(cell(row)), actions && h("td", { class: "cell-actions" }, actions(row)));
  return h("div", { class: "card table-card" }, h("table", { testid: `table-${name}` }, h("thead", {}, head), h("tbody", {}, rows.map(line))));
}

export const smallButton = (label, testid, onclick) =>
  h("button", { class: "button button-small button-quiet", type: "button", testid, onclick }, label);

export const details = (pairs) => h("dl", { class: "details" },
  pairs.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value || "—"))));
