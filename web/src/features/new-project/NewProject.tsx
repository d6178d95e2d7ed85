/** A new project from what was dropped: what it seems to be, what becomes of its columns, and its first rows as annotators will see them. */
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { call, propose } from "../../api/client";
import type { Imported, OntologyBody, Preset, Proposal, Proposals } from "../../api/contract";
import { Problem } from "../../api/problem";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { EditQuestions } from "../ontology/EditQuestions";
import { itemOf } from "../ontology/examples";
import { Columns } from "./Columns";
import { arrived } from "./carried";
import { mappingOf, type Roles, rolesOf, showing, unfilled, WHOLE_ROW, withRole } from "./columns";
import { createAndLabel, newProjectCommands } from "./commands";
import { Drop } from "./Drop";
import { chosenOf, type Dropped, titleOf } from "./files";
import { type Far, importAll } from "./importing";
import { Kinds } from "./Kinds";
import "./new-project.css";
import { isNothing, NothingToTake } from "./NothingToTake";
import { Defects, Report, Under } from "./Report";
import { RowPreview } from "./RowPreview";
import { useFirstRows } from "./useFirstRows";

/** What is to be asked: a preset with its holes filled, or questions of one's own. */
export interface Chosen {
  /** "" where the questions were edited. */
  preset: string;
  with: Record<string, unknown>;
  body: OntologyBody;
  mapping: Record<string, string>;
}

const NO_COLUMNS: Proposals["columns"] = [];

export default function NewProject() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const may = useMay();
  const presets = useQuery({ queryKey: ["presets"], queryFn: () => call("GET /presets"), staleTime: 600_000 });
  const [files, setFiles] = useState<readonly Dropped[]>([]);
  const [left, setLeft] = useState(0);
  const [seen, setSeen] = useState<Proposals | null>(null);
  const [isReading, setReading] = useState(false);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [roles, setRoles] = useState<Roles>({});
  const [name, setName] = useState("");
  const [opinions, setOpinions] = useState(1);
  const [isPick, setPick] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const [at, setAt] = useState(0);
  const [problem, setProblem] = useState<unknown>(null);
  const making = useMaking();
  const titled = useRef("");

  const columns = seen?.columns ?? NO_COLUMNS;
  const mapping = chosen ? mappingOf(roles, chosen.body, chosen.mapping) : {};
  const body = chosen ? showing(chosen.body, roles) : null;
  const missing = chosen && seen?.rows ? unfilled(roles, chosen.body, chosen.mapping) : [];
  const first = useFirstRows(missing.length === 0 ? body : null, mapping, seen ?? null, files);
  const sample = itemOf(presets.data?.items.find((each) => each.name === chosen?.preset)?.sample);
  const items = first.items;
  const shownAt = Math.min(at, Math.max(items.length - 1, 0));

  const ask = (next: Chosen, of: Proposals | null = seen): void => {
    setChosen(next);
    setRoles(
      rolesOf(
        (of?.columns ?? NO_COLUMNS).map((column) => column.name),
        next.body,
        next.mapping,
      ),
    );
    setAt(0);
  };
  const take = async (dropped: Dropped[]): Promise<void> => {
    const { files: taken, left: others } = chosenOf(dropped);
    const [head] = taken;
    setFiles(taken);
    setLeft(others);
    setSeen(null);
    setProblem(null);
    making.reset();
    if (!head) return;
    setReading(true);
    // A name that nobody wrote follows the file; one that somebody wrote stays.
    const title = titleOf(taken.length > 1 ? (head.name.split("/")[0] ?? head.name) : head.name);
    const last = titled.current;
    setName((before) => (before.trim() && before !== last ? before : title));
    titled.current = title;
    try {
      const found = await propose(head.file);
      setSeen(found);
      const [best] = found.proposals;
      if (best) ask(ofProposal(best), found);
      else if (chosen) ask(chosen, found);
    } catch (error) {
      setProblem(error);
    } finally {
      setReading(false);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was dropped elsewhere is taken once
  useEffect(() => {
    const carried = arrived();
    if (carried.length > 0) void take(carried);
  }, []);

  const why = !chosen
    ? t("Choose what is asked first")
    : !name.trim()
      ? t("Give it a name first")
      : missing.length > 0
        ? t("Choose a column for “{input}” first", { input: missing[0] ?? "" })
        : null;
  const make = async (isLabeling: boolean): Promise<void> => {
    if (why || !body || making.isBusy) return;
    const project = await making.run({
      name: name.trim(),
      body,
      opinions,
      isPick: isPick && canPick(body),
      files,
      mapping,
    });
    void client.invalidateQueries({ queryKey: ["projects"] });
    void client.invalidateQueries({ queryKey: ["work"] });
    if (!project || project.isReported) return;
    const to = isLabeling && files.length > 0 ? "/projects/$project/label" : "/projects/$project";
    void navigate({ to, params: { project: project.id } });
  };
  const step = (by: 1 | -1): void => setAt(Math.min(Math.max(shownAt + by, 0), Math.max(items.length - 1, 0)));
  useCommands(newProjectCommands, {
    canMake: !why && !making.isBusy && !isEditing,
    make: () => void make(true),
    step,
    cancel: () => void navigate({ to: "/projects" }),
  });

  return (
    <>
      <Crumbs trail={[{ to: "/projects", word: t("Projects") }]} here={t("New project")}>
        <span className="small t3 wide-only">{t("Nothing is stored before you create it")}</span>
        <Link to="/projects" className="btn quiet">
          {t("Cancel")}
        </Link>
      </Crumbs>
      <div className="page full">
        <div className="newproject">
          <div className="making">
            <div className="makingbody">
              <Drop files={files} onFiles={(dropped) => void take(dropped)}>
                {left > 0 &&
                  ` · ${t("{count, plural, one {# other file} other {# other files}} left out", { count: left })}`}
              </Drop>
              {problem !== null && <ProblemNotice problem={problem} />}
              {seen && isNothing(seen) && <NothingToTake name={files[0]?.name ?? ""} />}
              <Field label={t("Name")}>
                <input
                  className="input"
                  required
                  maxLength={200}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              </Field>
              {isReading || presets.isPending ? (
                <Skeleton lines={4} />
              ) : presets.error ? (
                <ProblemNotice problem={presets.error} onRetry={() => void presets.refetch()} />
              ) : (
                <Kinds
                  proposals={seen?.proposals ?? []}
                  presets={presets.data.items}
                  chosen={chosen}
                  hasFile={files.length > 0}
                  onChoose={(next) => ask(next)}
                />
              )}
              {chosen && (
                <Holes
                  preset={presets.data?.items.find((each) => each.name === chosen.preset)}
                  chosen={chosen}
                  onChange={(next) => setChosen(next)}
                />
              )}
              {chosen && columns.length > 0 && (
                <Columns
                  columns={columns}
                  body={chosen.body}
                  roles={roles}
                  isWholeRow={Object.values(chosen.mapping).includes(WHOLE_ROW)}
                  onRole={(column, role) => setRoles(withRole(roles, column, role))}
                />
              )}
              {first.problems.length > 0 && !making.report && (
                <>
                  <Notice tone="cau">
                    <span className="b">{t("Some of the first rows would be left out.")}</span>{" "}
                    {t("They would be listed with their lines; the others go in.")}
                  </Notice>
                  <Defects problems={first.problems} />
                </>
              )}
              {first.error !== null && first.error !== undefined && <ProblemNotice problem={first.error} />}
              <div className="twoup">
                <Field label={t("Answers a task")} hint={t("By as many people. Two or more show agreement.")}>
                  <input
                    className="input"
                    type="number"
                    min={1}
                    max={99}
                    value={opinions}
                    onChange={(event) => setOpinions(Math.min(Math.max(event.target.valueAsNumber || 1, 1), 99))}
                  />
                </Field>
                {body && canPick(body) && (
                  <label className="row g8 pick">
                    <input type="checkbox" checked={isPick} onChange={(event) => setPick(event.target.checked)} />
                    {t("A pick submits at once, with undo")}
                  </label>
                )}
              </div>
              {making.problem !== null && (
                <ProblemNotice problem={making.problem} onRetry={making.canGoOn ? () => void make(true) : undefined} />
              )}
              {making.report && <Report {...making.report} />}
            </div>
            <div className="makingfoot">
              {making.isBusy ? (
                <Under far={making.far} onStop={making.stop} />
              ) : making.project && making.report ? (
                <>
                  {may("task.label") && (
                    <Link className="btn primary l" to="/projects/$project/label" params={{ project: making.project }}>
                      {t("Label the first task")}
                    </Link>
                  )}
                  <Link className="btn l" to="/projects/$project" params={{ project: making.project }}>
                    {t("Open the project")}
                  </Link>
                </>
              ) : (
                <>
                  {files.length > 0 && may("task.label") && (
                    <Button
                      look="primary"
                      size="l"
                      className="grow"
                      chord={createAndLabel.keys[0]}
                      aria-disabled={why !== null}
                      title={why ?? undefined}
                      onClick={() => void make(true)}
                    >
                      {t("Create and label the first task")}
                    </Button>
                  )}
                  <Button
                    size="l"
                    look={files.length > 0 && may("task.label") ? "plain" : "primary"}
                    aria-disabled={why !== null}
                    title={why ?? undefined}
                    onClick={() => void make(false)}
                  >
                    {files.length > 0 ? t("Create only") : t("Create without tasks")}
                  </Button>
                  {why && <span className="small t3">{why}</span>}
                </>
              )}
            </div>
          </div>
          {body ? (
            <div className="previewing">
              <RowPreview
                body={body}
                name={name}
                items={items.length > 0 ? items : sample ? [sample] : []}
                lines={first.lines}
                at={shownAt}
                onStep={step}
              />
              <Summary body={body} onEdit={() => setEditing(true)} />
            </div>
          ) : (
            <div className="previewing empty-preview">
              <p className="t3">
                {t("The first task stands here as an annotator will see it, as soon as it is known what is asked.")}
              </p>
            </div>
          )}
        </div>
      </div>
      {isEditing && chosen && (
        <EditQuestions
          body={chosen.body}
          item={items[shownAt] ?? sample}
          onClose={() => setEditing(false)}
          onDone={(edited) => {
            setEditing(false);
            ask({ ...chosen, preset: "", with: {}, body: edited });
          }}
        />
      )}
    </>
  );
}

export function ofProposal(proposal: Proposal): Chosen {
  const { preset, body, mapping } = proposal;
  return { preset, with: proposal.with, body, mapping };
}

/** Submit on pick makes sense where one question with options is asked once about the task. */
function canPick({ questions }: OntologyBody): boolean {
  const [only] = questions;
  return questions.length === 1 && only !== undefined && ["choice", "rating", "pairwise"].includes(only.kind);
}

/** What fills the holes of a preset: lists of words, such as labels. */
function Holes({
  preset,
  chosen,
  onChange,
}: {
  preset: Preset | undefined;
  chosen: Chosen;
  onChange: (next: Chosen) => void;
}) {
  const holes = Object.entries(preset?.holes ?? {}).filter(([, { example }]) => Array.isArray(example));
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another preset begins with its own words
  useEffect(() => {
    setTexts({});
    setProblem(null);
  }, [chosen.preset]);
  if (!preset || holes.length === 0) return null;
  const fill = async (hole: string, text: string): Promise<void> => {
    setTexts({ ...texts, [hole]: text });
    const words = text
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean);
    const filled = { ...chosen.with, [hole]: [...new Set(words)] };
    latest.current += 1;
    const mine = latest.current;
    try {
      const { body } = await call("POST /ontology/expand", { body: { preset: preset.name, with: filled } });
      if (mine !== latest.current) return;
      setProblem(null);
      onChange({ ...chosen, with: filled, body });
    } catch (error) {
      if (mine === latest.current)
        setProblem(
          error instanceof Problem
            ? (error.problems[0]?.message ?? error.message)
            : t("The server does not answer just now."),
        );
    }
  };
  return (
    <>
      {holes.map(([hole, { title, example }]) => {
        const given = chosen.with[hole] as string[] | undefined;
        return (
          <Field key={hole} label={title} hint={t("Separated by commas. They can be changed later.")} error={problem}>
            <input
              className="input"
              value={texts[hole] ?? given?.join(", ") ?? ""}
              placeholder={(example as string[]).join(", ")}
              onChange={(event) => void fill(hole, event.target.value)}
            />
          </Field>
        );
      })}
    </>
  );
}

function Summary({ body, onEdit }: { body: OntologyBody; onEdit: () => void }) {
  const words = body.questions.map(
    ({ text, name, kind }) => `${typeof text === "string" ? text : name} (${kind.replaceAll("_", " ")})`,
  );
  return (
    <div className="card summary">
      <div className="grow">
        <div className="t2">
          {t("{count, plural, one {# question} other {# questions}}", { count: body.questions.length })}
        </div>
        <div className="b cut" title={words.join(" · ")}>
          {words.join(" · ")}
        </div>
      </div>
      <Button icon={<IconAdjustmentsHorizontal size={16} stroke={1.75} aria-hidden="true" />} onClick={onEdit}>
        {t("Edit the questions")}
      </Button>
    </div>
  );
}

interface MakeOrder {
  name: string;
  body: OntologyBody;
  opinions: number;
  isPick: boolean;
  files: readonly Dropped[];
  mapping: Record<string, string>;
}

/** Makes the project and sends the tasks. A refusal leaves nothing behind; a connection that broke goes on where it was. */
function useMaking() {
  const [far, setFar] = useState<Far | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [report, setReport] = useState<Imported | null>(null);
  const [made, setMade] = useState<{ id: string; key: string } | null>(null);
  const stopping = useRef<AbortController | null>(null);
  const undo = async (id: string): Promise<void> => {
    setMade(null);
    await call("DELETE /projects/{project}", { path: { project: id } }).catch(() => undefined);
  };
  const run = async (order: MakeOrder): Promise<{ id: string; isReported: boolean } | null> => {
    setBusy(true);
    setProblem(null);
    setReport(null);
    setFar(null);
    const control = new AbortController();
    stopping.current = control;
    let begun = made;
    try {
      if (!begun) {
        const project = await call("POST /projects", {
          body: { name: order.name, ontology: order.body, opinions: order.opinions, submit_on_pick: order.isPick },
        });
        begun = { id: project.id, key: crypto.randomUUID() };
        setMade(begun);
      }
      const [head] = order.files;
      if (!head) return { id: begun.id, isReported: false };
      const imported = await importAll(
        {
          project: begun.id,
          files: order.files,
          mapping: order.mapping,
          batch: order.files.length > 1 ? order.name : (head.name.split("/").at(-1) ?? head.name),
          isAtomic: false,
          key: begun.key,
        },
        setFar,
        control.signal,
      );
      if (imported.rejected === 0) return { id: begun.id, isReported: false };
      setReport(imported);
      return { id: begun.id, isReported: true };
    } catch (error) {
      const isStopped = error instanceof DOMException && error.name === "AbortError";
      if (!isStopped) setProblem(error);
      // What was refused or stopped is not half a project: it goes into the trash. What broke off can go on.
      if (begun && (isStopped || error instanceof Problem)) await undo(begun.id);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return {
    run,
    far,
    isBusy,
    problem,
    report,
    project: made?.id ?? null,
    canGoOn: made !== null && problem !== null,
    stop: () => stopping.current?.abort(),
    reset: () => {
      setProblem(null);
      setReport(null);
      setMade(null);
    },
  };
}
