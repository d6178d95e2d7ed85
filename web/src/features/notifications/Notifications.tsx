/** What happened that this person may want to know: each leads to where it can be seen, and is read when it was opened. */
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBook2,
  IconCoins,
  IconFlag,
  IconGavel,
  IconHandStop,
  IconKey,
  IconMessage,
  IconPackageExport,
  IconScale,
  IconUserPlus,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { Notification } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";

type Kind = Notification["kind"];
const LOOKS: Record<Kind, { icon: TablerIcon; tone: string; words: (count: number) => string }> = {
  "task.reported": {
    icon: IconFlag,
    tone: "dan",
    words: (count) => t("{count, plural, one {A problem was reported} other {# problems were reported}}", { count }),
  },
  "task.commented": {
    icon: IconMessage,
    tone: "t2",
    words: (count) => t("{count, plural, one {Somebody commented on a task} other {# comments on a task}}", { count }),
  },
  "release.ready": { icon: IconPackageExport, tone: "pos", words: () => t("Your release is ready") },
  "release.failed": { icon: IconPackageExport, tone: "dan", words: () => t("Your release could not be written") },
  "guideline.changed": { icon: IconBook2, tone: "cau", words: () => t("The guidelines changed") },
  "guideline.discussed": {
    icon: IconMessage,
    tone: "t2",
    words: (count) =>
      t(
        "{count, plural, one {Something was said about the guidelines} other {# things were said about the guidelines}}",
        {
          count,
        },
      ),
  },
  "answer.sent-back": {
    icon: IconArrowBackUp,
    tone: "cau",
    words: () => t("Your answer came back: it is the next you are dealt"),
  },
  "answer.decided": { icon: IconGavel, tone: "t2", words: () => t("Something else was decided than you answered") },
  "offer.changed": { icon: IconCoins, tone: "cau", words: () => t("A project offers other terms for its next tasks") },
  "answer.rejected": { icon: IconGavel, tone: "dan", words: () => t("An answer of yours was rejected") },
  "project.removed": { icon: IconGavel, tone: "dan", words: () => t("You were removed from a project") },
  "appeal.filed": { icon: IconScale, tone: "cau", words: () => t("Somebody appeals: it waits for your answer") },
  "appeal.decided": { icon: IconScale, tone: "t2", words: () => t("An appeal was answered") },
  "hold.opened": {
    icon: IconHandStop,
    tone: "dan",
    words: (count) =>
      t(
        "{count, plural, one {Control of somebody you rely on changed: work is on hold} other {Control changed # times: work is on hold}}",
        { count },
      ),
  },
  "silence.began": {
    icon: IconAlertTriangle,
    tone: "cau",
    words: (count) =>
      t(
        "{count, plural, one {Somebody who works for you owes a statement of who owns it} other {# statements of owners are overdue}}",
        { count },
      ),
  },
  "breakglass.opened": {
    icon: IconKey,
    tone: "dan",
    words: (count) =>
      t("{count, plural, one {The operator was let in to your data} other {The operator was let in # times}}", {
        count,
      }),
  },
  "member.joined": {
    icon: IconUserPlus,
    tone: "t2",
    words: (count) =>
      t("{count, plural, one {Somebody joined by an invitation} other {# people joined by their invitations}}", {
        count,
      }),
  },
};

export default function Notifications() {
  const client = useQueryClient();
  const notifications = useInfiniteQuery({
    queryKey: ["notifications"],
    queryFn: ({ pageParam }) => call("GET /notifications", { query: { cursor: pageParam, limit: 50 } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = notifications.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = notifications.data?.pages[0]?.unread ?? 0;
  useWalk({ ids: items.map(({ id }) => id) });
  const read = useMutation({
    mutationFn: (ids: string[] | null) => call("POST /notifications/read", { body: { ids } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["notifications"] });
      void client.invalidateQueries({ queryKey: ["unread"] });
    },
  });
  return (
    <>
      <Crumbs trail={[]} here={t("Notifications")}>
        {unread > 0 && (
          <Button isBusy={read.isPending} onClick={() => read.mutate(null)}>
            {t("Mark all as read")}
          </Button>
        )}
      </Crumbs>
      <div className="page">
        {read.error && <ProblemNotice problem={read.error} />}
        <Faces query={notifications}>
          {() => (
            <div className="card clip narrow">
              {items.length === 0 ? (
                <Empty title={t("Nothing new")}>
                  {t("Reports, comments, changed guidelines, finished releases and people who join are told here.")}
                </Empty>
              ) : (
                <ul>
                  {items.map((each) => (
                    <One
                      notification={each}
                      key={each.id}
                      onRead={() => each.read_at === null && read.mutate([each.id])}
                    />
                  ))}
                </ul>
              )}
              {notifications.hasNextPage && (
                <div className="p12 rule">
                  <Button
                    look="quiet"
                    isBusy={notifications.isFetchingNextPage}
                    onClick={() => void notifications.fetchNextPage()}
                  >
                    {t("Show earlier ones")}
                  </Button>
                </div>
              )}
            </div>
          )}
        </Faces>
      </div>
    </>
  );
}

function One({ notification, onRead }: { notification: Notification; onRead: () => void }) {
  const { kind, quantity, at, read_at, project_id } = notification;
  const { icon: Icon, tone, words } = LOOKS[kind];
  const isNew = read_at === null;
  const project = useQuery({
    queryKey: ["project", project_id],
    queryFn: () => call("GET /projects/{project}", { path: { project: project_id ?? "" } }),
    enabled: project_id !== null,
    staleTime: 300_000,
  });
  const place = usePlace(notification);
  return (
    <li className="row top g12 rule first" style={{ padding: "12px 16px" }}>
      <Icon size={16} stroke={1.75} aria-hidden="true" className={tone} style={{ marginTop: 2 }} />
      <div className="grow">
        {place ? (
          <Link {...place} className={isNew ? "rowlink bb" : "rowlink"} data-walk={notification.id} onClick={onRead}>
            {words(quantity)}
          </Link>
        ) : (
          <span className={isNew ? "bb" : ""} data-walk={notification.id} tabIndex={-1}>
            {words(quantity)}
          </span>
        )}
        {project.data && <div className="small t2">{project.data.name}</div>}
      </div>
      {isNew && <span className="small acc b">{t("new")}</span>}
      <span className="small t3 nowrap">{when(at)}</span>
    </li>
  );
}

/** Where what happened can be seen by this person; null where that is nowhere. */
function usePlace({ kind, project_id: project, subject_id: subject }: Notification) {
  const may = useMay();
  if (kind === "hold.opened" || kind === "silence.began") return may("audit.read") ? ({ to: "/holds" } as const) : null;
  if (kind === "breakglass.opened") return may("audit.read") ? ({ to: "/trust" } as const) : null;
  if (kind === "member.joined") return may("people.read") ? ({ to: "/people" } as const) : null;
  if (kind === "appeal.filed") return may("task.manage") ? ({ to: "/appeals" } as const) : null;
  if (kind === "appeal.decided" && may("task.manage")) return { to: "/appeals" } as const;
  if (kind === "offer.changed" || kind === "answer.rejected" || kind === "project.removed" || kind === "appeal.decided")
    return may("task.label") ? ({ to: "/" } as const) : null;
  if (!project) return null;
  const params = { project };
  if ((kind === "task.reported" || kind === "task.commented") && may("task.read")) {
    return {
      to: "/projects/$project/tasks",
      params,
      search: { id: subject ?? undefined, task: subject ?? undefined },
    } as const;
  }
  if (kind === "release.ready" || kind === "release.failed")
    return { to: "/projects/$project/releases", params } as const;
  if (kind === "guideline.discussed" || (kind === "guideline.changed" && may("project.read")))
    return { to: "/projects/$project/guidelines", params } as const;
  return may("task.label") ? ({ to: "/projects/$project/label", params } as const) : null;
}
