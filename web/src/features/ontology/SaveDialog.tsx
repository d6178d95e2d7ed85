/** What a change means for the answers that are stored, and the author's word that it is meant. */
import { useMutation } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { OntologyBody, OntologyChange, OntologyConfirm } from "../../api/contract";
import { Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { ClassTag, meaningOf } from "./ClassTag";

export interface Judged {
  needed: string;
  changes: OntologyChange[];
}

/** Asks the server what a change is, by sending it unconfirmed: nothing is stored. Null when it changes nothing. */
export async function judge(project: string, body: OntologyBody): Promise<Judged | null> {
  try {
    await call("POST /projects/{project}/ontology", { path: { project }, body: { body, confirm: null } });
    return null;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "compatibility-unconfirmed") throw error;
    return { needed: String(error.facts.needed), changes: (error.facts.changes ?? []) as OntologyChange[] };
  }
}

interface SaveDialogProps {
  project: string;
  body: OntologyBody;
  judged: Judged;
  next: number;
  onClose: () => void;
  onSaved: (version: number) => void;
}

export function SaveDialog({ project, body, judged, next, onClose, onSaved }: SaveDialogProps) {
  const confirm = judged.needed as OntologyConfirm;
  const save = useMutation({
    mutationFn: () => call("POST /projects/{project}/ontology", { path: { project }, body: { body, confirm } }),
    onSuccess: ({ version }) => onSaved(version),
  });
  return (
    <Dialog
      title={t("Save as version {version}", { version: next })}
      onClose={onClose}
      footer={
        <>
          <Button autoFocus onClick={onClose}>
            {t("Go on editing")}
          </Button>
          <Button look="primary" isBusy={save.isPending} onClick={() => save.mutate()}>
            {t("Save version {version}", { version: next })}
          </Button>
        </>
      }
    >
      <div className="row g8 top">
        <ClassTag name={judged.needed} />
        <p className="grow">{meaningOf(judged.needed)}</p>
      </div>
      <ul className="change-list">
        {judged.changes.map((each) => (
          <li key={`${each.question} ${each.sentence}`}>
            <ClassTag name={each.class} />
            <span className="grow">{each.sentence}</span>
          </li>
        ))}
      </ul>
      <p className="small t3">{t("Tasks that people hold now are finished on the version they began with.")}</p>
      {save.error && <ProblemNotice problem={save.error} />}
    </Dialog>
  );
}
