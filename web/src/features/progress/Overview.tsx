/** A project's overview: how far, when finished, how well people agree, what wants attention; live while it is open. */
import { IconPackageExport, IconPencil, IconPlugConnectedX, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { StateTag } from "../../kit/StateTag";
import { wordsOfPreset } from "../projects/preset";
import { AgreementTable } from "./AgreementTable";
import { Figures } from "./Figures";
import { Labels } from "./Labels";
import { Needs } from "./NeedsCard";
import { Pace } from "./Pace";
import { People } from "./People";
import "./progress.css";
import { Suggestions } from "./Suggestions";
import { useLive } from "./useLive";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export default function Overview() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const isLive = useLive(id);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const progress = useQuery({
    queryKey: ["progress", id],
    queryFn: () => call("GET /projects/{project}/progress", { path: { project: id } }),
  });
  const facts = project.data;
  const isOpen = facts?.state === "active" || facts?.state === "paused";

  return (
    <>
      <Crumbs
        trail={[{ to: "/projects", word: t("Projects") }]}
        here={facts?.name ?? t("Project")}
        chip={wordsOfPreset(facts?.preset)}
      >
        {!isLive && (
          <span className="state cau">
            <IconPlugConnectedX size={14} stroke={1.75} aria-hidden="true" />
            {t("Not live, connecting again")}
          </span>
        )}
        {facts && facts.state !== "active" && <StateTag state={facts.state} />}
        {may("task.label") && facts?.state === "active" && (
          <Link className="btn quiet" to="/projects/$project/label" params={{ project: id }}>
            <IconPencil {...ICON} />
            {t("Label")}
          </Link>
        )}
        {may("task.import") && isOpen && (
          <Link className="btn" to="/projects/$project/add" params={{ project: id }}>
            <IconUpload {...ICON} />
            {t("Add tasks")}
          </Link>
        )}
        {may("release.create") && (
          <Link
            className="btn primary"
            to="/projects/$project/releases"
            params={{ project: id }}
            search={{ cut: true }}
          >
            <IconPackageExport {...ICON} />
            {t("Cut a release")}
          </Link>
        )}
      </Crumbs>
      <div className="page">
        <Faces query={progress} lines={10}>
          {(data) =>
            data.counts.tasks === 0 ? (
              <NoTasks project={id} />
            ) : (
              <>
                <Figures progress={data} project={facts} />
                <div className="cols">
                  <div className="col">
                    <Pace progress={data} />
                    <AgreementTable progress={data} />
                    <People progress={data} />
                  </div>
                  <div className="col">
                    {facts && <Needs progress={data} project={facts} checkedAt={progress.dataUpdatedAt} />}
                    <Suggestions suggestions={data.suggestions}>
                      {may("project.write") && (
                        <Link to="/projects/$project/set-up" params={{ project: id }}>
                          {t("Hide them from a share of tasks")}
                        </Link>
                      )}
                    </Suggestions>
                    <Labels progress={data} />
                  </div>
                </div>
              </>
            )
          }
        </Faces>
      </div>
    </>
  );
}

function NoTasks({ project }: { project: string }) {
  const may = useMay();
  return (
    <div className="card">
      <Empty
        title={t("Add the first tasks")}
        action={
          may("task.import") && (
            <Link className="btn primary" to="/projects/$project/add" params={{ project }}>
              {t("Add tasks from a file")}
            </Link>
          )
        }
      >
        {t("The project is ready; it has nothing to ask about yet.")}
      </Empty>
    </div>
  );
}
