// Words, amounts and dates in Russian or English; English stands in the source, Russian in the catalogue.
import { signal } from "@preact/signals";

import { fact, remember } from "./store";

export type Language = "ru" | "en";
type Catalogue = Record<string, string | string[]>;
type Values = Record<string, string | number>;

// What the phone is told of the app that it installs.
const MANIFESTS: Record<Language, string> = { ru: "manifest.webmanifest", en: "manifest.en.webmanifest" };
const RUSSIAN_FORMS = ["one", "few", "many"];
const UNITS: Record<string, [string, string]> = {
  BON: ["{number} bonus", "{number} bonuses"],
  PTS: ["{number} point", "{number} points"],
};

export const language = signal<Language>("ru");
let russian: Catalogue = {};

/** The phone's language, unless its owner chose the other one. */
export async function loadWords(): Promise<void> {
  const chosen = await fact<Language>("language");
  const own = navigator.languages.find((one) => /^(ru|en)\b/.test(one));
  await speak(chosen ?? (own?.startsWith("en") ? "en" : "ru"));
}

export async function choose(wanted: Language): Promise<void> {
  await speak(wanted);
  await remember("language", wanted);
}

async function speak(wanted: Language): Promise<void> {
  if (wanted === "ru") russian = (await import("./made/ru.json")).default as Catalogue;
  language.value = wanted;
  document.documentElement.lang = wanted;
  document.title = t("Naparnik");
  document.querySelector("link[rel=manifest]")?.setAttribute("href", `/app/${MANIFESTS[wanted]}`);
}

/** A text in the reader's language; names in braces are replaced. */
export function t(text: string, values: Values = {}): string {
  const found = language.value === "ru" ? russian[text] : undefined;
  return filled(typeof found === "string" ? found : text, values);
}

/** Marks a text in a table, which is translated where it is shown. */
export function marked(text: string): string {
  return text;
}

/** A text that depends on a number, which it may call {number}. */
export function tn(one: string, many: string, count: number, values: Values = {}): string {
  const number = new Intl.NumberFormat(language.value).format(count);
  return filled(form(one, many, count), { number, ...values });
}

/** Whichever of two texts is in the reader's language. */
export function either(ru: string | null | undefined, en: string | null | undefined): string {
  return (language.value === "ru" ? ru : en) ?? "";
}

/** An amount with its unit: 450 бонусов, 12,50 ₽. */
export function amount(minor: number, asset: string): string {
  const units = UNITS[asset];
  if (!units) return money(minor, asset);
  return form(...units, minor / 100).replace("{number}", plain(minor));
}

/** An amount without its unit, where that stands beside it. */
export function plain(minor: number): string {
  const digits = minor % 100 === 0 ? 0 : 2;
  return new Intl.NumberFormat(language.value, { minimumFractionDigits: digits }).format(minor / 100);
}

export function unit(minor: number, asset: string): string {
  const units = UNITS[asset];
  return units ? form(...units, minor / 100).replace("{number}", "").trim() : asset;
}

/** Basis points as a percentage: 12,5 %. */
export function percent(basisPoints: number): string {
  return new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 2 }).format(basisPoints / 10_000);
}

export function day(when: string | Date): string {
  return dated(when, { day: "numeric", month: "long" });
}

/** With the year, for what lies further ahead. */
export function date(when: string | Date): string {
  return dated(when, { day: "numeric", month: "long", year: "numeric" });
}

/** With the year where it is another one. */
export function moment(when: string | Date): string {
  const year = new Date(when).getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
  return dated(when, { day: "numeric", month: "short", ...year, hour: "2-digit", minute: "2-digit" });
}

function money(minor: number, currency: string): string {
  const digits = minor % 100 === 0 ? 0 : 2;
  const how = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: digits, maximumFractionDigits: 2 } as const;
  return new Intl.NumberFormat(language.value, how).format(minor / 100);
}

function dated(when: string | Date, how: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language.value, how).format(new Date(when));
}

function form(one: string, many: string, count: number): string {
  const found = language.value === "ru" ? russian[one] : undefined;
  const rule = new Intl.PluralRules(language.value).select(count);
  // A fraction takes the form of "few": 2,5 бонуса.
  if (Array.isArray(found)) return found[rule === "other" ? 1 : RUSSIAN_FORMS.indexOf(rule)] ?? many;
  return rule === "one" ? one : many;
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
