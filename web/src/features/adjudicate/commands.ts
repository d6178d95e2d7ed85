/** What an adjudicator does with a task, by key, button or palette. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";
import { DIGITS } from "../../kinds/parts/options";

export interface AdjudicationDesk {
  hasTask: boolean;
  /** The active question is open in its editor. */
  isOther: boolean;
  /** Some question marks on the material. */
  hasMarks: boolean;
  decide: () => void;
  sendBack: () => void;
  more: () => void;
  walk: (step: 1 | -1) => void;
  take: (place: number) => void;
  other: () => void;
  show: (step: 1 | -1) => void;
  narrow: () => void;
  nextReason: () => void;
}

const define = (command: Parameters<typeof defineCommand<AdjudicationDesk>>[0]) =>
  defineCommand<AdjudicationDesk>(command);

export const decide = define({
  id: "adjudication.decide",
  title: () => t("Decide, and take the next task"),
  context: "task:adjudicate",
  keys: ["Mod+Enter"],
  inText: true,
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.decide(),
});
export const sendBack = define({
  id: "adjudication.send-back",
  title: () => t("Send the task back to its authors, with a reason"),
  context: "task:adjudicate",
  keys: ["Shift+B"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.sendBack(),
});
export const more = define({
  id: "adjudication.more",
  title: () => t("Ask for one more answer"),
  context: "task:adjudicate",
  keys: ["Shift+A"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.more(),
});
export const other = define({
  id: "adjudication.other",
  title: () => t("Give another value, or go back to the table"),
  context: "task:adjudicate",
  keys: ["Shift+F"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.other(),
});
export const walk = define({
  id: "adjudication.walk",
  title: () => t("Next or previous question"),
  context: "stage:adjudicate",
  keys: ["J", "K"],
  isEnabled: ({ hasTask, isOther }) => hasTask && !isOther,
  run: (desk, chord) => desk.walk(chord === "K" ? -1 : 1),
});
export const take = define({
  id: "adjudication.take",
  title: () => t("Take one of the values; after the last, give another"),
  context: "stage:adjudicate",
  keys: DIGITS,
  range: "values",
  isEnabled: ({ hasTask, isOther }) => hasTask && !isOther,
  run: (desk, chord) => desk.take(Number(chord) - 1),
});
export const show = define({
  id: "adjudication.show",
  title: () => t("Show the next or the previous answer on the material"),
  context: "stage:adjudicate",
  keys: ["ArrowRight", "ArrowLeft"],
  isEnabled: ({ hasMarks, isOther }) => hasMarks && !isOther,
  run: (desk, chord) => desk.show(chord === "ArrowLeft" ? -1 : 1),
});
export const narrow = define({
  id: "adjudication.narrow",
  title: () => t("Only the questions that differ, or all"),
  context: "stage:adjudicate",
  keys: ["O"],
  isEnabled: ({ hasTask, isOther }) => hasTask && !isOther,
  run: (desk) => desk.narrow(),
});
export const nextReason = define({
  id: "adjudication.reason",
  title: () => t("The next reason, and none after the last"),
  context: "stage:adjudicate",
  keys: ["R"],
  isEnabled: ({ hasTask, isOther }) => hasTask && !isOther,
  run: (desk) => desk.nextReason(),
});

export const adjudicationCommands = [decide, sendBack, more, other, walk, take, show, narrow, nextReason];
