/** All projects of the organization, newest first, with how far each is. */
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Project, ProjectState } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { day, number, percent, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";

type Shown = "live" | "archived" | "trashed";
const STATES: Record<Shown, ProjectState[]> = {
  live: ["active", "paused"],
  archived: ["archived"],
  trashed: ["trashed"],
};

export default function Projects() {
  const may = useMay();
  const [shown, setShown] = useState<Shown>("live");
  const projects = useQuery({
    queryKey: ["projects", shown],
    queryFn: async () => {
      const pages = await Promise.all(
        STATES[shown].map((state) => call("GET /projects", { query: { state, limit: 500 } })),
      );
      return pages.flatMap((page) => page.items).sort((a, b) => b.created_at.localeCompare(a.created_at));
    },
    refetchInterval: 30_000,
  });
  const items = projects.data ?? [];

  return (
    <>
      <Crumbs trail={[]} here={t("Projects")}>
        {may("project.create") && (
          <Link className="btn primary" to="/projects/new">
            <IconPlus size={16} stroke={1.75} aria-hidden="true" />
            {t("New project")}
          </Link>
        )}
      </Crumbs>
      <div className="page">
        <div className="row">
          <Segmented
            label={t("Which projects")}
            value={shown}
            options={[
              ["live", t("Open")],
              ["archived", t("Archived")],
              ["trashed", t("In the trash")],
            ]}
            onChange={setShown}
          />
        </div>
        {projects.isPending ? (
          <div className="card">
            <Skeleton />
          </div>
        ) : projects.error ? (
          <ProblemNotice problem={projects.error} onRetry={() => projects.refetch()} />
        ) : items.length === 0 ? (
          <div className="card">
            <NoProjects shown={shown} />
          </div>
        ) : (
          <div className="card" style={{ overflow: "hidden" }}>
            <table className="tbl">
              <thead>
                <tr>
                  <th>{t("Project")}</th>
                  <th>{t("State")}</th>
                  <th style={{ width: 220 }}>{t("Done")}</th>
                  <th className="r">{t("Answers")}</th>
                  <th className="r">{t("Reports")}</th>
                  <th className="r">{t("Made")}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((each) => (
                  <Row project={each} key={each.id} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </>
  );
}

function NoProjects({ shown }: { shown: Shown }) {
  const may = useMay();
  if (shown !== "live") return <Empty title={t("Nothing here")} />;
  return (
    <Empty
      title={t("Make your first project")}
      action={
        may("project.create") && (
          <Link className="btn primary" to="/projects/new">
            {t("Start from a file")}
          </Link>
        )
      }
    >
      {t("Drop a file of texts, pairs or conversations; the questions are proposed from what is in it.")}
    </Empty>
  );
}

function Row({ project }: { project: Project }) {
  const { counts } = project;
  const share = counts.tasks ? counts.done / counts.tasks : 0;
  return (
    <tr>
      <td>
        <Link className="b" to="/projects/$project" params={{ project: project.id }}>
          {project.name}
        </Link>
        {project.preset && (
          <span className="small t3"> · {project.preset.replace(/\/\d+$/, "").replaceAll("-", " ")}</span>
        )}
      </td>
      <td>
        <StateTag state={project.state} />
      </td>
      <td>
        <div className="row g8">
          <span className="bar grow" aria-hidden="true">
            <span style={{ width: `${share * 100}%` }} />
          </span>
          <span className="small t2" style={{ minWidth: 120, textAlign: "end" }}>
            {t("{done} of {tasks}", { done: number(counts.done), tasks: number(counts.tasks) })}
            {counts.tasks > 0 && ` · ${percent(share, 0)}`}
          </span>
        </div>
      </td>
      <td className="r num">{number(counts.answers)}</td>
      <td className="r num">{number(counts.reports)}</td>
      <td className="r t2">{day(project.created_at)}</td>
    </tr>
  );
}
