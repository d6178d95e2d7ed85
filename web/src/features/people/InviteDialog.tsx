/** An invitation: whom, as what; then its link, which is shown here and never again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Role } from "../../api/contract";
import { useSession } from "../../api/session";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { CopyField } from "../../kit/CopyField";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { ROLES } from "./roles";

export function InviteDialog({
  email: known,
  role: usual,
  onClose,
}: {
  email: string;
  role: Role;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const session = useSession();
  const [email, setEmail] = useState(known);
  const [role, setRole] = useState<Role>(usual);
  const invite = useMutation({
    mutationFn: () => call("POST /invitations", { body: { email, role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["people"] }),
  });
  const made = invite.data;
  return (
    <Dialog
      title={made ? t("The link for {email}", { email }) : known ? t("A new link") : t("Invite somebody")}
      onClose={onClose}
      footer={
        made ? (
          <>
            <Button
              onClick={() => {
                invite.reset();
                setEmail("");
              }}
            >
              {t("Invite another")}
            </Button>
            <Button look="primary" onClick={onClose}>
              {t("Done")}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{t("Cancel")}</Button>
            <Button look="primary" type="submit" form="invite" isBusy={invite.isPending}>
              {t("Make the link")}
            </Button>
          </>
        )
      }
    >
      {made ? (
        <>
          <Notice tone="pos">
            <div className="b">
              {made.mailed
                ? t("It is on its way by mail; here it is once more.")
                : t("Send this link yourself. It is shown only here.")}
            </div>
            <div className="t2">{t("It works once, until {time}.", { time: when(made.expires_at) })}</div>
          </Notice>
          <CopyField label={t("Invitation link")} value={made.link} />
        </>
      ) : (
        <form
          id="invite"
          className="col g16"
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          {known !== "" && <Notice>{t("The link that was sent before stops working.")}</Notice>}
          <Field label={t("E-mail")}>
            <input
              className="input"
              type="email"
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Field label={t("Role")}>
            <select className="input" value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {ROLES.filter((each) => each.role !== "owner" || session.role === "owner").map((each) => (
                <option key={each.role} value={each.role}>
                  {each.words()}
                </option>
              ))}
            </select>
          </Field>
          {invite.error && <ProblemNotice problem={invite.error} />}
        </form>
      )}
    </Dialog>
  );
}
