/** The project's gold: how each task fares, and which known answer is likely to be wrong itself. */
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { GoldTask } from "../../api/contract";
import { number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { CHECKED_MIN, two } from "./figures";

export function GoldTab({ project }: { project: string }) {
  const gold = useQuery({
    queryKey: ["gold", project],
    queryFn: () => call("GET /projects/{project}/gold", { path: { project }, query: { cursor: null, limit: 200 } }),
  });
  return (
    <Faces query={gold} lines={8}>
      {(data) =>
        data.items.length === 0 ? <NoGold project={project} /> : <Listed project={project} gold={data.items} />
      }
    </Faces>
  );
}

function NoGold({ project }: { project: string }) {
  return (
    <div className="card">
      <Empty
        title={t("There is no gold yet")}
        action={
          <Link className="btn" to="/projects/$project/tasks" params={{ project }} search={{ state: "done" }}>
            {t("See the tasks that are done")}
          </Link>
        }
      >
        <p>{t("Gold is tasks whose answer you know. Dealt among the others, it tells how right people are.")}</p>
        <p className="mt8 mono small">evenhand gold make PROJECT FILE</p>
      </Empty>
    </div>
  );
}

function Listed({ project, gold }: { project: string; gold: GoldTask[] }) {
  const suspects = gold.filter(({ suspect, state }) => suspect && state === "active").length;
  const hidden = gold.filter(({ kind, state }) => kind === "hidden" && state === "active").length;
  const taught = gold.filter(({ kind, state }) => kind === "taught" && state === "active").length;
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("Gold")}</h2>
        <span className="small t3">
          {t("{hidden} hidden, {taught} taught, {suspects} likely to be wrong", {
            hidden: number(hidden),
            taught: number(taught),
            suspects: number(suspects),
          })}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Task")}</th>
              <th>{t("Known answer")}</th>
              <th style={{ minWidth: 140 }}>
                <span className="row between" dir="ltr">
                  <span>0</span>
                  <span>{t("Answered so")}</span>
                  <span>1</span>
                </span>
              </th>
              <th className="r">{t("Right")}</th>
              <th>{t("State")}</th>
            </tr>
          </thead>
          <tbody>
            {gold.map((task) => (
              <tr key={task.task_id}>
                <td className="cut" style={{ maxWidth: 280 }}>
                  <Link
                    to="/projects/$project/tasks"
                    params={{ project }}
                    search={{ id: task.task_id, task: task.task_id }}
                  >
                    {task.preview || task.task_id.slice(-8)}
                  </Link>
                </td>
                <td className="cut">{task.summary}</td>
                <td>
                  {task.right.total > 0 && (
                    <Interval
                      name={t("Right on this task")}
                      value={task.right.total >= CHECKED_MIN ? task.right.value : null}
                      low={task.right.low}
                      high={task.right.high}
                      count={task.right.total}
                      target={task.expected ?? undefined}
                    />
                  )}
                </td>
                <td className="r num">
                  {t("{right} of {total}", { right: number(task.right.right), total: number(task.right.total) })}
                </td>
                <td>
                  <GoldState task={task} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function GoldState({ task }: { task: GoldTask }) {
  if (task.state === "retired") return <span className="t3">{t("taken back")}</span>;
  if (!task.suspect) return <span className="t2">{task.kind === "taught" ? t("taught") : t("hidden")}</span>;
  const [most] = task.instead;
  return (
    <span className="state cau">
      <IconAlertTriangle size={14} stroke={1.75} aria-hidden="true" />
      {most ? t("likely wrong: most say “{text}”", { text: most.text }) : t("likely wrong")}
      {task.expected !== null && <span className="t3">{t("expected {share}", { share: two(task.expected) })}</span>}
    </span>
  );
}
