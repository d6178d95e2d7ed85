/** One's own password: another one is set by showing the one that stands. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { PasskeyLetBe } from "../../api/passkeys";
import { useSession } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { toast } from "../../kit/Toasts";
import { PASSWORD_LENGTH_MIN } from "../sign-in/password";
import { useConfirmed } from "./ConfirmWho";
import { MakeDialog } from "./MakeDialog";

export function Password() {
  const [isChanging, setChanging] = useState(false);
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("Password")}</h2>
        <Button size="s" onClick={() => setChanging(true)}>
          {t("Change it")}
        </Button>
      </div>
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
    </section>
  );
}

function ChangePassword({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { person } = useSession();
  const confirmed = useConfirmed();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () =>
      confirmed.run(() => call("PUT /session/password", { body: { current: current || null, password } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["sessions"] });
      onClose();
      toast(t("The new password holds from now on. Every other session of yours has ended."));
    },
  });
  return (
    <>
      <MakeDialog
        title={t("Change the password")}
        verb={t("Set the password")}
        isBusy={change.isPending}
        problem={change.error instanceof PasskeyLetBe ? null : change.error}
        onMake={() => change.mutate()}
        onClose={onClose}
      >
        <input type="email" name="email" autoComplete="username" value={person.email} readOnly hidden />
        <Field
          label={t("The password you have now")}
          hint={t("Leave it empty if you have none and sign in with a passkey.")}
        >
          <input
            className="input"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field
          label={t("The new password")}
          hint={t("At least {count} characters. A few words are easiest to remember.", { count: PASSWORD_LENGTH_MIN })}
        >
          <input
            className="input"
            type="password"
            autoComplete="new-password"
            required
            minLength={PASSWORD_LENGTH_MIN}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
      </MakeDialog>
      {confirmed.asking}
    </>
  );
}
