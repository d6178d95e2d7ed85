/** What happened that this person may want to know: releases that are ready, tasks that were reported. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { Notice as Notification } from "../../api/contract";
import { Crumbs } from "../../app/Crumbs";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";

function wordsOf(each: Notification): string {
  if (each.kind === "release.ready") return t("A release is ready.");
  if (each.kind === "release.failed") return t("A release could not be written.");
  if (each.kind === "task.reported") return t("A task was reported.");
  return each.kind ?? "";
}

export default function Notifications() {
  const client = useQueryClient();
  const notices = useQuery({ queryKey: ["notifications"], queryFn: () => call("GET /notifications") });
  const items = notices.data?.items ?? [];
  const first = items[0];
  const read = useMutation({
    mutationFn: (upTo: string) => call("POST /notifications/read", { body: { up_to: upTo } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notifications"] }),
  });
  return (
    <>
      <Crumbs trail={[]} here={t("Notifications")}>
        {first && items.some((each) => !each.read_at) && (
          <Button onClick={() => read.mutate(first.id)}>{t("Mark all as read")}</Button>
        )}
      </Crumbs>
      <div className="page">
        {notices.isPending ? (
          <Skeleton />
        ) : notices.error ? (
          <ProblemNotice problem={notices.error} onRetry={() => notices.refetch()} />
        ) : items.length === 0 ? (
          <div className="card">
            <Empty title={t("Nothing new")}>{t("Finished releases and reported tasks are told here.")}</Empty>
          </div>
        ) : (
          <div className="card narrow">
            {items.map((each) => (
              <div className="row between p16 rule" key={each.id}>
                <span className={each.read_at ? "t2" : "b"}>
                  {wordsOf(each)}{" "}
                  {each.project_id && (
                    <Link to="/projects/$project" params={{ project: each.project_id }}>
                      {t("Open the project")}
                    </Link>
                  )}
                </span>
                <span className="small t3">{each.at && when(each.at)}</span>
              </div>
            ))}
          </div>
        )}
      </div>
    </>
  );
}
