/** The closed lists of rulings and appeals, in words. */
import type { Appeal, Evidence, Ruling, StandingSignal } from "../../api/contract";
import { duration, percent, t } from "../../i18n";
import { shortId } from "../annotate/BottomBar";
import { wordOfReason } from "../annotate/reasons";

export type Rejecting = "guideline-misread" | "incomplete" | "spam" | "copied" | "machine-written";
export type Removing = "work-quality" | "spam" | "misconduct" | "not-needed";
export type Answering = NonNullable<Appeal["answer"]>["reason"];

export function wordOfRuling(reason: string): string {
  const words: Record<string, string> = {
    copied: t("Copied from somebody else"),
    "machine-written": t("Written by a machine"),
    "work-quality": t("Quality of the work"),
    misconduct: t("Misconduct"),
    "not-needed": t("Not needed any more"),
  };
  return words[reason] ?? wordOfReason(reason);
}

export const REJECTING: readonly Rejecting[] = ["spam", "copied", "machine-written", "incomplete", "guideline-misread"];
export const REMOVING: readonly Removing[] = ["work-quality", "spam", "misconduct", "not-needed"];
export const UPHOLDING: readonly Answering[] = ["evidence-stands"];
export const OVERTURNING: readonly Answering[] = [
  "answer-right",
  "evidence-insufficient",
  "guideline-silent",
  "too-harsh",
];

export function wordOfAnswer(reason: Answering): string {
  const words: Record<Answering, string> = {
    "evidence-stands": t("The evidence stands"),
    "answer-right": t("The answer is right"),
    "evidence-insufficient": t("The evidence does not show it"),
    "guideline-silent": t("The guidelines do not say"),
    "too-harsh": t("It goes too far"),
  };
  return words[reason];
}

/** What an appeal is against. */
export function wordOfCase({ kind, verdict }: Pick<Appeal, "kind" | "verdict">): string {
  if (kind === "rejection") return t("An answer was rejected");
  if (kind === "removal") return t("Removed from the project");
  return verdict === "fix" ? t("An answer was changed by a reviewer") : t("An answer was sent back");
}

export function wordOfState(state: Appeal["state"]): string {
  if (state === "open") return t("Appeal is open");
  return state === "upheld" ? t("Appeal answered: it stands") : t("Appeal answered: overturned");
}

export function titleOfRuling({ kind }: Pick<Ruling, "kind">, project: string): string {
  return kind === "rejection"
    ? t("Answer rejected in “{project}”", { project })
    : t("You were removed from “{project}”", { project });
}

export function wordOfEvidence(item: Evidence): string {
  const task = item.task_id ? shortId(item.task_id) : "";
  switch (item.kind) {
    case "answer":
      return t("the answer to task {task}", { task });
    case "verdict":
      return item.reason
        ? t("a reviewer’s verdict on task {task}: {reason}", { task, reason: wordOfRuling(item.reason) })
        : t("a reviewer’s verdict on task {task}", { task });
    case "remark":
      return t("a remark: “{text}”", { text: item.text ?? "" });
    case "guideline":
      return t("guidelines {version}: “{heading}”", { version: item.version ?? 0, heading: item.heading ?? "" });
    case "gold":
      return item.task_id ? t("known task {task}", { task }) : t("a task whose answer is known, kept secret");
    case "exam":
      return t("an exam");
    default:
      return item.standing
        ? wordOfSignal(item.standing)
        : t("{signal}: {count} of {of}", {
            signal: nameOfSignal(item.signal ?? "alike"),
            count: item.count ?? 0,
            of: item.out_of ?? 0,
          });
  }
}

/** A signal with its share, interval and count; of times the median, beside what others need. */
export function wordOfSignal({ signal, value, count, out_of: of, low, high, expected }: StandingSignal): string {
  const name = nameOfSignal(signal);
  if (signal === "fast") {
    return t("{signal}: a median of {time} in {count, plural, one {# answer} other {# answers}}, others {usual}", {
      signal: name,
      time: duration(value),
      count: of,
      usual: duration(expected ?? 0),
    });
  }
  return t("{signal}: {count} of {of} ({low} to {high})", {
    signal: name,
    count,
    of,
    low: percent(low ?? 0, 0),
    high: percent(high ?? 1, 0),
  });
}

function nameOfSignal(signal: StandingSignal["signal"]): string {
  const words: Record<StandingSignal["signal"], string> = {
    alike: t("same answers as somebody else"),
    run: t("the same answer in a row"),
    fast: t("faster than reading allows"),
    pasted: t("pasted where others type"),
    away: t("left the window where others stay"),
  };
  return words[signal];
}
