/** Removing a person from a project, from the page of its quality: on what of theirs is on record, or answers named by id. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { PersonQuality } from "../../api/contract";
import { useMay } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { toast } from "../../kit/Toasts";
import { EvidencePicker, useEvidence } from "./EvidencePicker";
import { RulingDialog } from "./RulingDialog";
import { REMOVING, type Removing } from "./words";

export function Remove({ project, person, name }: { project: string; person: PersonQuality; name: string }) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (!may("task.manage")) return null;
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        {t("Remove from the project…")}
      </Button>
      {isOpen && <RemoveDialog project={project} person={person} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

interface DialogProps {
  project: string;
  person: PersonQuality;
  name: string;
  onClose: () => void;
}

function RemoveDialog({ project, person, name, onClose }: DialogProps) {
  const client = useQueryClient();
  const [named, setNamed] = useState("");
  const evidence = useEvidence(project, person.person_id, ({ kind }) => kind === "answer");
  const { picked } = evidence;
  const ids = named.split(/\s+/).filter((each) => each !== "");
  // A passage is what they had read, a signal calls for a look: neither is work of theirs.
  const canSend = ids.length > 0 || picked.some(({ kind }) => kind !== "guideline" && kind !== "signal");
  const remove = useMutation({
    mutationFn: ({ reason, note }: { reason: Removing; note: string | null }) =>
      call("POST /projects/{project}/removals", {
        path: { project },
        body: {
          person_id: person.person_id,
          reason,
          note,
          evidence: [...picked, ...ids.map((id) => ({ kind: "answer" as const, id }))],
        },
      }),
    onSuccess: ({ id }) => {
      onClose();
      void client.invalidateQueries({ queryKey: ["rulings", project] });
      toast(t("{name} is removed from the project.", { name }), {
        word: t("Undo"),
        run: () =>
          void call("PUT /projects/{project}/rulings/{ruling}/withdrawal", { path: { project, ruling: id } }).then(() =>
            client.invalidateQueries({ queryKey: ["rulings", project] }),
          ),
      });
    },
  });
  return (
    <RulingDialog
      title={t("Remove {name} from the project", { name })}
      verb={t("Remove them")}
      explanation={t(
        "What they hold goes back and nothing more is dealt to them. What they did counts and is owed. They may appeal to somebody else.",
      )}
      reasons={REMOVING}
      evidence={
        <div className="col g8">
          <EvidencePicker {...evidence} />
          <label className="col g4">
            <span className="small t3">{t("Ids of other answers of theirs, apart by spaces")}</span>
            <textarea className="area mono" rows={2} value={named} onChange={({ target }) => setNamed(target.value)} />
          </label>
        </div>
      }
      canSend={canSend}
      isBusy={remove.isPending}
      problem={remove.error}
      onSend={(reason, note) => remove.mutate({ reason, note })}
      onClose={onClose}
    />
  );
}
