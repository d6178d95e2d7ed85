/** Writes a flawed answer to a gold task, with the controls that annotators have, for reviewers to find. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import type { Answer, Id, Reason, TaskDetail } from "../../api/contract";
import { Editor } from "../../editor/store";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { verdictReasons } from "../annotate/reasons";
import { type Drawn, useKinds } from "../data/useKinds";
import { Tryout } from "../ontology/Preview";
import "../ontology/ontology.css";
import "./gold.css";

interface Props {
  project: Id;
  task: Id;
  /** What is right: where the flaw begins. */
  known: Answer[];
  onPlanted: () => void;
  onClose: () => void;
}

export function FlawDialog({ project, task, known, onPlanted, onClose }: Props) {
  const detail = useQuery({
    queryKey: ["task", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}", { path: { project, task } }),
  });
  const drawn = useKinds(project, null);
  const plant = useMutation({
    mutationFn: (body: { answers: Answer[]; reason?: Reason }) =>
      call("POST /projects/{project}/gold/{task}/flaw", { path: { project, task }, body }),
    onSuccess: onPlanted,
  });
  return (
    <Dialog
      shape="whole"
      title={t("Plant a flaw")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="flaw" isBusy={plant.isPending}>
            {t("Plant it")}
          </Button>
        </>
      }
    >
      <Faces query={detail} lines={8}>
        {(data) =>
          drawn ? <Form task={data} drawn={drawn} known={known} problem={plant.error} onPlant={plant.mutate} /> : null
        }
      </Faces>
    </Dialog>
  );
}

interface FormProps {
  task: TaskDetail;
  drawn: Drawn;
  known: Answer[];
  problem: unknown;
  onPlant: (body: { answers: Answer[]; reason?: Reason }) => void;
}

function Form({ task, drawn, known, problem, onPlant }: FormProps) {
  const editor = useMemo(() => {
    const made = new Editor(drawn.ontology, task.item);
    made.restore(known, "draft");
    return made;
  }, [drawn, task, known]);
  const [reason, setReason] = useState<Reason | "">("");
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    const answers = [...editor.snapshot().answers.values()];
    onPlant(reason === "" ? { answers } : { answers, reason });
  };
  return (
    <div className="goldform">
      <p className="t2">
        {t(
          "This is what is right. Change it so that it is wrong: reviewers get it as if an annotator had answered so, and should not accept it.",
        )}
      </p>
      <div className="preview-card">
        <Tryout editor={editor} kinds={drawn.kinds} language={document.documentElement.lang} />
      </div>
      {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
      <form id="flaw" className="saids" onSubmit={send}>
        <Field label={t("The reason that a reviewer should give")} hint={t("Reviewers are never shown it.")}>
          <select className="input" value={reason} onChange={({ target }) => setReason(target.value as Reason | "")}>
            <option value="">{t("Any")}</option>
            {verdictReasons().map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </Field>
      </form>
    </div>
  );
}
