/** A dialog, drawn by the browser's own: focus stays inside, Esc closes, the rest of the page is inert. */
import { IconX } from "@tabler/icons-react";
import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from "react";
import { InDialog } from "../commands/scopes";
import { t } from "../i18n";
import { IconButton } from "./IconButton";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  shape?: "wide" | "side" | "whole";
}

const FOCUSABLE = "input, select, textarea, button, a[href]";

export function Dialog({ title, onClose, children, footer, shape }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    // The first thing to fill or choose; where there is none, the footer's first button, which is the safe one.
    const first = dialog?.querySelector<HTMLElement>(`.body :is(${FOCUSABLE}), footer :is(${FOCUSABLE})`);
    first?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // A dialog that was opened from this one tells this one too what happens in it.
  const isOwn = ({ target }: SyntheticEvent): boolean => (target as Element).closest("dialog") === element.current;
  return (
    <dialog
      ref={element}
      className={shape}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (isOwn(event)) onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOwn(event)) return;
        event.preventDefault(); // or the browser goes on and closes the one below
        onClose();
      }}
    >
      <header>
        <h2 id={id} className="grow">
          {title}
        </h2>
        <IconButton name={t("Close")} chord="Escape" onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      <div className="body">
        <InDialog value>{children}</InDialog>
      </div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}
