/** The keys of the drawer beside the table. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export const closeDrawer = defineCommand<{ close: () => void }>({
  id: "drawer.close",
  title: () => t("Close the drawer"),
  context: "drawer",
  keys: ["Escape"],
  run: ({ close }) => close(),
});

export const drawerCommands = [closeDrawer];
