/** A project's set-up: how tasks are dealt, and pausing, archiving, copying or trashing it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Project } from "../../api/contract";
import { Problem } from "../../api/problem";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import { OfferCard } from "../offers/OfferCard";
import { WorkflowCard } from "./WorkflowCard";
import "./settings.css";

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
        <Faces query={project}>
          {(data) => (
            <>
              <WorkflowCard project={data} key={`workflow ${data.id} ${data.version}`} />
              <OfferCard project={data.id} />
              <Dealing project={data} key={`${data.id} ${data.version}`} />
              <Life project={data} />
            </>
          )}
        </Faces>
      </div>
    </>
  );
}

/** A date field's value, in the person's own time, for a moment of the contract; and back. */
function toField(time: string | null): string {
  if (!time) return "";
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Dealing({ project }: { project: Project }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState({
    name: project.name,
    lease_seconds: project.lease_seconds,
    priority: project.priority,
    submit_on_pick: project.submit_on_pick,
    open_to: project.open_to,
    due: toField(project.due_at),
    suggestions_hidden: project.suggestions_hidden,
    counts_manner: project.counts_manner,
  });
  const change = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: ({ due, ...settings }: typeof draft) =>
      call("PATCH /projects/{project}", {
        path: { project: project.id },
        body: { ...settings, due_at: due ? new Date(due).toISOString() : null },
        headers: { "If-Match": `"${project.version}"` },
      }),
    onSuccess: (saved) => {
      const before = project;
      client.setQueryData(["project", project.id], saved);
      void client.invalidateQueries({ queryKey: ["projects"] });
      toast(t("The set-up is saved."), {
        word: t("Undo"),
        run: () =>
          void call("PATCH /projects/{project}", {
            path: { project: project.id },
            body: {
              name: before.name,
              lease_seconds: before.lease_seconds,
              priority: before.priority,
              submit_on_pick: before.submit_on_pick,
              open_to: before.open_to,
              due_at: before.due_at,
              suggestions_hidden: before.suggestions_hidden,
              counts_manner: before.counts_manner,
            },
          }).then((back) => client.setQueryData(["project", project.id], back)),
      });
    },
  });
  const isStale = save.error instanceof Problem && save.error.code === "precondition-failed";
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h2 className="h3">{t("How tasks are dealt")}</h2>
      </div>
      <form
        className="p20 col g16"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <Field label={t("Name")}>
          <input
            className="input"
            required
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
        <div className="twoup">
          <Field label={t("A hold lasts, minutes")} hint={t("Then the task goes to somebody else. The draft is kept.")}>
            <input
              className="input"
              type="number"
              required
              min={1}
              max={10080}
              value={Math.round(draft.lease_seconds / 60)}
              onChange={(event) => change({ lease_seconds: (event.target.valueAsNumber || 1) * 60 })}
            />
          </Field>
          <Field label={t("Due")} hint={t("In your own time. Annotators see the day.")}>
            <input
              className="input"
              type="datetime-local"
              value={draft.due}
              onChange={(event) => change({ due: event.target.value })}
            />
          </Field>
          <Field label={t("Priority of new tasks")} hint={t("0 to 255; 128 is usual, higher is dealt first.")}>
            <input
              className="input"
              type="number"
              required
              min={0}
              max={255}
              value={draft.priority}
              onChange={(event) => change({ priority: event.target.valueAsNumber || 0 })}
            />
          </Field>
          <Field
            label={t("Tasks without suggestions, percent")}
            hint={t("Drawn by lot. What models suggest is hidden there, so that its influence can be measured.")}
          >
            <input
              className="input"
              type="number"
              required
              min={0}
              max={100}
              value={Math.round(draft.suggestions_hidden * 100)}
              onChange={(event) => change({ suggestions_hidden: (event.target.valueAsNumber || 0) / 100 })}
            />
          </Field>
        </div>
        <div className="field">
          <span className="label">{t("Who may answer")}</span>
          <Segmented
            label={t("Who may answer")}
            value={draft.open_to}
            options={[
              ["organization", t("Everybody who labels here")],
              ["assigned", t("Only who is assigned")],
            ]}
            onChange={(open_to) => change({ open_to })}
          />
        </div>
        <label className="row g8">
          <input
            type="checkbox"
            checked={draft.submit_on_pick}
            onChange={(event) => change({ submit_on_pick: event.target.checked })}
          />
          <span>
            {t("A pick submits at once, with undo")}{" "}
            <span className="t3">{t("where a task asks one question with options")}</span>
          </span>
        </label>
        <label className="row g8">
          <input
            type="checkbox"
            checked={draft.counts_manner}
            onChange={(event) => change({ counts_manner: event.target.checked })}
          />
          <span>
            {t("Count how answers are made")}{" "}
            <span className="t3">{t("pastes, time away, edits: numbers only, and annotators are told")}</span>
          </span>
        </label>
        {save.error && (
          <ProblemNotice
            problem={save.error}
            onRetry={isStale ? () => void client.invalidateQueries({ queryKey: ["project", project.id] }) : undefined}
          />
        )}
        <div className="row g8">
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
  const may = useMay();
  const [isCopying, setCopying] = useState(false);
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
    onSuccess: (_, verb) => {
      again();
      const back: Record<Verb, Verb> = { pause: "resume", resume: "pause", archive: "restore", restore: "archive" };
      const words: Record<Verb, string> = {
        pause: t("Work is paused."),
        resume: t("Work goes on."),
        archive: t("The project is archived."),
        restore: t("The project is open again."),
      };
      toast(words[verb], { word: t("Undo"), run: () => turn.mutate(back[verb]) });
    },
  });
  const trash = useMutation({
    mutationFn: () => call("DELETE /projects/{project}", { path: { project: project.id } }),
    onSuccess: () => {
      again();
      toast(t("The project lies in the trash for 30 days."), { word: t("Undo"), run: () => turn.mutate("restore") });
      void navigate({ to: "/projects" });
    },
  });
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h2 className="h3">{t("Its life")}</h2>
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
          {may("project.create") && (
            <Button onClick={() => setCopying(true)}>{t("Copy the set-up into a new project…")}</Button>
          )}
          {project.state !== "trashed" && (
            <Button look="danger" isBusy={trash.isPending} onClick={() => trash.mutate()}>
              {t("Put into the trash")}
            </Button>
          )}
        </div>
        <p className="small t3">
          {t("Pausing takes every hold back at once; drafts stay. Archived projects can be read and released.")}
        </p>
        {(turn.error || trash.error) && <ProblemNotice problem={turn.error ?? trash.error} />}
      </div>
      {isCopying && <CopyDialog project={project} onClose={() => setCopying(false)} />}
    </section>
  );
}

function CopyDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(t("{name}, copy", { name: project.name }));
  const copy = useMutation({
    mutationFn: () => call("POST /projects/{project}/clone", { path: { project: project.id }, body: { name } }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["projects"] });
      void navigate({ to: "/projects/$project", params: { project: made.id } });
    },
  });
  return (
    <Dialog
      title={t("Copy the set-up")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="copy" isBusy={copy.isPending}>
            {t("Make the copy")}
          </Button>
        </>
      }
    >
      <form
        id="copy"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          copy.mutate();
        }}
      >
        <Field
          label={t("Name of the new project")}
          hint={t("Questions, guidelines and set-up come along; tasks and answers do not.")}
        >
          <input className="input" required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {copy.error && <ProblemNotice problem={copy.error} />}
      </form>
    </Dialog>
  );
}
