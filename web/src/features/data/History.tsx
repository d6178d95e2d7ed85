/** What happened to a task and who has looked at it, from the ledger's own entries. */
import {
  IconArrowBackUp,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconEye,
  IconEyeCheck,
  IconEyeOff,
  IconGavel,
  IconHourglass,
  IconPackageExport,
  IconPencil,
  IconScale,
  IconSettings,
  IconUpload,
  IconUserCheck,
  type TablerIcon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Look, Move, TaskDetail } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { Faces } from "../../kit/Faces";
import { wordOfReason } from "../annotate/reasons";

const SEEN = ["asset.release", "asset.render"];

const PURPOSES: Record<string, () => string> = {
  label: () => t("to answer it"),
  review: () => t("to review its answers"),
  adjudicate: () => t("to decide between its answers"),
  reopen: () => t("to change an answer"),
  browse: () => t("to read it in the table"),
  check: () => t("to check an answer against it"),
  release: () => t("to write a release"),
  media: () => t("to show its picture"),
  manage: () => t("to manage it"),
  import: () => t("to bring it in"),
  statistics: () => t("to compute statistics"),
  download: () => t("to download it"),
};

function useLooks(project: string, task: string) {
  return useQuery({
    queryKey: ["looks", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}/looks", { path: { project, task } }),
  });
}

interface Event {
  key: string;
  icon: TablerIcon;
  title: string;
  under: string;
  at: string | null;
}

/** When a task came in: a UUID of version 7 begins with its milliseconds; an id of another kind does not say. */
function arrivedAt(id: string): string | null {
  return id[14] === "7" ? new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toISOString() : null;
}

/** The entries that changed something, newest first; the looks are gathered into one line. Pure. */
export function eventsOf(task: TaskDetail, entries: readonly Look[]): Event[] {
  const words: Record<string, [TablerIcon, (look: Look) => string]> = {
    "label.write": [IconCircle, ({ who }) => t("{who} answered", { who })],
    "verdict.write": [IconScale, wordOfVerdict],
    "ruling.write": [IconGavel, wordOfRulingEntry],
    "appeal.write": [IconGavel, wordOfAppealEntry],
    "assign.allow": [IconUserCheck, () => t("Reserved for somebody")],
    "assign.deny": [IconEyeOff, () => t("Refused to somebody by a wall")],
    "lease.expire": [IconHourglass, () => t("A hold ended without an answer")],
    "lease.revoke": [IconArrowBackUp, () => t("A hold was taken back")],
    "lease.return": [IconArrowBackUp, ({ who }) => t("{who} gave it back or skipped it", { who })],
    "project.change": [IconSettings, ({ rule }) => wordOfChange(rule)],
    "export.create": [IconPackageExport, () => t("Went into a release")],
  };
  const events = entries.flatMap((entry): Event[] => {
    const [icon, title] = words[entry.action] ?? [];
    if (!icon || !title) return [];
    return [
      {
        key: entry.entry_id ?? `${entry.action} ${entry.at}`,
        icon,
        title: title(entry),
        under: entry.entry_id ? t("entry {id}", { id: entry.entry_id }) : t("on its way into the log"),
        at: entry.at,
      },
    ];
  });
  const seen = entries.filter(({ action }) => SEEN.includes(action));
  const lookers = new Set(seen.map(({ who }) => who));
  const looked: Event[] = seen[0]
    ? [
        {
          key: "looks",
          icon: IconEye,
          title: t("{count, plural, one {Opened by # person} other {Opened by # people}}, no others", {
            count: lookers.size,
          }),
          under: t("{count, plural, one {# look} other {# looks}}, each with its reason under Looks", {
            count: seen.length,
          }),
          at: seen[0].at,
        },
      ]
    : [];
  const arrived: Event = {
    key: "arrived",
    icon: IconUpload,
    title: task.batch ? t("Arrived in batch {batch}", { batch: task.batch }) : t("Arrived"),
    under: t("sealed before it was stored"),
    at: arrivedAt(task.id),
  };
  const later = [...looked, ...events, ...task.history.map(eventOfMove)].sort((a, b) =>
    (b.at ?? "").localeCompare(a.at ?? ""),
  );
  return [...later, arrived];
}

/** From one stage to the next, and what decided it. */
function eventOfMove(move: Move, index: number): Event {
  const { to_place: to, by, who, model, model_version: version, probability, votes, at } = move;
  const places: Record<Move["to_place"], [TablerIcon, string]> = {
    label: [IconPencil, t("Waits for more answers")],
    review: [IconEyeCheck, t("Waits for review")],
    adjudicate: [IconScale, t("Waits for an adjudicator")],
    rework: [IconArrowBackUp, t("With its author again")],
    done: [IconCircleCheck, t("Done")],
  };
  const [icon, title] = places[to];
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const least =
    probability === null
      ? t("by {model} {version}", { model: model ?? "", version: version ?? "" })
      : t("by {model} {version}: least sure {share}, of {count, plural, one {# vote} other {# votes}}", {
          model: model ?? "",
          version: version ?? "",
          share: number(probability, digits),
          count: votes,
        });
  const words: Record<Move["by"], string> = {
    decide: least,
    review: t("by {who}, in review", { who: who ?? "" }),
    adjudication: t("by {who}, in adjudication", { who: who ?? "" }),
    requeue: t("queued again by {who}", { who: who ?? "" }),
    ruling: t("an answer was rejected by {who}", { who: who ?? "" }),
    appeal: t("an appeal was answered by {who}", { who: who ?? "" }),
    undo: t("taken back by {who}", { who: who ?? "" }),
  };
  return {
    key: `move ${index}`,
    icon,
    title,
    under: [words[by], ...move.estimates.map(wordOfEstimate)].join(" · "),
    at,
  };
}

/** What a fit estimated of a number when the task was decided. */
function wordOfEstimate({ question, value, low, high }: Move["estimates"][number]): string {
  return t("{question}: {value} ({low} to {high})", {
    question,
    value: number(value),
    low: number(low),
    high: number(high),
  });
}

function wordOfChange(rule: string | null): string {
  if (rule === "priority") return t("Its priority was changed");
  if (rule === "trash") return t("Put into the trash");
  if (rule === "restore") return t("Restored from the trash");
  return t("Changed");
}

/** A ruling's rule is its kind and reason; `withdrawn:` before the kind takes it back. */
function wordOfRulingEntry({ who, rule }: Look): string {
  return rule?.startsWith("withdrawn:")
    ? t("{who} took a rejection back", { who })
    : t("{who} rejected an answer", { who });
}

function wordOfAppealEntry({ who, rule }: Look): string {
  if (rule?.startsWith("filed:")) return t("{who} appealed", { who });
  return rule?.startsWith("upheld:")
    ? t("{who} answered an appeal: it stands", { who })
    : t("{who} answered an appeal: overturned", { who });
}

/** A verdict's rule is the word, and its coded reason behind a colon. */
function wordOfVerdict({ who, rule }: Look): string {
  const [verdict = "", reason = ""] = (rule ?? "").split(":").map((each) => each.trim());
  const words: Record<string, () => string> = {
    accept: () => t("{who} accepted an answer", { who }),
    fix: () => t("{who} fixed an answer", { who }),
    "send-back": () => t("{who} sent an answer back", { who }),
    decide: () => t("{who} decided, with an answer in view", { who }),
    more: () => t("{who} asked for one more answer", { who }),
    undone: () => t("{who} took back what they had just said", { who }),
  };
  const word = words[verdict]?.() ?? t("{who} judged an answer", { who });
  return reason ? t("{what}: {reason}", { what: word, reason: wordOfReason(reason) }) : word;
}

export function History({ project, task }: { project: string; task: TaskDetail }) {
  const looks = useLooks(project, task.id);
  return (
    <div className="mt12">
      <Faces query={looks} lines={4}>
        {({ items }) => (
          <ol className="timeline">
            {eventsOf(task, items).map(({ key, icon: Icon, title, under, at }) => (
              <li key={key}>
                <Icon size={16} stroke={1.75} aria-hidden="true" />
                <div className="grow">
                  <div className="row between g8">
                    <span className="b">{title}</span>
                    <span className="small t3 nowrap">{at && when(at)}</span>
                  </div>
                  <div className="small t3">{under}</div>
                </div>
              </li>
            ))}
          </ol>
        )}
      </Faces>
    </div>
  );
}

export function Looks({ project, task }: { project: string; task: string }) {
  const looks = useLooks(project, task);
  return (
    <div className="mt12">
      <Faces query={looks} lines={4}>
        {({ items }) => {
          const seen = items.filter(({ action, decision }) => SEEN.includes(action) || decision === "deny");
          return (
            <>
              <ul className="entries">
                {seen.map((each) => (
                  <li key={each.entry_id}>
                    <div className="row between g8">
                      <span className="b">{each.who}</span>
                      <span className="small t3 nowrap">{when(each.at)}</span>
                    </div>
                    <div className="row between g8 small">
                      {each.decision === "deny" ? (
                        <span className="dan">{t("refused: {rule}", { rule: each.rule ?? "" })}</span>
                      ) : (
                        <span className="t2">{PURPOSES[each.purpose ?? ""]?.() ?? each.purpose}</span>
                      )}
                      <span className="mono t3">{each.entry_id}</span>
                    </div>
                  </li>
                ))}
              </ul>
              <p className="row top g8 small t3 mt12">
                <IconCircleDashed size={14} stroke={1.75} aria-hidden="true" style={{ marginTop: 1 }} />
                {t(
                  "Stated by the server: each look was recorded before it was granted. A person who has seen an item can remember it.",
                )}
              </p>
            </>
          );
        }}
      </Faces>
    </div>
  );
}
