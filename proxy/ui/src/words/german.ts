// All texts of the pages in one language, as one module to fetch.

export { errors } from "./errors.de.ts";
export { operator } from "./operator.de.ts";
export { pages } from "./pages.de.ts";
export { settings } from "./settings.de.ts";
export { switcher } from "./switcher.de.ts";
