/** More tasks for a project there is: a file, what becomes of its columns, all rows or none, and what became of them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call, propose } from "../../api/client";
import type { OntologyBody, Proposals } from "../../api/contract";
import { Problem } from "../../api/problem";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { Columns } from "./Columns";
import { mappingOf, type Roles, rolesOf, unfilled, WHOLE_ROW, withRole } from "./columns";
import { createAndLabel, newProjectCommands } from "./commands";
import { Drop } from "./Drop";
import { FromBucket } from "./FromBucket";
import { chosenOf, type Dropped } from "./files";
import { ImportRuns } from "./ImportRuns";
import { type Far, importAll } from "./importing";
import "./new-project.css";
import { isNothing, NothingToTake } from "./NothingToTake";
import { Defects, Report, Under } from "./Report";
import { RowPreview } from "./RowPreview";
import { useFirstRows } from "./useFirstRows";

export default function AddTasks() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const ontology = useQuery({
    queryKey: ["ontology", id, null],
    queryFn: () => call("GET /projects/{project}/ontology", { path: { project: id } }),
  });
  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Add tasks")}
      />
      <div className="page full">
        <Faces query={ontology}>{({ body }) => <Adding project={id} body={body} />}</Faces>
      </div>
    </>
  );
}

/** What the proposals for a file say about the inputs of this ontology: those that fit the same inputs come first. */
function guessed(found: Proposals, body: OntologyBody): Record<string, string> {
  const names = body.inputs.map(({ name }) => name);
  const columns = found.columns.map(({ name }) => name);
  if (names.every((name) => columns.includes(name))) return {};
  const fitting = found.proposals.find(({ mapping }) => names.every((name) => mapping[name] !== undefined));
  if (fitting) return Object.fromEntries(names.map((name) => [name, fitting.mapping[name] ?? name]));
  const [only] = names;
  const text = found.columns.find(({ guess }) => guess === "text" || guess === "chat" || guess === "picture");
  return names.length === 1 && only && text ? { [only]: text.name } : {};
}

/** Buckets hold files: they are offered where one file is all that a task shows. */
function showsOneFile({ inputs }: OntologyBody): boolean {
  return inputs.length === 1 && ["image", "audio"].includes(inputs[0]?.kind ?? "");
}

type Source = "file" | "bucket";

function Adding({ project, body }: { project: string; body: OntologyBody }) {
  const [source, setSource] = useState<Source>("file");
  const navigate = useNavigate();
  const client = useQueryClient();
  const [files, setFiles] = useState<readonly Dropped[]>([]);
  const [left, setLeft] = useState(0);
  const [seen, setSeen] = useState<Proposals | null>(null);
  const [base, setBase] = useState<Record<string, string>>({});
  const [roles, setRoles] = useState<Roles>({});
  const [batch, setBatch] = useState("");
  const [isAtomic, setAtomic] = useState(false);
  const [at, setAt] = useState(0);
  const [far, setFar] = useState<Far | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const stopping = useRef<AbortController | null>(null);
  const key = useRef(crypto.randomUUID());
  const [head] = files;
  const mapping = mappingOf(roles, body, base);
  const missing = seen?.rows ? unfilled(roles, body, base) : [];
  const first = useFirstRows(missing.length === 0 && head ? body : null, mapping, seen ?? null, files);
  const shownAt = Math.min(at, Math.max(first.items.length - 1, 0));

  const take = async (dropped: Dropped[]): Promise<void> => {
    const { files: taken, left: others } = chosenOf(dropped);
    setFiles(taken);
    setLeft(others);
    setSeen(null);
    setProblem(null);
    add.reset();
    key.current = crypto.randomUUID();
    if (!taken[0]) return;
    try {
      const found = await propose(taken[0].file);
      const fits = guessed(found, body);
      setSeen(found);
      setBase(fits);
      setRoles(
        rolesOf(
          found.columns.map(({ name }) => name),
          body,
          fits,
        ),
      );
    } catch (error) {
      setProblem(error);
    }
  };
  const add = useMutation({
    mutationFn: () => {
      const control = new AbortController();
      stopping.current = control;
      setFar(null);
      const named =
        batch.trim() || (files.length > 1 ? (head?.name.split("/")[0] ?? "") : (head?.name.split("/").at(-1) ?? ""));
      return importAll({ project, files, mapping, batch: named, isAtomic, key: key.current }, setFar, control.signal);
    },
    onSuccess: (imported) => {
      for (const name of ["progress", "project", "tasks", "batches"]) {
        void client.invalidateQueries({ queryKey: [name, project] });
      }
      key.current = crypto.randomUUID();
      if (imported.rejected > 0) return;
      toast(t("{count, plural, one {# task went in} other {# tasks went in}}", { count: imported.imported }));
      void navigate({ to: "/projects/$project", params: { project } });
    },
    onError: (error) => {
      if (error instanceof Problem) key.current = crypto.randomUUID();
    },
  });
  const why = !head
    ? t("Choose a file first")
    : missing.length > 0
      ? t("Choose a column for “{input}” first", { input: missing[0] ?? "" })
      : null;
  const step = (by: 1 | -1): void => setAt(Math.min(Math.max(shownAt + by, 0), Math.max(first.items.length - 1, 0)));
  useCommands(newProjectCommands, {
    canMake: source === "file" && !why && !add.isPending,
    make: () => add.mutate(),
    step,
    cancel: () => void navigate({ to: "/projects/$project", params: { project } }),
  });
  const isStopped = add.error instanceof DOMException && add.error.name === "AbortError";
  const fromFile = (
    <>
      <Drop files={files} onFiles={(dropped) => void take(dropped)}>
        {left > 0 && ` · ${t("{count, plural, one {# other file} other {# other files}} left out", { count: left })}`}
      </Drop>
      {problem !== null && <ProblemNotice problem={problem} />}
      {seen && isNothing(seen) && <NothingToTake name={head?.name ?? ""} />}
      {seen && seen.columns.length > 0 && (
        <Columns
          columns={seen.columns}
          body={body}
          roles={roles}
          isWholeRow={Object.values(base).includes(WHOLE_ROW)}
          onRole={(column, role) => setRoles(withRole(roles, column, role))}
        />
      )}
      {first.problems.length > 0 && !add.data && <Defects problems={first.problems} />}
      <Field label={t("Batch")} hint={t("A name to find these tasks by; the file’s own if left empty.")}>
        <input className="input" maxLength={200} value={batch} onChange={(event) => setBatch(event.target.value)} />
      </Field>
      <label className="row g8">
        <input type="checkbox" checked={isAtomic} onChange={(event) => setAtomic(event.target.checked)} />
        <span>
          {t("All rows or none")} <span className="t3">{t("instead of leaving bad rows out")}</span>
        </span>
      </label>
      {add.error && !isStopped && <ProblemNotice problem={add.error} onRetry={() => add.mutate()} />}
      {add.data && add.data.rejected > 0 && <Report {...add.data} />}
    </>
  );
  return (
    <div className="newproject">
      <div className="making">
        <div className="makingbody">
          {showsOneFile(body) && (
            <Segmented<Source>
              label={t("Where from")}
              value={source}
              options={[
                ["file", t("Files")],
                ["bucket", t("A bucket")],
              ]}
              onChange={setSource}
            />
          )}
          {source === "bucket" ? <FromBucket project={project} /> : fromFile}
          {!add.isPending && <ImportRuns project={project} />}
        </div>
        {source === "file" && (
          <div className="makingfoot">
            {add.isPending ? (
              <Under far={far} onStop={() => stopping.current?.abort()} />
            ) : add.data && add.data.rejected > 0 ? (
              <Link className="btn primary l" to="/projects/$project" params={{ project }}>
                {t("Open the project")}
              </Link>
            ) : (
              <>
                <Button
                  look="primary"
                  size="l"
                  chord={createAndLabel.keys[0]}
                  aria-disabled={why !== null}
                  title={why ?? undefined}
                  onClick={() => !why && add.mutate()}
                >
                  {t("Add the tasks")}
                </Button>
                {why && <span className="small t3">{why}</span>}
              </>
            )}
          </div>
        )}
      </div>
      <div className="previewing">
        <RowPreview body={body} items={first.items} lines={first.lines} at={shownAt} onStep={step} />
      </div>
    </div>
  );
}
