// Elements without innerHTML, so that a strict Content-Security-Policy and Trusted Types can hold.

/** `h("a", {class: "link", testid: "link-home", href: "/"}, "Home")`; handlers as `onclick`. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "testid") element.dataset.testid = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** The icons of the application, as path data on a 24 by 24 grid. */
const ICONS = {
  home: "M3 11l9-8 9 8M5 10v10h14V10",
  users: "M16 20v-2a4 4 0 0 0-8 0v2M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M21 20v-1a3 3 0 0 0-3-3M3 20v-1a3 3 0 0 1 3-3",
  contact: "M4 4h16v16H4zM12 11a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M7.5 17a4.5 4.5 0 0 1 9 0",
  deal: "M3 17l6-6 4 4 8-8M15 7h6v6",
  box: "M3 8l9-5 9 5v8l-9 5-9-5zM3 8l9 5 9-5M12 13v8",
  file: "M6 3h8l5 5v13H6zM14 3v5h5M9 13h6M9 17h6",
  receipt: "M5 3h14v18l-3-2-2 2-2-2-2 2-2-2-3 2zM9 8h6M9 12h6",
  proposal: "M3 4h18v12H3zM12 16v4M8 21h8M8 11l3-3 2 2 3-3",
  check: "M4 4h16v16H4zM8 12l3 3 5-6",
  team: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M3 20a6 6 0 0 1 12 0M17 11a2.5 2.5 0 1 0 0-5M17 14a5 5 0 0 1 4 5",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  chevron: "M6 9l6 6 6-6",
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  out: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export const badge = (status) =>
  h("span", { class: `badge badge-${status}` }, String(status ?? "—").replaceAll("_", " "));

export const initials = ({ firstName = "", lastName = "" }) => `${firstName.charAt(0)}${lastName.charAt(0)}`.toUpperCase();

export const avatar = (person) => h("span", { class: "avatar", "aria-hidden": "true" },
  person.profileImageUrl ? h("img", { src: person.profileImageUrl, alt: "" }) : initials(person));
