/** What stands there while there is no task: why, when there will be one, and one thing to do. */
import { Link } from "@tanstack/react-router";
import type { Id } from "../../api/contract";
import { Offline, Problem } from "../../api/problem";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { Consent } from "./Consent";
import type { OutboxState } from "./outbox";
import type { SittingState } from "./sitting";
import { useTick } from "./useSitting";

interface FaceProps {
  project: Id;
  state: SittingState;
  post: OutboxState;
  onRetry: () => void;
  /** Why nothing waits, where it is not tasks to be answered that are waited for. */
  none?: string;
}

export function Face({ project, state, post, onRetry, none }: FaceProps) {
  return (
    <main className="wface" id="material" tabIndex={-1} aria-label={t("Material")}>
      <Reason project={project} state={state} post={post} onRetry={onRetry} none={none} />
    </main>
  );
}

function Reason({ project, state, post, onRetry, none }: FaceProps) {
  const { status, problem, answered, guidelineVersion } = state;
  const home = (
    <Link className="btn" to="/">
      {t("Back to my work")}
    </Link>
  );
  if (post.isOffline || problem instanceof Offline) return <OfflineFace state={state} post={post} onRetry={onRetry} />;
  if (status === "failed") {
    const isWall = problem instanceof Problem && ["walled", "not-a-member", "skill-missing"].includes(problem.code);
    return (
      <div className="empty">
        <ProblemNotice problem={problem} onRetry={isWall ? undefined : onRetry} />
        {home}
      </div>
    );
  }
  if (status === "consent-needed") {
    return <Consent project={project} version={guidelineVersion} onDone={onRetry} />;
  }
  if (status === "paused") {
    return (
      <Empty title={t("Paused by its manager")} action={home}>
        <p>{t("Work goes on when the project is resumed. Your drafts are kept, and this page sees it by itself.")}</p>
        <AskedAgain state={state} />
      </Empty>
    );
  }
  if (status === "empty" || status === "enough-held") {
    return (
      <Empty title={t("Nothing waits for you here")} action={home}>
        <p>
          {none ??
            (answered > 0
              ? t(
                  "You answered {count, plural, one {# task} other {# tasks}} in this sitting. New tasks appear here by themselves.",
                  {
                    count: answered,
                  },
                )
              : t("Every task is answered or with somebody else. New ones appear here by themselves."))}
        </p>
        <AskedAgain state={state} />
      </Empty>
    );
  }
  return <Skeleton lines={8} />;
}

/** When the server is asked the next time, as it said. */
function AskedAgain({ state: { retryAt } }: { state: SittingState }) {
  const now = useTick();
  if (retryAt === null) return null;
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return <p className="small t3 num">{t("Asked again in {seconds} s", { seconds: number(seconds) })}</p>;
}

function OfflineFace({ state, post, onRetry }: Omit<FaceProps, "project">) {
  const { waiting } = post;
  return (
    <Empty title={t("Check the connection")} action={<Button onClick={onRetry}>{t("Try now")}</Button>}>
      <p>
        {waiting.length > 0
          ? t(
              "{count, plural, one {# answer waits on this device and is} other {# answers wait on this device and are}} sent when the server answers again. You can close this tab.",
              {
                count: waiting.length,
              },
            )
          : t("The server did not answer. Tasks come when it does.")}
      </p>
      <AskedAgain state={state} />
    </Empty>
  );
}
