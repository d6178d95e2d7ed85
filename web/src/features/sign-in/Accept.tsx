/** The other end of a link: an invitation is accepted, or a password set anew. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../../api/client";
import { begin, SESSION } from "../../api/session";
import { wordOfRole } from "../../app/AccountMenu";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { SplitPage } from "./SplitPage";

const LENGTH_MIN = 12;

export default function Accept({ kind, token }: { kind: "invitation" | "reset"; token: string }) {
  const client = useQueryClient();
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => call("GET /invitations/{token}", { path: { token } }),
    enabled: kind === "invitation",
  });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<unknown>(null);
  // Somebody who is known already joins with the password they have: whoever invited knows the link too.
  const isKnown = invitation.data?.has_password === true;

  const accept = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    try {
      const session =
        kind === "invitation"
          ? await call("POST /invitations/accept", { body: { token, password, ...(isKnown ? {} : { name }) } })
          : await call("POST /password-resets/accept", { body: { token, password } });
      window.history.replaceState(null, "", "/");
      client.setQueryData(SESSION, await begin(session));
    } catch (error) {
      setProblem(error);
    }
  };

  if (kind === "invitation" && invitation.isPending) return <Skeleton />;
  return (
    <SplitPage>
      {invitation.error ? (
        <ProblemNotice problem={invitation.error} />
      ) : (
        <form className="col g20" onSubmit={accept}>
          <div>
            <h1>
              {kind === "invitation"
                ? t("Join {organization}", { organization: invitation.data?.organization ?? "" })
                : t("Set a new password")}
            </h1>
            {invitation.data && (
              <div className="t2 mt4">
                {t("as {role}, with {email}", { role: wordOfRole(invitation.data.role), email: invitation.data.email })}
              </div>
            )}
          </div>
          {problem !== null && <ProblemNotice problem={problem} />}
          {kind === "invitation" && !isKnown && (
            <Field label={t("Your name")}>
              <input
                className="input l"
                required
                autoComplete="name"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
          )}
          <Field
            label={t("Password")}
            hint={
              isKnown
                ? t("You have an account already: join with the password you use.")
                : t("At least {count} characters. A sentence is easiest to remember.", { count: LENGTH_MIN })
            }
          >
            <input
              className="input l"
              type="password"
              required
              minLength={isKnown ? undefined : LENGTH_MIN}
              autoComplete={isKnown ? "current-password" : "new-password"}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          <Button type="submit" look="primary" size="l">
            {kind === "invitation" ? t("Join") : t("Set the password")}
          </Button>
        </form>
      )}
    </SplitPage>
  );
}
