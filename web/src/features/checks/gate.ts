/** What stands between an answer that brings a checker and its acceptance, as far as this page knows; the server asks again. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import type { CheckRun, Id, Json } from "../../api/contract";
import type { Editor } from "../../editor/store";
import { t } from "../../i18n";
import type { Held } from "../annotate/sitting";

/** Where it is kept which check was asked for of exactly a value. */
export function checkOf(task: Id, key: string, value: Json): readonly unknown[] {
  return ["check-of", task, key, JSON.stringify(value)];
}

export function checkKey(task: Id, id: Id | null): readonly unknown[] {
  return ["check", task, id];
}

/** Why the answers that an editor holds cannot be accepted, in words; null when nothing is known against it. */
export function useGate(): (held: Held, editor: Editor) => string | null {
  const client = useQueryClient();
  return (held, editor) => whyNot(client, held, editor);
}

function whyNot(client: QueryClient, { assignment, kinds }: Held, editor: Editor): string | null {
  for (const { key, question } of editor.asked()) {
    const value = editor.answer(key)?.value;
    if (value === undefined || !kinds.questions[question.kind]?.isChecked) continue;
    const id = client.getQueryData<Id | null>(checkOf(assignment.task_id, key, value));
    const check = id ? client.getQueryData<CheckRun>(checkKey(assignment.task_id, id)) : undefined;
    if (check?.state !== "done") return t("Run the checks first: only what was checked as it stands is accepted.");
    if (!check.is_strong) return t("A task with a weak checker cannot be accepted. Send it back, or mend it.");
  }
  return null;
}
