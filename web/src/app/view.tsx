/** The view of an address, fetched when it is first opened. Where the server does not answer, that is said in its place. */
import { lazyRouteComponent } from "@tanstack/react-router";
import { type ComponentType, useCallback, useEffect, useState } from "react";
import { Offline } from "../api/problem";
import { ProblemNotice } from "../kit/ProblemNotice";

type Load = () => Promise<{ default: ComponentType }>;

export function view(load: Load) {
  return lazyRouteComponent(() =>
    load().catch(async (error: unknown) => {
      // The server is there, and that file is not: it serves a newer interface, for which the router loads the page anew.
      if (await answers()) throw error;
      return { default: () => <Unreached load={load} /> };
    }),
  );
}

/** Stands for a view until it can be fetched: at once when the connection is back, and when a person asks for it. */
function Unreached({ load }: { load: Load }) {
  const [View, setView] = useState<ComponentType | null>(null);
  const attempt = useCallback((): void => {
    load().then(
      (loaded) => setView(() => loaded.default),
      () => undefined,
    );
  }, [load]);
  useEffect(() => {
    attempt();
    window.addEventListener("online", attempt);
    return () => window.removeEventListener("online", attempt);
  }, [attempt]);
  if (View) return <View />;
  return (
    <div className="page">
      <ProblemNotice problem={new Offline()} onRetry={attempt} />
    </div>
  );
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).status < 500;
  } catch {
    return false;
  }
}
