/** Who may come in: the sign-in for strangers, the links of invitations and resets, the application for everybody else. */
import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { readSession, SESSION } from "../api/session";
import { setRemapped } from "../commands/scopes";
import { ProblemNotice } from "../kit/ProblemNotice";
import { Skeleton } from "../kit/Skeleton";
import { Toasts } from "../kit/Toasts";
import { router } from "./router";

const SignIn = lazy(() => import("../features/sign-in/SignIn"));
const Accept = lazy(() => import("../features/sign-in/Accept"));

/** A link of an invitation or of a password reset: /invitations/TOKEN, /password-resets/TOKEN, or ?token= on either. */
function linkOf(location: Location): { kind: "invitation" | "reset"; token: string } | null {
  const [, place, inPath] =
    /^\/(invitations?|invite|password-resets?|reset)(?:\/([^/?#]+))?\/?$/.exec(location.pathname) ?? [];
  const token = inPath ?? new URLSearchParams(location.search).get("token") ?? location.hash.replace(/^#(token=)?/, "");
  if (!place || !token) return null;
  return { kind: place.startsWith("inv") ? "invitation" : "reset", token: decodeURIComponent(token) };
}

export function Gate() {
  const session = useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: Number.POSITIVE_INFINITY });
  const keys = session.data?.preferences.keys;
  useEffect(() => setRemapped(keys), [keys]);
  const link = linkOf(window.location);

  if (session.isPending) return <Skeleton />;
  if (session.error) {
    return (
      <div className="p20">
        <ProblemNotice problem={session.error} onRetry={() => session.refetch()} />
      </div>
    );
  }
  return (
    <Suspense fallback={<Skeleton />}>
      {link ? <Accept {...link} /> : session.data ? <RouterProvider router={router} /> : <SignIn />}
      <Toasts />
    </Suspense>
  );
}
