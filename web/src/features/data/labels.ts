/** Labels as they stand: what each was made by, and how sure it is, in words. Pure. */
import type { Answer, Consensus } from "../../api/contract";
import { number, t } from "../../i18n";

const DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

/** What a label was made by, in a word. */
export function wordOfSource({ source }: Pick<Consensus, "source">): string {
  const words: Record<Consensus["source"], string> = {
    gold: t("gold"),
    verdict: t("verdict"),
    decision: t("decision"),
    model: t("model"),
    votes: t("votes"),
  };
  return words[source];
}

/** The same in a sentence, with the model and how many answers agree. */
export function originOf(label: Consensus): string {
  const { source, method, model = "", model_version: version = "", fit_no: fit = 0, share, answers } = label;
  const agreeing = t("{agreeing} of {answers} answers agree", { agreeing: Math.round(share * answers), answers });
  const said: Record<Consensus["source"], string> = {
    gold: t("Gold: its answer is known"),
    verdict: method === "adjudication" ? t("Decided in adjudication") : t("Decided in review"),
    decision: t("Decided by {model} {version}, fit {fit}", { model, version, fit: number(fit) }),
    model: t("Told by {model} {version}, fit {fit}", { model, version, fit: number(fit) }),
    votes: t("What the answers merge to"),
  };
  return `${said[source]} · ${agreeing}`;
}

/** Between which ends a number lies; null where no model estimated it. */
export function intervalOf({ low, high }: Pick<Consensus, "low" | "high">): string | null {
  return low === undefined || high === undefined
    ? null
    : t("{low} to {high}", { low: number(low), high: number(high) });
}

/** How sure it is: its probability, or of an estimate its interval; of gold, that it is known. */
export function sureness(label: Consensus): string {
  if (label.source === "gold") return t("known");
  return intervalOf(label) ?? number(label.probability, DIGITS);
}

/** The label of a task that is least sure; estimates, which have an interval instead, come last. Null where there is none. */
export function leastSure(labels: readonly Consensus[]): Consensus | null {
  const rank = (each: Consensus): number => (each.low === undefined ? each.probability : 2);
  return labels.reduce<Consensus | null>((low, each) => (low === null || rank(each) < rank(low) ? each : low), null);
}

/** The merged answers that can be drawn over the material: those with regions. */
export function mergedMarks(labels: readonly Consensus[]): Answer[] {
  return labels
    .filter(({ regions = [], status }) => regions.length > 0 && status === "resolved")
    .map(({ question, target, value }) => ({ question, target, value: value as Answer["value"] }));
}

/** How probable it is that each of its regions is there, in their order. */
export function existingOf({ regions = [] }: Pick<Consensus, "regions">): number[] {
  return regions.map(({ exists }) => exists);
}
