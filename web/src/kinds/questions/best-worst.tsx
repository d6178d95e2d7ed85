/** Best and worst: of several the two ends; those between them stay unordered. */
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import type { Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { letterAt, orderOf } from "../../editor/order";
import { comparedOf } from "../../editor/parts";
import type { Asked, Editor as Store } from "../../editor/store";
import { wordOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { AnswerProps, Given, ProposedProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { ChoiceField, comparedWords, NumberField, withSetting } from "../parts/SettingFields";
import "./best-worst.css";

const [SIZE_MIN, SIZE_MAX] = [3, 8];

export interface Ends {
  best?: string;
  worst?: string;
}
type End = keyof Ends;

/** One end given to a name; given again it is taken away, and nobody is both ends. */
export function withEnd(ends: Ends, end: End, name: string): Ends {
  const other: End = end === "best" ? "worst" : "best";
  const next: Ends = ends[end] === name ? {} : { [end]: name };
  if (ends[other] !== undefined && ends[other] !== name) next[other] = ends[other];
  return next;
}

/** What naming one by its number does: the best first, then the worst; the one that has an end gives it back. */
export function named(ends: Ends, name: string): Ends {
  if (ends.best === name) return withEnd(ends, "best", name);
  if (ends.worst === name || ends.best !== undefined) return withEnd(ends, "worst", name);
  return withEnd(ends, "best", name);
}

/** Whether as many are compared as the question asks for. */
function isRightCount({ size }: Record<string, unknown>, count: number): boolean {
  return typeof size === "number" ? count === size : count >= SIZE_MIN && count <= SIZE_MAX;
}

function endsOf(editor: Store, { key }: Asked): Ends {
  return (editor.answer(key)?.value as Ends | undefined) ?? {};
}

function put({ asked, editor }: Pick<AnswerProps, "asked" | "editor">, ends: Ends): void {
  editor.activate(asked.key);
  editor.setValue(asked, Object.keys(ends).length ? (ends as Json) : undefined, "ends");
}

const nameByNumber = defineCommand<Given>({
  id: "best_worst.name",
  title: () => t("Name the best, then the worst, by number"),
  context: "question:best_worst",
  keys: ["1", "2", "3", "4", "5", "6", "7", "8"],
  range: "replies",
  run: (given, chord) => {
    const name = orderOf(given.editor, given.asked, given.seed)[Number(chord) - 1];
    if (name !== undefined) put(given, named(endsOf(given.editor, given.asked), name));
  },
});
const swap = defineCommand<Given>({
  id: "best_worst.swap",
  title: () => t("Exchange the best and the worst"),
  context: "question:best_worst",
  keys: ["="],
  run: (given) => {
    const { best, worst } = endsOf(given.editor, given.asked);
    if (best !== undefined && worst !== undefined) put(given, { best: worst, worst: best });
  },
});

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

function Editor(props: AnswerProps) {
  const { asked, editor, state, seed, language, isActive } = props;
  const names = orderOf(editor, asked, seed);
  const ends = (state.answers.get(asked.key)?.value as Ends | undefined) ?? {};
  if (!isRightCount(asked.question.settings ?? {}, names.length)) {
    return (
      <p className="small dan">
        {t("{count} stand here, and the question compares another number. Skip the task with a reason.", {
          count: names.length,
        })}
      </p>
    );
  }
  return (
    <ul className="ends col g4" aria-label={t("The best and the worst")}>
      {names.map((name, index) => {
        const word = shownWord(asked, names, name, language);
        const end = ends.best === name ? "best" : ends.worst === name ? "worst" : "";
        return (
          <li key={name} className={end ? `end ${end}` : "end"}>
            <OptionKey isActive={isActive}>{index + 1}</OptionKey>
            <span className="grow cut">{word}</span>
            <Button
              size="s"
              look={end === "best" ? undefined : "quiet"}
              icon={<IconThumbUp {...ICON} />}
              aria-pressed={end === "best"}
              aria-label={t("Best: {name}", { name: word })}
              onClick={() => put(props, withEnd(ends, "best", name))}
            >
              {t("Best")}
            </Button>
            <Button
              size="s"
              look={end === "worst" ? undefined : "quiet"}
              icon={<IconThumbDown {...ICON} />}
              aria-pressed={end === "worst"}
              aria-label={t("Worst: {name}", { name: word })}
              onClick={() => put(props, withEnd(ends, "worst", name))}
            >
              {t("Worst")}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

/** What one of them is called here: its option's words, or the letter under which it stands. */
function shownWord({ question }: Asked, names: readonly string[], name: string, language: string): string {
  const option = optionsOf(question).find(({ value }) => value === name);
  return option ? wordOf(option, language) : t("Reply {letter}", { letter: letterAt(names.indexOf(name)) });
}

function Both({ best, worst }: { best: string; worst: string }) {
  return (
    <span className="both-ends">
      <span className="row g4">
        <IconThumbUp {...ICON} />
        <span className="t3">{t("Best")}</span> {best}
      </span>
      <span className="row g4">
        <IconThumbDown {...ICON} />
        <span className="t3">{t("Worst")}</span> {worst}
      </span>
    </span>
  );
}

function Proposed({ asked, editor, seed, language, value }: ProposedProps) {
  const names = orderOf(editor, asked, seed);
  const { best = "", worst = "" } = value as Ends;
  return <Both best={shownWord(asked, names, best, language)} worst={shownWord(asked, names, worst, language)} />;
}

function Reader({ question, answer, language }: ReadProps) {
  const wordFor = (name = ""): string => {
    const option = optionsOf(question).find(({ value }) => value === name);
    return option ? wordOf(option, language) : name;
  };
  const { best, worst } = (answer.value as Ends | undefined) ?? {};
  return <Both best={wordFor(best)} worst={wordFor(worst)} />;
}

function SettingsForm({ settings, inputs, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const compare = (settings.compare as string | undefined) ?? "response";
  const start = (next: string): unknown => {
    if (next !== "option") return undefined;
    return settings.options ?? ["a", "b", "c"].map((value) => ({ value, text: value.toUpperCase() }));
  };
  const chosen = (settings.inputs as string[] | undefined) ?? [];
  return (
    <>
      <ChoiceField
        label={t("What is compared")}
        value={compare}
        options={comparedWords()}
        onChange={(next) => put({ compare: next, options: start(next), inputs: undefined })}
      />
      {compare === "option" && (
        <OptionsForm
          title={t("Options")}
          options={optionsOf({ name: "", kind: "best_worst", settings })}
          onChange={(options) => put({ options })}
        />
      )}
      {compare === "input" && (
        <fieldset className="col g4">
          <legend className="b">{t("Inputs that are compared")}</legend>
          {inputs.map(({ name }) => (
            <label className="row g8" key={name}>
              <input
                type="checkbox"
                checked={chosen.length === 0 || chosen.includes(name)}
                onChange={({ target }) => {
                  const all = inputs.map((each) => each.name);
                  const left = all.filter((each) =>
                    each === name ? target.checked : chosen.length === 0 || chosen.includes(each),
                  );
                  put({ inputs: left.length === all.length ? undefined : left });
                }}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      )}
      <NumberField
        label={t("How many at once, 3 to 8")}
        hint={t("Empty: as many as there are.")}
        value={settings.size}
        onChange={(size) => put({ size: size && Math.max(SIZE_MIN, Math.min(Math.round(size), SIZE_MAX)) })}
      />
    </>
  );
}

/** Two different ones of those that stand here. */
function fits({ question: { settings = {} }, part }: Asked, editor: Store, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  const names = comparedOf(settings, part, editor.parts);
  const { best, worst, ...more } = value;
  const isNamed = (name: Json | undefined): boolean => typeof name === "string" && names.includes(name);
  const isWhole = isNamed(best) && isNamed(worst) && best !== worst && Object.keys(more).length === 0;
  return isWhole && isRightCount(settings, names.length);
}

const kind: QuestionKind = {
  name: "best_worst",
  compares: "response",
  title: () => t("Best and worst of several"),
  place: "panel",
  Editor,
  Reader,
  Proposed,
  fits,
  SettingsForm,
  initial: { compare: "response" },
  commands: [nameByNumber, swap],
  missing: (_settings, value) => {
    const { best, worst } = value as Ends;
    if (best === undefined) return t("Name the best");
    return worst === undefined ? t("Name the worst") : null;
  },
  hint: (_settings, value) => {
    const { best, worst } = (value as Ends | undefined) ?? {};
    if (best !== undefined && worst !== undefined) return "";
    return best === undefined ? t("the best first") : t("now the worst");
  },
};
export default kind;
