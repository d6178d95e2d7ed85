/** Whether the organization asks for a passkey (or its provider): then a password alone opens nothing here. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Organization } from "../../api/contract";
import { PasskeyLetBe, showPasskey } from "../../api/passkeys";
import { Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

export function PasskeyRule({ organization }: { organization: Organization }) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const save = useMutation({
    mutationFn: async (requires: boolean) => {
      const { name, retention_days } = organization;
      const change = () => call("PATCH /organization", { body: { name, retention_days, requires_passkey: requires } });
      try {
        return await change();
      } catch (error) {
        // Whoever changes this has shown a passkey in this session: the first whom it could lock out.
        if (!(error instanceof Problem) || error.code !== "passkey-required") throw error;
        const credential = await showPasskey(await call("POST /session/confirmation-options"));
        await call("POST /session/confirmation", { body: { credential } });
        return change();
      }
    },
    onSuccess: (saved) => {
      client.setQueryData(["organization"], saved);
      setAsking(false);
      toast(
        saved.requires_passkey
          ? t("From now on a password alone opens nothing here.")
          : t("A password is enough again."),
      );
    },
  });
  const problem = save.error instanceof PasskeyLetBe ? null : save.error;
  const hasNone = problem instanceof Problem && problem.code === "not-found";
  const shown = hasNone ? (
    <p className="small dan" role="alert">
      {t("You have no passkey to show. Add one under Passkeys first.")}
    </p>
  ) : (
    problem && <ProblemNotice problem={problem} />
  );
  return (
    <div className="p16 col g8" style={{ borderTop: "1px solid var(--ev-border-subtle)" }}>
      <div className="row g8 wrap">
        <span className="b">{t("Signing in")}</span>
        <span className="t2">
          {organization.requires_passkey
            ? t("asks for a passkey or your provider")
            : t("by password, passkey or your provider")}
        </span>
        <span className="grow" />
        <Button
          size="s"
          isBusy={save.isPending && !isAsking}
          onClick={() => (organization.requires_passkey ? save.mutate(false) : setAsking(true))}
        >
          {organization.requires_passkey ? t("Let a password be enough") : t("Ask for a passkey")}
        </Button>
      </div>
      {!isAsking && shown}
      {isAsking && (
        <Confirm
          title={t("Ask everybody for a passkey")}
          action={t("Ask for a passkey")}
          isBusy={save.isPending}
          problem={hasNone ? null : problem}
          onConfirm={() => save.mutate(true)}
          onClose={() => setAsking(false)}
        >
          <p>
            {t(
              "Sessions that a password opened end at once. Whoever has no passkey yet makes the first one when signing in; keys of programs stay. You show yours now, so that you are not locked out.",
            )}
          </p>
          {hasNone && shown}
        </Confirm>
      )}
    </div>
  );
}
