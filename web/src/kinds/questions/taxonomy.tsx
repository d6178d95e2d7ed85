/** Taxonomy: places in a tree. Type to filter, arrows to walk, Enter to take. */
import { IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Json, Option } from "../../api/contract";
import type { Asked, Editor as Store } from "../../editor/store";
import { withWords, wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import type { AnswerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { useEditedLanguage } from "../parts/language";
import { valueFor } from "../parts/OptionsForm";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import "./taxonomy.css";

export interface Node extends Option {
  children?: Node[];
}
interface Place {
  path: string[];
  words: string[];
  isLeaf: boolean;
}

/** Every place of a tree with its words, in the tree's order. */
export function placesOf(
  tree: Node[],
  language: string,
  above: Place = { path: [], words: [], isLeaf: false },
): Place[] {
  return tree.flatMap((node) => {
    const children = node.children ?? [];
    const place = {
      path: [...above.path, node.value],
      words: [...above.words, wordOf(node, language)],
      isLeaf: children.length === 0,
    };
    return [place, ...placesOf(children, language, place)];
  });
}

/** Takes a place or lets it go. A place replaces its own ancestors and descendants: a path and its ancestor never stand together. */
export function toggledPath(chosen: string[][], path: string[], isMultiple: boolean): string[][] {
  const begins = (a: string[], b: string[]): boolean => a.every((each, index) => b[index] === each);
  if (chosen.some((each) => each.join("\0") === path.join("\0")))
    return chosen.filter((each) => each.join("\0") !== path.join("\0"));
  if (!isMultiple) return [path];
  return [...chosen.filter((each) => !begins(each, path) && !begins(path, each)), path];
}

function toggle(editor: Store, asked: Asked, path: string[]): void {
  const settings = asked.question.settings ?? {};
  const chosen = (editor.answer(asked.key)?.value as string[][] | undefined) ?? [];
  const next = toggledPath(chosen, path, Boolean(settings.multiple));
  editor.setValue(asked, next.length || settings.min === 0 ? next : undefined, "place");
}

/** Places of the tree as it is now, none twice and none above another, as many as may be chosen. */
function fits({ question: { settings = {} } }: Asked, _editor: Store, value: Json): boolean {
  const { tree, leaf_only, multiple, max } = settings as {
    tree?: Node[];
    leaf_only?: boolean;
    multiple?: boolean;
    max?: number;
  };
  const isPath = (each: Json): each is string[] =>
    Array.isArray(each) && each.every((step) => typeof step === "string");
  if (!Array.isArray(value) || !value.every(isPath)) return false;
  const places = placesOf(tree ?? [], "").filter(({ isLeaf }) => isLeaf || !leaf_only);
  const isKnown = (path: string[]): boolean => places.some((place) => isSamePath(place.path, path));
  const isApart = (path: string[]): boolean =>
    value.every((other) => other === path || !isSamePath(other.slice(0, path.length), path));
  return value.length <= (multiple ? (max ?? Infinity) : 1) && value.every((path) => isKnown(path) && isApart(path));
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

const SHOWN_MAX = 60;

function Editor({ asked, editor, state, language }: AnswerProps) {
  const settings = asked.question.settings ?? {};
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const places = placesOf((settings.tree as Node[]) ?? [], language);
  const chosen = (state.answers.get(asked.key)?.value as string[][] | undefined) ?? [];
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = places
    .filter(({ isLeaf }) => isLeaf || !settings.leaf_only)
    .filter((place) => wanted.every((word) => place.words.join(" ").toLowerCase().includes(word)));
  useEffect(() => {
    // Only while it is walked: a task that was just opened does not move.
    if (document.activeElement?.getAttribute("aria-controls") === id)
      list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, id]);
  const take = (place: Place | undefined): void => {
    if (!place) return;
    toggle(editor, asked, place.path);
    setWords("");
    setAt(0);
  };
  return (
    <div className="col g6">
      {chosen.map((path) => (
        <div className="opt on" key={path.join("/")}>
          <span className="grow break">
            {places.find((place) => place.path.join("\0") === path.join("\0"))?.words.join(" › ") ?? path.join(" › ")}
          </span>
          <IconButton name={t("Remove")} onClick={() => toggle(editor, asked, path)}>
            <IconX size={14} stroke={1.75} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      <div className="searchbox">
        <IconSearch size={14} stroke={1.75} aria-hidden="true" />
        <input
          className="input"
          data-answer-field
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
          aria-label={wordsOf(asked.question.text, language, asked.question.name)}
          placeholder={t("Type to find a place")}
          value={words}
          onFocus={() => editor.activate(asked.key)}
          onChange={({ target }) => {
            setWords(target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1, SHOWN_MAX - 1));
            else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
            else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) take(found[at]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <div role="listbox" id={id} aria-label={t("Places")} className="places" ref={list}>
        {found.slice(0, SHOWN_MAX).map((place, index) => {
          const isOn = chosen.some((path) => path.join("\0") === place.path.join("\0"));
          return (
            <button
              type="button"
              role="option"
              id={`${id}-${index}`}
              aria-selected={isOn}
              tabIndex={-1}
              key={place.path.join("/")}
              className={index === at ? "at" : ""}
              style={{ paddingInlineStart: 8 + (words ? 0 : (place.path.length - 1) * 14) }}
              onClick={() => take(place)}
            >
              <span className={isOn ? "b acc" : ""}>{words ? place.words.join(" › ") : place.words.at(-1)}</span>
            </button>
          );
        })}
        {found.length > SHOWN_MAX && (
          <div className="small t3 p12">{t("{count} more; type to narrow", { count: found.length - SHOWN_MAX })}</div>
        )}
        {found.length === 0 && <div className="small t3 p12">{t("No place has these words. Try fewer.")}</div>}
      </div>
    </div>
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const places = placesOf((question.settings?.tree as Node[]) ?? [], language);
  const paths = (answer.value as string[][] | undefined) ?? [];
  const wordsFor = (path: string[]): string =>
    places.find((place) => place.path.join("\0") === path.join("\0"))?.words.join(" › ") ?? path.join(" › ");
  return <span>{paths.map(wordsFor).join("; ")}</span>;
}

/** A tree as indented lines, two spaces a level; “Dog = canis” where the stored value does not follow from the text. */
export function linesOf(tree: Node[], own = "en", depth = 0): string {
  return tree
    .map((node) => {
      const text = wordOf(node, own);
      const line = node.value === valueFor(text) ? text : `${text} = ${node.value}`;
      return `${"  ".repeat(depth)}${line}\n${linesOf(node.children ?? [], own, depth + 1)}`;
    })
    .join("");
}

/** The tree of such lines. What nodes had besides, translations for one, they keep as long as they stay where they are. */
export function treeOf(lines: string, before: Node[] = [], own = "en"): Node[] {
  const root: Node = { value: "", children: [] };
  const stack: { depth: number; node: Node; before: Node[] }[] = [{ depth: -1, node: root, before }];
  for (const line of lines.split("\n")) {
    const [, text = "", value = valueFor(text)] = /^(.*?)(?:\s+=\s+(\S.*?))?$/.exec(line.trim()) ?? [];
    if (!text) continue;
    const depth = line.length - line.trimStart().length;
    while ((stack.at(-1)?.depth ?? -1) >= depth && stack.length > 1) stack.pop();
    const parent = stack.at(-1) as (typeof stack)[number];
    const { children, ...known } = parent.before.find((each) => each.value === value) ?? { value };
    const node: Node = { ...known, text: withWords(known.text, own, own, text) };
    parent.node.children = [...(parent.node.children ?? []), node];
    stack.push({ depth, node, before: children ?? [] });
  }
  return root.children ?? [];
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const { own } = useEditedLanguage();
  const tree = (settings.tree as Node[] | undefined) ?? [];
  const [lines, setLines] = useState(() => linesOf(tree, own));
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <label className="field">
        <span className="label">{t("Places, one a line, indented below their parent")}</span>
        <textarea
          className="area mono"
          rows={8}
          value={lines}
          onChange={({ target }) => {
            setLines(target.value);
            put({ tree: treeOf(target.value, tree, own) });
          }}
        />
      </label>
      <SwitchField
        label={t("Only the innermost places")}
        value={settings.leaf_only}
        onChange={(leaf_only) => put({ leaf_only })}
      />
      <SwitchField label={t("Several places")} value={settings.multiple} onChange={(multiple) => put({ multiple })} />
      <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
    </>
  );
}

const kind: QuestionKind = {
  name: "taxonomy",
  title: () => t("Place in a tree"),
  place: "panel",
  Editor,
  Reader,
  fits,
  SettingsForm,
  initial: {
    tree: [
      { value: "first", text: "First", children: [{ value: "inner", text: "Inner" }] },
      { value: "second", text: "Second" },
    ],
  },
  tests: ["has", "count"],
  commands: [],
  missing: (settings: Record<string, unknown>, value: Json) => {
    const min = (settings.min as number | undefined) ?? 1;
    return (value as string[][]).length < min
      ? t("{count, plural, one {Choose # place} other {Choose # places}}", { count: min })
      : null;
  },
};
export default kind;
