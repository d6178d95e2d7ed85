/** One task beside the table: the item, every answer, and who has looked at it. It pushes the table, never covers it. */
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Item } from "../../api/contract";
import { duration, t, when } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
const PURPOSES: Record<string, () => string> = {
  label: () => t("to answer it"),
  reopen: () => t("to change an answer"),
  browse: () => t("to read it in the table"),
  check: () => t("to check an answer against it"),
  release: () => t("to write a release"),
  media: () => t("to show its picture"),
  manage: () => t("to manage it"),
  import: () => t("to bring it in"),
};

interface DrawerProps {
  project: string;
  task: string;
  onClose: () => void;
  onStep: (step: 1 | -1) => void;
}

export function TaskDrawer({ project, task, onClose, onStep }: DrawerProps) {
  const [tab, setTab] = useState<"answers" | "looks">("answers");
  const detail = useQuery({
    queryKey: ["task", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}", { path: { project, task } }),
  });
  const looks = useQuery({
    queryKey: ["looks", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}/looks", { path: { project, task } }),
    enabled: tab === "looks",
  });

  return (
    <aside className="drawer" aria-label={t("Task")}>
      <header className="row g8">
        <span className="mono small t2 cut grow" title={task}>
          {detail.data?.external_id ?? task}
        </span>
        <IconButton name={t("Previous task")} onClick={() => onStep(-1)}>
          <IconChevronUp {...ICON} />
        </IconButton>
        <IconButton name={t("Next task")} onClick={() => onStep(1)}>
          <IconChevronDown {...ICON} />
        </IconButton>
        <IconButton name={t("Close")} onClick={onClose}>
          <IconX {...ICON} />
        </IconButton>
      </header>
      <div className="drawerbody">
        {detail.isPending ? (
          <Skeleton />
        ) : detail.error ? (
          <ProblemNotice problem={detail.error} onRetry={() => detail.refetch()} />
        ) : (
          <>
            <ItemView item={detail.data.item} />
            {detail.data.tags.length > 0 && (
              <div className="row g4 mt8">
                {detail.data.tags.map((tag) => (
                  <span className="chip flat" key={tag}>
                    {tag}
                  </span>
                ))}
              </div>
            )}
            <div className="mt16">
              <Segmented
                label={t("Show")}
                value={tab}
                options={[
                  ["answers", t("Answers")],
                  ["looks", t("Who looked")],
                ]}
                onChange={setTab}
              />
            </div>
            {tab === "answers" ? (
              detail.data.annotations.length === 0 ? (
                <p className="t3 mt8">{t("Nobody has answered yet.")}</p>
              ) : (
                <ul className="entries">
                  {detail.data.annotations.map((each) => (
                    <li key={each.id}>
                      <div className="row between">
                        <span className="b">{each.annotator}</span>
                        <span className="small t3">{when(each.submitted_at)}</span>
                      </div>
                      <div>{(each as { summary?: string }).summary}</div>
                      <div className="small t3">
                        {each.active_ms ? duration(each.active_ms) : ""}
                        {each.version > 1 && ` · ${t("version {version}", { version: each.version })}`}
                      </div>
                    </li>
                  ))}
                </ul>
              )
            ) : looks.data ? (
              <ul className="entries">
                {looks.data.items.map((each) => (
                  <li key={each.entry_id}>
                    <div className="row between">
                      <span className="b">{each.who}</span>
                      <span className="small t3">{when(each.at)}</span>
                    </div>
                    <div className="t2">{PURPOSES[each.purpose]?.() ?? each.purpose}</div>
                    <div className="mono small t3">
                      {each.action} · {each.entry_id}
                    </div>
                  </li>
                ))}
                <li className="small t3">
                  {t("Each look was recorded before it was granted. A person who has seen an item can remember it.")}
                </li>
              </ul>
            ) : (
              <Skeleton lines={3} />
            )}
          </>
        )}
      </div>
    </aside>
  );
}

function ItemView({ item }: { item: Item }) {
  return (
    <div className="col g12">
      {Object.entries(item.inputs).map(([name, content]) => (
        <section key={name}>
          <div className="small t3">{name}</div>
          {typeof content.text === "string" ? (
            <div className="read pre">{content.text}</div>
          ) : content.url ? (
            <img src={content.url} alt={t("The picture of this task")} style={{ maxWidth: "100%" }} />
          ) : (
            <pre className="mono small pre">{JSON.stringify(content.json ?? content, null, 1).slice(0, 4000)}</pre>
          )}
        </section>
      ))}
      {item.metadata && Object.keys(item.metadata).length > 0 && (
        <dl className="facts small">
          {Object.entries(item.metadata).map(([key, value]) => (
            <div key={key}>
              <dt className="t3">{key}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
