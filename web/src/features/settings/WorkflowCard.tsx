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
/** What somebody who asks for as many answers as a task needs most likely wants. */
const ADAPTIVE_USUAL = { least: 2, most: 7, sure: 0.99 } as const;

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
        <Answers
          opinions={draft.opinions}
          adaptive={draft.adaptive}
          onChange={(opinions, adaptive) => change({ opinions, adaptive })}
        />
        <ReviewRate
          rate={draft.review_rate}
          tasks={project.counts.tasks}
          onChange={(review_rate) => change({ review_rate })}
        />
        <AdjudicateBelow
          below={draft.adjudicate_below}
          opinions={draft.adaptive?.most ?? draft.opinions}
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

interface AnswersProps {
  opinions: number;
  adaptive: Workflow["adaptive"];
  onChange: (opinions: number, adaptive: Workflow["adaptive"]) => void;
}

/** The same number of answers for every task, or as many as each needs between two bounds. */
function Answers({ opinions, adaptive, onChange }: AnswersProps) {
  const { least, most, sure } = ADAPTIVE_USUAL;
  const count = (label: string, hint: string, value: number, min: number, put: (value: number) => void) => (
    <Field label={label} hint={hint}>
      <input
        className="input"
        type="number"
        required
        min={min}
        max={99}
        value={value}
        onChange={({ target }) => put(target.valueAsNumber || min)}
      />
    </Field>
  );
  return (
    <div className="col g12">
      <div className="field">
        <span className="label">{t("Answers a task")}</span>
        <Segmented
          label={t("Answers a task")}
          value={adaptive ? "adaptive" : "fixed"}
          options={[
            ["fixed", t("The same number for all")],
            ["adaptive", t("As many as it needs")],
          ]}
          onChange={(mode) =>
            mode === "fixed"
              ? onChange(opinions, null)
              : onChange(Math.max(opinions, least), { most: Math.max(opinions, most), sure, routed: false })
          }
        />
        <span className="small t3">
          {adaptive
            ? t(
                "Each task is asked of one person more while its answer is unsure, and one more answer can tell something.",
              )
            : t("Every task is asked of as many people, however sure its answer is.")}
        </span>
      </div>
      {adaptive ? (
        <div className="twoup">
          {count(t("At least"), t("For tasks added from now on."), opinions, 1, (value) =>
            onChange(value, { ...adaptive, most: Math.max(value, adaptive.most) }),
          )}
          {count(
            t("At most"),
            t("What a task costs where people go on disagreeing."),
            adaptive.most,
            opinions,
            (value) => onChange(opinions, { ...adaptive, most: value }),
          )}
          <Field
            label={t("Sure enough, percent")}
            hint={t("Nobody else is asked once the leading value is as probable as {share}, by the model.", {
              share: percent(adaptive.sure),
            })}
          >
            <input
              className="input num"
              type="number"
              required
              min={50}
              max={99.9}
              step="any"
              value={Math.round(adaptive.sure * 1000) / 10}
              onChange={({ target }) =>
                onChange(opinions, {
                  ...adaptive,
                  sure: Math.min(99.9, Math.max(50, target.valueAsNumber || 50)) / 100,
                })
              }
            />
          </Field>
        </div>
      ) : (
        count(t("How many"), t("By as many people. For tasks added from now on."), opinions, 1, (value) =>
          onChange(value, null),
        )
      )}
      {adaptive && (
        <div className="field">
          <label className="row g8">
            <input
              type="checkbox"
              checked={adaptive.routed}
              onChange={({ target }) => onChange(opinions, { ...adaptive, routed: target.checked })}
            />
            <span>{t("One answer more is asked first of whom it is worth most to ask")}</span>
          </label>
          <span className="small t3">
            {t(
              "By what their answers have told so far, for their price; kept two minutes for somebody at work, then for everybody.",
            )}
          </span>
        </div>
      )}
    </div>
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
