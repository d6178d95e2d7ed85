/** Says what is right for tasks, one after the other: answered as annotators answer, with why, and how near is near enough. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState, useSyncExternalStore } from "react";
import { call } from "../../api/client";
import type { Answer, Id, KnownAnswer, TaskDetail, Tolerance } from "../../api/contract";
import { Editor } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { type Drawn, useKinds } from "../data/useKinds";
import { Tryout } from "../ontology/Preview";
import { measuresOf } from "./figures";
import "../ontology/ontology.css";
import "./gold.css";

interface DialogProps {
  project: Id;
  tasks: readonly Id[];
  title: string;
  action: string;
  /** What is known so far; without it, what was decided or what most answered. */
  known?: KnownAnswer;
  onSay: (task: Id, known: KnownAnswer) => Promise<unknown>;
  onClose: (said: number) => void;
}

export function KnownDialog({ project, tasks, title, action, known, onSay, onClose }: DialogProps) {
  const [at, setAt] = useState(0);
  const task = tasks[at] ?? "";
  const detail = useQuery({
    queryKey: ["task", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}", { path: { project, task } }),
  });
  const drawn = useKinds(project, null);
  const say = useMutation({
    mutationFn: (said: KnownAnswer) => onSay(task, said),
    onSuccess: () => (at + 1 < tasks.length ? setAt(at + 1) : onClose(at + 1)),
  });
  return (
    <Dialog
      shape="whole"
      title={tasks.length > 1 ? `${title} · ${t("{at} of {count}", { at: at + 1, count: tasks.length })}` : title}
      onClose={() => onClose(at)}
      footer={
        <>
          {tasks.length > 1 && (
            <Button look="quiet" onClick={() => (at + 1 < tasks.length ? setAt(at + 1) : onClose(at))}>
              {t("Leave this one out")}
            </Button>
          )}
          <Button onClick={() => onClose(at)}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="known" isBusy={say.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <Faces query={detail} lines={8}>
        {(data) =>
          drawn ? (
            <Form key={data.id} task={data} drawn={drawn} known={known} problem={say.error} onSay={say.mutate} />
          ) : null
        }
      </Faces>
    </Dialog>
  );
}

/** What stands for a task already: decided by somebody, or resolved by votes. */
function standing(task: TaskDetail, editor: Editor): Answer[] {
  if (task.resolved) return task.resolved.answers;
  return task.consensus.flatMap(({ question, value, status }) => {
    const asked = editor.asked().find((each) => each.question.name === question);
    return asked && status === "resolved" ? [{ question, target: asked.part.address, value } as Answer] : [];
  });
}

interface FormProps {
  task: TaskDetail;
  drawn: Drawn;
  known: KnownAnswer | undefined;
  problem: unknown;
  onSay: (known: KnownAnswer) => void;
}

function Form({ task, drawn, known, problem, onSay }: FormProps) {
  const language = document.documentElement.lang;
  const editor = useMemo(() => {
    const made = new Editor(drawn.ontology, task.item);
    made.restore(known?.answers ?? standing(task, made), "draft");
    return made;
  }, [drawn, task, known]);
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const [kind, setKind] = useState<KnownAnswer["kind"]>(known?.kind ?? "hidden");
  const [explanation, setExplanation] = useState(known?.explanation ?? "");
  const [tolerances, setTolerances] = useState<Tolerance[]>(known?.tolerances ?? []);
  const near = editor
    .asked()
    .filter(({ key, question }) => measuresOf(question).length > 0 && state.answers.get(key)?.value !== undefined)
    .map(({ question }) => question);
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    const names = new Set(near.map(({ name }) => name));
    const kept = tolerances.filter(({ question }) => names.has(question));
    onSay({ kind, answers: [...editor.snapshot().answers.values()], explanation, tolerances: kept });
  };
  return (
    <div className="goldform">
      <div className="preview-card">
        <Tryout editor={editor} kinds={drawn.kinds} language={language} />
      </div>
      {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
      <form id="known" className="saids" onSubmit={send}>
        <div className="col g12">
          <div className="field">
            <span className="label">{t("Whoever answers it")}</span>
            <Segmented
              label={t("Whoever answers it")}
              value={kind}
              options={[
                ["hidden", t("Never learns it: it measures")],
                ["taught", t("Is told afterwards: it trains")],
              ]}
              onChange={setKind}
            />
          </div>
          {near.map((question) => (
            <Near
              key={question.name}
              title={wordsOf(question.text, language, question.name)}
              measures={measuresOf(question)}
              tolerance={tolerances.find((each) => each.question === question.name)}
              onChange={(changed) =>
                setTolerances([
                  ...tolerances.filter((each) => each.question !== question.name),
                  ...(changed ? [{ question: question.name, ...changed }] : []),
                ])
              }
            />
          ))}
        </div>
        <Field label={t("Why, in your words")} hint={t("Shown to whoever answered, where they are told.")}>
          <textarea
            className="area"
            rows={3}
            dir="auto"
            maxLength={10_000}
            value={explanation}
            onChange={({ target }) => setExplanation(target.value)}
          />
        </Field>
      </form>
    </div>
  );
}

type Measure = "absolute" | "relative" | "steps";
interface NearProps {
  title: string;
  measures: Measure[];
  tolerance: Tolerance | undefined;
  onChange: (tolerance: Partial<Record<Measure, number>> | null) => void;
}

/** How far an answer may lie from what is right; empty: not at all. */
function Near({ title, measures, tolerance, onChange }: NearProps) {
  const set = measures.find((measure) => tolerance?.[measure] !== undefined) ?? measures[0] ?? "absolute";
  const [measure, setMeasure] = useState<Measure>(set);
  const factor = measure === "relative" ? 100 : 1;
  const amount = tolerance?.[measure];
  const words: Record<Measure, string> = {
    absolute: t("of its unit"),
    relative: t("percent"),
    steps: t("levels"),
  };
  const say = (text: string, by: Measure): void => {
    const value = Number(text);
    onChange(text.trim() === "" || !(value >= 0) ? null : { [by]: by === "relative" ? value / 100 : value });
  };
  return (
    <div className="row g8 wrap">
      <span className="grow">{t("Right too, near “{question}”", { question: title })}</span>
      <input
        className="input num"
        style={{ width: 92 }}
        type="number"
        min={0}
        step={measure === "steps" ? 1 : "any"}
        aria-label={t("How near to what is right: {question}", { question: title })}
        placeholder={t("exactly")}
        value={amount === undefined ? "" : Number((amount * factor).toPrecision(12))}
        onChange={({ target }) => say(target.value, measure)}
      />
      {measures.length > 1 ? (
        <select
          className="input"
          style={{ width: "auto" }}
          aria-label={t("Measured in: {question}", { question: title })}
          value={measure}
          onChange={({ target }) => {
            const by = target.value as Measure;
            setMeasure(by);
            if (amount !== undefined) say(String(amount * factor), by);
          }}
        >
          {measures.map((each) => (
            <option key={each} value={each}>
              {words[each]}
            </option>
          ))}
        </select>
      ) : (
        <span className="small t3">{words[measure]}</span>
      )}
    </div>
  );
}
