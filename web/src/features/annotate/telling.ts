/** What becomes of an act that went to the server: a word to the person, whether it was done or not. */
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { t } from "../../i18n";
import { toast } from "../../kit/Toasts";

export function told(problem: unknown): void {
  toast(problem instanceof Error ? problem.message : String(problem));
}

export async function report(project: Id, task: Id, reason: string, note: string): Promise<void> {
  try {
    await call("POST /projects/{project}/tasks/{task}/reports", { path: { project, task }, body: { reason, note } });
    toast(t("Reported. The task is still yours."));
  } catch (problem) {
    told(problem);
  }
}
