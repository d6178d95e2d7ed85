/** The class of a change of an ontology: a sign and a word, and what it means for the answers that are stored. */
import { IconAlertTriangle, IconArrowsDiff, IconBan, IconBrush, IconPlus, IconRefreshAlert } from "@tabler/icons-react";
import { t } from "../../i18n";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

const CLASSES: Record<string, { tone: string; Icon: typeof IconPlus; word: () => string; meaning: () => string }> = {
  first: { tone: "", Icon: IconPlus, word: () => t("First version"), meaning: () => "" },
  cosmetic: {
    tone: "",
    Icon: IconBrush,
    word: () => t("Cosmetic"),
    meaning: () => t("Stored answers stay valid and are counted together with new ones."),
  },
  widening: {
    tone: "",
    Icon: IconPlus,
    word: () => t("Widening"),
    meaning: () =>
      t(
        "Stored answers stay valid. Reports say what was offered to whom: nobody is blamed for not choosing what was not there.",
      ),
  },
  narrowing: {
    tone: "cau",
    Icon: IconAlertTriangle,
    word: () => t("Narrowing"),
    meaning: () =>
      t(
        "Stored answers stand. Those that the new version refuses are delivered in a release, but not merged into its labels.",
      ),
  },
  mapping: {
    tone: "cau",
    Icon: IconArrowsDiff,
    word: () => t("Mapping"),
    meaning: () => t("Stored answers are kept as they are, and read through the map from now on."),
  },
  meaning: {
    tone: "cau",
    Icon: IconRefreshAlert,
    word: () => t("New meaning"),
    meaning: () => t("Answers before and after are never counted together. Both can be exported."),
  },
  forbidden: {
    tone: "dan",
    Icon: IconBan,
    word: () => t("Not possible"),
    meaning: () => t("Give it a new name: answers that are stored could not be read any more."),
  },
};

export function ClassTag({ name }: { name: string }) {
  const known = CLASSES[name];
  if (!known) return <span className="state">{name}</span>;
  return (
    <span className={`state ${known.tone}`}>
      <known.Icon {...ICON} />
      {known.word()}
    </span>
  );
}

export function meaningOf(name: string): string {
  return CLASSES[name]?.meaning() ?? "";
}
