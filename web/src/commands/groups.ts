/** In which place a command acts, in words: the heads of the keyboard map and of the settings. */
import { t } from "../i18n";
import type { Context } from "./command";

export function groupOfContext(context: Context): string {
  const words: Record<string, () => string> = {
    everywhere: () => t("Everywhere"),
    list: () => t("Lists"),
    drawer: () => t("One task beside the table"),
    workspace: () => t("The task in the workspace"),
    "task:label": () => t("Answering a task"),
    "task:review": () => t("Reviewing a task"),
    "task:adjudicate": () => t("Deciding a task"),
    "stage:review": () => t("Reviewing a task: its answers"),
    "stage:adjudicate": () => t("Deciding a task: the table of answers"),
    "new-project": () => t("A new project"),
    consent: () => t("Guidelines"),
    questions: () => t("A project's questions"),
    gold: () => t("Gold tasks"),
  };
  const word = words[context];
  if (word) return word();
  const [place, name = ""] = context.split(":");
  const kind = name.replaceAll("_", " ");
  if (place === "question") return t("Question: {kind}", { kind });
  if (place === "input") return t("Material: {kind}", { kind });
  return t("Stage: {kind}", { kind });
}
