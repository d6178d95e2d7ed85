/** A new project: drop a file, see what it seems to be and what would be asked, make it. Or add tasks to one there is. */
import { IconFileUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type DragEvent, useRef, useState } from "react";
import { call, importFile } from "../../api/client";
import type { Imported, OntologyBody, Preset } from "../../api/contract";
import { Crumbs } from "../../app/Crumbs";
import { bytes, number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { type Guess, guess, readHead, typeOf } from "./guess";
import "../data/data.css";
import "../progress/progress.css";
import "./new-project.css";

export default function NewProject() {
  const { project } = useParams({ strict: false }) as { project?: string };
  return project ? <AddTasks project={project} /> : <Make />;
}

function Make() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const presets = useQuery({ queryKey: ["presets"], queryFn: () => call("GET /presets"), staleTime: 600_000 });
  const [file, setFile] = useState<File | null>(null);
  const [seen, setSeen] = useState<Guess | null>(null);
  const [preset, setPreset] = useState("");
  const [labels, setLabels] = useState("");
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const [name, setName] = useState("");
  const [opinions, setOpinions] = useState(1);
  const [pick, setPick] = useState(false);

  const items = presets.data?.items ?? [];
  const chosen = items.find((each) => each.name === preset);
  const take = async (dropped: File): Promise<void> => {
    setFile(dropped);
    const head = await readHead(dropped);
    const found = guess(head, items);
    setSeen(found);
    setPreset(found.preset);
    setMapping(found.mapping);
    setLabels(found.labels.join(", "));
    setName((before) => before || dropped.name.replace(/\.[^.]+$/, "").replaceAll(/[_-]+/g, " "));
  };
  const hole = chosen ? holeOf(chosen) : null;
  const given = (): Record<string, string[]> => {
    const list = labels.split(",").map((each) => each.trim());
    const some = list.filter(Boolean);
    return hole && some.length > 0 ? { [hole]: some } : {};
  };

  const make = useMutation({
    mutationFn: async () => {
      const project = await call("POST /projects", {
        body: { name, preset: { preset, with: given() }, opinions, submit_on_pick: pick },
      });
      const imported = file
        ? await importFile(project.id, file, {
            type: typeOf(file),
            mapping,
            key: crypto.randomUUID(),
            batch: file.name,
          })
        : null;
      return { project, imported };
    },
    onSuccess: ({ project, imported }) => {
      void client.invalidateQueries({ queryKey: ["projects"] });
      void client.invalidateQueries({ queryKey: ["work"] });
      if (!imported || imported.rejected === 0)
        void navigate({ to: "/projects/$project", params: { project: project.id } });
    },
  });

  return (
    <>
      <Crumbs trail={[{ to: "/projects", word: t("Projects") }]} here={t("New project")} />
      <div className="page">
        <div className="newproject">
          <section className="col g16">
            <Drop file={file} onFile={(dropped) => void take(dropped)} />
            {seen && (
              <Notice tone={seen.preset ? "info" : "cau"}>
                <div className="b">{seen.reason}</div>
                {seen.columns.length > 0 && (
                  <div className="t2">{t("Columns: {columns}", { columns: seen.columns.join(", ") })}</div>
                )}
              </Notice>
            )}
            {presets.isPending ? (
              <Skeleton />
            ) : presets.error ? (
              <ProblemNotice problem={presets.error} onRetry={() => presets.refetch()} />
            ) : (
              <Field label={t("What is asked")} hint={chosen?.when_to_use}>
                <select className="input" value={preset} onChange={(event) => setPreset(event.target.value)}>
                  <option value="" disabled>
                    {t("Choose")}
                  </option>
                  {items.map((each) => (
                    <option key={each.name} value={each.name}>
                      {each.title}
                    </option>
                  ))}
                </select>
              </Field>
            )}
            {chosen && (
              <>
                {seen &&
                  chosen.body.inputs.map((input) => (
                    <Field key={input.name} label={t("Column for {input}", { input: input.name })}>
                      <select
                        className="input"
                        value={mapping[input.name] ?? input.name}
                        onChange={(event) => setMapping({ ...mapping, [input.name]: event.target.value })}
                      >
                        {[...new Set([mapping[input.name] ?? input.name, ...seen.columns])].map((column) => (
                          <option key={column}>{column}</option>
                        ))}
                      </select>
                    </Field>
                  ))}
                {hole && (
                  <Field label={t("Labels")} hint={t("Separated by commas. They can be changed later.")}>
                    <input
                      className="input"
                      value={labels}
                      placeholder={exampleOf(chosen, hole)}
                      onChange={(event) => setLabels(event.target.value)}
                    />
                  </Field>
                )}
                <Field label={t("Name")}>
                  <input className="input" required value={name} onChange={(event) => setName(event.target.value)} />
                </Field>
                <div className="row g16">
                  <Field label={t("Answers a task")} hint={t("Two or more show agreement.")}>
                    <input
                      className="input"
                      type="number"
                      min={1}
                      max={99}
                      value={opinions}
                      onChange={(event) => setOpinions(Number(event.target.value) || 1)}
                    />
                  </Field>
                  <label className="row g8 check">
                    <input type="checkbox" checked={pick} onChange={(event) => setPick(event.target.checked)} />
                    {t("A pick submits at once, with undo")}
                  </label>
                </div>
              </>
            )}
            {make.error && <ProblemNotice problem={make.error} />}
            {make.data?.imported && make.data.imported.rejected > 0 && (
              <Report
                imported={make.data.imported}
                onGo={() => void navigate({ to: "/projects/$project", params: { project: make.data.project.id } })}
              />
            )}
            <div className="row g8">
              <Button
                look="primary"
                size="l"
                disabled={!chosen || !name.trim()}
                title={!chosen ? t("Choose what is asked first") : undefined}
                isBusy={make.isPending}
                onClick={() => make.mutate()}
              >
                {make.isPending ? t("Making it…") : file ? t("Make it and add the tasks") : t("Make it")}
              </Button>
            </div>
          </section>
          <Preview body={chosen?.body} sample={seen?.first ?? null} mapping={mapping} labels={given()} />
        </div>
      </div>
    </>
  );
}

function AddTasks({ project: id }: { project: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [batch, setBatch] = useState("");
  const [isAtomic, setAtomic] = useState(false);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const go = (): void => void navigate({ to: "/projects/$project", params: { project: id } });
  const add = useMutation({
    mutationFn: () => {
      if (!file) throw new Error(t("Choose a file first"));
      return importFile(id, file, {
        type: typeOf(file),
        batch: batch || file.name,
        atomic: isAtomic,
        key: crypto.randomUUID(),
      });
    },
    onSuccess: (imported) => {
      void client.invalidateQueries({ queryKey: ["progress", id] });
      void client.invalidateQueries({ queryKey: ["project", id] });
      if (imported.rejected === 0) go();
    },
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
      <div className="page">
        <div className="narrow col g16">
          <Drop file={file} onFile={setFile} />
          <Field label={t("Batch")} hint={t("A name to find these tasks by; the file's name if left empty.")}>
            <input className="input" value={batch} onChange={(event) => setBatch(event.target.value)} />
          </Field>
          <label className="row g8 check">
            <input type="checkbox" checked={isAtomic} onChange={(event) => setAtomic(event.target.checked)} />
            {t("All rows or none")}
          </label>
          {add.error && <ProblemNotice problem={add.error} />}
          {add.data && add.data.rejected > 0 && <Report imported={add.data} onGo={go} />}
          <div>
            <Button look="primary" size="l" disabled={!file} isBusy={add.isPending} onClick={() => add.mutate()}>
              {add.isPending ? t("Adding…") : t("Add the tasks")}
            </Button>
          </div>
        </div>
      </div>
    </>
  );
}

function Drop({ file, onFile }: { file: File | null; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files[0];
    if (dropped) onFile(dropped);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has a button beside it that does the same
    <div
      className={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileUpload size={24} stroke={1.5} aria-hidden="true" />
      {file ? (
        <div>
          <div className="b">{file.name}</div>
          <div className="small t3">{bytes(file.size)}</div>
        </div>
      ) : (
        <div>
          <div className="b">{t("Drop a file here")}</div>
          <div className="small t3">{t("CSV, JSON, NDJSON or Parquet")}</div>
        </div>
      )}
      <Button onClick={() => input.current?.click()}>{file ? t("Another file") : t("Choose a file")}</Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.json,.ndjson,.jsonl,.parquet"
        aria-label={t("File of tasks")}
        onChange={(event) => {
          const picked = event.target.files?.[0];
          if (picked) onFile(picked);
        }}
      />
    </div>
  );
}

function Report({ imported, onGo }: { imported: Imported; onGo: () => void }) {
  return (
    <Notice tone="cau" action={<Button onClick={onGo}>{t("Go on")}</Button>}>
      <div className="b">
        {t("{good} tasks went in, {bad} rows did not.", {
          good: number(imported.imported),
          bad: number(imported.rejected),
        })}
      </div>
      <ul>
        {imported.problems.slice(0, 10).map((each) => (
          <li key={`${each.line}${each.pointer}`} className="small">
            {t("Line {line}", { line: each.line ?? 0 })} <span className="mono">{each.pointer}</span> {each.message}{" "}
            {each.remedy}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

interface PreviewProps {
  body: OntologyBody | undefined;
  sample: Record<string, unknown> | null;
  mapping: Record<string, string>;
  labels: Record<string, string[]>;
}

function Preview({ body, sample, mapping, labels }: PreviewProps) {
  if (!body) {
    return (
      <section className="card preview">
        <p className="p20 t3">{t("The first task will be shown here as an annotator sees it.")}</p>
      </section>
    );
  }
  const replaced = Object.values(labels)[0];
  return (
    <section className="card preview" aria-label={t("Preview")}>
      <div className="cardhead">
        <h3>{t("Preview")}</h3>
        <span className="small t3">{t("the first row, as annotators will see it")}</span>
      </div>
      <div className="p20 col g16">
        {body.inputs.map((input) => (
          <div key={input.name} className="read pre">
            {String(
              sample?.[mapping[input.name] ?? input.name] ?? t("(the {input} stands here)", { input: input.name }),
            ).slice(0, 1200)}
          </div>
        ))}
        {body.questions.map((question) => (
          <div key={question.name}>
            <div className="b">{typeof question.text === "string" ? question.text : question.name}</div>
            <div className="row g8 wrap mt4">
              {(replaced ?? valuesOf(question.settings)).slice(0, 12).map((value, index) => (
                <span className="chip flat" key={value}>
                  <span className="small t3">{index + 1}</span> {value}
                </span>
              ))}
            </div>
          </div>
        ))}
      </div>
    </section>
  );
}

function valuesOf(settings: Record<string, unknown> | undefined): string[] {
  const options = (settings?.options ?? settings?.labels) as { value?: string; text?: unknown }[] | undefined;
  return Array.isArray(options)
    ? options.map((each) => (typeof each.text === "string" ? each.text : String(each.value ?? "")))
    : [];
}

function holeOf(preset: Preset): string | null {
  const holes = preset.holes as Record<string, unknown> | null;
  return holes && typeof holes === "object" ? (Object.keys(holes)[0] ?? null) : null;
}

function exampleOf(preset: Preset, hole: string): string {
  const example = (preset.holes as Record<string, { example?: string[] }>)[hole]?.example;
  return example?.join(", ") ?? "";
}
