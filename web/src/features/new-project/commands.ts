/** The keys of a new project. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface Making {
  canMake: boolean;
  make: () => void;
  step: (by: 1 | -1) => void;
  cancel: () => void;
}

export const createAndLabel = defineCommand<Making>({
  id: "new-project.create-and-label",
  title: () => t("Create and label the first task"),
  context: "new-project",
  keys: ["Mod+Enter"],
  inText: true,
  isEnabled: ({ canMake }) => canMake,
  run: ({ make }) => make(),
});
const nextRow = defineCommand<Making>({
  id: "new-project.next-row",
  title: () => t("Preview the next row"),
  context: "new-project",
  keys: ["J"],
  run: ({ step }) => step(1),
});
const previousRow = defineCommand<Making>({
  id: "new-project.previous-row",
  title: () => t("Preview the row before"),
  context: "new-project",
  keys: ["K"],
  run: ({ step }) => step(-1),
});
const cancel = defineCommand<Making>({
  id: "new-project.cancel",
  title: () => t("Cancel"),
  context: "new-project",
  keys: ["Escape"],
  run: (making) => making.cancel(),
});

export const newProjectCommands = [createAndLabel, nextRow, previousRow, cancel];
