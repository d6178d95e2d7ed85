/** Verifiable task: its statement, files with roles, a command that checks, and wrong work that the checker should refuse. */
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Json } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { IconButton } from "../../kit/IconButton";
import type { AnswerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { NumberField, withSetting } from "../parts/SettingFields";
import "./verifiable-task.css";

const FORMAT = "open-task/0.1";
const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface File {
  path: string;
  role: string;
  text: string;
}
interface Mutation {
  id: string;
  kind: string;
  reward: number;
  why?: string;
  files?: { path: string; text: string }[];
}
export interface Task {
  format: string;
  id: string;
  version: string;
  statement: { type: string; text?: string }[];
  files: File[];
  checker: { command: string[]; result?: string };
  mutations?: Mutation[];
}

/** What an author begins from. */
export function emptyTask(): Task {
  return {
    format: FORMAT,
    id: "",
    version: "1",
    statement: [{ type: "text", text: "" }],
    files: [
      { path: "", role: "start", text: "" },
      { path: "", role: "solution", text: "" },
      { path: "", role: "checker", text: "" },
    ],
    checker: { command: [] },
  };
}

function roles(): readonly (readonly [string, string])[] {
  return [
    ["start", t("start: the solver begins with it")],
    ["visible", t("visible: the solver may read it")],
    ["solution", t("solution: yours, kept back")],
    ["checker", t("checker: kept back")],
    ["hidden", t("hidden: only the checker reads it")],
  ];
}

function wrongKinds(): readonly (readonly [string, string])[] {
  return [
    ["wrong_solution", t("wrong solution")],
    ["exploit", t("cheats the checker")],
    ["equivalent", t("right as well")],
  ];
}

function Editor({ asked, editor, state }: AnswerProps) {
  const value = state.answers.get(asked.key)?.value as Task | undefined;
  const task = value ?? emptyTask();
  const write = (change: Partial<Task>): void =>
    editor.setValue(asked, { ...task, ...change } as unknown as Json, "write", `write ${asked.key}`);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: whichever field takes the focus makes the question the active one
    <div className="task-form" onFocus={() => editor.activate(asked.key)}>
      <Field label={t("Name of the task")}>
        <input
          className="input s mono"
          data-answer-field
          spellCheck={false}
          value={task.id}
          onChange={({ target }) => write({ id: target.value })}
        />
      </Field>
      <Field label={t("Statement")}>
        <textarea
          className="area"
          rows={4}
          dir="auto"
          value={statementOf(task)}
          onChange={({ target }) => write({ statement: [{ type: "text", text: target.value }] })}
        />
      </Field>
      <Files files={task.files} onChange={(files) => write({ files })} />
      <CommandField
        command={task.checker.command}
        onChange={(command) => write({ checker: { ...task.checker, command } })}
      />
      <Field label={t("The reward")}>
        <select
          className="input s"
          value={task.checker.result ?? "exit"}
          onChange={({ target }) => write({ checker: { ...task.checker, result: target.value } })}
        >
          <option value="exit">{t("1 when the command ends with 0")}</option>
          <option value="json">{t("what its last line says, as JSON")}</option>
        </select>
      </Field>
      <Mutations mutations={task.mutations ?? []} onChange={(mutations) => write({ mutations })} />
    </div>
  );
}

function Files({ files, onChange }: { files: File[]; onChange: (files: File[]) => void }) {
  const put = (index: number, change: Partial<File>): void =>
    onChange(files.map((each, at) => (at === index ? { ...each, ...change } : each)));
  return (
    <fieldset>
      <legend className="b">{t("Files")}</legend>
      {files.map((file, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a path is being typed; the place is the identity here
        <div className="task-part" key={index}>
          <div className="task-line">
            <input
              className="input s mono grow"
              spellCheck={false}
              aria-label={t("Path of file {number}", { number: index + 1 })}
              placeholder={t("path, such as src/a.py")}
              value={file.path}
              onChange={({ target }) => put(index, { path: target.value })}
            />
            <select
              className="input s"
              aria-label={t("Role of file {number}", { number: index + 1 })}
              value={file.role}
              onChange={({ target }) => put(index, { role: target.value })}
            >
              {roles().map(([role, word]) => (
                <option value={role} key={role}>
                  {word}
                </option>
              ))}
            </select>
            <IconButton
              name={t("Remove file {number}", { number: index + 1 })}
              disabled={files.length === 1}
              onClick={() => onChange(files.filter((_, at) => at !== index))}
            >
              <IconTrash {...ICON} />
            </IconButton>
          </div>
          <textarea
            className="area mono"
            spellCheck={false}
            rows={5}
            aria-label={t("Text of file {number}", { number: index + 1 })}
            value={file.text}
            onChange={({ target }) => put(index, { text: target.value })}
          />
        </div>
      ))}
      <Button size="s" className="mt8" onClick={() => onChange([...files, { path: "", role: "visible", text: "" }])}>
        <IconPlus {...ICON} />
        {t("Add a file")}
      </Button>
    </fieldset>
  );
}

/** The arguments of what is typed: one a line. A command is an array, and no shell reads it. */
export function argumentsOf(typed: string): string[] {
  return typed.split("\n").filter((each) => each !== "");
}

function CommandField({ command, onChange }: { command: string[]; onChange: (command: string[]) => void }) {
  const [typed, setTyped] = useState(command.join("\n"));
  // An empty line that is being typed is no argument yet; what Undo brought back is shown instead.
  const shown = argumentsOf(typed).join("\n") === command.join("\n") ? typed : command.join("\n");
  return (
    <Field label={t("Command that checks, one argument a line")}>
      <textarea
        className="area mono"
        spellCheck={false}
        rows={3}
        value={shown}
        onChange={({ target }) => {
          setTyped(target.value);
          onChange(argumentsOf(target.value));
        }}
      />
    </Field>
  );
}

function Mutations({ mutations, onChange }: { mutations: Mutation[]; onChange: (mutations: Mutation[]) => void }) {
  const put = (index: number, change: Partial<Mutation>): void =>
    onChange(mutations.map((each, at) => (at === index ? { ...each, ...change } : each)));
  const add = (): void => {
    const files = [{ path: "", text: "" }];
    onChange([...mutations, { id: freeId(mutations), kind: "wrong_solution", reward: 0, files }]);
  };
  return (
    <fieldset>
      <legend className="b">{t("Work whose reward is known")}</legend>
      {mutations.map((each, index) => {
        const file = each.files?.[0] ?? { path: "", text: "" };
        const putFile = (change: Partial<typeof file>): void =>
          put(index, { files: [{ ...file, ...change }, ...(each.files ?? []).slice(1)] });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as with files
          <div className="task-part" key={index}>
            <div className="task-line">
              <select
                className="input s"
                aria-label={t("What work {number} is", { number: index + 1 })}
                value={each.kind}
                onChange={({ target }) =>
                  put(index, { kind: target.value, reward: target.value === "equivalent" ? 1 : 0 })
                }
              >
                {wrongKinds().map(([kind, word]) => (
                  <option value={kind} key={kind}>
                    {word}
                  </option>
                ))}
              </select>
              <input
                className="input s mono grow"
                spellCheck={false}
                aria-label={t("Path in work {number}", { number: index + 1 })}
                placeholder={t("the file it replaces")}
                value={file.path}
                onChange={({ target }) => putFile({ path: target.value })}
              />
              <IconButton
                name={t("Remove work {number}", { number: index + 1 })}
                onClick={() => onChange(mutations.filter((_, at) => at !== index))}
              >
                <IconTrash {...ICON} />
              </IconButton>
            </div>
            <input
              className="input s"
              dir="auto"
              aria-label={t("Why, of work {number}", { number: index + 1 })}
              placeholder={t("what is wrong with it, or why it is right as well")}
              value={each.why ?? ""}
              onChange={({ target }) => put(index, { why: target.value })}
            />
            <textarea
              className="area mono"
              spellCheck={false}
              rows={4}
              aria-label={t("Text of work {number}", { number: index + 1 })}
              value={file.text}
              onChange={({ target }) => putFile({ text: target.value })}
            />
          </div>
        );
      })}
      <Button size="s" className="mt8" onClick={add}>
        <IconPlus {...ICON} />
        {t("Add wrong work")}
      </Button>
    </fieldset>
  );
}

/** The first of x1, x2, … that is not taken. */
export function freeId(mutations: readonly Mutation[]): string {
  const taken = new Set(mutations.map((each) => each.id));
  let number = 1;
  while (taken.has(`x${number}`)) number += 1;
  return `x${number}`;
}

function statementOf(task: Task): string {
  return task.statement.map((each) => each.text ?? "").join("\n\n");
}

function Reader({ answer }: ReadProps) {
  const task = answer.value as unknown as Task;
  const words = new Map([...roles(), ...wrongKinds()]);
  return (
    <div className="task-read">
      <span className="b mono">{task.id}</span>
      <span dir="auto" style={{ whiteSpace: "pre-wrap" }} className="break">
        {statementOf(task)}
      </span>
      <code className="break">{task.checker.command.join(" ")}</code>
      {task.files.map((file) => (
        <details key={`${file.role} ${file.path}`}>
          <summary>
            <span className="mono">{file.path}</span> <span className="small t3">{words.get(file.role)}</span>
          </summary>
          <pre className="mono small">{file.text}</pre>
        </details>
      ))}
      {(task.mutations ?? []).map((each) => (
        <details key={each.id}>
          <summary>
            <span className="mono">{each.id}</span> <span className="small t3">{words.get(each.kind)}</span>{" "}
            <span dir="auto">{each.why}</span>
          </summary>
          <pre className="mono small">{each.files?.map((file) => `${file.path}\n${file.text}`).join("\n")}</pre>
        </details>
      ))}
    </div>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <div className="row g12 wrap">
      <NumberField
        label={t("Wrong solutions, at least")}
        value={settings.wrong_solutions}
        onChange={(wrong_solutions) => onChange(withSetting(settings, { wrong_solutions }))}
      />
      <NumberField
        label={t("Ways to cheat, at least")}
        value={settings.exploits}
        onChange={(exploits) => onChange(withSetting(settings, { exploits }))}
      />
      <NumberField
        label={t("Mutation score, at least")}
        hint={t("0 to 1; 0.9 at first")}
        value={settings.mutation_score}
        onChange={(mutation_score) => onChange(withSetting(settings, { mutation_score }))}
      />
      <NumberField
        label={t("Wrong work tried, at least")}
        hint={t("10 at first")}
        value={settings.mutants}
        onChange={(mutants) => onChange(withSetting(settings, { mutants }))}
      />
      <NumberField
        label={t("Flake rate, at most")}
        hint={t("0.01 at first, which takes 299 repeats; 0.05 takes 59")}
        value={settings.flake_rate}
        onChange={(flake_rate) => onChange(withSetting(settings, { flake_rate }))}
      />
    </div>
  );
}

/** What the server would refuse and a person can mend, the first of it in words. */
export function missing(settings: Record<string, unknown>, value: Json): string | null {
  const task = value as unknown as Task;
  const mutations = task.mutations ?? [];
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(task.id)) return t("Name the task, in letters, digits, dots and dashes");
  if (statementOf(task).trim() === "") return t("Write what is to be done");
  if (task.files.some((each) => each.path === "")) return t("Give every file a path, or remove it");
  if (!task.files.some((each) => each.role === "solution")) return t("Add your solution as a file");
  if (task.checker.command.length === 0) return t("Say which command checks");
  if (mutations.some((each) => each.files?.some((file) => file.path === "")))
    return t("Say which file each wrong work replaces");
  const wrong = (settings.wrong_solutions as number | undefined) ?? 1;
  if (mutations.filter((each) => each.kind === "wrong_solution").length < wrong)
    return t("{count, plural, one {Add a wrong solution} other {Add # wrong solutions}}", { count: wrong });
  const exploits = (settings.exploits as number | undefined) ?? 0;
  if (mutations.filter((each) => each.kind === "exploit").length < exploits)
    return t("{count, plural, one {Add a way to cheat the checker} other {Add # ways to cheat the checker}}", {
      count: exploits,
    });
  return null;
}

function isTask(value: Json): boolean {
  const task = value as Partial<Task> | null;
  return (
    typeof value === "object" &&
    task?.format === FORMAT &&
    Array.isArray(task.files) &&
    Array.isArray(task.statement) &&
    Array.isArray(task.checker?.command)
  );
}

const kind: QuestionKind = {
  name: "verifiable_task",
  title: () => t("Verifiable task"),
  place: "panel",
  isWritten: true,
  isChecked: true,
  Editor,
  Reader,
  fits: (_asked, _editor, value) => isTask(value),
  SettingsForm,
  initial: {},
  commands: [],
  missing,
};
export default kind;
