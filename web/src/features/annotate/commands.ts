/** What an annotator does with a task, by key, button or palette. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";
import { NOTE } from "../../kinds/parts/NoteButton";

/** What the workspace offers to its commands. */
export interface Desk {
  canUndo: boolean;
  canRedo: boolean;
  hasTask: boolean;
  /** An answer that stands can be left as it was, not skipped. */
  canSkip: boolean;
  canProlong: boolean;
  returnedCount: number;
  abstentions: number;
  hasConfidence: boolean;
  /** A model suggests another answer to the active question than the one that stands. */
  hasSuggestion: boolean;
  submit: () => void;
  previous: () => void;
  undo: () => void;
  redo: () => void;
  walk: (step: 1 | -1) => void;
  ask: (dialog: "skip" | "report" | "comments" | "returned") => void;
  note: () => void;
  guideline: () => void;
  isGuideOpen: boolean;
  closeGuideline: () => void;
  write: () => void;
  abstain: () => void;
  accept: () => void;
  confide: () => void;
  prolong: () => void;
  giveBack: () => void;
  enlarge: (step: 1 | -1) => void;
}

const define = (command: Parameters<typeof defineCommand<Desk>>[0]) => defineCommand<Desk>(command);

export const submit = define({
  id: "annotation.submit-and-next",
  title: () => t("Submit and open the next task"),
  context: "task:label",
  keys: ["Mod+Enter"],
  inText: true,
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.submit(),
});
export const skip = define({
  id: "annotation.skip",
  title: () => t("Skip, with a reason"),
  context: "task:label",
  keys: ["Shift+S"],
  isEnabled: ({ canSkip }) => canSkip,
  run: (desk) => desk.ask("skip"),
});
export const report = define({
  id: "annotation.report",
  title: () => t("Report a problem"),
  context: "workspace",
  keys: ["Shift+R"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.ask("report"),
});
export const previous = define({
  id: "annotation.previous",
  title: () => t("Previous of your own answers"),
  context: "task:label",
  keys: ["Alt+ArrowLeft"],
  inText: true,
  run: (desk) => desk.previous(),
});
export const undo = define({
  id: "annotation.undo",
  title: () => t("Undo"),
  context: "workspace",
  keys: ["Mod+Z"],
  isEnabled: ({ canUndo }) => canUndo,
  run: (desk) => desk.undo(),
});
export const redo = define({
  id: "annotation.redo",
  title: () => t("Redo"),
  context: "workspace",
  keys: ["Mod+Shift+Z"],
  isEnabled: ({ canRedo }) => canRedo,
  run: (desk) => desk.redo(),
});
export const nextQuestion = define({
  id: "annotation.next-question",
  title: () => t("Next question"),
  context: "workspace",
  keys: ["N"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.walk(1),
});
export const previousQuestion = define({
  id: "annotation.previous-question",
  title: () => t("Previous question"),
  context: "workspace",
  keys: ["Shift+N"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.walk(-1),
});
export const write = define({
  id: "annotation.write",
  title: () => t("Into the text field"),
  context: "workspace",
  keys: ["T"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.write(),
});
export const abstain = define({
  id: "annotation.abstain",
  title: () => t("Not applicable, cannot answer"),
  context: "task:label",
  keys: ["Shift+A"],
  isEnabled: ({ abstentions }) => abstentions > 0,
  run: (desk) => desk.abstain(),
});
export const acceptSuggestion = define({
  id: "annotation.accept-suggestion",
  title: () => t("Accept what a model suggests; again for the next"),
  context: "task:label",
  keys: ["Y"],
  isEnabled: ({ hasSuggestion }) => hasSuggestion,
  run: (desk) => desk.accept(),
});
export const confidence = define({
  id: "annotation.confidence",
  title: () => t("How sure you are, step by step"),
  context: "workspace",
  keys: ["Shift+C"],
  isEnabled: ({ hasConfidence }) => hasConfidence,
  run: (desk) => desk.confide(),
});
export const guideline = define({
  id: "annotation.guideline",
  title: () => t("Guidelines"),
  context: "workspace",
  keys: ["G"],
  run: (desk) => desk.guideline(),
});
export const closeGuideline = define({
  id: "annotation.close-guideline",
  title: () => t("Close the guidelines"),
  // Enabled only while they are open; a selected mark that takes Escape first is left first.
  context: "consent",
  keys: ["Escape"],
  isEnabled: ({ isGuideOpen }) => isGuideOpen,
  run: (desk) => desk.closeGuideline(),
});
export const note = define({
  id: NOTE,
  title: () => t("Note on the selection"),
  context: "workspace",
  keys: ["M"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.note(),
});
export const comments = define({
  id: "annotation.comments",
  title: () => t("Comments on this task"),
  context: "workspace",
  keys: ["Shift+M"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.ask("comments"),
});
export const prolong = define({
  id: "annotation.prolong",
  title: () => t("Hold this task longer"),
  context: "workspace",
  keys: ["Shift+P"],
  isEnabled: ({ canProlong }) => canProlong,
  run: (desk) => desk.prolong(),
});
export const giveBack = define({
  id: "annotation.give-back",
  title: () => t("Give the task back, unanswered"),
  context: "workspace",
  keys: ["Shift+G"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.giveBack(),
});
export const cameBack = define({
  id: "annotation.came-back",
  title: () => t("Answers that came back"),
  context: "task:label",
  keys: ["Shift+B"],
  isEnabled: ({ returnedCount }) => returnedCount > 0,
  run: (desk) => desk.ask("returned"),
});
export const enlarge = define({
  id: "annotation.text-size",
  title: () => t("Larger or smaller text"),
  context: "workspace",
  keys: [">", "<"],
  run: (desk, chord) => desk.enlarge(chord === ">" ? 1 : -1),
});

export const commands = [
  submit,
  skip,
  report,
  previous,
  undo,
  redo,
  nextQuestion,
  previousQuestion,
  write,
  abstain,
  acceptSuggestion,
  confidence,
  guideline,
  closeGuideline,
  note,
  comments,
  prolong,
  giveBack,
  cameBack,
  enlarge,
];
