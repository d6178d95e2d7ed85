/** Who may come in: the sign-in for strangers, the links of invitations and resets, the application for everybody else. */
import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { hasLeft, readSession, SESSION } from "../api/session";
import { setRemapped } from "../commands/scopes";
import { languageShown, onLanguage } from "../i18n";
import { ProblemNotice } from "../kit/ProblemNotice";
import { Skeleton } from "../kit/Skeleton";
import { Toasts } from "../kit/Toasts";
import { router } from "./router";

const SignIn = lazy(() => import("../features/sign-in/SignIn"));
const Accept = lazy(() => import("../features/sign-in/Accept"));
const PublicLog = lazy(() => import("../features/log/PublicLog"));

/** A link of an invitation or of a password reset: /invitation#TOKEN, /reset#TOKEN. What stands behind # is sent nowhere. */
function linkOf({ pathname, hash }: Location): { kind: "invitation" | "reset"; token: string } | null {
  const token = hash.slice(1);
  if (!token) return null;
  if (pathname === "/invitation") return { kind: "invitation", token };
  return pathname === "/reset" ? { kind: "reset", token } : null;
}

export function Gate() {
  const [link, setLink] = useState(() => linkOf(window.location));
  const wasInside = useRef(false);
  const session = useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: Number.POSITIVE_INFINITY });
  const keys = session.data?.preferences.keys;
  useEffect(() => setRemapped(keys), [keys]);
  const language = useSyncExternalStore(onLanguage, languageShown);
  if (session.data) wasInside.current = true;
  const leaveLink = (): void => {
    window.history.replaceState(null, "", "/");
    setLink(null);
    void router.navigate({ to: "/", replace: true });
  };

  if (session.isPending) return <Skeleton />;
  // What everybody may read is read without asking who they are.
  if (window.location.pathname === "/log") {
    return (
      <Suspense fallback={<Skeleton />}>
        <PublicLog />
        <Toasts />
      </Suspense>
    );
  }
  if (session.error && session.data === undefined) {
    return (
      <div className="p20">
        <ProblemNotice problem={session.error} onRetry={() => session.refetch()} />
      </div>
    );
  }
  return (
    <Suspense fallback={<Skeleton />}>
      {link ? (
        <Accept {...link} onLeave={leaveLink} />
      ) : session.data ? (
        <RouterProvider router={router} key={language} />
      ) : (
        <SignIn hasEnded={wasInside.current && !hasLeft()} />
      )}
      <Toasts />
    </Suspense>
  );
}
