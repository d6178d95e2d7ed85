/** The keys of my work: a digit starts a project. Enter opens the first, as in every list. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface Starting {
  start: (index: number) => void;
}

export const startProject = defineCommand<Starting>({
  id: "my-work.start",
  title: () => t("Start a project by its number"),
  context: "list",
  keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
  range: "projects",
  run: ({ start }, chord) => start(Number(chord) - 1),
});

export const myWorkCommands = [startProject];
