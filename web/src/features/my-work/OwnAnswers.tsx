/** One's own answers in a project, newest first, each with the way to its task; also where nobody tells what was decided. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Work } from "../../api/contract";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { SeeTask } from "./SeeTask";

const PAGE = 20;

export function OwnAnswers({ work }: { work: readonly Work[] }) {
  const answered = work.filter(({ done_by_me }) => done_by_me > 0).map(({ project }) => project);
  const [chosen, choose] = useState<string | null>(null);
  const project = chosen ?? answered[0]?.id ?? "";
  const answers = useInfiniteQuery({
    queryKey: ["my-answers", project],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/my-answers", { path: { project }, query: { cursor: pageParam, limit: PAGE } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: project !== "",
  });
  if (answered.length === 0) return null;
  const items = answers.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card" aria-label={t("Your answers")}>
      <header>
        <h2 className="h3 grow">{t("Your answers")}</h2>
        <select
          className="input s"
          aria-label={t("Project")}
          value={project}
          onChange={({ target }) => choose(target.value)}
        >
          {answered.map(({ id, name }) => (
            <option value={id} key={id}>
              {name}
            </option>
          ))}
        </select>
      </header>
      {answers.isPending ? (
        <Skeleton lines={4} />
      ) : answers.error && items.length === 0 ? (
        <ProblemNotice problem={answers.error} onRetry={() => void answers.refetch()} />
      ) : (
        <ul>
          {items.map(({ task_id: task, summary, submitted_at: at, version }) => (
            <li className="own row between g12" key={task}>
              <span className="cut grow" dir="auto">
                {summary || t("Sent without an answer.")}
              </span>
              <span className="small t3 nowrap num">
                {when(at)}
                {version > 1 && ` · ${t("version {version}", { version })}`}
              </span>
              <SeeTask project={project} task={task} />
            </li>
          ))}
        </ul>
      )}
      {answers.hasNextPage && (
        <div className="p16">
          <Button isBusy={answers.isFetchingNextPage} onClick={() => void answers.fetchNextPage()}>
            {t("Show earlier ones")}
          </Button>
        </div>
      )}
    </section>
  );
}
