/** The builder over another page, for an ontology that is nowhere stored yet: a new project's questions. */
import { useState } from "react";
import type { Item, OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Segmented } from "../../kit/Segmented";
import { Builder } from "./Builder";
import { JsonView } from "./JsonView";
import { ProblemCount } from "./Problems";
import { useCheck, useDraft } from "./useDraft";
import "./ontology.css";

interface EditQuestionsProps {
  body: OntologyBody;
  /** The first row of a dropped file as an item, where there is one. */
  item: Item | null;
  onClose: () => void;
  onDone: (body: OntologyBody) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export function EditQuestions({ body, item, onClose, onDone }: EditQuestionsProps) {
  // Esc closes and keeps what was written, for when it is opened again on the same questions; Cancel gives it up.
  const [name] = useState(() => `evenhand.ontology new ${hashOf(JSON.stringify(body))}`);
  const draft = useDraft(body, name);
  const leave = (run: () => void): void => {
    localStorage.removeItem(name);
    run();
  };
  const { problems, isSound } = useCheck(draft.body);
  const [face, setFace] = useState<"build" | "json">("build");
  return (
    <Dialog
      title={t("Edit the questions")}
      shape="whole"
      onClose={onClose}
      footer={
        <>
          <Segmented
            label={t("View")}
            value={face}
            options={[
              ["build", t("Build")],
              ["json", t("JSON")],
            ]}
            onChange={setFace}
          />
          <ProblemCount problems={problems} />
          <span className="grow" />
          <Button onClick={() => leave(onClose)}>{t("Cancel")}</Button>
          <Button
            look="primary"
            disabled={!isSound}
            title={isSound ? undefined : t("Mend the problems first")}
            onClick={() => leave(() => onDone(draft.body))}
          >
            {t("Use these questions")}
          </Button>
        </>
      }
    >
      {face === "build" ? (
        <Builder draft={draft} problems={problems} stored={NOTHING} item={item} />
      ) : (
        <JsonView body={draft.body} problems={problems} onChange={(next) => draft.put(next, "json")} />
      )}
    </Dialog>
  );
}

/** Tells texts apart, no more. */
function hashOf(text: string): string {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) | 0;
  return value.toString(36);
}
