// Elements in a page, and the way to what they show.

import { emulateMedia } from "@web/test-runner-commands";
import { Double, bootWith, standIn, type Replies } from "./double.ts";
import { about, replies } from "./world.ts";
import { navigation } from "../src/switcher/switching.ts";
import type { Boot } from "../src/boot.ts";
import type { Language } from "../src/words/index.ts";

export interface Scene {
  readonly replies?: Replies;
  readonly count?: number;
  readonly workspace?: string;
  readonly principal?: string | null;
  readonly language?: Language;
  readonly dir?: "ltr" | "rtl";
  readonly theme?: "light" | "dark";
  readonly boot?: Partial<Boot>;
}

// Hundreds of currencies and time zones tell no more than a few, and axe looks at each.
const few = { currency: ["EUR", "USD"], timeZone: ["Europe/Berlin", "Europe/Paris"] };
Intl.supportedValuesOf = (of) => [...few[of as keyof typeof few]];

/** Puts an element into an empty page. */
export async function place<Kind extends HTMLElement>(tag: string, scene: Scene = {}, set: Partial<Kind> = {}): Promise<{ element: Kind; double: Double }> {
  clear();
  // Half-faded text has another contrast than the text that people read.
  await emulateMedia({ reducedMotion: "reduce" });
  document.documentElement.dir = scene.dir ?? "ltr";
  document.documentElement.style.colorScheme = scene.theme ?? "light";
  document.body.style.background = scene.theme === "dark" ? "#101216" : "#ffffff";
  const double = new Double({ ...replies(scene.count ?? 4), ...scene.replies }, scene.workspace ?? "w-home", "w-home", scene.principal === undefined ? "u-ada" : scene.principal, bootWith(scene.boot ?? {}));
  await standIn(double, scene.language);
  const element = Object.assign(document.createElement(tag), set) as Kind;
  element.setAttribute("scheme", scene.theme ?? "light");
  document.body.append(element);
  await calm();
  return { element, double };
}

/** One section of the settings, of a workspace that the person owns. */
export const section = (name: string, given: Replies = {}): Promise<{ element: HTMLElement; double: Double }> =>
  place<HTMLElement>(`annex-${name}-section`, { replies: given }, { about: about() } as never);

/** Where the test's pages lead, instead of there. */
export function destinations(): string[] {
  const went: string[] = [];
  navigation.go = (to) => void went.push(to);
  navigation.reload = () => void went.push("reload");
  beforeEach(() => void (went.length = 0));
  return went;
}

export function clear(): void {
  document.body.replaceChildren();
  localStorage.clear();
  sessionStorage.clear();
}

/** Until what was asked was answered and shown. */
export async function calm(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((done) => setTimeout(done, 5));
}

/** A deadline far above what it takes: a busy machine is no fault. */
export async function until(what: () => unknown, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!what()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what.toString()}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Through shadow roots: `a >>> b`. */
export function find<Kind extends HTMLElement = HTMLElement>(root: Element, path: string): Kind {
  const found = maybe<Kind>(root, path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
}

export function maybe<Kind extends HTMLElement = HTMLElement>(root: Element, path: string): Kind | null {
  let here: Element | null = root;
  for (const part of path.split(" >>> ")) here = (here?.shadowRoot ?? here)?.querySelector(part) ?? null;
  return here as Kind | null;
}

export function all<Kind extends HTMLElement = HTMLElement>(root: Element, path: string): Kind[] {
  const at = path.lastIndexOf(" >>> ");
  const holder = at < 0 ? root : find(root, path.slice(0, at));
  return [...(holder.shadowRoot ?? holder).querySelectorAll<Kind>(at < 0 ? path : path.slice(at + 5))];
}

/** The element that really has focus, in whatever shadow. */
export function focused(): Element | null {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  return here;
}

export const text = (element: Element): string => element.textContent.replace(/\s+/g, " ").trim();

export const asked = (double: Double, method: string): string[] => double.asked.filter((one) => one.method === method).map((one) => one.path);
/** Of the first request of a method. */
export const body = (double: Double, method: string): unknown => double.asked.find((one) => one.method === method)?.body;

export async function press(element: Element, path: string): Promise<void> {
  find(element, path).click();
  await calm();
}

/** The button that says this, or is labelled so. */
export function button(root: Element, said: string, path = "button"): HTMLButtonElement {
  const found = all<HTMLButtonElement>(root, path).find((one) => (one.ariaLabel ?? text(one)) === said);
  if (!found) throw new Error(`there is no button ${said}`);
  return found;
}

export function type(element: Element, path: string, value: string): void {
  const input = find<HTMLInputElement>(element, path);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
}

/** An answer that waits to be let go. */
export function held<Answer>(answer: Answer): { reply: () => Promise<Answer>; release: () => void } {
  let release = (): void => undefined;
  const promise = new Promise<Answer>((done) => (release = () => done(answer)));
  return { reply: () => promise, release: () => release() };
}
