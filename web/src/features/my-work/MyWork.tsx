/** My work: the projects that wait for this person, and their own answers. */
import { IconBell, IconCircleCheck, IconCloudOff, IconKeyboard } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { call } from "../../api/client";
import type { Work } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { AccountMenu } from "../../app/AccountMenu";
import { useRoot } from "../../app/root-context";
import { defineCommand } from "../../commands/command";
import { useCommands } from "../../commands/scopes";
import { day, number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { IconButton } from "../../kit/IconButton";
import { Keys } from "../../kit/Keys";
import { Mark } from "../../kit/Mark";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { useOnline } from "../annotate/useOnline";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const startProject = defineCommand<{ start: (index: number) => void }>({
  id: "my-work.start",
  title: () => t("Start a project"),
  context: "list",
  keys: ["Enter", "2", "3", "4", "5", "6", "7", "8", "9"],
  range: "projects",
  run: ({ start }, chord) => start(chord === "Enter" ? 0 : Number(chord) - 1),
});
const commands = [startProject];

function stateOf(work: Work): string {
  if (work.state === "paused") return t("Paused by its manager");
  if (work.state === "consent-needed") return t("Read the guideline first");
  if (work.state === "empty" && work.open === 0) return t("Nothing waits for you here");
  return t("{count, plural, one {# task waits} other {# tasks wait}}", { count: work.open });
}

function Row({ work, index }: { work: Work; index: number }) {
  const isReady = work.state === "ready" || work.held > 0 || work.state === "consent-needed";
  return (
    <div className="row g16 rule" style={{ padding: "14px 20px", minHeight: 68 }}>
      <div className="grow">
        <div className="row g8">
          <span className={index === 0 ? "bb" : "b"} style={index === 0 ? { fontSize: 15 } : undefined}>
            {work.project.name}
          </span>
          {work.project.preset && (
            <span className="chip flat">{work.project.preset.replace(/\/\d+$/, "").replaceAll("-", " ")}</span>
          )}
        </div>
        <div className="small t2 mt4">
          {stateOf(work)}
          {work.due_at && ` · ${t("due {day}", { day: day(work.due_at) })}`}
        </div>
      </div>
      <div className="num" style={{ width: 150 }}>
        <span className="bb">{number(work.done_by_me)}</span> <span className="t2">{t("answered by you")}</span>
        {work.held > 0 && <div className="small t3">{t("{count} held for you", { count: work.held })}</div>}
      </div>
      <div style={{ width: 116, textAlign: "end" }}>
        {isReady ? (
          <Link
            className={index === 0 ? "btn primary l" : "btn"}
            to="/projects/$project/label"
            params={{ project: work.project.id }}
          >
            {work.done_by_me > 0 || work.held > 0 ? t("Go on") : t("Start")}
            <Keys chord={index === 0 ? "Enter" : index < 9 ? String(index + 1) : undefined} />
          </Link>
        ) : (
          <span className="small t3">{work.state === "paused" ? t("Wait for its manager") : t("Come back later")}</span>
        )}
      </div>
    </div>
  );
}

export default function MyWork() {
  const session = useSession();
  const may = useMay();
  const navigate = useNavigate();
  const { showSheet } = useRoot();
  const online = useOnline();
  const work = useQuery({
    queryKey: ["work"],
    queryFn: () => call("GET /work"),
    enabled: may("task.label"),
    refetchInterval: 30_000,
  });
  const items = useMemo(() => {
    const rank = (each: Work): number =>
      each.held > 0 ? 0 : each.state === "ready" ? 1 : each.state === "consent-needed" ? 2 : 3;
    return [...(work.data?.items ?? [])].sort((a, b) => rank(a) - rank(b));
  }, [work.data]);
  useCommands(commands, {
    start: (index) => {
      const chosen = items[index];
      if (chosen) void navigate({ to: "/projects/$project/label", params: { project: chosen.project.id } });
    },
  });
  useEffect(() => {
    document.title = t("My work · Evenhand");
    if (!may("task.label")) void navigate({ to: "/projects", replace: true });
  });

  return (
    <div className="solo">
      <header className="topnav">
        <Link to="/" className="brand" aria-label={t("Evenhand, home")}>
          <Mark />
          Evenhand
        </Link>
        <nav aria-label={t("Main")}>
          <Link to="/" className="on" aria-current="page">
            {t("My work")}
          </Link>
          {may("project.read") && <Link to="/projects">{t("Projects")}</Link>}
          <Link to="/settings">{t("Settings")}</Link>
        </nav>
        <span className="grow" />
        <span className={online ? "state pos" : "state cau"}>
          {online ? (
            <IconCircleCheck size={14} stroke={1.75} aria-hidden />
          ) : (
            <IconCloudOff size={14} stroke={1.75} aria-hidden />
          )}
          {online ? t("Online") : t("Offline")}
        </span>
        <span className="sep" />
        <Link
          className="btn icon s quiet"
          to="/notifications"
          aria-label={t("Notifications")}
          title={t("Notifications")}
        >
          <IconBell {...ICON} />
        </Link>
        <IconButton name={t("Keyboard map")} chord="?" onClick={showSheet}>
          <IconKeyboard {...ICON} />
        </IconButton>
        <AccountMenu session={session} />
      </header>
      <main>
        <div style={{ maxWidth: 980, margin: "0 auto" }} className="col g16">
          <div className="row between">
            <h1>{t("My work")}</h1>
            <span className="t2">
              {new Date().toLocaleDateString(document.documentElement.lang, {
                weekday: "long",
                day: "numeric",
                month: "long",
              })}
            </span>
          </div>
          {work.isPending && may("task.label") ? (
            <div className="card">
              <Skeleton />
            </div>
          ) : work.error ? (
            <ProblemNotice problem={work.error} onRetry={() => work.refetch()} />
          ) : items.length === 0 ? (
            <div className="card">
              <Empty
                title={t("Nothing waits for you")}
                action={
                  may("project.create") && (
                    <Link className="btn primary" to="/projects/new">
                      {t("Make a project from a file")}
                    </Link>
                  )
                }
              >
                {t("When a manager opens a project to you, it stands here. You need not reload this page.")}
              </Empty>
            </div>
          ) : (
            <div className="card" style={{ overflow: "hidden" }}>
              {items.map((each, index) => (
                <Row work={each} index={index} key={each.project.id} />
              ))}
            </div>
          )}
        </div>
      </main>
    </div>
  );
}
