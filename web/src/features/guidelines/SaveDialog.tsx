/** Before a version stands: what changes, in a line and word by word, and whether people have to read it. */
import { useState } from "react";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { GuidelineDiff } from "./GuidelineDiff";

export interface Change {
  summary: string;
  consent: "required" | "not-needed";
}

interface SaveProps {
  project: string;
  before: string;
  after: string;
  /** The version that it becomes. */
  version: number;
  summary: string;
  problem: unknown;
  isBusy: boolean;
  onSave: (change: Change) => void;
  onClose: () => void;
}

export function SaveDialog({ project, before, after, version, problem, isBusy, onSave, onClose, ...given }: SaveProps) {
  const [summary, setSummary] = useState(given.summary);
  const [consent, setConsent] = useState<Change["consent"]>("required");
  const isReady = summary.trim() !== "";
  const save = (): void => {
    if (isReady && !isBusy) onSave({ summary: summary.trim(), consent });
  };
  return (
    <Dialog
      shape="wide"
      title={t("Save version {version}", { version })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Go on writing")}</Button>
          <Button
            look="primary"
            chord="Mod+Enter"
            isBusy={isBusy}
            aria-disabled={!isReady}
            title={isReady ? undefined : t("Say in a line what changed")}
            onClick={save}
          >
            {t("Let version {version} stand", { version })}
          </Button>
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the key of the button below, from anywhere in the form */}
      <div
        className="col g12"
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
        }}
      >
        {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
        <Field label={t("What changed, in a line")} hint={t("Annotators read it above the changes.")}>
          <input
            className="input"
            type="text"
            maxLength={200}
            value={summary}
            onChange={({ target }) => setSummary(target.value)}
            onKeyDown={(event) => event.key === "Enter" && save()}
          />
        </Field>
        <fieldset className="col g6">
          <legend className="b">{t("Who has to read it")}</legend>
          <label className="row g8">
            <input
              type="radio"
              name="consent"
              checked={consent === "required"}
              onChange={() => setConsent("required")}
            />
            {t("Everybody, before their next task: a rule changed")}
          </label>
          <label className="row g8">
            <input
              type="radio"
              name="consent"
              checked={consent === "not-needed"}
              onChange={() => setConsent("not-needed")}
            />
            {t("Nobody who read the version before: a typo, a clearer word")}
          </label>
        </fieldset>
        <section className="changes guideline" aria-label={t("What changes")}>
          <GuidelineDiff project={project} before={before} after={after} isBrief />
        </section>
      </div>
    </Dialog>
  );
}
