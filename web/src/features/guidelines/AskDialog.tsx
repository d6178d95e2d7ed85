/** Ask about a passage of the guidelines: the words that were marked, or a heading that is chosen. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Passage } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

interface AskProps {
  project: string;
  version: number;
  /** What was marked when it was asked for. */
  marked: Passage | null;
  headings: string[];
  /** The heading to begin with. */
  heading?: string;
  onClose: () => void;
}

export function AskDialog({ project, version, marked, headings, heading = "", onClose }: AskProps) {
  const client = useQueryClient();
  const [about, setAbout] = useState(headings.includes(heading) ? heading : "");
  const [text, setText] = useState("");
  const passage = marked ?? { heading: about, quote: "", before: "", after: "" };
  const ask = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/guidelines/discussions", {
        path: { project },
        body: { text: text.trim(), version, ...passage },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["discussions", project] });
      void client.invalidateQueries({ queryKey: ["project", project] });
      toast(t("Asked. The managers are told, and you are when somebody answers."));
      onClose();
    },
  });
  const send = (): void => {
    if (text.trim() && !ask.isPending) ask.mutate();
  };
  return (
    <Dialog
      title={t("Ask about the guidelines")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" chord="Mod+Enter" aria-disabled={!text.trim()} isBusy={ask.isPending} onClick={send}>
            {t("Ask")}
          </Button>
        </>
      }
    >
      {ask.error && <ProblemNotice problem={ask.error} onRetry={send} />}
      <Field label={t("Your question")} hint={t("Everybody of the project reads it.")}>
        <textarea
          className="area"
          rows={3}
          dir="auto"
          maxLength={10_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
          }}
        />
      </Field>
      {marked ? (
        <div className="about">
          <q dir="auto">{marked.quote}</q>
          {marked.heading && <span className="small t3">{marked.heading}</span>}
        </div>
      ) : (
        <Field label={t("What it is about")} hint={t("Or mark the words in the text before you ask.")}>
          <select className="input" value={about} onChange={({ target }) => setAbout(target.value)}>
            <option value="">{t("All of it")}</option>
            {[...new Set(headings)].map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </Field>
      )}
    </Dialog>
  );
}
