/** On my work: what was decided against this person, why, on what evidence; the way to appeal, and how appeals stand. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Appeal, Ruling } from "../../api/contract";
import { day, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import type { Seen } from "../my-work/SeenTask";
import { SeeTask } from "../my-work/SeeTask";
import { type Against, AppealDialog } from "./AppealDialog";
import { titleOfRuling, wordOfAnswer, wordOfCase, wordOfEvidence, wordOfRuling, wordOfState } from "./words";
import "./offers.css";

export function RulingsCard({ projects }: { projects: ReadonlyMap<string, string> }) {
  const rulings = useQuery({
    queryKey: ["work", "rulings"],
    queryFn: () => call("GET /work/rulings"),
    refetchInterval: 60_000,
  });
  const appeals = useQuery({
    queryKey: ["work", "appeals"],
    queryFn: () => call("GET /work/appeals"),
    refetchInterval: 60_000,
  });
  const [against, setAgainst] = useState<Against | null>(null);
  const against_me = rulings.data?.items ?? [];
  const mine = appeals.data?.items ?? [];
  // An appeal against a verdict has no ruling to stand beside.
  const alone = mine.filter(({ kind }) => kind === "verdict");
  if (against_me.length === 0 && alone.length === 0) return null;
  return (
    <section className="card clip" aria-label={t("Decisions and appeals")}>
      <header>
        <h2 className="h3 grow">{t("Decisions and appeals")}</h2>
        <span className="small t3">{t("Somebody else than who decided answers an appeal.")}</span>
      </header>
      <ul>
        {against_me.map((each) => (
          <RulingRow
            ruling={each}
            project={
              projects.get(each.project_id) ??
              mine.find(({ project_id }) => project_id === each.project_id)?.project ??
              t("a project")
            }
            appeal={mine.find(({ subject_id }) => subject_id === each.id)}
            onAppeal={() => setAgainst({ kind: each.kind, id: each.id, seen: seenOf(each) })}
            key={each.id}
          />
        ))}
        {alone.map((each) => (
          <li className="rulingrow" key={each.id}>
            <div className="col g4">
              <span className="b">
                {wordOfCase(each)} · {each.project}
              </span>
              {each.reason && <span className="t2">{wordOfRuling(each.reason)}</span>}
              <Standing appeal={each} />
              {each.task_id && (
                <div>
                  <SeeTask project={each.project_id} task={each.task_id} />
                </div>
              )}
            </div>
          </li>
        ))}
      </ul>
      {against && <AppealDialog against={against} onClose={() => setAgainst(null)} />}
    </section>
  );
}

/** The task that a ruling is about; none of a removal. */
function seenOf({ project_id: project, task_id: task, annotation_id: annotation }: Ruling): Seen | undefined {
  return task ? { project, task, annotation } : undefined;
}

interface RowProps {
  ruling: Ruling;
  project: string;
  appeal: Appeal | undefined;
  onAppeal: () => void;
}

function RulingRow({ ruling, project, appeal, onAppeal }: RowProps) {
  const { reason, note, evidence, at, overturned_at: overturned, appeal_until: until } = ruling;
  const seen = seenOf(ruling);
  return (
    <li className="rulingrow">
      <div className="col g4">
        <span className="b">{titleOfRuling(ruling, project)}</span>
        <span className="t2">
          {wordOfRuling(reason)}. {note && <span dir="auto">{note}</span>}
        </span>
        <span className="small t3">
          {t("Evidence: {items}", { items: evidence.map(wordOfEvidence).join(", ") })} · {when(at)}
        </span>
        {overturned && !appeal && <span className="small pos">{t("Taken back {day}", { day: day(overturned) })}</span>}
        {appeal && <Standing appeal={appeal} />}
        {seen && (
          <div>
            <SeeTask {...seen} />
          </div>
        )}
      </div>
      {until && (
        <div className="col g4">
          <Button onClick={onAppeal}>{t("Appeal…")}</Button>
          <span className="small t3">{t("until {day}", { day: day(until) })}</span>
        </div>
      )}
    </li>
  );
}

function Standing({ appeal }: { appeal: Appeal }) {
  const { answer, state, due_at: due } = appeal;
  return (
    <span className={state === "overturned" ? "small pos" : "small t2"}>
      {wordOfState(state)}
      {answer ? `. ${wordOfAnswer(answer.reason)}. ` : `, ${t("answered by {day}", { day: day(due) })}`}
      {answer?.note && <span dir="auto">{answer.note}</span>}
    </span>
  );
}
