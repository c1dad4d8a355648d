// Days, people and choices as the language writes them.

import type { Member } from "../shapes.ts";
import { spokenLanguage } from "../words/index.ts";
import type { Option } from "./field.ts";

export function day(moment: string | Date): string {
  return new Intl.DateTimeFormat(spokenLanguage(), { dateStyle: "medium" }).format(new Date(moment));
}

export function time(moment: string): string {
  return new Intl.DateTimeFormat(spokenLanguage(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));
}

/** The first moment, here, of a day as a field has it (`2026-11-21`), or of the day so many days later; null: of none. */
export function dayStart(field: string, later = 0): string | null {
  const [, year, month, date] = /^(\d+)-(\d+)-(\d+)$/.exec(field) ?? [];
  if (!year || !month || !date) return null;
  // The year is set apart: below 100 the constructor takes it for one of the last century.
  const at = new Date(2000, 0, 1);
  at.setFullYear(Number(year), Number(month) - 1, Number(date) + later);
  return at.toISOString();
}

/** `3 days ago`; further back the day itself. */
export function since(moment: string, now = Date.now()): string {
  const minutes = Math.round((Date.parse(moment) - now) / 60_000);
  const words = new Intl.RelativeTimeFormat(spokenLanguage(), { numeric: "auto" });
  if (minutes > -60) return words.format(Math.min(minutes, 0), "minute");
  if (minutes > -60 * 24) return words.format(Math.round(minutes / 60), "hour");
  if (minutes > -60 * 24 * 14) return words.format(Math.round(minutes / 1440), "day");
  return day(moment);
}

export function personName(member: Pick<Member, "user" | "userId">): string {
  const { user } = member;
  return [[user?.firstName, user?.lastName].filter(Boolean).join(" "), user?.email].find(Boolean) ?? member.userId;
}

const COMMON = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "INR", "JPY", "AUD", "CAD"];

export function currencies(also?: string | null): Option[] {
  const names = new Intl.DisplayNames(spokenLanguage(), { type: "currency" });
  const all = [...new Set([...COMMON, ...Intl.supportedValuesOf("currency"), ...(also ? [also] : [])])];
  return all.map((code) => ({ value: code, text: `${code} · ${names.of(code) ?? code}` }));
}

export function timeZones(also?: string | null): Option[] {
  const all = new Set([browserZone(), ...(also ? [also] : []), "UTC", ...Intl.supportedValuesOf("timeZone")]);
  return [...all].toSorted().map((zone) => ({ value: zone, text: zone.replaceAll("_", " ") }));
}

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The currency of the browser's region, if it is one that we can tell. */
export function browserCurrency(): string {
  const region = new Intl.Locale(navigator.language).maximize().region ?? "";
  const of: Record<string, string> = { US: "USD", GB: "GBP", CH: "CHF", SE: "SEK", NO: "NOK", DK: "DKK", PL: "PLN", CZ: "CZK", IN: "INR", JP: "JPY", AU: "AUD", CA: "CAD" };
  return of[region] ?? "EUR";
}

const TYPES = ["agency", "consulting", "freelance", "software", "retail", "services", "nonprofit", "other"] as const;
export const businessTypes = TYPES;
