/** What follows a task's answers: how many there are, what share is reviewed, when an adjudicator decides, what authors learn. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { call } from "../../api/client";
import type { Project, Workflow } from "../../api/contract";
import { Problem } from "../../api/problem";
import { number, percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { StageLine } from "./StageLine";

/** Where nobody has said yet how sure the model has to be. */
const LEAST_USUAL = 0.9;

export function WorkflowCard({ project }: { project: Project }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Workflow & { opinions: number }>({
    ...project.workflow,
    opinions: project.opinions,
  });
  const change = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const path = { project: project.id };
  const save = useMutation({
    mutationFn: ({ opinions, ...workflow }: typeof draft) =>
      call("PATCH /projects/{project}", {
        path,
        body: { opinions, workflow },
        headers: { "If-Match": `"${project.version}"` },
      }),
    onSuccess: (saved) => {
      const { opinions, workflow } = project;
      client.setQueryData(["project", project.id], saved);
      void client.invalidateQueries({ queryKey: ["projects"] });
      toast(t("The workflow is saved."), {
        word: t("Undo"),
        run: () =>
          void call("PATCH /projects/{project}", { path, body: { opinions, workflow } }).then((back) =>
            client.setQueryData(["project", project.id], back),
          ),
      });
    },
  });
  const isStale = save.error instanceof Problem && save.error.code === "precondition-failed";
  return (
    <section className="card narrow" aria-label={t("Workflow")}>
      <div className="cardhead">
        <h2 className="h3">{t("Workflow")}</h2>
      </div>
      <form
        className="p20 col g16"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <StageLine workflow={draft} opinions={draft.opinions} />
        <div className="twoup">
          <Field label={t("Answers a task")} hint={t("By as many people. For tasks added from now on.")}>
            <input
              className="input"
              type="number"
              required
              min={1}
              max={99}
              value={draft.opinions}
              onChange={(event) => change({ opinions: event.target.valueAsNumber || 1 })}
            />
          </Field>
          <ReviewRate
            rate={draft.review_rate}
            tasks={project.counts.tasks}
            onChange={(review_rate) => change({ review_rate })}
          />
        </div>
        <AdjudicateBelow
          below={draft.adjudicate_below}
          opinions={draft.opinions}
          onChange={(adjudicate_below) => change({ adjudicate_below })}
        />
        <div className="field">
          <span className="label">{t("What those who answered learn afterwards")}</span>
          <Segmented
            label={t("What those who answered learn afterwards")}
            value={draft.feedback}
            options={[
              ["shown", t("What was decided, and why")],
              ["sealed", t("Nothing")],
            ]}
            onChange={(feedback) => change({ feedback })}
          />
          <span className="small t3">
            {draft.feedback === "shown"
              ? t("What is sent back comes with its reason and note in any case.")
              : t("For measurements that knowing would spoil. What is sent back still comes with its reason and note.")}
          </span>
        </div>
        {save.error && (
          <ProblemNotice
            problem={save.error}
            onRetry={isStale ? () => void client.invalidateQueries({ queryKey: ["project", project.id] }) : undefined}
          />
        )}
        <div className="row g8">
          <Button look="primary" type="submit" isBusy={save.isPending}>
            {t("Save the workflow")}
          </Button>
        </div>
      </form>
    </section>
  );
}

/** A slider and the same as a number, with what it comes to in tasks. */
function ReviewRate({ rate, tasks, onChange }: { rate: number; tasks: number; onChange: (rate: number) => void }) {
  const id = useId();
  const shown = Math.round(rate * 1000) / 10;
  return (
    <div className="field">
      <label htmlFor={id}>{t("Reviewed, percent")}</label>
      <div className="row g12">
        <input
          type="range"
          className="grow"
          min={0}
          max={100}
          step={5}
          aria-label={t("Reviewed, percent, slider")}
          value={shown}
          onChange={({ target }) => onChange(target.valueAsNumber / 100)}
        />
        <input
          id={id}
          className="input num"
          style={{ width: 84 }}
          type="number"
          required
          min={0}
          max={100}
          step="any"
          aria-describedby={`${id}-below`}
          value={shown}
          onChange={({ target }) => onChange(Math.min(100, Math.max(0, target.valueAsNumber || 0)) / 100)}
        />
      </div>
      <div id={`${id}-below`} className="small t3">
        {rateInTasks(rate, tasks)}
      </div>
    </div>
  );
}

function rateInTasks(rate: number, tasks: number): string {
  if (rate === 0) return t("No answer is looked at by a reviewer.");
  if (rate === 1) return t("Every task is looked at by a reviewer.");
  const drawn = t("Drawn by a lot that nobody can foretell.");
  if (tasks === 0) return `${t("About 1 task in {count}.", { count: number(Math.round(1 / rate)) })} ${drawn}`;
  const count = number(Math.round(rate * tasks));
  return `${t("About {count} of the {tasks} tasks.", { count, tasks: number(tasks) })} ${drawn}`;
}

interface BelowProps {
  below: number | null;
  opinions: number;
  onChange: (below: number | null) => void;
}

function AdjudicateBelow({ below, opinions, onChange }: BelowProps) {
  return (
    <div className="field">
      <label className="row g8">
        <input
          type="checkbox"
          checked={below !== null}
          onChange={({ target }) => onChange(target.checked ? LEAST_USUAL : null)}
        />
        <span>{t("An adjudicator decides what the model is not sure of")}</span>
      </label>
      {below !== null && (
        <Field
          label={t("Less probable than, percent")}
          hint={
            opinions === 1
              ? t("With one answer a task there is nothing to compare: ask for two or more.")
              : t(
                  "A task goes there when the leading value of its least sure question is less probable than {share}.",
                  {
                    share: percent(below),
                  },
                )
          }
        >
          <input
            className="input num"
            style={{ width: 84 }}
            type="number"
            required
            min={1}
            max={100}
            step="any"
            value={Math.round(below * 1000) / 10}
            onChange={({ target }) => onChange(Math.min(100, Math.max(0, target.valueAsNumber || 0)) / 100)}
          />
        </Field>
      )}
    </div>
  );
}
