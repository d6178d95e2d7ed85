/** Why a decision on one's own work is wrong, in one's own words. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Appeal } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import type { Seen } from "../my-work/SeenTask";
import { SeeTask } from "../my-work/SeeTask";

export interface Against {
  kind: Appeal["kind"];
  id: string;
  /** The task that it is about, and the answer that was judged. */
  seen?: Seen;
}

export function AppealDialog({ against, onClose }: { against: Against; onClose: () => void }) {
  const client = useQueryClient();
  const [statement, setStatement] = useState("");
  const file = useMutation({
    mutationFn: () => call("POST /work/appeals", { body: { kind: against.kind, subject_id: against.id, statement } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["work"] });
      toast(t("The appeal is filed. Somebody else than who decided answers it within 7 days."));
      onClose();
    },
  });
  return (
    <Dialog
      title={t("Appeal")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="appeal" isBusy={file.isPending}>
            {t("File the appeal")}
          </Button>
        </>
      }
    >
      <form
        id="appeal"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          file.mutate();
        }}
      >
        <Field
          label={t("Why is the decision wrong?")}
          hint={t("Whoever answers reads it beside the decision and its evidence. It is on record; you appeal once.")}
        >
          <textarea
            className="area"
            rows={5}
            required
            maxLength={10_000}
            dir="auto"
            value={statement}
            onChange={({ target }) => setStatement(target.value)}
          />
        </Field>
        {against.seen && (
          <div>
            <SeeTask {...against.seen} />
          </div>
        )}
        {file.error && <ProblemNotice problem={file.error} />}
      </form>
    </Dialog>
  );
}
