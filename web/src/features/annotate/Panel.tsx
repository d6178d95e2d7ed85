/** The questions beside the material, in the order of the ontology; on a tablet a sheet at the foot. */
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { Fragment, useEffect, useRef } from "react";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { Group } from "./groups";
import { QuestionBlock } from "./QuestionBlock";
import type { View } from "./Stage";

interface PanelProps {
  groups: Group[];
  view: View;
  wrong: (key: string) => string[];
  isLowered: boolean;
  onLower: (isLowered: boolean) => void;
}

export function Panel({ groups, view, wrong, isLowered, onLower }: PanelProps) {
  const panel = useRef<HTMLElement>(null);
  const active = view.active?.key;
  useEffect(() => {
    if (!active) return;
    panel.current?.querySelector(`[data-asked="${CSS.escape(active)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const Chevron = isLowered ? IconChevronUp : IconChevronDown;
  return (
    <aside className="panel" aria-label={t("Questions")} ref={panel}>
      <button type="button" className="sheet-handle" aria-expanded={!isLowered} onClick={() => onLower(!isLowered)}>
        <Chevron size={20} stroke={1.75} aria-hidden="true" />
        {isLowered ? t("Show the questions") : t("Hide the questions")}
      </button>
      {groups.map((group) => (
        <Fragment key={group.question.name}>
          {group.page && <h2 className="page-title">{wordsOf(group.page, view.language)}</h2>}
          <QuestionBlock group={group} view={view} wrong={wrong} />
        </Fragment>
      ))}
    </aside>
  );
}
