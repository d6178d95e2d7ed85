/** Which accuracy is asked of people: what bands are drawn against. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";

export function TargetDialog({
  project,
  target,
  onClose,
}: {
  project: string;
  target: number | null;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [text, setText] = useState(target === null ? "0.85" : String(target));
  const ask = useMutation({
    mutationFn: (wanted: number | null) =>
      call("PATCH /projects/{project}/quality", { path: { project }, body: { target: wanted } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["quality", project] });
      onClose();
    },
  });
  return (
    <Dialog
      title={t("Which accuracy do you ask for?")}
      onClose={onClose}
      footer={
        <>
          {target !== null && (
            <Button look="quiet" onClick={() => ask.mutate(null)} isBusy={ask.isPending}>
              {t("Ask for none")}
            </Button>
          )}
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="target" isBusy={ask.isPending}>
            {t("Ask for it")}
          </Button>
        </>
      }
    >
      <form
        id="target"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate(Number(text));
        }}
      >
        <Field label={t("Accuracy, above 0 and below 1")}>
          <input
            className="input num"
            type="number"
            min="0.01"
            max="0.99"
            step="0.01"
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <p className="t2">
          {t(
            "Bands that lie wholly above it are blue, wholly below red; where a band crosses it, it is too early to say. Nothing else follows from it.",
          )}
        </p>
        {ask.error && <ProblemNotice problem={ask.error} />}
      </form>
    </Dialog>
  );
}
