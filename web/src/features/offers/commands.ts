/** The keys of the appeals: the one under the cursor is upheld or overturned, then a digit picks the reason. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface Answering {
  answer: (outcome: "upheld" | "overturned") => void;
}

export const uphold = defineCommand<Answering>({
  id: "appeals.uphold",
  title: () => t("Uphold the decision"),
  context: "list",
  keys: ["U"],
  run: ({ answer }) => answer("upheld"),
});

export const overturn = defineCommand<Answering>({
  id: "appeals.overturn",
  title: () => t("Overturn the decision"),
  context: "list",
  keys: ["O"],
  run: ({ answer }) => answer("overturned"),
});

export const appealsCommands = [uphold, overturn];
