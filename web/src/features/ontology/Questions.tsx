/** A project's ontology: built with a live preview, written as JSON, saved as a version whose meaning its author confirms. */
import { IconArrowBackUp, IconArrowForwardUp, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Item, OntologyVersion } from "../../api/contract";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import { toast } from "../../kit/Toasts";
import { Builder } from "./Builder";
import { commands } from "./commands";
import { itemOf } from "./examples";
import { JsonView } from "./JsonView";
import { ProblemCount } from "./Problems";
import { type Judged, judge, SaveDialog } from "./SaveDialog";
import { StartDialog } from "./StartDialog";
import { useCheck, useDraft } from "./useDraft";
import { Versions } from "./Versions";

export default function Questions() {
  const { project } = useParams({ strict: false }) as { project: string };
  const facts = useQuery({
    queryKey: ["project", project],
    queryFn: () => call("GET /projects/{project}", { path: { project } }),
  });
  const ontology = useQuery({
    queryKey: ["ontology", project],
    queryFn: () => call("GET /projects/{project}/ontology", { path: { project } }),
    refetchOnWindowFocus: false,
  });
  const name = facts.data?.name ?? " ";
  const trail = [
    { to: "/projects", word: t("Projects") },
    { to: `/projects/${project}`, word: name },
  ];
  if (ontology.data)
    return <Editing key={ontology.data.version} project={project} ontology={ontology.data} trail={trail} />;
  return (
    <>
      <Crumbs trail={trail} here={t("Questions")} />
      <div className="page">
        {ontology.error ? <ProblemNotice problem={ontology.error} onRetry={() => ontology.refetch()} /> : <Skeleton />}
      </div>
    </>
  );
}

type Face = "build" | "json" | "versions";

function Editing({
  project,
  ontology,
  trail,
}: {
  project: string;
  ontology: OntologyVersion;
  trail: { to: string; word: string }[];
}) {
  const client = useQueryClient();
  const draft = useDraft(ontology.body, `evenhand.ontology ${project} ${ontology.version}`);
  const { problems, isPending } = useCheck(draft.body);
  const [face, setFace] = useState<Face>("build");
  const [isStarting, setStarting] = useState(false);
  const [judged, setJudged] = useState<Judged | null>(null);
  const { item, source } = usePreviewItem(project, draft.body.preset ?? null);
  const versions = useQuery({
    queryKey: ["ontology-versions", project],
    queryFn: () => call("GET /projects/{project}/ontology/versions", { path: { project } }),
  });
  const ask = useMutation({
    mutationFn: () => judge(project, draft.body),
    onSuccess: (found) => {
      if (found) setJudged(found);
      else draft.reset();
    },
  });
  // While the last change is being checked the server is the judge: it refuses what it would not store.
  const isRefused = !isPending && problems.some(({ warning }) => !warning);
  const canSave = draft.isChanged && !isRefused && !ask.isPending;
  // Too early, the key leads to what is in the way.
  const trySave = (): void => {
    if (canSave) ask.mutate();
    else if (isRefused) setFace("json");
  };
  useCommands(commands, { draft, save: trySave });
  const saved = (version: number): void => {
    setJudged(null);
    // The draft is saved: what is kept of it on this device belongs to the version before.
    draft.reset(draft.body);
    localStorage.removeItem(`evenhand.ontology ${project} ${ontology.version}`);
    toast(t("Version {version} is in use.", { version }));
    void client.invalidateQueries({ queryKey: ["ontology-versions", project] });
    void client.invalidateQueries({ queryKey: ["project", project] });
    void client.invalidateQueries({ queryKey: ["ontology", project] });
  };
  const stored = new Set([...ontology.body.inputs, ...ontology.body.questions].map((each) => each.name));
  const why = !draft.isChanged ? t("Nothing has changed") : isRefused ? t("Mend the problems first") : undefined;
  return (
    <>
      <Crumbs trail={trail} here={t("Questions")}>
        <IconButton name={t("Undo")} chord="Mod+Z" disabled={!draft.canUndo} onClick={draft.undo}>
          <IconArrowBackUp size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
        <IconButton name={t("Redo")} chord="Mod+Shift+Z" disabled={!draft.canRedo} onClick={draft.redo}>
          <IconArrowForwardUp size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
        {draft.isChanged && (
          <Button size="s" look="quiet" onClick={() => draft.put(ontology.body)}>
            {t("Give the draft up")}
          </Button>
        )}
        <Button size="s" onClick={() => setStarting(true)}>
          {t("Begin anew")}
        </Button>
        <Button
          size="s"
          look="primary"
          disabled={!canSave}
          title={why}
          isBusy={ask.isPending}
          chord="Mod+S"
          onClick={() => ask.mutate()}
        >
          {t("Save as version {version}", { version: ontology.version + 1 })}
        </Button>
      </Crumbs>
      <div className="page full questions-page">
        <div className="questions-bar">
          <Segmented<Face>
            label={t("View")}
            value={face}
            options={[
              ["build", t("Build")],
              ["json", t("JSON")],
              ["versions", t("Versions")],
            ]}
            onChange={setFace}
          />
          <span className="small t3">
            {draft.isChanged
              ? t("Draft on version {version}, kept on this device", { version: ontology.version })
              : t("Version {version} is in use", { version: ontology.version })}
          </span>
          <span className="grow" />
          {problems.length > 0 && face === "build" && (
            <button type="button" className="row g4" onClick={() => setFace("json")}>
              <ProblemCount problems={problems} />
            </button>
          )}
        </div>
        {ask.error && (
          <div className="questions-notice">
            <ProblemNotice problem={ask.error} />
          </div>
        )}
        {face === "build" && <Builder draft={draft} problems={problems} stored={stored} item={item} source={source} />}
        {face === "json" && (
          <JsonView body={draft.body} problems={problems} onChange={(body) => draft.put(body, "json")} />
        )}
        {face === "versions" &&
          (versions.data ? (
            <Versions
              project={project}
              versions={[...versions.data.items].sort((a, b) => b.version - a.version)}
              onTake={(version) => {
                void call("GET /projects/{project}/ontology", { path: { project }, query: { version } }).then(
                  ({ body }) => {
                    draft.put(body);
                    setFace("build");
                  },
                );
              }}
            />
          ) : versions.error ? (
            <ProblemNotice problem={versions.error} onRetry={() => versions.refetch()} />
          ) : (
            <Skeleton />
          ))}
      </div>
      {isStarting && (
        <StartDialog
          like={draft.body}
          onClose={() => setStarting(false)}
          onStart={(body) => {
            draft.put({ ...body, name: draft.body.name });
            setStarting(false);
            setFace("build");
          }}
        />
      )}
      {judged && (
        <SaveDialog
          project={project}
          body={draft.body}
          judged={judged}
          next={ontology.version + 1}
          onClose={() => setJudged(null)}
          onSaved={saved}
        />
      )}
    </>
  );
}

/** What the preview shows: the preset's own sample, or a real task once somebody asks for one, which is a recorded look. */
function usePreviewItem(project: string, preset: string | null): { item: Item | null; source: React.ReactNode } {
  const [at, setAt] = useState<number | null>(null);
  const presets = useQuery({ queryKey: ["presets"], queryFn: () => call("GET /presets"), staleTime: 600_000 });
  const tasks = useQuery({
    queryKey: ["preview-tasks", project],
    queryFn: () => call("GET /projects/{project}/tasks", { path: { project }, query: { limit: 50 } }),
    enabled: at !== null,
  });
  const all = tasks.data?.items ?? [];
  const id = at === null || all.length === 0 ? undefined : all[at % all.length]?.id;
  const task = useQuery({
    queryKey: ["task", project, id],
    queryFn: () => call("GET /projects/{project}/tasks/{task}", { path: { project, task: id as string } }),
    enabled: id !== undefined,
  });
  const sample = presets.data?.items.find(({ name }) => name === preset?.split("/")[0])?.sample;
  const isEmpty = at !== null && tasks.data && all.length === 0;
  return {
    item: at !== null && task.data ? task.data.item : itemOf(sample),
    source: (
      <>
        {isEmpty && <span className="small t3">{t("This project has no tasks yet")}</span>}
        {at !== null && (
          <Button size="s" look="quiet" onClick={() => setAt(null)}>
            {t("Example")}
          </Button>
        )}
        <Button
          size="s"
          icon={<IconRefresh size={14} stroke={1.75} aria-hidden="true" />}
          title={t("Opening a real task is recorded as a look")}
          onClick={() => setAt(at === null ? 0 : at + 1)}
        >
          {at === null ? t("Try on a real task") : t("Another task")}
        </Button>
      </>
    ),
  };
}
