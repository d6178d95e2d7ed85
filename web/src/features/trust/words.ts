/** The words of the trust centre for what the record holds as codes. */
import type { Challenge, RecordedLook } from "../../api/contract";
import { number, t } from "../../i18n";

export const PURPOSES = [
  "label",
  "reopen",
  "browse",
  "directory",
  "check",
  "statistics",
  "release",
  "download",
  "media",
  "notify",
  "import",
  "sign-in",
  "manage",
  "review",
  "adjudicate",
] as const;

export function wordOfPurpose(purpose: string | null): string {
  const words: Record<string, () => string> = {
    label: () => t("to answer it"),
    reopen: () => t("to answer it again"),
    browse: () => t("to read it in the table"),
    directory: () => t("to read names"),
    check: () => t("to check what was sent"),
    statistics: () => t("to compute figures"),
    release: () => t("to write a release"),
    download: () => t("to download a release"),
    media: () => t("to see a file"),
    notify: () => t("to tell somebody"),
    import: () => t("to import it"),
    "sign-in": () => t("to sign in"),
    manage: () => t("to manage it"),
    review: () => t("to review the answers to it"),
    adjudicate: () => t("to decide between the answers to it"),
  };
  return words[purpose ?? ""]?.() ?? purpose ?? "–";
}

/** By the pseudonym; the software, and somebody who was erased, have none. */
export function wordOfWho({ who, is_person, is_visitor }: RecordedLook): string {
  if (who) return is_visitor ? t("{who}, of the operator", { who }) : who;
  return is_person ? t("somebody who was erased") : t("Evenhand itself");
}

export function wordOfWhat({ object_id, objects }: RecordedLook): string {
  if (objects > 1) return t("{count} objects", { count: number(objects) });
  return object_id ?? "–";
}

/** From the rule that fired: "hold", "vendor:competitor" by one's own conflict, "vendor" by one that somebody else declared. */
export function wordOfRefusal(rule: string | null): string {
  if (rule === "hold") return t("refused, on hold");
  const [tie = "", basis] = (rule ?? "").split(":");
  const words = basis === undefined ? byOthers[tie] : byOwn[tie];
  return words?.(basis ?? "") ?? (rule ? t("refused: {rule}", { rule }) : t("refused"));
}

const byOwn: Record<string, (basis: string) => string> = {
  vendor: (basis) => t("refused: the vendor is tied to a {basis}", { basis }),
  employer: (basis) => t("refused: worked for a vendor tied to a {basis}", { basis }),
  interest: (basis) => t("refused: has an interest in a {basis}", { basis }),
  history: (basis) => t("refused: worked for a {basis}", { basis }),
};

/** Who that is, nobody is told. */
const byOthers: Record<string, () => string> = {
  vendor: () => t("refused: the vendor is tied to somebody who keeps apart from you"),
  employer: () => t("refused: worked for a vendor tied to somebody who keeps apart from you"),
  interest: () => t("refused: has an interest in somebody who keeps apart from you"),
  history: () => t("refused: worked for somebody who keeps apart from you"),
};

/** What became of a claim about the ownership of others. */
export function wordOfChallenge(state: Challenge["state"]): string {
  const words: Record<Challenge["state"], () => string> = {
    open: () => t("counts for your walls; the operator has not decided"),
    confirmed: () => t("confirmed, and public"),
    refused: () => t("refused by the operator"),
    withdrawn: () => t("withdrawn"),
  };
  return words[state]();
}

/** Midnight of a day in the reader's zone, and of the day after. */
export function boundsOf(day: string): { since: string; before: string } {
  const start = new Date(`${day}T00:00:00`);
  const end = new Date(start);
  end.setDate(end.getDate() + 1);
  return { since: start.toISOString(), before: end.toISOString() };
}

/** The section of a Markdown page under a heading of the second rank, without the heading; empty when there is none. */
export function sectionOf(page: string, heading: string): string {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  return (section.split("\n## ")[0] ?? "").trim();
}
