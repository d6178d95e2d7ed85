/** A project's set-up: how tasks are dealt, and pausing, archiving, copying or trashing it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Project } from "../../api/contract";
import { Crumbs } from "../../app/Crumbs";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import "../progress/progress.css";

export default function SetUp() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Set-up")}
      >
        {project.data && <StateTag state={project.data.state} />}
      </Crumbs>
      <div className="page">
        {project.isPending ? (
          <Skeleton />
        ) : project.error ? (
          <ProblemNotice problem={project.error} onRetry={() => project.refetch()} />
        ) : (
          <>
            <Dealing project={project.data} key={project.data.id} />
            <Life project={project.data} />
          </>
        )}
      </div>
    </>
  );
}

function Dealing({ project }: { project: Project }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState({
    name: project.name,
    opinions: project.opinions,
    lease_seconds: project.lease_seconds,
    submit_on_pick: project.submit_on_pick,
  });
  const save = useMutation({
    mutationFn: () => call("PATCH /projects/{project}", { path: { project: project.id }, body: draft }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["project", project.id] });
      toast(t("Saved."));
    },
  });
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h3>{t("How tasks are dealt")}</h3>
      </div>
      <form
        className="p20 col g16"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={t("Name")}>
          <input
            className="input"
            required
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
        </Field>
        <Field label={t("Answers a task")} hint={t("For tasks added from now on.")}>
          <input
            className="input"
            type="number"
            min={1}
            max={99}
            value={draft.opinions}
            onChange={(event) => setDraft({ ...draft, opinions: Number(event.target.value) || 1 })}
          />
        </Field>
        <Field label={t("A hold lasts, minutes")} hint={t("Then the task goes to somebody else; the draft is kept.")}>
          <input
            className="input"
            type="number"
            min={1}
            max={10080}
            value={Math.round(draft.lease_seconds / 60)}
            onChange={(event) => setDraft({ ...draft, lease_seconds: (Number(event.target.value) || 1) * 60 })}
          />
        </Field>
        <label className="row g8">
          <input
            type="checkbox"
            checked={draft.submit_on_pick}
            onChange={(event) => setDraft({ ...draft, submit_on_pick: event.target.checked })}
          />
          {t("A pick submits at once, with undo")}
        </label>
        {save.error && <ProblemNotice problem={save.error} />}
        <div>
          <Button look="primary" type="submit" isBusy={save.isPending}>
            {t("Save the set-up")}
          </Button>
        </div>
      </form>
    </section>
  );
}

type Verb = "pause" | "resume" | "archive" | "restore";

function Life({ project }: { project: Project }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const again = (): void => {
    void client.invalidateQueries({ queryKey: ["project", project.id] });
    void client.invalidateQueries({ queryKey: ["projects"] });
  };
  const turn = useMutation({
    mutationFn: (verb: Verb) => {
      const path = { project: project.id };
      if (verb === "pause") return call("POST /projects/{project}/pause", { path });
      if (verb === "resume") return call("POST /projects/{project}/resume", { path });
      if (verb === "archive") return call("POST /projects/{project}/archive", { path });
      return call("POST /projects/{project}/restore", { path });
    },
    onSuccess: again,
  });
  const trash = useMutation({
    mutationFn: () => call("DELETE /projects/{project}", { path: { project: project.id } }),
    onSuccess: () => {
      again();
      toast(t("The project lies in the trash for 30 days."), { word: t("Undo"), run: () => turn.mutate("restore") });
      void navigate({ to: "/projects" });
    },
  });
  const copy = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/clone", {
        path: { project: project.id },
        body: { name: t("{name}, copy", { name: project.name }) },
      }),
    onSuccess: (made) => {
      again();
      void navigate({ to: "/projects/$project", params: { project: made.id } });
    },
  });
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h3>{t("Its life")}</h3>
      </div>
      <div className="p20 col g16">
        {project.state === "trashed" && project.trashed_until && (
          <Notice tone="cau">{t("It will be deleted for good on {day}.", { day: day(project.trashed_until) })}</Notice>
        )}
        <div className="row g8 wrap">
          {project.state === "active" && <Button onClick={() => turn.mutate("pause")}>{t("Pause the work")}</Button>}
          {project.state === "paused" && <Button onClick={() => turn.mutate("resume")}>{t("Resume the work")}</Button>}
          {(project.state === "active" || project.state === "paused") && (
            <Button onClick={() => turn.mutate("archive")}>{t("Archive it")}</Button>
          )}
          {(project.state === "archived" || project.state === "trashed") && (
            <Button onClick={() => turn.mutate("restore")}>{t("Bring it back")}</Button>
          )}
          <Button isBusy={copy.isPending} onClick={() => copy.mutate()}>
            {t("Copy the set-up into a new project")}
          </Button>
          {project.state !== "trashed" && (
            <Button look="danger" isBusy={trash.isPending} onClick={() => trash.mutate()}>
              {t("Put into the trash")}
            </Button>
          )}
        </div>
        <p className="small t3">
          {t("Pausing takes every hold back at once; drafts stay. Archived projects can be read and released.")}
        </p>
        {(turn.error || trash.error || copy.error) && (
          <ProblemNotice problem={turn.error ?? trash.error ?? copy.error} />
        )}
      </div>
    </section>
  );
}
