/** A reason from a short list, by number, and a note: for skipping a task and for reporting a problem with it. */
import { useRef, useState } from "react";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { Keys } from "../../kit/Keys";

interface ReasonDialogProps {
  title: string;
  reasons: readonly (readonly [string, string])[];
  verb: string;
  noteHint: string;
  /** What was said already, elsewhere on the view. */
  initial?: { reason: string | null; note: string };
  /** Another way out, beside the reasons. */
  other?: { word: string; run: () => void };
  onClose: () => void;
  onDone: (reason: string, note: string) => void;
}

export function ReasonDialog({ title, reasons, verb, noteHint, initial, other, onClose, onDone }: ReasonDialogProps) {
  const [chosen, setChosen] = useState<string | null>(initial?.reason ?? null);
  const [note, setNote] = useState(initial?.note ?? "");
  const list = useRef<HTMLDivElement>(null);
  const done = (): void => {
    if (chosen) onDone(chosen, note.trim());
  };
  const press = (event: React.KeyboardEvent): void => {
    const isInText = (event.target as HTMLElement).tagName === "TEXTAREA";
    const reason = reasons[Number(event.key) - 1];
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || !isInText)) done();
    else if (!isInText && reason) {
      setChosen(reason[0]);
      list.current?.querySelectorAll<HTMLElement>("[role=radio]")[Number(event.key) - 1]?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          {other && (
            <Button look="quiet" onClick={other.run}>
              {other.word}
            </Button>
          )}
          <span className="grow" />
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" aria-disabled={chosen === null} chord="Enter" onClick={done}>
            {verb}
          </Button>
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: numbers pick a reason wherever the focus is in here */}
      <div className="col g12" onKeyDown={press}>
        <div className="opts" role="radiogroup" aria-label={title} ref={list}>
          {reasons.map(([reason, word], index) => (
            <button
              type="button"
              role="radio"
              key={reason}
              aria-checked={chosen === reason}
              // biome-ignore lint/a11y/noAutofocus: the dialog was opened to choose here
              autoFocus={index === 0}
              className={chosen === reason ? "opt on" : "opt"}
              onClick={() => setChosen(reason)}
            >
              <span className="rad" />
              {word}
              <Keys chord={String(index + 1)} />
            </button>
          ))}
        </div>
        <Field label={t("Note")} hint={noteHint}>
          <textarea
            className="area"
            rows={3}
            dir="auto"
            maxLength={10_000}
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        </Field>
      </div>
    </Dialog>
  );
}

export function skipReasons(): readonly (readonly [string, string])[] {
  return [
    ["cannot-answer", t("I cannot answer it")],
    ["unclear", t("The question or the guideline is unclear")],
    ["broken", t("The material is broken")],
    ["not-my-field", t("It is not my field")],
    ["other", t("Something else")],
  ];
}

export function reportReasons(): readonly (readonly [string, string])[] {
  return [
    ["broken", t("The material is broken or cannot be read")],
    ["wrong-language", t("It is in another language")],
    ["private-data", t("It holds private data")],
    ["harmful", t("It is harmful to look at")],
    ["unclear-guideline", t("The guideline does not say what to do")],
    ["other", t("Something else")],
  ];
}
