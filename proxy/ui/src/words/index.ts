// The catalogue: every text that people read, by key, in English and German.
//
// Promise: a key that does not exist, or that one language lacks, does not compile.
// The switcher's texts are in its module; those of the pages come with the pages, in one language.

import type { errors as Errors } from "./errors.en.ts";
import type { operator as Operator } from "./operator.en.ts";
import type { pages as Pages } from "./pages.en.ts";
import type { settings as Settings } from "./settings.en.ts";
import type { switcher as Switcher } from "./switcher.en.ts";

/** A text, or one for each plural category that the language tells apart. `{name}` is replaced. */
export type Word = string | { readonly one: string; readonly other: string };
export type Key = keyof typeof Switcher | keyof typeof Pages | keyof typeof Settings | keyof typeof Errors | keyof typeof Operator;
/** Another language's part of the catalogue: the same keys, no more and no fewer. */
export type Translation<Part> = { readonly [Name in keyof Part]: Part[Name] extends string ? string : Word };
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Values = Readonly<Record<string, string | number>>;

const words: Partial<Record<string, Word>> = {};
let language: Language = "en";
let plural = new Intl.PluralRules("en");

/** The first of the wanted languages that we speak. */
export function spoken(wanted: readonly (string | null | undefined)[]): Language {
  for (const tag of wanted) {
    const primary = tag?.toLowerCase().split("-")[0];
    if (primary === "de" || primary === "en") return primary;
  }
  return "en";
}

export function speak(next: Language): void {
  language = next;
  plural = new Intl.PluralRules(next);
}

export function spokenLanguage(): Language {
  return language;
}

export function learn(part: Readonly<Record<string, Word>>): void {
  Object.assign(words, part);
}

/** The text of a key; `n` chooses the plural and is written as the language writes numbers. */
export function t(key: Key, values: Values = {}): string {
  const word = words[key] ?? key;
  const count = values["n"];
  const text =
    typeof word === "string" ? word : typeof count === "number" && plural.select(count) === "one" ? word.one : word.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? value.toLocaleString(language) : (value ?? whole);
  });
}

/** A text that may not be there: for words of the server that a later version may add. */
export function maybe(key: string, otherwise: string): string {
  return key in words ? t(key as Key) : otherwise;
}
