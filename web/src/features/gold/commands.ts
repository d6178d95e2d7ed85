/** The keys of the list of gold: what is done with the task under the cursor. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface GoldDesk {
  /** Whether there is a task under the cursor that is gold still. */
  hasTask: boolean;
  /** Whether most people answered it otherwise. */
  hasOther: boolean;
  mend: () => void;
  takeOther: () => void;
  plant: () => void;
  retire: () => void;
}

export const mend = defineCommand<GoldDesk>({
  id: "gold.mend",
  title: () => t("Change what is right"),
  context: "gold",
  keys: ["E"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.mend(),
});
export const takeOther = defineCommand<GoldDesk>({
  id: "gold.take-other",
  title: () => t("What most say is right"),
  context: "gold",
  keys: ["M"],
  isEnabled: ({ hasTask, hasOther }) => hasTask && hasOther,
  run: (desk) => desk.takeOther(),
});
export const plant = defineCommand<GoldDesk>({
  id: "gold.plant",
  title: () => t("Plant a flaw for reviewers"),
  context: "gold",
  keys: ["P"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.plant(),
});
export const retire = defineCommand<GoldDesk>({
  id: "gold.retire",
  title: () => t("Take the gold back"),
  context: "gold",
  keys: ["Delete"],
  isEnabled: ({ hasTask }) => hasTask,
  run: (desk) => desk.retire(),
});

export const goldCommands = [mend, takeOther, plant, retire];
