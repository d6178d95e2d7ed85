/** A state: icon and word, always both. */
import type { TablerIcon } from "@tabler/icons-react";
import {
  IconArchive,
  IconCircle,
  IconCircleCheck,
  IconCornerUpLeft,
  IconEyeCheck,
  IconFlag,
  IconHourglass,
  IconMessage,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconScale,
  IconTargetArrow,
  IconTrash,
} from "@tabler/icons-react";
import { t } from "../i18n";

const LOOKS: Record<string, [TablerIcon, string, () => string]> = {
  open: [IconCircle, "", () => t("Waiting")],
  held: [IconPlayerPlay, "", () => t("Being answered")],
  "in-review": [IconEyeCheck, "", () => t("In review")],
  "in-adjudication": [IconScale, "", () => t("In adjudication")],
  rework: [IconCornerUpLeft, "cau", () => t("Being mended")],
  gold: [IconTargetArrow, "", () => t("Gold")],
  done: [IconCircleCheck, "", () => t("Done")],
  reported: [IconFlag, "dan", () => t("Reported")],
  asked: [IconMessage, "cau", () => t("Under discussion")],
  skipped: [IconPlayerSkipForward, "cau", () => t("Skipped")],
  active: [IconPlayerPlay, "", () => t("Open for work")],
  paused: [IconPlayerPause, "cau", () => t("Paused")],
  archived: [IconArchive, "", () => t("Archived")],
  trashed: [IconTrash, "dan", () => t("In the trash")],
  building: [IconHourglass, "", () => t("Being built")],
  ready: [IconCircleCheck, "pos", () => t("Ready")],
  failed: [IconFlag, "dan", () => t("Failed")],
  member: [IconCircleCheck, "", () => t("Member")],
  invited: [IconHourglass, "", () => t("Invited")],
  removed: [IconTrash, "", () => t("Removed")],
};

/** The state in words alone, for lists to choose from. */
export function wordOfState(state: string): string {
  return LOOKS[state]?.[2]() ?? state;
}

export function StateTag({ state, word }: { state: string; word?: string }) {
  const [Icon, tone, text] = LOOKS[state] ?? [IconCircle, "", () => state];
  return (
    <span className={`state ${tone}`}>
      <Icon size={14} stroke={1.75} aria-hidden="true" />
      {word ?? text()}
    </span>
  );
}
