/** The other end of a link: an invitation is accepted, or a password set anew. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { call } from "../../api/client";
import { begin, SESSION } from "../../api/session";
import { wordOfRole } from "../../app/AccountMenu";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { asksForFirstPasskey, Enroll } from "./Enroll";
import { PASSWORD_LENGTH_MIN } from "./password";
import { SplitPage } from "./SplitPage";

/** As the server asks for it (people/model.py). */

export default function Accept({
  kind,
  token,
  onLeave,
}: {
  kind: "invitation" | "reset";
  token: string;
  onLeave: () => void;
}) {
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: () => call("POST /invitations/lookup", { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = kind === "invitation" ? t("Invitation · Evenhand") : t("A new password · Evenhand");
  }, [kind]);
  if (link.isPending) return <Skeleton />;
  return (
    <SplitPage>
      {link.error ? (
        <div className="col g20">
          <h1>{kind === "invitation" ? t("This invitation is over") : t("This link is over")}</h1>
          <ProblemNotice problem={link.error} />
          <Button size="l" onClick={onLeave}>
            {t("Go to signing in")}
          </Button>
        </div>
      ) : (
        <Form token={token} onLeave={onLeave} {...link.data} />
      )}
    </SplitPage>
  );
}

interface FormProps {
  token: string;
  purpose: "invitation" | "password-reset";
  organization: string;
  email: string;
  role: string;
  has_password: boolean;
  onLeave: () => void;
}

function Form({ token, purpose, organization, email, role, has_password: isKnown, onLeave }: FormProps) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const isInvitation = purpose === "invitation";
  // Whoever has an account already shows that it is theirs; nothing about it changes.
  const shows = isInvitation && isKnown;

  const accept = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const session = isInvitation
        ? await call("POST /invitations/accept", { body: { token, password, name: shows ? null : name } })
        : await call("POST /password-resets/accept", { body: { token, password } });
      client.clear();
      client.setQueryData(SESSION, await begin(session));
      onLeave();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  // The link is used up: what is left is the passkey that the organization asks for.
  if (asksForFirstPasskey(problem)) {
    return <Enroll email={email} password={password} onBack={onLeave} onIn={onLeave} />;
  }
  return (
    <form className="col g20" onSubmit={(event) => void accept(event)}>
      <div>
        <h1>{isInvitation ? t("Join {organization}", { organization }) : t("Set a new password")}</h1>
        <p className="t2 mt4">
          {isInvitation
            ? t("as {role}, with {email}", { role: wordOfRole(role), email })
            : t("for {email}. Every session you have open ends.", { email })}
        </p>
      </div>
      {problem !== null && <ProblemNotice problem={problem} />}
      {/* So that a password manager knows whose password it keeps. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      {isInvitation && !shows && (
        <Field label={t("Your name")} hint={t("Your organization sees it. Customers see a pseudonym.")}>
          <input
            className="input l"
            required
            maxLength={200}
            autoComplete="name"
            // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and this is its first field
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
      )}
      <Field
        label={shows ? t("The password you have here already") : t("Password")}
        hint={
          shows
            ? undefined
            : t("At least {count} characters. A few words are easiest to remember.", { count: PASSWORD_LENGTH_MIN })
        }
      >
        <input
          className="input l"
          type="password"
          name="password"
          required
          minLength={shows ? undefined : PASSWORD_LENGTH_MIN}
          autoComplete={shows ? "current-password" : "new-password"}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" look="primary" size="l" chord="Enter" isBusy={isBusy}>
        {isInvitation ? t("Join") : t("Set the password")}
      </Button>
    </form>
  );
}
