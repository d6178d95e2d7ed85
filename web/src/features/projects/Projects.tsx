/** All projects of the organization, newest first, with how far each is. A file dropped here starts a new one. */
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, useMemo, useRef, useState } from "react";
import { call } from "../../api/client";
import type { Page, Project, ProjectState } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { day, number, percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Keys } from "../../kit/Keys";
import { Segmented } from "../../kit/Segmented";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import { carry } from "../new-project/carried";
import { ofDrop } from "../new-project/files";
import { wordsOfPreset } from "./preset";

type Shown = "live" | "archived" | "trashed";
const STATES: Record<Shown, ProjectState[]> = {
  live: ["active", "paused"],
  archived: ["archived"],
  trashed: ["trashed"],
};

async function everyPage(states: ProjectState[]): Promise<Project[]> {
  const found: Project[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Project> = await call("GET /projects", { query: { state: states, limit: 500, cursor } });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

export default function Projects() {
  const may = useMay();
  const navigate = useNavigate();
  const [shown, setShown] = useState<Shown>("live");
  const [words, setWords] = useState("");
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const projects = useQuery({
    queryKey: ["projects", shown],
    queryFn: () => everyPage(STATES[shown]),
    refetchInterval: 60_000,
  });
  const items = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return (projects.data ?? []).filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
  }, [projects.data, words]);
  useWalk({ ids: items.map(({ id }) => id), search: () => field.current?.focus() });
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void ofDrop(event.dataTransfer).then((dropped) => {
      if (dropped.length === 0) return;
      carry(dropped);
      void navigate({ to: "/projects/new" });
    });
  };
  const canDrop = may("project.create");

  return (
    <>
      <Crumbs trail={[]} here={t("Projects")}>
        {canDrop && (
          <Link className="btn primary" to="/projects/new">
            <IconPlus size={16} stroke={1.75} aria-hidden="true" />
            {t("New project")}
          </Link>
        )}
      </Crumbs>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping has a button above that leads to the same */}
      <div
        className={isOver ? "page dropping" : "page"}
        onDragOver={(event) => {
          if (!canDrop) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
        onDrop={canDrop ? drop : undefined}
      >
        <div className="row g12 wrap">
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
          <div className="searchbox" style={{ width: 240 }}>
            <IconSearch size={16} stroke={1.75} aria-hidden="true" />
            <input
              ref={field}
              className="input s"
              type="search"
              aria-label={t("Search projects by name")}
              placeholder={t("Search by name")}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
            {words === "" && <Keys chord="/" />}
          </div>
        </div>
        <Faces query={projects}>
          {(all) => (
            <div className="card clip">
              {all.length === 0 ? (
                <NoProjects shown={shown} />
              ) : items.length === 0 ? (
                <Empty
                  title={t("Try fewer words")}
                  action={<Button onClick={() => setWords("")}>{t("Show all")}</Button>}
                >
                  {t("No project here has that name.")}
                </Empty>
              ) : (
                <Table items={items} shown={shown} />
              )}
            </div>
          )}
        </Faces>
        {canDrop && shown === "live" && (projects.data?.length ?? 0) > 0 && (
          <p className="small t3">{t("Drop a file anywhere here to start a project from it.")}</p>
        )}
      </div>
    </>
  );
}

function NoProjects({ shown }: { shown: Shown }) {
  const may = useMay();
  if (shown === "archived") {
    return (
      <Empty title={t("Nothing is archived")}>
        {t("A finished project can be archived in its set-up. It stays readable.")}
      </Empty>
    );
  }
  if (shown === "trashed") {
    return <Empty title={t("The trash is empty")}>{t("Whatever lands here can be brought back for 30 days.")}</Empty>;
  }
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
      {t("Drop a file of texts, pairs, conversations or pictures here; the questions are proposed from what is in it.")}
    </Empty>
  );
}

function Table({ items, shown }: { items: Project[]; shown: Shown }) {
  return (
    <div className="scroll-x">
      <table className="tbl walk">
        <thead>
          <tr>
            <th>{t("Project")}</th>
            <th>{t("State")}</th>
            <th style={{ width: "30%", minWidth: 200 }}>{t("Done")}</th>
            <th className="r">{t("Answers")}</th>
            <th className="r">{t("Reports")}</th>
            <th className="r">{shown === "trashed" ? t("Deleted for good") : t("Due")}</th>
            <th className="r">{t("Made")}</th>
            {shown !== "live" && <th aria-label={t("Actions")} />}
          </tr>
        </thead>
        <tbody>
          {items.map((each) => (
            <Row project={each} key={each.id} shown={shown} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ project, shown }: { project: Project; shown: Shown }) {
  const { counts } = project;
  const share = counts.tasks ? counts.done / counts.tasks : 0;
  const held = counts.tasks ? counts.held / counts.tasks : 0;
  const isLate = project.due_at !== null && Date.parse(project.due_at) < Date.now() && counts.open > 0;
  return (
    <tr>
      <td>
        <Link className="rowlink" to="/projects/$project" params={{ project: project.id }} data-walk={project.id}>
          {project.name}
        </Link>
        {project.preset && <span className="small t3"> · {wordsOfPreset(project.preset)}</span>}
      </td>
      <td>
        <StateTag state={project.state} />
      </td>
      <td>
        {counts.tasks === 0 ? (
          <span className="t3">{t("no tasks yet")}</span>
        ) : (
          <div className="row g12">
            <span className="bar grow" aria-hidden="true">
              <span style={{ width: `${share * 100}%` }} />
              <span className="two" style={{ width: `${held * 100}%` }} />
            </span>
            <span className="num" style={{ minWidth: 40, textAlign: "end" }}>
              {percent(share, 0)}
            </span>
            <span className="small t3 num" style={{ minWidth: 92 }}>
              {t("{done} of {tasks}", { done: number(counts.done), tasks: number(counts.tasks) })}
            </span>
          </div>
        )}
      </td>
      <td className="r num">{number(counts.answers)}</td>
      <td className="r num">
        {counts.reports > 0 ? <span className="dan b">{number(counts.reports)}</span> : <span className="t3">0</span>}
      </td>
      <td className="r t2 nowrap">
        {shown === "trashed" ? (
          project.trashed_until && day(project.trashed_until)
        ) : project.due_at ? (
          <span className={isLate ? "cau b" : ""}>{day(project.due_at)}</span>
        ) : (
          <span className="t3">–</span>
        )}
      </td>
      <td className="r t2 nowrap">{day(project.created_at)}</td>
      {shown !== "live" && (
        <td className="r">
          <BringBack project={project} />
        </td>
      )}
    </tr>
  );
}

function BringBack({ project }: { project: Project }) {
  const may = useMay();
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => call("POST /projects/{project}/restore", { path: { project: project.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["projects"] });
      toast(t("“{name}” is open again.", { name: project.name }));
    },
  });
  if (!may("project.write")) return null;
  return (
    <Button size="s" isBusy={restore.isPending} onClick={() => restore.mutate()}>
      {restore.error ? t("Try again") : t("Bring it back")}
    </Button>
  );
}
