/** An answer rejected, or a person removed from a project: a reason of the list, what it rests on, and a note for them. */
import { type ReactNode, useState } from "react";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { wordOfRuling } from "./words";

interface DialogProps<Reason extends string> {
  title: string;
  verb: string;
  explanation: string;
  reasons: readonly Reason[];
  evidence: ReactNode;
  canSend: boolean;
  isBusy: boolean;
  problem: unknown;
  onSend: (reason: Reason, note: string | null) => void;
  onClose: () => void;
}

export function RulingDialog<Reason extends string>(props: DialogProps<Reason>) {
  const { title, verb, explanation, reasons, evidence, canSend, isBusy, problem, onSend, onClose } = props;
  const [reason, setReason] = useState<Reason>(reasons[0] as Reason);
  const [note, setNote] = useState("");
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="danger" type="submit" form="ruling" isBusy={isBusy} disabled={!canSend}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        id="ruling"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          onSend(reason, note.trim() || null);
        }}
      >
        <p className="t2">{explanation}</p>
        <Field label={t("Reason")}>
          <select className="input" value={reason} onChange={({ target }) => setReason(target.value as Reason)}>
            {reasons.map((each) => (
              <option value={each} key={each}>
                {wordOfRuling(each)}
              </option>
            ))}
          </select>
        </Field>
        <fieldset className="field">
          <legend className="label">{t("Evidence")}</legend>
          {evidence}
        </fieldset>
        <Field label={t("Note")} hint={t("They read it, with the reason and the evidence, and may appeal.")}>
          <textarea
            className="area"
            rows={3}
            maxLength={10_000}
            dir="auto"
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        </Field>
        {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
      </form>
    </Dialog>
  );
}
