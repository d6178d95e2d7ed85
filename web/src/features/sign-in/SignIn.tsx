/** Sign in with address and password or with a passkey, or ask for a link that sets a new one. */
import { IconBuilding, IconFingerprint } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { call } from "../../api/client";
import { hasPasskeys, PasskeyLetBe, showPasskey } from "../../api/passkeys";
import { begin, SESSION } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { asksForFirstPasskey, Enroll } from "./Enroll";
import { SplitPage } from "./SplitPage";

/** hasEnded: the person was inside until now, and goes on where they were. */
export default function SignIn({ hasEnded }: { hasEnded: boolean }) {
  const [isAsking, setAsking] = useState(false);
  const [email, setEmail] = useState("");
  useEffect(() => {
    document.title = t("Sign in · Evenhand");
  }, []);
  return (
    <SplitPage>
      {isAsking ? (
        <AskLink email={email} onEmail={setEmail} onBack={() => setAsking(false)} />
      ) : (
        <Form email={email} onEmail={setEmail} hasEnded={hasEnded} onForgotten={() => setAsking(true)} />
      )}
    </SplitPage>
  );
}

/** Why single sign-on sent the person back here, by the code behind the mark of the address. */
function refusedCode(): string | null {
  return /^#refused=([a-z-]{1,60})$/.exec(window.location.hash)?.[1] ?? null;
}

function wordsOf(refused: string): string {
  if (refused === "no-account")
    return t("Nobody here has the address that you signed in with. Ask for an invitation to it.");
  if (refused === "too-many-requests")
    return t("There were too many attempts. Wait a quarter of an hour, then try again.");
  return t("Single sign-on did not go through. Try again, or sign in with your password.");
}

interface FormProps {
  email: string;
  onEmail: (email: string) => void;
}

function Address({ email, onEmail }: FormProps) {
  return (
    <Field label={t("E-mail")}>
      <input
        className="input l"
        type="email"
        name="email"
        autoComplete="username"
        required
        // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and this is its first field
        autoFocus
        value={email}
        onChange={(event) => onEmail(event.target.value)}
      />
    </Field>
  );
}

function Form({ email, onEmail, hasEnded, onForgotten }: FormProps & { hasEnded: boolean; onForgotten: () => void }) {
  const client = useQueryClient();
  const [refused] = useState(refusedCode);
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const signIn = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      client.setQueryData(SESSION, await begin(await call("POST /session", { body: { email, password } })));
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const methods = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: () => call("GET /session/methods"),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const provider = methods.data?.single_sign_on;
  const [isShowing, setShowing] = useState(false);
  const signInByPasskey = async (): Promise<void> => {
    setShowing(true);
    setProblem(null);
    try {
      const credential = await showPasskey(await call("POST /session/passkey-options"));
      client.setQueryData(SESSION, await begin(await call("POST /session/passkey", { body: { credential } })));
    } catch (error) {
      if (!(error instanceof PasskeyLetBe)) setProblem(error);
      setShowing(false);
    }
  };
  if (asksForFirstPasskey(problem)) {
    return <Enroll email={email} password={password} onBack={() => setProblem(null)} />;
  }
  return (
    <form className="col g20" onSubmit={(event) => void signIn(event)}>
      <div>
        <h1>{t("Sign in")}</h1>
        <p className="t2 mt4">{t("to the server at {host}", { host: window.location.host })}</p>
      </div>
      {hasEnded && problem === null && (
        <Notice tone="cau">
          {t("Sign in again to go on where you were. Your session has ended; drafts are kept.")}
        </Notice>
      )}
      {problem !== null && <ProblemNotice problem={problem} />}
      {refused && problem === null && (
        <Notice tone="dan">
          <div className="b">{wordsOf(refused)}</div>
          <div className="mono small t3">{refused}</div>
        </Notice>
      )}
      <Address email={email} onEmail={onEmail} />
      <Field label={t("Password")}>
        <input
          className="input l"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" look="primary" size="l" chord="Enter" isBusy={isBusy}>
        {t("Sign in")}
      </Button>
      <div className="or">
        <span className="small t3">{t("or")}</span>
      </div>
      {hasPasskeys() && (
        <Button
          size="l"
          icon={<IconFingerprint size={20} stroke={1.75} aria-hidden />}
          isBusy={isShowing}
          onClick={() => void signInByPasskey()}
        >
          {t("Sign in with a passkey")}
        </Button>
      )}
      {provider && (
        <a className="btn l" href="/api/v1/session/single-sign-on">
          <IconBuilding size={20} stroke={1.75} aria-hidden />
          {t("Sign in with {provider}", { provider })}
        </a>
      )}
      <Button size="l" look={hasPasskeys() || provider ? "quiet" : "plain"} onClick={onForgotten}>
        {t("Set a new password")}
      </Button>
    </form>
  );
}

function AskLink({ email, onEmail, onBack }: FormProps & { onBack: () => void }) {
  const [state, setState] = useState<"rest" | "busy" | "sent">("rest");
  const [problem, setProblem] = useState<unknown>(null);
  const ask = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState("busy");
    setProblem(null);
    try {
      await call("POST /password-resets", { body: { email } });
      setState("sent");
    } catch (error) {
      setProblem(error);
      setState("rest");
    }
  };
  return (
    <form className="col g20" onSubmit={(event) => void ask(event)}>
      <div>
        <h1>{t("Set a new password")}</h1>
        <p className="t2 mt4">{t("A link to do so is sent to your address. It works once, for two hours.")}</p>
      </div>
      {problem !== null && <ProblemNotice problem={problem} />}
      {state === "sent" ? (
        <Notice tone="pos">
          <div className="b">{t("Look into your mail.")}</div>
          <div className="t2">
            {t(
              "If {email} has an account here, the link is on its way. If nothing comes, this server may send no mail: ask an owner.",
              {
                email,
              },
            )}
          </div>
        </Notice>
      ) : (
        <>
          <Address email={email} onEmail={onEmail} />
          <Button type="submit" look="primary" size="l" isBusy={state === "busy"}>
            {t("Send me the link")}
          </Button>
        </>
      )}
      <Button look="quiet" size="l" onClick={onBack}>
        {t("Back to signing in")}
      </Button>
    </form>
  );
}
