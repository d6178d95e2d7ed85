/** Sign in with address and password, or ask for a link that sets a new one. */
import { IconMail } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { call } from "../../api/client";
import { begin, SESSION } from "../../api/session";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { SplitPage } from "./SplitPage";

export default function SignIn() {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [state, setState] = useState<"rest" | "busy" | "sent">("rest");
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    document.title = t("Sign in · Evenhand");
  }, []);

  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setState("busy");
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(error);
      setState("rest");
    }
  };
  const signIn = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(async () => {
      const session = await begin(await call("POST /session", { body: { email, password } }));
      client.setQueryData(SESSION, session);
    });
  };
  const sendLink = (): void =>
    void attempt(async () => {
      await call("POST /password-resets", { body: { email } });
      setState("sent");
    });

  return (
    <SplitPage>
      <form className="col g20" onSubmit={signIn}>
        <div>
          <h1>{t("Sign in")}</h1>
          <div className="t2 mt4">{t("to the server at {host}", { host: window.location.host })}</div>
        </div>
        {problem !== null && <ProblemNotice problem={problem} />}
        {state === "sent" && (
          <Notice tone="pos">
            {t("Look into your mail. If {email} has an account here, a link that sets a new password is on its way.", {
              email,
            })}
          </Notice>
        )}
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
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
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
        <Button type="submit" look="primary" size="l" chord="Enter" isBusy={state === "busy"}>
          {t("Sign in")}
        </Button>
        <Button
          look="quiet"
          size="l"
          icon={<IconMail size={16} stroke={1.75} aria-hidden="true" />}
          aria-disabled={!email}
          title={email ? undefined : t("Write your e-mail above first")}
          onClick={() => email && sendLink()}
        >
          {t("Send me a link to set a new password")}
        </Button>
      </form>
    </SplitPage>
  );
}
