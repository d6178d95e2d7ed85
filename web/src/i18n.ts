/** Words on the screen: every one goes through t(), whose English text is its own id. */
import { i18n } from "@lingui/core";

// Where the catalogue was thinned (vite.config.ts), a message that it does not hold is its own id, and says itself.
if (import.meta.env.PROD) i18n.setMessagesCompiler((message) => [message]);

export type Values = Record<string, string | number>;

/** A message in the person's language. Plurals and values are ICU: "{count, plural, one {# task} other {# tasks}}". */
export function t(message: string, values?: Values): string {
  return i18n._(message, values);
}

const RIGHT_TO_LEFT = /^(ar|fa|he|ur|ps|sd|ug|yi|dv|ckb)(-|$)/;

let shown: string | null = null;

/** Calls a listener whenever another language is shown: whatever has words must then be drawn anew. */
export function onLanguage(listener: () => void): () => void {
  return i18n.on("change", listener);
}
export function languageShown(): string | null {
  return shown;
}

/** Loads a language's catalogue; a language without one is shown in English but keeps its numbers, dates and direction. */
export async function loadLanguage(language: string): Promise<void> {
  if (language === shown) return;
  const { messages } = language === "pseudo" ? await import("./locales/pseudo") : await import("./locales/en");
  const locale = language === "pseudo" ? "en" : language;
  shown = language;
  i18n.loadAndActivate({ locale, messages });
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.test(locale) ? "rtl" : "ltr";
}

/** Whose habits numbers and times follow: plain English is written as most of the world writes it, 19 Nov 16:20. */
function habits(): string {
  return !i18n.locale || i18n.locale === "en" ? "en-GB" : i18n.locale;
}

/** 12,480 */
export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(habits(), options).format(value);
}

/** “tagger-2 and tagger-3” */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(habits()).format(names);
}

/** 65.8 % */
export function percent(share: number, digits = 1): string {
  return number(share, { style: "percent", maximumFractionDigits: digits });
}

/** “today 13:41” within a day, then “19 Nov 16:20”; the year only when it is another one. */
export function when(time: string, now = new Date()): string {
  const isToday = new Date(time).toDateString() === now.toDateString();
  return isToday ? t("today {clock}", { clock: clock(time) }) : `${day(time, now)} ${clock(time)}`;
}

/** 13:41 */
export function clock(time: string): string {
  return new Date(time).toLocaleTimeString(habits(), { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** 19 Nov, with the year when it is not this one. */
export function day(time: string, now = new Date()): string {
  const at = new Date(time);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (at.getFullYear() !== now.getFullYear()) options.year = "numeric";
  return at.toLocaleDateString(habits(), options);
}

/** Sunday 22 November */
export function today(now = new Date()): string {
  return now.toLocaleDateString(habits(), { weekday: "long", day: "numeric", month: "long" });
}

/** 2 min 02 s */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return t("{seconds} s", { seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("{minutes} min {seconds} s", { minutes, seconds: String(seconds % 60).padStart(2, "0") });
  return t("{hours} h {minutes} min", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** 41.2 MB */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}
