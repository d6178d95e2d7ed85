/** Asks before what cannot be undone: names the consequence, and starts at the safe button. */
import type { ReactNode } from "react";
import { t } from "../i18n";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ProblemNotice } from "./ProblemNotice";

interface ConfirmProps {
  title: string;
  action: string;
  isBusy: boolean;
  problem?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, action, isBusy, problem, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Keep as it is")}</Button>
          <Button look="danger" isBusy={isBusy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
    </Dialog>
  );
}
