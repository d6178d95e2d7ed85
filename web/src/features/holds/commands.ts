/** The one act on a change of control: the customer's word. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export const countersign = defineCommand<{ canSign: boolean; sign: () => void }>({
  id: "holds.countersign",
  title: () => t("Countersign a change of control"),
  context: "list",
  keys: ["Shift+C"],
  isEnabled: ({ canSign }) => canSign,
  run: ({ sign }) => sign(),
});

export const holdCommands = [countersign];
