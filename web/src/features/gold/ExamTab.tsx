/** The exam of a project: which gold it deals, when it is passed, what it grants and for how long; and who sat it. */
import { IconCircleCheck, IconCircleX, IconHourglass } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Exam, ExamSitting, GoldTask, Id, Skill } from "../../api/contract";
import { Problem } from "../../api/problem";
import { number, percent, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function ExamTab({ project }: { project: Id }) {
  const gold = useQuery({
    queryKey: ["gold", project, "all"],
    queryFn: async () => {
      const found: GoldTask[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: GoldTask[]; next_cursor: string | null } = await call("GET /projects/{project}/gold", {
          path: { project },
          query: { cursor, limit: 500 },
        });
        found.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor);
      return found.filter(({ state }) => state === "active");
    },
  });
  const exam = useQuery({
    queryKey: ["exam", project],
    queryFn: async () => {
      try {
        return await call("GET /projects/{project}/exam", { path: { project } });
      } catch (problem) {
        // A project without an exam has none to show: that is no failure.
        if (problem instanceof Problem && problem.status === 404) return null;
        throw problem;
      }
    },
  });
  const skills = useQuery({ queryKey: ["skills"], queryFn: () => call("GET /skills") });
  return (
    <Faces query={gold} lines={6}>
      {(tasks) => (
        <Faces query={exam} lines={6}>
          {(present) => (
            <Faces query={skills} lines={6}>
              {({ items }) =>
                tasks.length === 0 ? (
                  <div className="card">
                    <Empty
                      title={t("An exam is made of gold")}
                      action={
                        <Link className="btn primary" to="/projects/$project/tasks" params={{ project }}>
                          {t("Choose tasks to make gold of")}
                        </Link>
                      }
                    >
                      {t("Make gold of a few tasks that nobody was dealt yet. Passing an exam on them grants a skill.")}
                    </Empty>
                  </div>
                ) : (
                  <>
                    <Terms
                      key={present ? `${project} ${present.version}` : project}
                      project={project}
                      gold={tasks}
                      exam={present}
                      skills={items}
                    />
                    {present && <Sittings project={project} />}
                  </>
                )
              }
            </Faces>
          )}
        </Faces>
      )}
    </Faces>
  );
}

interface TermsProps {
  project: Id;
  gold: GoldTask[];
  exam: Exam | null;
  skills: Skill[];
}

function Terms({ project, gold, exam, skills }: TermsProps) {
  const client = useQueryClient();
  const [draft, setDraft] = useState({
    skill: exam?.skill.id ?? skills[0]?.id ?? "",
    name: "",
    tasks: exam?.tasks ?? Math.min(10, gold.length),
    mark: Math.round((exam?.pass_mark ?? 0.8) * 100),
    basis: exam?.basis ?? ("share" as const),
    days: exam ? exam.valid_days : 365,
    retry: exam?.retry_hours ?? 24,
    open: exam?.open ?? true,
  });
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set(exam?.gold ?? []));
  const change = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: async () => {
      const skill = draft.skill || (await call("POST /skills", { body: { name: draft.name } })).id;
      return call("PUT /projects/{project}/exam", {
        path: { project },
        body: {
          skill_id: skill,
          gold: [...chosen],
          tasks: draft.tasks,
          pass_mark: draft.mark / 100,
          basis: draft.basis,
          valid_days: draft.days,
          retry_hours: draft.retry,
          open: draft.open,
        },
      });
    },
    onSuccess: (saved) => {
      client.setQueryData(["exam", project], saved);
      void client.invalidateQueries({ queryKey: ["skills"] });
      void client.invalidateQueries({ queryKey: ["gold", project] });
      toast(t("{needed} right answers of {tasks} pass.", { needed: saved.needed, tasks: saved.tasks }));
    },
  });
  return (
    <form
      className="skillset"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <section className="card clip">
        <div className="cardhead">
          <h2 className="h3">{t("Its tasks")}</h2>
          <span className="small t3">
            {t("{count} of {all} gold tasks chosen; they are dealt unannounced no more", {
              count: number(chosen.size),
              all: number(gold.length),
            })}
          </span>
        </div>
        <div className="scroll-x">
          <table className="tbl">
            <thead>
              <tr>
                <th>
                  <input
                    type="checkbox"
                    aria-label={t("All gold tasks")}
                    checked={chosen.size === gold.length}
                    onChange={({ target }) =>
                      setChosen(new Set(target.checked ? gold.map(({ task_id }) => task_id) : []))
                    }
                  />
                </th>
                <th>{t("Task")}</th>
                <th>{t("Known answer")}</th>
                <th>{t("Kind")}</th>
              </tr>
            </thead>
            <tbody>
              {gold.map((task) => (
                <tr key={task.task_id}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={task.preview || task.task_id.slice(-8)}
                      checked={chosen.has(task.task_id)}
                      onChange={({ target }) =>
                        setChosen(
                          new Set(
                            target.checked
                              ? [...chosen, task.task_id]
                              : [...chosen].filter((each) => each !== task.task_id),
                          ),
                        )
                      }
                    />
                  </td>
                  <td className="cut" style={{ maxWidth: 320 }}>
                    {task.preview || task.task_id.slice(-8)}
                  </td>
                  <td className="cut">{task.summary}</td>
                  <td className="t2">{task.kind === "taught" ? t("taught") : t("hidden")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="card p20 col g16">
        <h2 className="h3">{exam ? t("Its terms") : t("A new exam")}</h2>
        <Field label={t("It grants")}>
          <select className="input" value={draft.skill} onChange={({ target }) => change({ skill: target.value })}>
            {skills.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            <option value="">{t("a new skill…")}</option>
          </select>
        </Field>
        {draft.skill === "" && (
          <Field label={t("Name of the skill")} hint={t("What somebody can do, in a few words.")}>
            <input
              className="input"
              required
              maxLength={200}
              value={draft.name}
              onChange={({ target }) => change({ name: target.value })}
            />
          </Field>
        )}
        <Field
          label={t("Tasks in one sitting")}
          hint={t("Drawn from the chosen ones. Whoever fails is dealt others the next time.")}
        >
          <input
            className="input num"
            type="number"
            required
            min={1}
            max={200}
            value={draft.tasks}
            onChange={({ target }) => change({ tasks: target.valueAsNumber || 1 })}
          />
        </Field>
        <Field label={t("Passed from, percent")}>
          <input
            className="input num"
            type="number"
            required
            min={1}
            max={100}
            value={draft.mark}
            onChange={({ target }) => change({ mark: target.valueAsNumber || 1 })}
          />
        </Field>
        <div className="field">
          <span className="label">{t("Held against")}</span>
          <Segmented
            label={t("Held against")}
            value={draft.basis}
            options={[
              ["share", t("The share right")],
              ["lower-bound", t("Its lower bound")],
            ]}
            onChange={(basis) => change({ basis })}
          />
          <span className="small t3">
            {draft.basis === "share"
              ? t("{share} of the answers are right.", { share: percent(draft.mark / 100, 0) })
              : t("The lower end of the 95 % interval: few tasks do not pass by luck.")}
          </span>
        </div>
        <Field label={t("The skill holds, days")} hint={t("Empty: it does not expire.")}>
          <input
            className="input num"
            type="number"
            min={1}
            max={3650}
            value={draft.days ?? ""}
            onChange={({ target }) =>
              change({ days: Number.isNaN(target.valueAsNumber) ? null : target.valueAsNumber })
            }
          />
        </Field>
        <Field label={t("Again after a failure, hours")}>
          <input
            className="input num"
            type="number"
            required
            min={0}
            max={8760}
            value={draft.retry}
            onChange={({ target }) => change({ retry: target.valueAsNumber || 0 })}
          />
        </Field>
        <label className="row g8">
          <input type="checkbox" checked={draft.open} onChange={({ target }) => change({ open: target.checked })} />
          {t("It can be taken now")}
        </label>
        {chosen.size < draft.tasks && (
          <p className="small cau">
            {t("Choose at least {count} tasks: so many are dealt in one sitting.", { count: draft.tasks })}
          </p>
        )}
        {save.error && <ProblemNotice problem={save.error} />}
        <Button look="primary" type="submit" isBusy={save.isPending}>
          {exam ? t("Change the exam") : t("Make the exam")}
        </Button>
      </section>
    </form>
  );
}

function Sittings({ project }: { project: Id }) {
  const sittings = useInfiniteQuery({
    queryKey: ["exam", project, "sittings"],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/exam/sittings", { path: { project }, query: { cursor: pageParam, limit: 50 } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = sittings.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Faces query={sittings} lines={4}>
      {() => (
        <section className="card clip">
          <div className="cardhead">
            <h2 className="h3">{t("Who sat it")}</h2>
            <span className="small t3">{t("newest first, by pseudonym")}</span>
          </div>
          {items.length === 0 ? (
            <p className="p16 t2">{t("Nobody yet. It stands in My work of everybody who labels here.")}</p>
          ) : (
            <div className="scroll-x">
              <table className="tbl">
                <thead>
                  <tr>
                    <th>{t("Person")}</th>
                    <th>{t("Begun")}</th>
                    <th className="r">{t("Right")}</th>
                    <th className="r">{t("Needed")}</th>
                    <th>{t("Result")}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((each) => (
                    <tr key={`${each.person_id} ${each.begun_at}`}>
                      <td className="b">{each.annotator}</td>
                      <td className="t2 nowrap">{when(each.begun_at)}</td>
                      <td className="r num">
                        {each.right === null
                          ? ""
                          : t("{right} of {total}", { right: number(each.right), total: number(each.tasks) })}
                      </td>
                      <td className="r num">{number(each.needed)}</td>
                      <td>
                        <ResultState sitting={each} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {sittings.hasNextPage && (
            <div className="p16">
              <Button isBusy={sittings.isFetchingNextPage} onClick={() => void sittings.fetchNextPage()}>
                {t("Show earlier ones")}
              </Button>
            </div>
          )}
        </section>
      )}
    </Faces>
  );
}

function ResultState({ sitting }: { sitting: ExamSitting }) {
  if (sitting.passed === null) {
    return (
      <span className="state">
        <IconHourglass {...ICON} />
        {t("{answered} of {tasks} answered", { answered: sitting.answered, tasks: sitting.tasks })}
      </span>
    );
  }
  return sitting.passed ? (
    <span className="state pos">
      <IconCircleCheck {...ICON} />
      {t("passed")}
    </span>
  ) : (
    <span className="state dan">
      <IconCircleX {...ICON} />
      {t("not passed")}
    </span>
  );
}
