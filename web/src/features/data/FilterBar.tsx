/** Above the table: search by id, the filters that are set as three cells each, and which columns are shown. */
import { IconCheck, IconColumns3, IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import { type FormEvent, type ReactNode, type RefObject, useEffect, useState } from "react";
import { useMay, usePreferences } from "../../api/session";
import { t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { Menu } from "../../kit/Menu";
import { columns } from "./columns";
import { FilterValue, isChance, wordOfField } from "./FilterValue";
import { FIELDS, type Field, OF_LABELS, type TableSearch, typed } from "./filters";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface BarProps {
  project: string;
  search: TableSearch;
  shown: string[];
  onChange: (change: Partial<TableSearch>) => void;
  field: RefObject<HTMLInputElement | null>;
  menu: RefObject<HTMLButtonElement | null>;
}

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
          <FilterValue
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
