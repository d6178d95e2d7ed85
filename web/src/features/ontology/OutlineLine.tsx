/** One line of the builder's list with the form that opens under it, and the menu that adds another. */
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconCopy,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Defect } from "../../api/contract";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Menu } from "../../kit/Menu";
import { ProblemCount, ProblemLines } from "./Problems";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface LineProps {
  title: string;
  note: string;
  mark?: string;
  /** Stands under the question whose marks it asks about. */
  isInner?: boolean;
  isOpen: boolean;
  onToggle: () => void;
  problems: readonly Defect[];
  up: (() => void) | null;
  down: (() => void) | null;
  onCopy?: () => void;
  onRemove: (() => void) | null;
  children: ReactNode;
}

export function OutlineLine({
  title,
  note,
  mark,
  isInner,
  isOpen,
  onToggle,
  problems,
  up,
  down,
  onCopy,
  onRemove,
  children,
}: LineProps) {
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const classes = ["outline-line", isOpen && "open", isInner && "inner"].filter(Boolean).join(" ");
  return (
    <div className={classes}>
      <div className="outline-row">
        <button type="button" className="outline-main" aria-expanded={isOpen} onClick={onToggle}>
          <Chevron {...ICON} />
          <span className="b cut">{title}</span>
          <span className="small t3 nowrap">{[note, mark].filter(Boolean).join(" · ")}</span>
        </button>
        <ProblemCount problems={problems} />
        {isOpen && (
          <span className="row">
            <IconButton name={t("Move up")} disabled={!up} onClick={up ?? undefined}>
              <IconArrowUp {...ICON} />
            </IconButton>
            <IconButton name={t("Move down")} disabled={!down} onClick={down ?? undefined}>
              <IconArrowDown {...ICON} />
            </IconButton>
            {onCopy && (
              <IconButton name={t("Copy the question")} onClick={onCopy}>
                <IconCopy {...ICON} />
              </IconButton>
            )}
            {onRemove && (
              <IconButton name={t("Remove {title}", { title })} onClick={onRemove}>
                <IconTrash {...ICON} />
              </IconButton>
            )}
          </span>
        )}
      </div>
      {isOpen && (
        <div className="outline-form">
          <ProblemLines problems={problems} />
          {children}
        </div>
      )}
    </div>
  );
}

interface AddMenuProps {
  word: string;
  label: string;
  choices: { name: string; title: string; isOff?: boolean; add: () => void }[];
  onAdded: () => void;
}

export function AddMenu({ word, label, choices, onAdded }: AddMenuProps) {
  return (
    <Menu
      label={label}
      className="btn s"
      button={
        <>
          <IconPlus {...ICON} />
          {word}
        </>
      }
    >
      {choices.map(({ name, title, isOff, add }) => (
        <button
          type="button"
          role="menuitem"
          key={name}
          disabled={isOff}
          title={isOff ? t("Add something first that it can mark") : undefined}
          onClick={() => {
            add();
            onAdded();
          }}
        >
          {title}
        </button>
      ))}
    </Menu>
  );
}
