/** One task beside the table: the item, what was answered, what happened to it, who has looked. It pushes the table, never covers it. */
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { call } from "../../api/client";
import type { TaskDetail } from "../../api/contract";
import { useMay } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import { day, t } from "../../i18n";
import { Faces } from "../../kit/Faces";
import { IconButton } from "../../kit/IconButton";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import { Tabs } from "../../kit/Tabs";
import { Answers, Spread } from "./Answers";
import { Comments } from "./Comments";
import { shownState } from "./columns";
import { drawerCommands } from "./commands";
import { Decided } from "./Decided";
import { History, Looks } from "./History";
import { ItemView } from "./ItemView";
import { Labels } from "./Labels";
import { mergedMarks } from "./labels";
import { useKinds } from "./useKinds";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface DrawerProps {
  project: string;
  task: string;
  hasNext: boolean;
  hasPrevious: boolean;
  onClose: () => void;
  onStep: (step: 1 | -1) => void;
}
type Tab = "answers" | "history" | "looks" | "comments";

export function TaskDrawer({ project, task, hasNext, hasPrevious, onClose, onStep }: DrawerProps) {
  const detail = useQuery({
    queryKey: ["task", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}", { path: { project, task } }),
  });
  useCommands(drawerCommands, { close: onClose });
  return (
    <aside className="drawer" aria-label={t("Task")}>
      <header className="row g4">
        <span className="mono b cut grow" title={task}>
          {detail.data?.external_id ?? task}
        </span>
        <IconButton
          name={t("Previous task")}
          chord="K"
          aria-disabled={!hasPrevious}
          onClick={() => hasPrevious && onStep(-1)}
        >
          <IconChevronUp {...ICON} />
        </IconButton>
        <IconButton name={t("Next task")} chord="J" aria-disabled={!hasNext} onClick={() => hasNext && onStep(1)}>
          <IconChevronDown {...ICON} />
        </IconButton>
        <IconButton name={t("Close")} chord="Escape" onClick={onClose}>
          <IconX {...ICON} />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <div className="drawerbody" tabIndex={0} role="region" aria-label={t("The task, its answers and its looks")}>
        <Faces query={detail}>{(data) => <Body project={project} task={data} />}</Faces>
      </div>
    </aside>
  );
}

/** Shown on the material instead of one annotation's marks: what they merge to. */
const MERGED = "merged";
const NONE: never[] = [];

function Body({ project, task }: { project: string; task: TaskDetail }) {
  const may = useMay();
  const [tab, setTab] = useState<Tab>("answers");
  const [shown, setShown] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another task starts without anybody's marks
  useEffect(() => setShown(null), [task.id]);
  const marks = task.annotations.find(({ id }) => id === shown) ?? null;
  const merged = useMemo(() => mergedMarks(task.consensus), [task.consensus]);
  const isMerged = shown === MERGED && merged.length > 0;
  const drawn = useKinds(project, marks?.ontology_version ?? task.annotations[0]?.ontology_version ?? null);
  // The kinds' code comes once; from then on a task is there at once.
  if (drawn === undefined) return <Skeleton lines={8} />;
  const tabs: { name: Tab; word: string; count?: number }[] = [
    { name: "answers", word: t("Answers"), count: task.annotations.length },
    { name: "history", word: t("History") },
    ...(may("task.read") || may("audit.read") ? [{ name: "looks" as const, word: t("Looks") }] : []),
    ...(may("task.label") ? [{ name: "comments" as const, word: t("Comments") }] : []),
  ];
  const panels: Record<Tab, () => ReactNode> = {
    answers: () => <Answers project={project} task={task} drawn={drawn} shown={shown} onShow={setShown} />,
    history: () => <History project={project} task={task} />,
    looks: () => <Looks project={project} task={task.id} />,
    comments: () => <Comments project={project} task={task.id} key={task.id} />,
  };
  return (
    <>
      <ItemView task={task} drawn={drawn} answers={isMerged ? merged : (marks?.answers ?? NONE)} isMerged={isMerged} />
      {(isMerged || marks) && (
        <p className="small t3 mt4" role="status">
          {isMerged
            ? t("On the material: what stands, in broken lines")
            : t("On the material: the marks of {who}", { who: marks?.annotator ?? "" })}
        </p>
      )}
      <Facts task={task} />
      <Labels task={task} drawn={drawn} isShown={isMerged} onShow={(is) => setShown(is ? MERGED : null)} />
      <Decided task={task} drawn={drawn} />
      <Spread task={task} drawn={drawn} />
      <div className="mt16">
        <Tabs label={t("About this task")} value={tab} tabs={tabs} onChange={setTab}>
          {panels[tab]()}
        </Tabs>
      </div>
    </>
  );
}

function Facts({ task }: { task: TaskDetail }) {
  return (
    <div className="row g8 wrap mt12 small t2">
      <StateTag state={shownState(task)} />
      {task.batch && <span>{t("batch {batch}", { batch: task.batch })}</span>}
      {task.due_at && <span>{t("due {day}", { day: day(task.due_at) })}</span>}
      {task.priority !== 128 && <span>{t("priority {priority}", { priority: task.priority })}</span>}
      {task.tags.map((tag) => (
        <span className="chip flat" key={tag}>
          {tag}
        </span>
      ))}
    </div>
  );
}
