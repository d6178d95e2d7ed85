/** Which skills a project asks for before it deals work, stage by stage. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Id, Skill } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";

export function SkillsAsked({ project }: { project: Id }) {
  const [stage, setStage] = useState<Asking>("label");
  const skills = useQuery({ queryKey: ["skills"], queryFn: () => call("GET /skills") });
  const asked = useQuery({
    queryKey: ["skills", project, stage],
    queryFn: () => call("GET /projects/{project}/skills", { path: { project }, query: { stage } }),
  });
  return (
    <Faces query={skills} lines={4}>
      {(all) =>
        all.items.length === 0 ? (
          <div className="card">
            <Empty
              title={t("The organization has no skill yet")}
              action={
                <Link className="btn primary" to="/skills">
                  {t("Name a skill")}
                </Link>
              }
            >
              {t("Once there is one, a project can ask for it: who lacks it is refused, and told where it is earned.")}
            </Empty>
          </div>
        ) : (
          <div className="col g16">
            <div className="row">
              <Segmented
                label={t("For which work")}
                value={stage}
                options={[
                  ["label", t("Answering")],
                  ["review", t("Reviewing")],
                  ["adjudicate", t("Adjudicating")],
                  ["audit", t("Auditing")],
                ]}
                onChange={setStage}
              />
            </div>
            <Faces query={asked} lines={4}>
              {(data) => (
                <Choice
                  key={[stage, ...data.items.map(({ id }) => id)].join()}
                  project={project}
                  stage={stage}
                  skills={all.items}
                  asked={data.items.map(({ id }) => id)}
                />
              )}
            </Faces>
          </div>
        )
      }
    </Faces>
  );
}

type Asking = "label" | "review" | "adjudicate" | "audit";
interface ChoiceProps {
  project: Id;
  stage: Asking;
  skills: Skill[];
  asked: Id[];
}

function Choice({ project, stage, skills, asked }: ChoiceProps) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set(asked));
  const save = useMutation({
    mutationFn: (ids: Id[]) =>
      call("PUT /projects/{project}/skills", { path: { project }, body: { skills: ids, stage } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["skills", project] });
      toast(t("Saved: it counts from the next claim on."), { word: t("Undo"), run: () => save.mutate(asked) });
    },
  });
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h2 className="h3">{t("Who may be dealt tasks here")}</h2>
        <Link className="small" to="/skills">
          {t("Skills of the organization")}
        </Link>
      </div>
      <form
        className="p20 col g12"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate([...chosen]);
        }}
      >
        <fieldset className="col g8">
          <legend className="t2">{t("Whoever has every one of these; everybody where none is ticked.")}</legend>
          {skills.map(({ id, name, holders }) => (
            <label className="row g8" key={id}>
              <input
                type="checkbox"
                checked={chosen.has(id)}
                onChange={({ target }) =>
                  setChosen(new Set(target.checked ? [...chosen, id] : [...chosen].filter((each) => each !== id)))
                }
              />
              <span>{name}</span>
              <span className="small t3">
                {t("{count, plural, =0 {nobody has it} one {one person has it} other {# people have it}}", {
                  count: holders.filter(({ state }) => state === "valid").length,
                })}
              </span>
            </label>
          ))}
        </fieldset>
        <p className="small t3">{t("What somebody holds already they may finish.")}</p>
        {save.error && <ProblemNotice problem={save.error} />}
        <div className="row g8">
          <Button look="primary" type="submit" isBusy={save.isPending}>
            {t("Ask for them")}
          </Button>
        </div>
      </form>
    </section>
  );
}
