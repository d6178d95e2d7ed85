/** The first passkey of somebody whose organization asks for one: the password was right, and opens nothing by itself. */
import { IconFingerprint } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/client";
import { hasPasskeys, makePasskey, PasskeyLetBe } from "../../api/passkeys";
import { Problem } from "../../api/problem";
import { begin, SESSION } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";

/** Whether a refusal asks for the first passkey: there is none yet to sign in with. */
export function asksForFirstPasskey(error: unknown): boolean {
  return error instanceof Problem && error.code === "passkey-required" && error.facts.has_passkey === false;
}

interface EnrollProps {
  email: string;
  password: string;
  onBack: () => void;
  /** After the session is open. */
  onIn?: () => void;
}

export function Enroll({ email, password, onBack, onIn }: EnrollProps) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const enroll = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const credential = await makePasskey(
        await call("POST /session/enrollment-options", { body: { email, password } }),
      );
      const session = await call("POST /session/enrollment", { body: { email, password, name, credential } });
      client.setQueryData(SESSION, await begin(session));
      onIn?.();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const letBe = problem instanceof PasskeyLetBe;
  return (
    <form className="col g20" onSubmit={(event) => void enroll(event)}>
      <div>
        <h1>{t("Make a passkey")}</h1>
        <p className="t2 mt4">
          {t(
            "Your password is right, but your organization asks for more than a password. Make a passkey now: the finger, the face or the code of this device signs you in from then on.",
          )}
        </p>
      </div>
      {problem !== null && !letBe && <ProblemNotice problem={problem} />}
      {!hasPasskeys() && (
        <Notice tone="cau">
          {t("Open this page over TLS, or as localhost: browsers offer passkeys nowhere else.")}
        </Notice>
      )}
      <Field
        label={t("Name of the device")}
        hint={t("To know the device again in your settings.")}
        error={letBe ? t("No passkey was made. Try again when you are ready.") : null}
      >
        <input
          className="input l"
          required
          maxLength={200}
          placeholder={t("Work laptop")}
          // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and this is its first field
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Button
        type="submit"
        look="primary"
        size="l"
        icon={<IconFingerprint size={20} stroke={1.75} aria-hidden />}
        isBusy={isBusy}
      >
        {t("Make a passkey and sign in")}
      </Button>
      <Button look="quiet" size="l" onClick={onBack}>
        {t("Back to signing in")}
      </Button>
    </form>
  );
}
