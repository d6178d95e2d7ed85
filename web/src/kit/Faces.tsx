/** The faces of what is fetched: grey lines while it comes, the remedy when it failed, and what was there before while it cannot be renewed. */
import type { ReactNode } from "react";
import { t, when } from "../i18n";
import { Button } from "./Button";
import { Notice } from "./Notice";
import { ProblemNotice } from "./ProblemNotice";
import { Skeleton } from "./Skeleton";

/** What of a query is looked at; react-query's result fits. */
interface Asked<Data> {
  data: Data | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}
interface FacesProps<Data> {
  query: Asked<Data>;
  lines?: number;
  children: (data: Data) => ReactNode;
}

export function Faces<Data>({ query, lines, children }: FacesProps<Data>) {
  const retry = (): void => void query.refetch();
  if (query.data === undefined) {
    return query.error ? (
      <ProblemNotice problem={query.error} onRetry={retry} />
    ) : (
      <div className="card">
        <Skeleton lines={lines} />
      </div>
    );
  }
  return (
    <>
      {query.error !== null && query.error !== undefined && <Stale since={query.dataUpdatedAt} onRetry={retry} />}
      {children(query.data)}
    </>
  );
}

/** The data stays in sight; only its age is said. */
function Stale({ since, onRetry }: { since: number; onRetry: () => void }) {
  return (
    <Notice
      tone="cau"
      action={
        <Button size="s" onClick={onRetry}>
          {t("Try now")}
        </Button>
      }
    >
      {t("What you see is from {time}. The server does not answer just now.", {
        time: when(new Date(since).toISOString()),
      })}
    </Notice>
  );
}
