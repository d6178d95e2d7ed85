/** The keys of my work: a digit starts a project, V opens a task that was answered. Enter opens the first, as in every list. */
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

export interface Looking {
  hasAny: boolean;
  see: () => void;
}

export const seeTask = defineCommand<Looking>({
  id: "my-work.see-task",
  title: () => t("See the task again, as you answered it"),
  context: "list",
  keys: ["V"],
  isEnabled: ({ hasAny }) => hasAny,
  run: ({ see }) => see(),
});

export const historyCommands = [seeTask];

export interface Turning {
  hasTwo: boolean;
  turn: () => void;
}

export const switchAnswer = defineCommand<Turning>({
  id: "my-work.switch-answer",
  title: () => t("Turn between your answer and what stands"),
  context: "drawer",
  keys: ["S"],
  isEnabled: ({ hasTwo }) => hasTwo,
  run: ({ turn }) => turn(),
});

export const seenTaskCommands = [switchAnswer];
