/** What a reviewer does with the answers of a task, by key, button or palette. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface ReviewDesk {
  hasTask: boolean;
  isFixing: boolean;
  /** How many answers there are that say different things. */
  count: number;
  canFix: boolean;
  canSendBack: boolean;
  abstentions: number;
  accept: () => void;
  fix: () => void;
  sendBack: () => void;
  walkAnswers: (step: 1 | -1) => void;
  abstain: () => void;
}

const define = (command: Parameters<typeof defineCommand<ReviewDesk>>[0]) => defineCommand<ReviewDesk>(command);

export const accept = define({
  id: "review.accept",
  title: () => t("Accept the answer, or store what was fixed, and take the next task"),
  context: "task:review",
  keys: ["Mod+Enter"],
  inText: true,
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.accept(),
});
export const fix = define({
  id: "review.fix",
  title: () => t("Fix the answer, or leave it as it was"),
  context: "task:review",
  keys: ["Shift+F"],
  isEnabled: ({ hasTask, canFix }) => hasTask && canFix,
  run: (desk) => desk.fix(),
});
export const sendBack = define({
  id: "review.send-back",
  title: () => t("Send the answer back to its author, with a reason"),
  context: "task:review",
  keys: ["Shift+B"],
  isEnabled: ({ hasTask, isFixing, canSendBack }) => hasTask && !isFixing && canSendBack,
  run: (desk) => desk.sendBack(),
});
export const abstain = define({
  id: "review.abstain",
  title: () => t("Not applicable, cannot answer"),
  context: "task:review",
  keys: ["Shift+A"],
  isEnabled: ({ abstentions, isFixing }) => isFixing && abstentions > 0,
  run: (desk) => desk.abstain(),
});
export const walkAnswers = define({
  id: "review.walk",
  title: () => t("Next or previous answer"),
  context: "stage:review",
  keys: ["J", "K"],
  isEnabled: ({ count, isFixing }) => count > 1 && !isFixing,
  run: (desk, chord) => desk.walkAnswers(chord === "K" ? -1 : 1),
});

export const reviewCommands = [accept, fix, sendBack, abstain, walkAnswers];
