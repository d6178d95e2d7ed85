/** Everything that was decided on one's own answers, and why, newest first. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import { useWalk } from "../../commands/useWalk";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { historyCommands } from "./commands";
import { FeedbackItem } from "./FeedbackItem";
import { OwnAnswers } from "./OwnAnswers";
import { TopNav } from "./TopNav";
import "./my-work.css";

const PAGE = 25;

export default function History() {
  const may = useMay();
  const work = useQuery({ queryKey: ["work"], queryFn: () => call("GET /work"), enabled: may("task.label") });
  const feedback = useInfiniteQuery({
    queryKey: ["feedback"],
    queryFn: ({ pageParam }) => call("GET /work/feedback", { query: { cursor: pageParam, limit: PAGE } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: may("task.label"),
  });
  const names = useMemo(
    () => new Map((work.data?.items ?? []).map(({ project }) => [project.id, project.name])),
    [work.data],
  );
  const items = feedback.data?.pages.flatMap((page) => page.items) ?? [];
  const walk = useWalk({ ids: items.map(({ id }) => id) });
  useCommands(historyCommands, {
    hasAny: items.length > 0,
    see: () => document.querySelector<HTMLElement>(`[data-walk="${walk.at ?? items[0]?.id}"]`)?.click(),
  });
  useEffect(() => {
    document.title = t("History · Evenhand");
  });
  return (
    <div className="solo">
      <TopNav />
      <main id="content" tabIndex={-1}>
        <div className="mywork">
          <h1>{t("History")}</h1>
          {feedback.isPending && may("task.label") ? (
            <div className="card">
              <Skeleton lines={6} />
            </div>
          ) : feedback.error && items.length === 0 ? (
            <ProblemNotice problem={feedback.error} onRetry={() => void feedback.refetch()} />
          ) : items.length === 0 ? (
            <div className="card">
              <Empty title={t("Nobody has judged an answer of yours yet")}>
                {t(
                  "What reviewers and adjudicators decide on your answers stands here, with the reason and their note.",
                )}
              </Empty>
            </div>
          ) : (
            <section className="card" aria-label={t("What was decided on your answers")}>
              <ul>
                {items.map((each) => (
                  <FeedbackItem key={each.id} feedback={each} project={names.get(each.project_id)} isWalked />
                ))}
              </ul>
              {feedback.hasNextPage && (
                <div className="p16">
                  <Button isBusy={feedback.isFetchingNextPage} onClick={() => void feedback.fetchNextPage()}>
                    {t("Show earlier ones")}
                  </Button>
                </div>
              )}
            </section>
          )}
          <OwnAnswers work={work.data?.items ?? []} />
        </div>
      </main>
    </div>
  );
}
