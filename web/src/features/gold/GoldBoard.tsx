/** The gold of a project: how each task fares, in a plot and a list; mended, taken back, or made of other tasks. */
import { IconAlertTriangle, IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import type { Answer, GoldTask, Id, KnownAnswer } from "../../api/contract";
import { chordFor, useCommands } from "../../commands/scopes";
import { useWalk } from "../../commands/useWalk";
import { number, percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { IconButton } from "../../kit/IconButton";
import { Interval } from "../../kit/Interval";
import { Keys } from "../../kit/Keys";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import { drawerCommands } from "../data/commands";
import { CHECKED_MIN } from "../quality/figures";
import * as acts from "./commands";
import { FlawDialog } from "./FlawDialog";
import { Flaws } from "./Flaws";
import { answersOfMost, inOrder, spotsOf, wordOfTolerance } from "./figures";
import { GoldPeople } from "./GoldPeople";
import { HealthPlot } from "./HealthPlot";
import { KnownDialog } from "./KnownDialog";
import "./gold.css";

const PAGE = 200;

export function GoldBoard({ project }: { project: Id }) {
  const gold = useInfiniteQuery({
    queryKey: ["gold", project],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/gold", { path: { project }, query: { cursor: pageParam, limit: PAGE } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = useMemo(() => inOrder(gold.data?.pages.flatMap((page) => page.items) ?? []), [gold.data]);
  return (
    <Faces query={gold} lines={8}>
      {() =>
        items.length === 0 ? (
          <NoGold project={project} />
        ) : (
          <>
            <Listed project={project} gold={items} />
            {gold.hasNextPage && (
              <Button isBusy={gold.isFetchingNextPage} onClick={() => void gold.fetchNextPage()}>
                {t("Show more gold")}
              </Button>
            )}
            <GoldPeople project={project} />
            <Flaws project={project} />
          </>
        )
      }
    </Faces>
  );
}

function NoGold({ project }: { project: Id }) {
  return (
    <div className="card">
      <Empty
        title={t("There is no gold yet")}
        action={
          <div className="row g8">
            <Link className="btn primary" to="/projects/$project/tasks" params={{ project }}>
              {t("Choose tasks to make gold of")}
            </Link>
            <Link className="btn" to="/projects/$project/add" params={{ project }}>
              {t("Import gold")}
            </Link>
          </div>
        }
      >
        <p>{t("Gold is tasks whose answer you know. Dealt among the others, it tells how right people are.")}</p>
        <p className="mt8 small t3">
          {t(
            "Select tasks that nobody was dealt yet, or that are done. An import brings gold along in a column “gold”.",
          )}
        </p>
      </Empty>
    </div>
  );
}

function Listed({ project, gold }: { project: Id; gold: GoldTask[] }) {
  const client = useQueryClient();
  const [open, setOpen] = useState<Id | null>(null);
  const [act, setAct] = useState<"mend" | "plant" | "retire" | null>(null);
  const ids = useMemo(() => gold.map(({ task_id }) => task_id), [gold]);
  const walk = useWalk({ ids, onOpen: setOpen, onStep: (id) => open !== null && setOpen(id) });
  const at = gold.find(({ task_id }) => task_id === (open ?? walk.at));
  const again = (): void => {
    void client.invalidateQueries({ queryKey: ["gold", project] });
  };
  const path = (task: Id) => ({ project, task });
  const change = useMutation({
    mutationFn: ({ task, version, ...body }: { task: Id; version: number } & Partial<KnownAnswer>) =>
      call("PATCH /projects/{project}/gold/{task}", { path: path(task), body: { version, ...body } }),
    onSettled: again,
  });
  const retire = useMutation({
    mutationFn: (task: Id) => call("DELETE /projects/{project}/gold/{task}", { path: path(task) }),
    onSuccess: () => {
      setAct(null);
      again();
      toast(t("It is gold no more."));
    },
  });
  const most = at && at.state === "active" ? answersOfMost(at) : null;
  const takeMost = (task: GoldTask, answers: Answer[]): void =>
    change.mutate(
      { task: task.task_id, version: task.version, answers },
      {
        onSuccess: ({ version }) =>
          toast(t("What most say is right now; every score follows."), {
            word: t("Undo"),
            run: () => change.mutate({ task: task.task_id, version, answers: task.answers }),
          }),
      },
    );
  const desk: acts.GoldDesk = {
    hasTask: at?.state === "active",
    hasOther: most !== null,
    mend: () => setAct("mend"),
    takeOther: () => at && most && takeMost(at, most),
    plant: () => setAct("plant"),
    retire: () => setAct("retire"),
  };
  useCommands(acts.goldCommands, desk);
  const suspects = gold.filter(({ suspect, state }) => suspect && state === "active").length;
  const hidden = gold.filter(({ kind, state }) => kind === "hidden" && state === "active").length;
  const taught = gold.filter(({ kind, state }) => kind === "taught" && state === "active").length;
  const spots = spotsOf(gold);
  return (
    <>
      {change.error && <ProblemNotice problem={change.error} onRetry={again} />}
      <div className={at && open ? "gold-split open" : "gold-split"}>
        <div className="col g16" style={{ minWidth: 0 }}>
          {spots.length > 1 && (
            <section className="card p16">
              <h2 className="h3">{t("Is the gold itself right?")}</h2>
              <div className="mt12">
                <HealthPlot spots={spots} open={at?.task_id ?? null} onOpen={setOpen} />
              </div>
            </section>
          )}
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
              <table className="tbl walk">
                <thead>
                  <tr>
                    <th>{t("Task")}</th>
                    <th>{t("Known answer")}</th>
                    <th className="band">
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
                    <Row
                      key={task.task_id}
                      task={task}
                      isOpen={open === task.task_id}
                      isAt={walk.at === task.task_id}
                      onOpen={() => {
                        walk.setAt(task.task_id);
                        setOpen(task.task_id);
                      }}
                    />
                  ))}
                </tbody>
              </table>
            </div>
            <div className="row g8 small t3 p16 rule wrap">
              <span className="grow">{t("Mended or taken back, every score follows: none is kept.")}</span>
              <span className="row g4">
                <Keys chord="J" />
                <Keys chord="K" />
                {t("walk")} <Keys chord="Enter" />
                {t("open")}
              </span>
            </div>
          </section>
        </div>
        {at && open && (
          <One
            project={project}
            task={at}
            desk={desk}
            most={most}
            isBusy={change.isPending}
            onClose={() => {
              setOpen(null);
              requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-walk="${open}"]`)?.focus());
            }}
          />
        )}
      </div>
      {at && act === "mend" && (
        <KnownDialog
          project={project}
          tasks={[at.task_id]}
          title={t("Change what is right")}
          action={t("This is right")}
          known={at}
          onSay={(task, known) => change.mutateAsync({ task, version: at.version, ...known })}
          onClose={(said) => {
            setAct(null);
            if (said > 0) toast(t("The gold is mended; every score follows."));
          }}
        />
      )}
      {at && act === "plant" && (
        <FlawDialog
          project={project}
          task={at.task_id}
          known={at.answers}
          onPlanted={() => {
            setAct(null);
            again();
            toast(t("The flaw is planted; reviewers are dealt it as if it were work."));
          }}
          onClose={() => setAct(null)}
        />
      )}
      {at && act === "retire" && (
        <Confirm
          title={t("Take the gold back")}
          action={t("It is gold no more")}
          isBusy={retire.isPending}
          problem={retire.error}
          onConfirm={() => retire.mutate(at.task_id)}
          onClose={() => setAct(null)}
        >
          <p>{t("It leaves every score. A task that was not done goes back to the queue; answers to it stay.")}</p>
        </Confirm>
      )}
    </>
  );
}

function Row({ task, isOpen, isAt, onOpen }: { task: GoldTask; isOpen: boolean; isAt: boolean; onOpen: () => void }) {
  return (
    <tr className={isOpen ? "on" : isAt ? "at" : ""}>
      <td className="cut" style={{ maxWidth: 280 }}>
        <button type="button" className="rowlink cut" data-walk={task.task_id} aria-expanded={isOpen} onClick={onOpen}>
          {task.preview || task.task_id.slice(-8)}
        </button>
      </td>
      <td className="cut">{task.summary}</td>
      <td className="band">
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
      <td className="r num nowrap">
        {t("{right} of {total}", { right: number(task.right.right), total: number(task.right.total) })}
      </td>
      <td>
        <GoldState task={task} />
      </td>
    </tr>
  );
}

export function GoldState({ task }: { task: GoldTask }) {
  if (task.state === "retired") return <span className="t3">{t("taken back")}</span>;
  if (!task.suspect) return <span className="t2">{task.kind === "taught" ? t("taught") : t("hidden")}</span>;
  const [most] = task.instead;
  return (
    <span className="state cau">
      <IconAlertTriangle size={14} stroke={1.75} aria-hidden="true" />
      {most ? t("likely wrong: most say “{text}”", { text: most.text }) : t("likely wrong")}
    </span>
  );
}

interface OneProps {
  project: Id;
  task: GoldTask;
  desk: acts.GoldDesk;
  most: Answer[] | null;
  isBusy: boolean;
  onClose: () => void;
}

/** One gold task: what is right and why, how the answers to it are spread, and what can be done about it. */
function One({ project, task, desk, most, isBusy, onClose }: OneProps) {
  useCommands(drawerCommands, { close: onClose });
  const questions = [...new Set(task.answered.map(({ question }) => question))];
  return (
    <aside className="card clip person" aria-label={t("One gold task")}>
      <header>
        <h2 className="h3 grow cut">{task.preview || task.task_id.slice(-8)}</h2>
        <IconButton name={t("Close")} chord="Escape" onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      <div className="personbody">
        {task.suspect && (
          <div className="note cau">
            <IconAlertTriangle size={16} stroke={1.75} aria-hidden="true" />
            <span>
              {t(
                "{right} of {total} are right, where {expected} was to be expected: the known answer is likely to be wrong, or the task is hard.",
                {
                  right: number(task.right.right),
                  total: number(task.right.total),
                  expected: percent(task.expected ?? 0, 0),
                },
              )}
            </span>
          </div>
        )}
        <div>
          <h3 className="h4">{t("What is right")}</h3>
          <p className="b">{task.summary}</p>
          {task.tolerances.map((each) => (
            <p className="small t2" key={each.question}>
              {each.question}: {wordOfTolerance(each)}
            </p>
          ))}
          {task.explanation && <p className="t2 pre">{task.explanation}</p>}
        </div>
        {questions.map((question) => {
          const answered = task.answered.filter((each) => each.question === question);
          const total = answered.reduce((sum, { answers }) => sum + answers, 0);
          return (
            <div key={question}>
              <h3 className="h4">
                {questions.length > 1 ? t("Answers to “{question}”", { question }) : t("How it was answered")}
              </h3>
              <ul>
                {answered.map(({ text, answers, right }) => (
                  <li className="row g8 mt4" key={text}>
                    <span className="cut" style={{ width: "38%" }} title={text}>
                      {text}
                      {right && <span className="small t3"> {t("right")}</span>}
                    </span>
                    <span className="bar grow" aria-hidden="true">
                      <span className={right ? "" : "grey"} style={{ width: `${(answers / total) * 100}%` }} />
                    </span>
                    <span className="small num t2">
                      {t("{count} of {all}", { count: number(answers), all: number(total) })}
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
        {task.right.total === 0 && task.state === "active" && (
          <p className="t3">{t("Nobody has answered it since it is gold.")}</p>
        )}
        {task.state === "active" && (
          <div className="row g8 wrap">
            {most && (
              <Button
                look={task.suspect ? "primary" : "plain"}
                isBusy={isBusy}
                chord={chordFor(acts.takeOther as never)}
                onClick={desk.takeOther}
              >
                {t("What most say is right")}
              </Button>
            )}
            <Button chord={chordFor(acts.mend as never)} onClick={desk.mend}>
              {t("Change it")}
            </Button>
            <Button chord={chordFor(acts.plant as never)} onClick={desk.plant}>
              {t("Plant a flaw")}
            </Button>
            <Button look="danger" chord={chordFor(acts.retire as never)} onClick={desk.retire}>
              {t("Take it back")}
            </Button>
          </div>
        )}
        <Link to="/projects/$project/tasks" params={{ project }} search={{ id: task.task_id, task: task.task_id }}>
          {t("See the task")}
        </Link>
      </div>
    </aside>
  );
}
