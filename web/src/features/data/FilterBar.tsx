/** Above the table: search by id, the filters that are set as three cells each, and which columns are shown. */
import { IconCheck, IconColumns3, IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, type RefObject, useEffect, useState } from "react";
import { call } from "../../api/client";
import { useMay, usePreferences } from "../../api/session";
import { t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { Menu } from "../../kit/Menu";
import { wordOfState } from "../../kit/StateTag";
import { columns } from "./columns";
import { FIELDS, type Field, MADE_BY, type MadeBy, OF_LABELS, STATES, says, type TableSearch, typed } from "./filters";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface BarProps {
  project: string;
  search: TableSearch;
  shown: string[];
  onChange: (change: Partial<TableSearch>) => void;
  field: RefObject<HTMLInputElement | null>;
  menu: RefObject<HTMLButtonElement | null>;
}

function wordOfField(field: Field): string {
  const words: Record<Field, () => string> = {
    state: () => t("State"),
    batch: () => t("Batch"),
    tag: () => t("Tag"),
    person: () => t("Annotator"),
    external_id: () => t("External id"),
    guideline_before: () => t("Answered before guidelines"),
    says: () => t("Label"),
    made_by: () => t("Label made by"),
    probability_below: () => t("Label probability below"),
    probability_from: () => t("Label probability from"),
  };
  return words[field]();
}

function wordOfMaker(by: MadeBy): string {
  const words: Record<MadeBy, () => string> = {
    model: () => t("a model"),
    votes: () => t("votes"),
    review: () => t("review"),
    adjudication: () => t("adjudication"),
  };
  return words[by]();
}

const isChance = (field: Field): boolean => field === "probability_below" || field === "probability_from";

export function FilterBar({ project, search, shown, onChange, field, menu }: BarProps) {
  const may = useMay();
  const [text, setText] = useState(search.id ?? "");
  const [added, setAdded] = useState<Field | null>(null);
  useEffect(() => setText(search.id ?? ""), [search.id]);
  const offered = FIELDS.filter((each) => search[each] === undefined && each !== added)
    .filter((each) => each !== "person" || may("people.read"))
    .filter((each) => !OF_LABELS.includes(each) || may("task.manage"));
  const set = FIELDS.filter((each) => search[each] !== undefined || each === added);
  const find = (event: FormEvent): void => {
    event.preventDefault();
    onChange(typed(text));
    setText(typed(text).id ?? "");
  };
  return (
    <div className="filters">
      <form className="searchbox" role="search" onSubmit={find}>
        <IconSearch {...ICON} />
        <input
          ref={field}
          className="input s"
          type="search"
          aria-label={t("Search by task id or external id")}
          placeholder={t("Task id or external id")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value === "" && search.id) onChange({ id: undefined });
          }}
        />
        {text === "" && <Keys chord="/" />}
      </form>
      {set.map((each) => (
        <Filter
          key={each}
          field={each}
          onRemove={() => {
            setAdded(null);
            onChange({ [each]: undefined });
          }}
        >
          <Value
            project={project}
            field={each}
            value={search[each]}
            isNew={each === added}
            onPick={(value) => {
              setAdded(null);
              onChange({ [each]: value });
            }}
          />
        </Filter>
      ))}
      {offered.length > 0 && (
        <Menu
          label={t("Add a filter")}
          hasWords
          buttonRef={menu}
          className="btn quiet s"
          isStart
          button={
            <>
              <IconPlus {...ICON} />
              {t("Filter")}
              <Keys chord="F" />
            </>
          }
        >
          {offered.map((each) => (
            <button type="button" role="menuitem" key={each} onClick={() => setAdded(each)}>
              {wordOfField(each)}
            </button>
          ))}
        </Menu>
      )}
      <span className="grow" />
      <ColumnMenu shown={shown} />
    </div>
  );
}

function Filter({ field, onRemove, children }: { field: Field; onRemove: () => void; children: ReactNode }) {
  const word = wordOfField(field);
  return (
    <span className="filter">
      <span className="t2">{word}</span>
      {!isChance(field) && field !== "made_by" && <span className="t2">{t("is")}</span>}
      {children}
      <button type="button" aria-label={t("Remove the filter {field}", { field: word })} onClick={onRemove}>
        <IconX size={12} stroke={2} aria-hidden="true" />
      </button>
    </span>
  );
}

interface ValueProps {
  project: string;
  field: Field;
  value: string | undefined;
  isNew: boolean;
  onPick: (value: string | undefined) => void;
}

function Value({ project, field, value, isNew, onPick }: ValueProps) {
  const batches = useQuery({
    queryKey: ["batches", project],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project } }),
    enabled: field === "batch",
  });
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people"), enabled: field === "person" });
  const guidelines = useQuery({
    queryKey: ["guidelines", project, null],
    queryFn: () => call("GET /projects/{project}/guidelines", { path: { project } }),
    enabled: field === "guideline_before",
  });
  const labels = useQuery({
    queryKey: ["progress", project],
    queryFn: () => call("GET /projects/{project}/progress", { path: { project } }),
    enabled: field === "says",
  });
  const label = wordOfField(field);
  if (isChance(field)) {
    const take = (text: string): void => {
      const chance = Number(text);
      onPick(chance > 0 && chance <= 1 ? String(chance) : undefined);
    };
    return (
      <input
        className="bare num"
        type="number"
        min={0.01}
        max={1}
        step={0.01}
        aria-label={label}
        placeholder="0.8"
        defaultValue={value ?? ""}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
        autoFocus={isNew}
        style={{ width: 64 }}
        onBlur={(event) => event.target.value !== (value ?? "") && take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    );
  }
  if (field === "tag" || field === "external_id") {
    const take = (text: string): void => onPick(text.trim() || undefined);
    return (
      <input
        className="bare"
        aria-label={label}
        defaultValue={value ?? ""}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
        autoFocus={isNew}
        size={14}
        onBlur={(event) => event.target.value.trim() !== (value ?? "") && take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    );
  }
  const options: [string, string][] =
    field === "guideline_before"
      ? (guidelines.data?.versions ?? []).slice(1).map(({ version }) => [String(version), `v${version}`])
      : field === "state"
        ? STATES.map((each) => [each, wordOfState(each)])
        : field === "made_by"
          ? MADE_BY.map((each) => [each, wordOfMaker(each)])
          : field === "says"
            ? (labels.data?.labels ?? []).flatMap(({ question, text, classes }, _, all) =>
                classes.map(({ value: answer, text: word }): [string, string] => [
                  says(question, answer),
                  all.length > 1 ? `${text || question}: ${word}` : word,
                ]),
              )
            : field === "batch"
              ? (batches.data?.items ?? []).map(({ id, name }) => [id, name])
              : (people.data?.items ?? []).map(({ id, pseudonym, name }) => [
                  id,
                  name ? `${pseudonym} (${name})` : pseudonym,
                ]);
  return (
    <select
      className="bare b"
      aria-label={label}
      value={value ?? ""}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
      autoFocus={isNew}
      onChange={(event) => onPick(event.target.value || undefined)}
    >
      {value === undefined && <option value="">{t("choose")}</option>}
      {value !== undefined && !options.some(([each]) => each === value) && <option value={value}>…</option>}
      {options.map(([each, word]) => (
        <option key={each} value={each}>
          {word}
        </option>
      ))}
    </select>
  );
}

function ColumnMenu({ shown }: { shown: string[] }) {
  const { preferences, prefer } = usePreferences();
  const toggle = (name: string): void => {
    const names = columns.map((each) => each.name).filter((each) => (each === name) !== shown.includes(each));
    prefer({ layout: { ...preferences.layout, "tasks.columns": names.join(",") } });
  };
  return (
    <Menu
      label={t("Columns")}
      hasWords
      className="btn quiet s"
      button={
        <>
          <IconColumns3 {...ICON} />
          {t("{shown} of {all} columns", { shown: shown.length, all: columns.length })}
        </>
      }
    >
      {columns.map(({ name, word }) => (
        <button
          type="button"
          role="menuitemcheckbox"
          aria-checked={shown.includes(name)}
          key={name}
          onClick={(event) => {
            event.stopPropagation();
            toggle(name);
          }}
        >
          <span className={shown.includes(name) ? "box on" : "box"} aria-hidden="true">
            <IconCheck size={12} stroke={2.5} />
          </span>
          {word()}
        </button>
      ))}
    </Menu>
  );
}
