/** Shows once more who one is, by password or passkey: asked before what a stolen session must not do. */
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { call } from "../../api/client";
import { hasPasskeys, PasskeyLetBe, showPasskey } from "../../api/passkeys";
import { Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";

/** Runs something that the server may want confirmed, and runs it again once it is. asking: the dialog, while it stands. */
export function useConfirmed(): { run: <Result>(act: () => Promise<Result>) => Promise<Result>; asking: ReactNode } {
  const [isAsking, setAsking] = useState(false);
  const waiting = useRef<{ go: () => void; stop: (reason: unknown) => void } | null>(null);
  const run = useCallback(async <Result,>(act: () => Promise<Result>): Promise<Result> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "not-confirmed") throw error;
      await new Promise<void>((go, stop) => {
        waiting.current = { go, stop };
        setAsking(true);
      }).finally(() => setAsking(false));
      return act();
    }
  }, []);
  const asking = isAsking && (
    <ConfirmWho onConfirmed={() => waiting.current?.go()} onClose={() => waiting.current?.stop(new PasskeyLetBe())} />
  );
  return { run, asking };
}

function ConfirmWho({ onConfirmed, onClose }: { onConfirmed: () => void; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const confirm = useMutation({
    mutationFn: () => call("POST /session/confirmation", { body: { password } }),
    onSuccess: onConfirmed,
  });
  const byPasskey = useMutation({
    mutationFn: async () => {
      const credential = await showPasskey(await call("POST /session/confirmation-options"));
      await call("POST /session/confirmation", { body: { credential } });
    },
    onSuccess: onConfirmed,
  });
  const problem = confirm.error ?? (byPasskey.error instanceof PasskeyLetBe ? null : byPasskey.error);
  return (
    <Dialog
      title={t("Show that it is you")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          {hasPasskeys() && (
            <Button isBusy={byPasskey.isPending} onClick={() => byPasskey.mutate()}>
              {t("Use a passkey")}
            </Button>
          )}
          <Button look="primary" type="submit" form="confirm-who" isBusy={confirm.isPending}>
            {t("Confirm")}
          </Button>
        </>
      }
    >
      <form
        id="confirm-who"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          confirm.mutate();
        }}
      >
        <p className="t2">
          {t("You signed in a while ago. Whoever finds an open screen must not get further than this.")}
        </p>
        <Field label={t("Password")}>
          <input
            className="input"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        {problem && <ProblemNotice problem={problem} />}
      </form>
    </Dialog>
  );
}
