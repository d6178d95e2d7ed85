/** What a decision rests on: picked from what the server says may be named of this person, by kind. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { PossibleEvidence, PossibleItem, StandingSignal } from "../../api/contract";
import { day, t } from "../../i18n";
import { Faces } from "../../kit/Faces";
import { shortId } from "../annotate/BottomBar";
import { wordOfRuling, wordOfSignal } from "./words";
import "./offers.css";

export type Named =
  | { kind: PossibleItem["kind"]; id: string }
  | { kind: "guideline"; version: number; heading: string }
  | { kind: "signal"; signal: StandingSignal["signal"] };

interface Choice {
  key: string;
  word: string;
  named: Named;
}
interface Group {
  title: string;
  choices: Choice[];
}

function keyOf(named: Named): string {
  if (named.kind === "guideline") return `${named.kind} ${named.version} ${named.heading}`;
  return `${named.kind} ${named.kind === "signal" ? named.signal : named.id}`;
}

/** What is picked. begins: what is picked from the start, until it is taken away. */
export function useEvidence(project: string, person: string | undefined, begins: (item: PossibleItem) => boolean) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const possible = useQuery({
    queryKey: ["evidence", project, person],
    queryFn: () =>
      call("GET /projects/{project}/people/{person}/evidence", { path: { project, person: person ?? "" } }),
    enabled: person !== undefined,
  });
  const begun = new Set((possible.data?.items ?? []).filter(begins).map(({ kind, id }) => keyOf({ kind, id })));
  const isPicked = (key: string): boolean => begun.has(key) !== turned.has(key);
  const turn = (key: string): void => {
    const after = new Set(turned);
    if (!after.delete(key)) after.add(key);
    setTurned(after);
  };
  const groups = possible.data ? groupsOf(possible.data) : [];
  const picked = groups.flatMap(({ choices }) => choices.filter(({ key }) => isPicked(key)).map(({ named }) => named));
  return { possible, groups, picked, isPicked, turn };
}

/** By kind, in the order in which they weigh; kinds of which there is nothing are left out. */
export function groupsOf({ items, signals, guideline_version: version, headings }: PossibleEvidence): Group[] {
  const of = (kind: PossibleItem["kind"], word: (item: PossibleItem) => string): Choice[] =>
    items
      .filter((each) => each.kind === kind)
      .map((each) => ({
        key: keyOf({ kind, id: each.id }),
        word: word(each),
        named: { kind, id: each.id },
      }));
  const task = ({ task_id: id }: PossibleItem): string => shortId(id ?? "");
  return [
    {
      title: t("Rejected answers"),
      choices: of("answer", (each) =>
        t("Task {task}: {reason}", { task: task(each), reason: wordOfRuling(each.reason ?? "") }),
      ),
    },
    {
      title: t("Known tasks"),
      choices: of("gold", (each) =>
        each.is_right
          ? t("Task {task}: answered rightly", { task: task(each) })
          : t("Task {task}: answered wrongly", { task: task(each) }),
      ),
    },
    {
      title: t("Reviewers’ verdicts"),
      choices: of("verdict", (each) =>
        each.verdict === "fix"
          ? t("Task {task} fixed: {reason}", { task: task(each), reason: wordOfRuling(each.reason ?? "") })
          : t("Task {task} sent back: {reason}", { task: task(each), reason: wordOfRuling(each.reason ?? "") }),
      ),
    },
    {
      title: t("Exams"),
      choices: of("exam", ({ at, is_right }) =>
        is_right ? t("{day}: passed", { day: day(at) }) : t("{day}: not passed", { day: day(at) }),
      ),
    },
    {
      title: t("What they wrote in discussions"),
      choices: of("remark", ({ text, at }) => t("{day}: “{text}”", { day: day(at), text: text ?? "" })),
    },
    {
      title: t("Guidelines that they had read, version {version}", { version }),
      choices: headings.map((heading): Choice => {
        const named: Named = { kind: "guideline", version, heading };
        return { key: keyOf(named), word: heading, named };
      }),
    },
    {
      title: t("Signals that stand: alone they are no evidence"),
      choices: signals.map((each): Choice => {
        const named: Named = { kind: "signal", signal: each.signal };
        return { key: keyOf(named), word: wordOfSignal(each), named };
      }),
    },
  ].filter(({ choices }) => choices.length > 0);
}

export function EvidencePicker({ possible, groups, isPicked, turn }: ReturnType<typeof useEvidence>) {
  return (
    <Faces query={possible} lines={3}>
      {() =>
        groups.length === 0 ? (
          <p className="small t3">{t("Nothing else of theirs is on record here.")}</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too
          <div className="evidence" tabIndex={0} role="group" aria-label={t("What may be named")}>
            {groups.map(({ title, choices }) => (
              <fieldset key={title}>
                <legend className="small t3">{title}</legend>
                {choices.map(({ key, word }) => (
                  <label key={key}>
                    <input type="checkbox" checked={isPicked(key)} onChange={() => turn(key)} />
                    <span className="cut" dir="auto" title={word}>
                      {word}
                    </span>
                  </label>
                ))}
              </fieldset>
            ))}
          </div>
        )
      }
    </Faces>
  );
}
