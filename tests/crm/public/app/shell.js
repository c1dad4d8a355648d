// The frame around every signed-in page: side navigation, header, content. The header is built anew with
// every navigation.

import { h, icon, avatar, initials } from "./dom.js";
import { call, query, forgetAll } from "./api.js";
import * as session from "./session.js";
import { date } from "./format.js";
import { navigate } from "./router.js";

const SECTIONS = [
  [null, [["/", "Dashboard", "home"]]],
  ["Relations", [["/customers", "Customers", "users"], ["/contacts", "Contacts", "contact"], ["/deals", "Deals", "deal"]]],
  ["Sales", [["/products", "Products", "box"], ["/quotations", "Quotations", "file"], ["/invoices", "Invoices", "receipt"], ["/proposals", "Proposals", "proposal"]]],
  ["Work", [["/tasks", "Tasks", "check"], ["/team", "Team", "team"]]],
];

export function shell(content) {
  return h("div", { class: "shell" }, sidebar(), h("div", { class: "column" }, header(), h("main", { class: "content", id: "content" }, content)));
}

const isHere = (href) => (href === "/" ? location.pathname === "/" : location.pathname.startsWith(href));

function sidebar() {
  const item = ([href, label, iconName]) => h("a", {
    class: "nav-item", href, testid: `link-nav-${label.toLowerCase()}`, "aria-current": isHere(href) ? "page" : null,
  }, icon(iconName), h("span", {}, label));
  const tenantName = h("span", { class: "tenant-name", testid: "text-company-name" });
  query("/company-profile").then((profile) => tenantName.replaceChildren(profile.companyName)).catch(() => {});
  return h("aside", { class: "sidebar" },
    h("a", { class: "brand", href: "/" }, h("span", { class: "brand-mark", "aria-hidden": "true" }, "N"),
      h("span", { class: "brand-text" }, h("strong", {}, "Nexus"), tenantName)),
    h("nav", { "aria-label": "Main" }, SECTIONS.map(([title, items]) => [title && h("p", { class: "nav-title" }, title), items.map(item)])));
}

function header() {
  return h("header", { class: "h-16 header" },
    h("form", { class: "search", role: "search", onsubmit: searchCustomers },
      h("input", { type: "search", name: "q", placeholder: "Find a customer…", "aria-label": "Find a customer", testid: "input-search" })),
    h("div", { class: "header-actions" }, notificationBell(), userMenu()));
}

function searchCustomers(event) {
  event.preventDefault();
  const wanted = new FormData(event.target).get("q").trim();
  navigate(wanted ? `/customers?q=${encodeURIComponent(wanted)}` : "/customers");
}

/** A button with a panel that closes on Escape and on a click elsewhere. */
function dropdown(button, panel, whenOpened = () => {}) {
  const root = h("div", { class: "dropdown" }, button, panel);
  panel.hidden = true;
  button.setAttribute("aria-expanded", "false");
  const set = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) whenOpened();
  };
  button.addEventListener("click", () => set(panel.hidden));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    set(false);
    button.focus();
  });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !root.contains(event.relatedTarget)) set(false);
  });
  const closeOutside = (event) => {
    if (!root.isConnected) document.removeEventListener("pointerdown", closeOutside);
    else if (!root.contains(event.target)) set(false);
  };
  document.addEventListener("pointerdown", closeOutside);
  return root;
}

function notificationBell() {
  const count = h("span", { class: "bell-count", testid: "text-notification-count", hidden: true });
  const list = h("div", { class: "panel-list" });
  const showCount = async () => {
    const { count: unread } = await call("GET", "/notifications/count");
    count.replaceChildren(unread);
    count.hidden = unread === "0";
  };
  const showList = async () => {
    const rows = await call("GET", "/notifications");
    const item = (row) => h("button", {
      class: "notification", type: "button", "data-unread": row.isRead ? null : "true", testid: `notification-${row.id}`,
      onclick: async () => {
        await call("POST", `/notifications/${row.id}/read`);
        navigate(row.taskId ? `/tasks/${row.taskId}` : "/tasks");
      },
    }, h("strong", {}, row.title), h("span", {}, row.message), h("small", { class: "muted" }, date(row.createdAt)));
    list.replaceChildren(...(rows.length ? rows.slice(0, 8).map(item) : [h("p", { class: "muted pad" }, "Nothing new.")]));
  };
  const readAll = async () => {
    await call("POST", "/notifications/read-all");
    await Promise.all([showCount(), showList()]);
  };
  showCount().catch(() => {});
  const button = h("button", { class: "icon-button", type: "button", "aria-label": "Notifications", testid: "button-notifications" }, icon("bell"), count);
  const panel = h("div", { class: "panel panel-wide", testid: "panel-notifications" },
    h("div", { class: "panel-head" }, h("strong", {}, "Notifications"), h("button", { class: "link-button", type: "button", onclick: readAll, testid: "button-read-all" }, "Mark all as read")), list);
  return dropdown(button, panel, () => showList().catch(() => {}));
}

function userMenu() {
  const shown = session.storedUser();
  const name = h("span", { class: "user-name", testid: "text-user-name" }, `${shown.firstName ?? ""} ${shown.lastName ?? ""}`);
  const picture = h("span", {}, avatar(shown));
  const menu = h("div", { class: "panel", testid: "menu-user" });
  const fillMenu = (user) => menu.replaceChildren(
    h("div", { class: "panel-head stacked" }, h("strong", {}, `${user.firstName ?? ""} ${user.lastName ?? ""}`), h("small", { class: "muted" }, user.email ?? "")),
    h("a", { class: "panel-item", href: "/profile", testid: "menuitem-profile" }, icon("contact"), "Profile"),
    ...(user.isAdmin ? [h("a", { class: "panel-item", href: "/settings", testid: "menuitem-settings" }, icon("settings"), "Settings")] : []),
    h("button", { class: "panel-item", type: "button", testid: "menuitem-logout", onclick: logOut }, icon("out"), "Log out"));
  fillMenu(shown);
  query("/auth/me").then((user) => {
    name.replaceChildren(`${user.firstName} ${user.lastName}`);
    picture.replaceChildren(avatar(user));
    fillMenu(user);
  }).catch(() => {});
  const button = h("button", { class: "user-button", type: "button", "aria-haspopup": "true", testid: "button-user-menu", "aria-label": `Account of ${initials(shown)}` }, picture, name, icon("chevron"));
  return dropdown(button, menu);
}

async function logOut() {
  await call("POST", "/auth/logout", { refreshToken: session.refreshToken() }).catch(() => {});
  session.clear();
  forgetAll();
  navigate("/login");
}
