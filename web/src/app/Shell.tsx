/** Navigation and content, for everything but the workspace. */
import {
  IconAlertTriangle,
  IconBell,
  IconBook2,
  IconDoorEnter,
  IconEyeCheck,
  IconFolder,
  IconGauge,
  IconGavel,
  IconHandStop,
  IconKeyboard,
  IconLayoutDashboard,
  IconListCheck,
  IconListDetails,
  IconPencil,
  IconScale,
  IconSearch,
  IconSettings,
  IconShieldCheck,
  IconTargetArrow,
  IconUsers,
  IconVersions,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { call } from "../api/client";
import { useOnHold } from "../api/on-hold";
import { useMay, useSession } from "../api/session";
import { chordFor } from "../commands/scopes";
import { number, t } from "../i18n";
import { Keys } from "../kit/Keys";
import { Mark } from "../kit/Mark";
import { AccountMenu } from "./AccountMenu";
import { useUnread } from "./Bell";
import { openPalette, showKeys } from "./everywhere";
import { useRoot } from "./root-context";
import { VisitorBanner } from "./VisitorBanner";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

function Item({
  to,
  icon,
  word,
  count,
  exact,
}: {
  to: string;
  icon: ReactNode;
  word: string;
  count?: ReactNode;
  exact?: boolean;
}) {
  return (
    <Link
      to={to}
      title={word}
      activeOptions={{ exact: exact ?? false, includeSearch: false }}
      activeProps={{ className: "on", "aria-current": "page" }}
    >
      {icon}
      <span className="word">{word}</span>
      {count !== undefined && <span className="n">{count}</span>}
    </Link>
  );
}

function ProjectItems({ id }: { id: string }) {
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const may = useMay();
  const isVisitor = useSession().role === "visitor";
  const base = `/projects/${id}`;
  const { counts, name, guideline_version: guideline } = project.data ?? {};
  return (
    <>
      <div className="head over cut">{name ?? " "}</div>
      <Item to={base} exact icon={<IconLayoutDashboard {...ICON} />} word={t("Overview")} />
      {may("task.read") && (
        <Item
          to={`${base}/tasks`}
          icon={<IconListCheck {...ICON} />}
          word={t("Tasks")}
          count={counts && number(counts.tasks)}
        />
      )}
      {may("task.review") && (
        <>
          <Item
            to={`${base}/review`}
            icon={<IconEyeCheck {...ICON} />}
            word={t("Review")}
            count={counts && counts.in_review > 0 ? number(counts.in_review) : undefined}
          />
          <Item
            to={`${base}/adjudicate`}
            icon={<IconScale {...ICON} />}
            word={t("Adjudicate")}
            count={counts && counts.in_adjudication > 0 ? number(counts.in_adjudication) : undefined}
          />
        </>
      )}
      {may("quality.read") && <Item to={`${base}/quality`} icon={<IconGauge {...ICON} />} word={t("Quality")} />}
      {may("task.manage") && (
        <Item to={`${base}/gold`} icon={<IconTargetArrow {...ICON} />} word={t("Gold and exam")} />
      )}
      {!isVisitor && (
        <Item
          to={`${base}/guidelines`}
          icon={<IconBook2 {...ICON} />}
          word={t("Guidelines")}
          count={guideline ? `v${guideline}` : undefined}
        />
      )}
      {may("release.read") && <Item to={`${base}/releases`} icon={<IconVersions {...ICON} />} word={t("Releases")} />}
      {may("project.write") && (
        <Item to={`${base}/questions`} icon={<IconListDetails {...ICON} />} word={t("Questions")} />
      )}
      {may("project.write") && <Item to={`${base}/set-up`} icon={<IconSettings {...ICON} />} word={t("Set-up")} />}
    </>
  );
}

/** Whether this is one of the operator's people who may ask to see a customer's data. */
function useIsOperator(): boolean {
  const may = useMay();
  const organization = useQuery({
    queryKey: ["organization"],
    queryFn: () => call("GET /organization"),
    enabled: may("people.write"),
    staleTime: 300_000,
  });
  return may("people.write") && organization.data?.kind === "operator";
}

export function Shell() {
  const session = useSession();
  const may = useMay();
  const { isFolded, showPalette, showSheet } = useRoot();
  const { project } = useParams({ strict: false });
  const unread = useUnread();
  const isHeld = useOnHold();
  const isVisitor = session.role === "visitor";
  const isOperator = useIsOperator();
  return (
    <div className={isFolded ? "shell folded" : "shell"}>
      <a className="skip-link btn" href="#content">
        {t("Skip to the content")}
      </a>
      <nav className="nav" aria-label={t("Main")}>
        <Link
          to="/"
          className="brand"
          style={{ padding: "2px 8px 14px", minHeight: 38 }}
          aria-label={t("Evenhand, home")}
        >
          <Mark />
          <span className="word">Evenhand</span>
        </Link>
        <div className="list">
          <button type="button" className="item" onClick={showPalette} title={t("Search")}>
            <IconSearch {...ICON} />
            <span className="word">{t("Search")}</span>
            <span className="n">
              <Keys chord={chordFor(openPalette as never)} />
            </span>
          </button>
          {may("task.label") && <Item to="/" exact icon={<IconPencil {...ICON} />} word={t("My work")} />}
          {may("project.read") && <Item to="/projects" exact icon={<IconFolder {...ICON} />} word={t("Projects")} />}
          {may("task.manage") && <Item to="/appeals" icon={<IconGavel {...ICON} />} word={t("Appeals")} />}
          {may("people.read") && <Item to="/people" icon={<IconUsers {...ICON} />} word={t("People")} />}
          {may("audit.read") && <Item to="/trust" icon={<IconShieldCheck {...ICON} />} word={t("Trust centre")} />}
          {isOperator && <Item to="/operator" icon={<IconDoorEnter {...ICON} />} word={t("Let in")} />}
          {may("audit.read") && (
            <Item
              to="/holds"
              icon={<IconHandStop {...ICON} />}
              word={t("Change of control")}
              count={
                isHeld ? (
                  <IconAlertTriangle {...ICON} className="dan" aria-hidden={false} aria-label={t("on hold")} />
                ) : undefined
              }
            />
          )}
          {!isVisitor && (
            <Item
              to="/notifications"
              icon={<IconBell {...ICON} />}
              word={t("Notifications")}
              count={unread > 0 ? <span className="acc bb">{number(unread)}</span> : undefined}
            />
          )}
          {!isVisitor && <Item to="/settings" icon={<IconSettings {...ICON} />} word={t("Settings")} />}
          {project && may("project.read") && <ProjectItems id={project} />}
        </div>
        <button type="button" className="item" onClick={showSheet} title={t("Keyboard map")}>
          <IconKeyboard {...ICON} />
          <span className="word">{t("Keyboard map")}</span>
          <span className="n">
            <Keys chord={chordFor(showKeys as never)} />
          </span>
        </button>
        <AccountMenu session={session} isUp withName />
      </nav>
      <main className="main" id="content" tabIndex={-1}>
        {isVisitor && <VisitorBanner />}
        <Outlet />
      </main>
    </div>
  );
}
