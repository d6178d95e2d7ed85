/** What can be done with the checks of an answer, by key, button or palette. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface CheckDesk {
  canRun: boolean;
  run: () => void;
}

export const runChecks = defineCommand<CheckDesk>({
  id: "checks.run",
  title: () => t("Run the checks of this answer"),
  context: "workspace",
  keys: ["Mod+Shift+F"],
  inText: true,
  isEnabled: ({ canRun }) => canRun,
  run: (desk) => desk.run(),
});
