/** Rewrite: a text or a reply as somebody would have it; what changed is derived from it and never stored. */
import { IconArrowBackUp, IconArrowsDiff, IconCheck } from "@tabler/icons-react";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";
import type { Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor } from "../../commands/scopes";
import { baseOf, changesBetween, effortOf } from "../../editor/rewriting";
import type { Asked, Editor as Store } from "../../editor/store";
import { textAt, wholeTextAt } from "../../editor/texts";
import { wordsOf } from "../../editor/words-of";
import { percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { AnswerProps, Given, ProposedProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import "./rewrite.css";

interface Rewritten {
  base: string;
  text: string;
}

const known = new WeakMap<Store, Map<string, Rewritten | null>>();

/** The text that is asked about with its digest, which is reckoned once; null where there is none. */
function originalOf(editor: Store, { part }: Asked): Rewritten | null {
  const found = known.get(editor) ?? new Map<string, Rewritten | null>();
  known.set(editor, found);
  if (!found.has(part.address)) {
    const text = wholeTextAt(editor.item, part.address);
    found.set(part.address, text === null ? null : { base: baseOf(text), text });
  }
  return found.get(part.address) ?? null;
}

function write(editor: Store, asked: Asked, text: string): void {
  const original = originalOf(editor, asked);
  if (original) editor.setValue(asked, { base: original.base, text }, "rewrite", `rewrite ${asked.key}`);
}

/** Says that nothing needs to be changed, or takes it back. */
function keep(editor: Store, asked: Asked): void {
  const original = originalOf(editor, asked);
  if (!original || asked.question.settings?.require_change) return;
  const isSaid = editor.answer(asked.key)?.value !== undefined;
  editor.activate(asked.key);
  editor.setValue(asked, isSaid ? undefined : { ...original }, "keep");
}

const look = (key: string): string => `changes ${key}`;

function isShowing({ settings }: Asked["question"], shown: string | boolean | undefined): boolean {
  return typeof shown === "boolean" ? shown : Boolean(settings?.track);
}

const edit = defineCommand<Given>({
  id: "rewrite.edit",
  title: () => t("Edit the text"),
  context: "question:rewrite",
  keys: ["E"],
  run: ({ editor, asked }) => {
    editor.activate(asked.key);
    document.querySelector<HTMLElement>(`[data-asked="${CSS.escape(asked.key)}"] textarea[data-answer-field]`)?.focus();
  },
});
const showChanges = defineCommand<Given>({
  id: "rewrite.changes",
  title: () => t("Show what changed, or hide it"),
  context: "question:rewrite",
  keys: ["D"],
  run: ({ editor, state, asked }) =>
    editor.look({ [look(asked.key)]: !isShowing(asked.question, state.view[look(asked.key)]) }),
});
const leave = defineCommand<Given>({
  id: "rewrite.leave",
  title: () => t("Leave the text as it is, or take the edit back"),
  context: "question:rewrite",
  keys: ["0"],
  run: ({ editor, asked }) => keep(editor, asked),
});

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

function Editor({ asked, editor, state, language, isActive }: AnswerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // A question that one left by key should not keep the caret.
    if (!isActive && document.activeElement === field.current) field.current?.blur();
  }, [isActive]);
  const original = originalOf(editor, asked);
  const value = state.answers.get(asked.key)?.value as unknown as Rewritten | undefined;
  const text = value?.text ?? original?.text ?? "";
  const late = useDeferredValue(text);
  const share = useMemo(() => (original ? effortOf(original.text, late) : 0), [original, late]);
  if (!original)
    return <p className="small dan">{t("There is no text here to rewrite. Skip the task with a reason.")}</p>;
  const { settings = {} } = asked.question;
  const isShown = isShowing(asked.question, state.view[look(asked.key)]);
  const isChanged = value !== undefined && value.text !== original.text;
  return (
    <div className="col g6">
      <textarea
        ref={field}
        className="area rewrite-field"
        data-answer-field
        aria-label={wordsOf(asked.question.text, language, asked.question.name)}
        rows={rowsFor(original.text)}
        lang={textAt(editor.item, asked.part.address).language}
        dir="auto"
        value={text}
        onFocus={() => editor.activate(asked.key)}
        onChange={({ target }) => write(editor, asked, target.value)}
      />
      <span className="small t3 num" aria-live="polite">
        {value === undefined
          ? t("not edited yet")
          : isChanged
            ? t("{share} of the words changed", { share: percent(share, 0) })
            : t("left as it is")}
      </span>
      <div className="row g6 wrap">
        <Button
          size="s"
          look="quiet"
          icon={<IconArrowsDiff {...ICON} />}
          aria-pressed={isShown}
          chord={isActive ? chordFor(showChanges as never) : undefined}
          onClick={() => editor.look({ [look(asked.key)]: !isShown })}
        >
          {t("Changes")}
        </Button>
        {value !== undefined ? (
          <Button
            size="s"
            look="quiet"
            icon={<IconArrowBackUp {...ICON} />}
            chord={isActive && !settings.require_change ? chordFor(leave as never) : undefined}
            onClick={() => editor.setValue(asked, undefined, "take-back")}
          >
            {t("Take back")}
          </Button>
        ) : (
          !settings.require_change && (
            <Button
              size="s"
              look="quiet"
              icon={<IconCheck {...ICON} />}
              chord={isActive ? chordFor(leave as never) : undefined}
              onClick={() => keep(editor, asked)}
            >
              {t("Leave it")}
            </Button>
          )
        )}
      </div>
      {isShown && <Changes before={original.text} after={late} language={language} />}
    </div>
  );
}

function rowsFor(text: string): number {
  const lines = text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 44)), 0);
  return Math.max(4, Math.min(lines + 1, 14));
}

/** Insertions underlined, deletions struck: never by colour alone. */
function Changes({ before, after, language }: { before: string; after: string; language: string }) {
  const changes = useMemo(() => changesBetween(before, after, language), [before, after, language]);
  if (before === after) return <p className="small t3">{t("Nothing changed.")}</p>;
  return (
    <div className="rewritten" dir="auto">
      {changes.map(({ text, is }, index) => {
        // biome-ignore-start lint/suspicious/noArrayIndexKey: the pieces have no identity, and are drawn anew together
        if (is === "new")
          return (
            <ins key={index} className="ins">
              {text}
            </ins>
          );
        if (is === "gone")
          return (
            <del key={index} className="del">
              {text}
            </del>
          );
        return <span key={index}>{text}</span>;
        // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
      })}
    </div>
  );
}

interface ReadingProps {
  before: string | null;
  value: Rewritten;
  language: string;
}

/** A result beside others: what changed in it and how much; the result alone where its text is not at hand or another now. */
function Reading({ before, value, language }: ReadingProps) {
  if (before === null || baseOf(before) !== value.base) {
    return (
      <div className="rewritten" dir="auto">
        {value.text}
      </div>
    );
  }
  const isKept = before === value.text;
  return (
    <div className="col g4">
      {isKept ? (
        <div className="rewritten" dir="auto">
          {value.text}
        </div>
      ) : (
        <Changes before={before} after={value.text} language={language} />
      )}
      <span className="small t3 num">
        {isKept
          ? t("left as it is")
          : t("{share} of the words changed", { share: percent(effortOf(before, value.text), 0) })}
      </span>
    </div>
  );
}

function Proposed({ asked, editor, language, value }: ProposedProps) {
  const before = originalOf(editor, asked)?.text ?? null;
  return <Reading before={before} value={value as unknown as Rewritten} language={language} />;
}

function Reader({ answer, item, language }: ReadProps) {
  const before = item ? wholeTextAt(item, answer.target) : null;
  return <Reading before={before} value={answer.value as unknown as Rewritten} language={language} />;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <SwitchField
        label={t("Something must be changed")}
        value={settings.require_change}
        onChange={(isOn) => put({ require_change: isOn || undefined })}
      />
      <NumberField
        label={t("At least this share of the words, in percent")}
        value={typeof settings.min_change === "number" ? Math.round(settings.min_change * 1000) / 10 : undefined}
        onChange={(share) => put({ min_change: share ? Math.max(0, Math.min(share, 100)) / 100 : undefined })}
      />
      <SwitchField
        label={t("Changes are shown from the beginning")}
        value={settings.track}
        onChange={(isOn) => put({ track: isOn || undefined })}
      />
    </>
  );
}

/** Two texts, of which the first is what stands here. */
function fits(asked: Asked, editor: Store, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  const { base, text, ...more } = value;
  return typeof text === "string" && base === originalOf(editor, asked)?.base && Object.keys(more).length === 0;
}

function missing(settings: Record<string, unknown>, value: Json, asked: Asked, editor: Store): string | null {
  const { text } = value as unknown as Rewritten;
  const original = originalOf(editor, asked);
  if (text.trim() === "") return t("Write something; spaces alone do not count");
  if (!original) return null;
  if (settings.require_change && text === original.text) return t("Change something");
  const least = (settings.min_change as number | undefined) ?? 0;
  return effortOf(original.text, text) < least
    ? t("Change at least {share} of the words", { share: percent(least) })
    : null;
}

const kind: QuestionKind = {
  name: "rewrite",
  needs: "text",
  title: () => t("Edit of a text"),
  place: "panel",
  isWritten: true,
  Editor,
  Reader,
  Proposed,
  fits,
  SettingsForm,
  initial: {},
  commands: [edit, showChanges, leave],
  missing,
};
export default kind;
