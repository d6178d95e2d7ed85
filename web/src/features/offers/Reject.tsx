/** Rejecting one answer, from the task's page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { toast } from "../../kit/Toasts";
import { EvidencePicker, useEvidence } from "./EvidencePicker";
import { RulingDialog } from "./RulingDialog";
import { REJECTING, type Rejecting } from "./words";

interface RejectProps {
  task: string;
  annotation: string;
  annotator: string;
  summary: string;
}

export function Reject({ task, annotation, annotator, summary }: RejectProps) {
  const may = useMay();
  const { project = "" } = useParams({ strict: false });
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  // Who manages tasks may know which are gold, and name what else is on record.
  const canName = isOpen && may("task.manage");
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people"), enabled: canName });
  const author = people.data?.items.find(({ pseudonym }) => pseudonym === annotator)?.id;
  const evidence = useEvidence(project, author, () => false);
  const reject = useMutation({
    mutationFn: ({ reason, note }: { reason: Rejecting; note: string | null }) =>
      call("POST /projects/{project}/tasks/{task}/rejections", {
        path: { project, task },
        body: {
          annotation_id: annotation,
          reason,
          note,
          evidence: [{ kind: "answer", id: annotation }, ...evidence.picked],
        },
      }),
    onSuccess: ({ id }) => {
      setOpen(false);
      const again = (): void => {
        void client.invalidateQueries({ queryKey: ["task"] });
        void client.invalidateQueries({ queryKey: ["tasks"] });
        void client.invalidateQueries({ queryKey: ["project", project] });
      };
      again();
      toast(
        t("The answer is rejected; another one is asked for."),
        may("task.manage")
          ? {
              word: t("Undo"),
              run: () =>
                void call("PUT /projects/{project}/rulings/{ruling}/withdrawal", {
                  path: { project, ruling: id },
                }).then(again),
            }
          : undefined,
      );
    },
  });
  if (!may("task.review")) return null;
  return (
    <>
      <Button size="s" look="quiet" onClick={() => setOpen(true)}>
        {t("Reject…")}
      </Button>
      {isOpen && (
        <RulingDialog
          title={t("Reject the answer of {annotator}", { annotator })}
          verb={t("Reject it")}
          explanation={t(
            "It counts no more, is owed nothing, and another answer is asked for. Its author may appeal to somebody else.",
          )}
          reasons={REJECTING}
          evidence={
            <div className="col g8">
              <p className="t2">{t("The answer itself: {summary}", { summary })}</p>
              {author && <EvidencePicker {...evidence} />}
            </div>
          }
          canSend
          isBusy={reject.isPending}
          problem={reject.error}
          onSend={(reason, note) => reject.mutate({ reason, note })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
