/** A dialog that makes something: its form, and afterwards, where it has a secret, the secret, this once. */
import { type ReactNode, useId } from "react";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { CopyField } from "../../kit/CopyField";
import { Dialog } from "../../kit/Dialog";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";

interface MakeDialogProps {
  title: string;
  verb: string;
  isBusy: boolean;
  problem: unknown;
  /** Why it cannot be made yet. */
  why?: string;
  made?: { title: string; label: string; secret: string; words: string };
  onMake: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function MakeDialog({ title, verb, isBusy, problem, why, made, onMake, onClose, children }: MakeDialogProps) {
  const form = useId();
  if (made) {
    return (
      <Dialog
        title={made.title}
        onClose={onClose}
        footer={
          <Button look="primary" onClick={onClose}>
            {t("Done")}
          </Button>
        }
      >
        <Notice tone="pos">
          <div className="b">{t("Copy it now. It is shown only here.")}</div>
          <div className="t2">{made.words}</div>
        </Notice>
        <CopyField label={made.label} value={made.secret} />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button
            look="primary"
            type="submit"
            form={form}
            isBusy={isBusy}
            aria-disabled={why !== undefined}
            title={why}
          >
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          if (why === undefined && !isBusy) onMake();
        }}
      >
        {children}
        {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
      </form>
    </Dialog>
  );
}
