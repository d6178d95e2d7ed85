/** What the page of questions can do. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";
import type { Draft } from "./useDraft";

export interface Acts {
  draft: Draft;
  save: () => void;
}
const save = defineCommand<Acts>({
  id: "ontology.save",
  title: () => t("Save the questions as a new version"),
  context: "questions",
  keys: ["Mod+S"],
  inText: true,
  run: ({ save: run }) => run(),
});
const undo = defineCommand<Acts>({
  id: "ontology.undo",
  title: () => t("Take the last change back"),
  context: "questions",
  keys: ["Mod+Z"],
  isEnabled: ({ draft }) => draft.canUndo,
  run: ({ draft }) => draft.undo(),
});
const redo = defineCommand<Acts>({
  id: "ontology.redo",
  title: () => t("Make the change again"),
  context: "questions",
  keys: ["Mod+Shift+Z"],
  isEnabled: ({ draft }) => draft.canRedo,
  run: ({ draft }) => draft.redo(),
});
export const commands = [save, undo, redo];
