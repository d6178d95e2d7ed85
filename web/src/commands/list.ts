/** The keys of every list: walk, open, filter, search, select. A list says what it can; the rest stays off. */
import { t } from "../i18n";
import { defineCommand } from "./command";

export interface Listed {
  step: (by: 1 | -1) => void;
  open: () => void;
  /** Takes the row under the cursor into the selection, or out of it. */
  select?: () => void;
  /** Walks and takes the rows walked over along. */
  widen?: (by: 1 | -1) => void;
  filter?: () => void;
  search?: () => void;
  clear?: () => void;
}

const next = defineCommand<Listed>({
  id: "list.next",
  title: () => t("Next row"),
  context: "list",
  keys: ["J"],
  run: ({ step }) => step(1),
});
const previous = defineCommand<Listed>({
  id: "list.previous",
  title: () => t("Previous row"),
  context: "list",
  keys: ["K"],
  run: ({ step }) => step(-1),
});
const open = defineCommand<Listed>({
  id: "list.open",
  title: () => t("Open the row"),
  context: "list",
  keys: ["Enter"],
  run: (list) => list.open(),
});
const select = defineCommand<Listed>({
  id: "list.select",
  title: () => t("Select the row"),
  context: "list",
  keys: ["X"],
  isEnabled: (list) => list.select !== undefined,
  run: (list) => list.select?.(),
});
const widenDown = defineCommand<Listed>({
  id: "list.widen-down",
  title: () => t("Widen the selection downwards"),
  context: "list",
  keys: ["Shift+J"],
  isEnabled: (list) => list.widen !== undefined,
  run: (list) => list.widen?.(1),
});
const widenUp = defineCommand<Listed>({
  id: "list.widen-up",
  title: () => t("Widen the selection upwards"),
  context: "list",
  keys: ["Shift+K"],
  isEnabled: (list) => list.widen !== undefined,
  run: (list) => list.widen?.(-1),
});
const filter = defineCommand<Listed>({
  id: "list.filter",
  title: () => t("Filter the list"),
  context: "list",
  keys: ["F"],
  isEnabled: (list) => list.filter !== undefined,
  run: (list) => list.filter?.(),
});
const search = defineCommand<Listed>({
  id: "list.search",
  title: () => t("Search the list"),
  context: "list",
  keys: ["/"],
  isEnabled: (list) => list.search !== undefined,
  run: (list) => list.search?.(),
});
const clear = defineCommand<Listed>({
  id: "list.clear",
  title: () => t("Clear the selection"),
  context: "list",
  keys: ["Escape"],
  isEnabled: (list) => list.clear !== undefined,
  run: (list) => list.clear?.(),
});

export const listCommands = [next, previous, open, select, widenDown, widenUp, filter, search, clear];
