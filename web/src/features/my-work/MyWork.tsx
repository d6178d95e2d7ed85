/** My work: the projects that wait for this person, and their own answers. */
import { IconCircleCheck, IconCloudOff, IconInfoCircle, IconKeyboard } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { call } from "../../api/client";
import type { Work } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { AccountMenu } from "../../app/AccountMenu";
import { Bell } from "../../app/Bell";
import { useRoot } from "../../app/root-context";
import { useCommands } from "../../commands/scopes";
import { useWalk } from "../../commands/useWalk";
import { t, today } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { IconButton } from "../../kit/IconButton";
import { Mark } from "../../kit/Mark";
import { Notice } from "../../kit/Notice";
import { deskOf } from "../annotate/outboxes";
import { useOnline } from "../annotate/useOnline";
import { myWorkCommands } from "./commands";
import { ExamsCard } from "./ExamsCard";
import { OfferRow } from "./OfferRow";
import { offersOf, placeOf } from "./offers";
import "./my-work.css";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const NONE: Work[] = [];

/** Whether what was answered has left this device. */
function Wire() {
  const session = useSession();
  const online = useOnline();
  const { outbox } = deskOf(session);
  const waiting = useSyncExternalStore(outbox.subscribe, () => outbox.snapshot().waiting.length);
  const isWell = online && waiting === 0;
  return (
    <span className={isWell ? "state pos" : "state cau"} role="status">
      {online ? (
        <IconCircleCheck size={14} stroke={1.75} aria-hidden="true" />
      ) : (
        <IconCloudOff size={14} stroke={1.75} aria-hidden="true" />
      )}
      {waiting > 0
        ? t("{count, plural, one {# answer waits} other {# answers wait}} on this device", { count: waiting })
        : online
          ? t("Online, everything sent")
          : t("Offline")}
    </span>
  );
}

export default function MyWork() {
  const session = useSession();
  const may = useMay();
  const navigate = useNavigate();
  const { showSheet } = useRoot();
  const work = useQuery({
    queryKey: ["work"],
    queryFn: () => call("GET /work"),
    enabled: may("task.label"),
    refetchInterval: 60_000,
  });
  const items = work.data?.items ?? NONE;
  const offers = useMemo(() => offersOf(items), [items]);
  const changed = items.filter((each) => each.state === "consent-needed" && each.done_by_me > 0);
  useWalk({ ids: offers.map(({ id }) => id) });
  useCommands(myWorkCommands, {
    start: (index) => {
      const chosen = offers[index];
      if (chosen) void navigate({ to: placeOf(chosen), params: { project: chosen.work.project.id } });
    },
  });
  useEffect(() => {
    document.title = t("My work · Evenhand");
    if (!may("task.label")) void navigate({ to: "/projects", replace: true });
  });

  return (
    <div className="solo">
      <a className="skip-link btn" href="#content">
        {t("Skip to the content")}
      </a>
      <header className="topnav">
        <Link to="/" className="brand" aria-label={t("Evenhand, home")}>
          <Mark />
          <span className="word">Evenhand</span>
        </Link>
        <nav aria-label={t("Main")}>
          <Link to="/" className="on" aria-current="page">
            {t("My work")}
          </Link>
          {may("project.read") && <Link to="/projects">{t("Projects")}</Link>}
          <Link to="/settings">{t("Settings")}</Link>
        </nav>
        <span className="grow" />
        <Wire />
        <span className="sep" />
        <Bell />
        <IconButton name={t("Keyboard map")} chord="?" onClick={showSheet}>
          <IconKeyboard {...ICON} />
        </IconButton>
        <AccountMenu session={session} />
      </header>
      <main id="content" tabIndex={-1}>
        <div className="mywork">
          <div className="row between wrap g8">
            <h1>{t("My work")}</h1>
            <span className="t2">{today()}</span>
          </div>
          {changed.map((each) => (
            <Notice
              key={each.project.id}
              tone="cau"
              action={
                <Link className="btn" to="/projects/$project/label" params={{ project: each.project.id }}>
                  {t("Read what changed")}
                </Link>
              }
            >
              <span className="b">
                {t("The guidelines of “{project}” changed to v{version}.", {
                  project: each.project.name,
                  version: each.guideline_version,
                })}
              </span>{" "}
              {t("Read them before your next task there.")}
            </Notice>
          ))}
          <Faces query={work}>
            {() =>
              offers.length === 0 ? (
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
                <div className="card clip">
                  <ul className="offers">
                    {offers.map((each, index) => (
                      <OfferRow offer={each} index={index} key={each.id} />
                    ))}
                  </ul>
                  <p className="row g8 small t3 rule kept">
                    <IconInfoCircle size={16} stroke={1.75} aria-hidden="true" />
                    {t(
                      "A task is held for you while you answer it. What you have not sent is kept as a draft, here and on the server.",
                    )}
                  </p>
                </div>
              )
            }
          </Faces>
          {may("task.label") && <ExamsCard />}
        </div>
      </main>
    </div>
  );
}
