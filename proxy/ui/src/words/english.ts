// All texts of the pages in one language, as one module to fetch.

export { errors } from "./errors.en.ts";
export { operator } from "./operator.en.ts";
export { pages } from "./pages.en.ts";
export { settings } from "./settings.en.ts";
export { switcher } from "./switcher.en.ts";
