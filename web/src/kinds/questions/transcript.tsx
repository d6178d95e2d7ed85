/** Transcript: what is said in a recording, written segment by segment beside its curve, and heard by key meanwhile. */
import { IconPlayerPlay, IconX } from "@tabler/icons-react";
import { useEffect, useLayoutEffect, useRef } from "react";
import type { Option } from "../../api/contract";
import { lengthFor } from "../../editor/segments";
import { stretchClock } from "../../editor/timeline";
import {
  currentOf,
  firstEmpty,
  hear,
  isTranscript,
  isWhole,
  listed,
  remove,
  type Segment,
  said,
  sayNothing,
  segmentsOf,
  speak,
  speakerNow,
  speakersOf,
  standAt,
  strangeTag,
  tagsOf,
  takesCaret,
  write,
} from "../../editor/transcripts";
import { wordOf, wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, LaneProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { keyAt } from "../parts/options";
import { asProposed, proposalsFor } from "../parts/proposed";
import { Hint } from "../parts/RegionPanel";
import { ChoiceField, SwitchField, withSetting } from "../parts/SettingFields";
import { type Stretch, StretchLane } from "../parts/StretchLane";
import { commands, mark, moveEnds } from "../parts/transcript-commands";
import "../parts/regions.css";
import "./transcript.css";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

function Editor(props: AnswerProps) {
  const { asked, editor, state, isActive } = props;
  const segments = listed(editor, asked);
  const isEmpty = said(editor, asked).length === 0;
  const isNothing = isEmpty && state.answers.get(asked.key)?.value !== undefined;
  return (
    <>
      <Speakers {...props} />
      <Tags {...props} />
      <ol className="said-rows" aria-label={t("Segments")}>
        {!isNothing &&
          segments.map((segment, index) => <Row key={segment.id} {...props} segment={segment} index={index} />)}
      </ol>
      {isEmpty && (
        <button
          type="button"
          role="checkbox"
          aria-checked={isNothing}
          className={isNothing ? "opt on mt8" : "opt mt8"}
          onClick={() => sayNothing(editor, asked)}
        >
          <span className="rad" />
          {t("Nothing is said")}
          <OptionKey isActive={isActive}>0</OptionKey>
        </button>
      )}
      <div
        className={state.refused && isActive ? "small dan regions-hint said-hints" : "small t3 regions-hint said-hints"}
      >
        {isActive && (state.refused ?? <Hints {...props} hasSegments={segments.length > 0} />)}
      </div>
    </>
  );
}

/** Who speaks: in the segment where one stands, else in the next one. */
function Speakers({ asked, editor, isActive, language }: AnswerProps) {
  const speakers = speakersOf(asked.question);
  if (speakers.length === 0) return null;
  const now = speakerNow(editor, asked);
  const segments = said(editor, asked);
  return (
    <div className="label-rows" role="toolbar" aria-label={t("Speakers")} aria-orientation="vertical">
      {speakers.map((option, index) => {
        const count = segments.filter(({ speaker }) => speaker === option.value).length;
        return (
          <button
            type="button"
            key={option.value}
            className={option.value === now ? "label-row on" : "label-row"}
            aria-pressed={option.value === now}
            title={option.help ? wordsOf(option.help, language) : undefined}
            // The caret stays where one writes.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => speak(editor, asked, option.value)}
          >
            <OptionKey isActive={isActive}>{keyAt(option, index)}</OptionKey>
            <span className="sw" style={{ background: colorOf(speakers, option.value) }} />
            <span className="grow cut">{wordOf(option, language)}</span>
            <span className="small t3 num">{count > 0 && number(count)}</span>
          </button>
        );
      })}
    </div>
  );
}

/** What stands for sounds that are no words: put in where the caret is. */
function Tags({ asked, editor, language }: AnswerProps) {
  const tags = tagsOf(asked.question);
  if (tags.length === 0) return null;
  const current = currentOf(editor, asked);
  const insert = (tag: Option): void => {
    const root = document.querySelector(`[data-asked="${CSS.escape(asked.key)}"]`);
    const field = root?.querySelector<HTMLTextAreaElement>(`[data-segment="${current?.id}"]`);
    if (!field || !current) return;
    field.focus();
    const gap = /(^|\s)$/.test(field.value.slice(0, field.selectionStart)) ? "" : " ";
    field.setRangeText(`${gap}[${tag.value}]`, field.selectionStart, field.selectionEnd, "end");
    write(editor, asked, current.id, field.value);
  };
  return (
    <div className="said-tags" role="toolbar" aria-label={t("Tags")}>
      {tags.map((tag) => (
        <button
          type="button"
          key={tag.value}
          className="btn s"
          disabled={!current}
          title={tag.help ? wordsOf(tag.help, language) : wordOf(tag, language)}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => insert(tag)}
        >
          <bdi>[{tag.value}]</bdi>
        </button>
      ))}
    </div>
  );
}

interface RowProps extends AnswerProps {
  segment: Segment;
  index: number;
}

function Row({ asked, editor, language, isActive, segment, index }: RowProps) {
  const row = useRef<HTMLLIElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isOn = currentOf(editor, asked)?.id === segment.id;
  const rate = lengthFor(editor, asked)?.rate ?? 1;
  const speakers = speakersOf(asked.question);
  const speaker = speakers.find(({ value }) => value === segment.speaker);
  const clock = stretchClock(segment, rate);
  const strange = strangeTag(asked.question, segment.text);
  const name = t("Segment {number}, {clock}", { number: index + 1, clock });
  useEffect(() => {
    if (isOn) row.current?.scrollIntoView({ block: "nearest" });
  }, [isOn]);
  useLayoutEffect(() => {
    if (takesCaret(editor, asked, segment.id)) field.current?.focus();
  });
  useEffect(() => {
    // A question that one left by key should not keep the caret.
    if (!isActive && document.activeElement === field.current) field.current?.blur();
  }, [isActive]);
  return (
    <li ref={row} className={isOn ? "said-row on" : "said-row"}>
      <div className="said-head">
        <button
          type="button"
          className="said-main"
          aria-pressed={isOn}
          onClick={() => standAt(editor, asked, segment.id)}
        >
          <span className="small t3 num">{number(index + 1)}</span>
          {speaker && <span className="sw" style={{ background: colorOf(speakers, speaker.value) }} />}
          <span className="cut grow">{speaker && wordOf(speaker, language)}</span>
          <span className="small t3 num" dir="ltr">
            {clock}
          </span>
        </button>
        <IconButton
          name={t("Play segment {number}", { number: index + 1 })}
          onClick={() => hear(editor, asked, segment.id)}
        >
          <IconPlayerPlay {...ICON} />
        </IconButton>
        {!isWhole(asked.question) && (
          <IconButton
            name={t("Remove segment {number}", { number: index + 1 })}
            onClick={() => remove(editor, asked, segment.id)}
          >
            <IconX {...ICON} />
          </IconButton>
        )}
      </div>
      <textarea
        ref={field}
        className={isWhole(asked.question) ? "area said-field whole" : "area said-field"}
        data-answer-field={isOn || (index === 0 && !currentOf(editor, asked)) || undefined}
        data-segment={segment.id}
        aria-label={name}
        aria-invalid={strange !== null || undefined}
        rows={1}
        dir="auto"
        lang={(asked.question.settings?.language as string | null | undefined) ?? undefined}
        value={segment.text}
        onFocus={() => {
          if (!isOn) standAt(editor, asked, segment.id);
        }}
        onChange={({ target }) => write(editor, asked, segment.id, target.value)}
      />
      {strange !== null && <span className="small dan">{t("{tag} is no tag of this project.", { tag: strange })}</span>}
    </li>
  );
}

function Hints({ asked, editor, hasSegments }: AnswerProps & { hasSegments: boolean }) {
  const isCut = !isWhole(asked.question);
  if (currentOf(editor, asked)) {
    return (
      <>
        <Hint keys={["Enter"]}>{isCut ? t("write, next") : t("write")}</Hint>
        <Hint keys={["Tab"]}>{t("play, pause")}</Hint>
        <Hint keys={["Shift+Tab"]}>{t("2 s back")}</Hint>
        {speakersOf(asked.question).length > 0 && <Hint keys={["Alt+1"]}>{t("speaker")}</Hint>}
        <Hint keys={["Escape"]}>{t("out of the field")}</Hint>
      </>
    );
  }
  return (
    <>
      {isCut && (
        <span className="row g4">
          {t("Drag, or")} <Hint keys={["I"]}>{t("where it begins")}</Hint>{" "}
          <Hint keys={["O"]}>{t("where it ends")}</Hint>
        </span>
      )}
      {hasSegments && <Hint keys={["Enter"]}>{t("write")}</Hint>}
    </>
  );
}

function Lane(given: LaneProps) {
  const { asked, editor, language, timeline } = given;
  const current = currentOf(editor, asked);
  // What keys chose is shown, wherever in the recording it lies.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each choice, not while it is moved
  useEffect(() => {
    if (current && !isWhole(asked.question)) timeline.reveal(current.start, current.end);
  }, [current?.id]);
  if (isWhole(asked.question)) return null;
  const [first] = editor.answer(asked.key) === undefined ? proposalsFor(editor, asked, kind) : [];
  const proposed = segmentsOf(first?.value).map((segment) => {
    const bar = barOf(given, segment);
    return { ...bar, id: `proposed ${bar.id}`, word: asProposed(bar.word), isProposed: true };
  });
  return (
    <StretchLane
      timeline={timeline}
      label={wordsOf(asked.question.text, language, asked.question.name)}
      stretches={[...said(editor, asked).map((segment) => barOf(given, segment)), ...proposed]}
      selected={current?.id ?? null}
      onSelect={(id) => standAt(editor, asked, id)}
      onChange={(id, start, end) => moveEnds(given, id, { start, end })}
    />
  );
}

function barOf({ asked, language }: Drawing, { id, start, end, speaker, text }: Segment): Stretch {
  const speakers = speakersOf(asked.question);
  const option = speakers.find(({ value }) => value === speaker);
  const word = text.trim() || (option ? wordOf(option, language) : t("segment"));
  return { id, start, end, word, color: colorOf(speakers, speaker ?? "") };
}

function Reader({ question, answer, item, language }: ReadProps) {
  const segments = segmentsOf(answer.value);
  const speakers = speakersOf(question);
  const given = item?.inputs[answer.target.split("/")[0] ?? ""]?.media?.sample_rate;
  const rate = typeof given === "number" ? given : 1;
  if (segments.length === 0) return <span>{t("nothing is said")}</span>;
  return (
    <ol className="said-read">
      {segments.map((segment) => {
        const speaker = speakers.find(({ value }) => value === segment.speaker);
        return (
          <li key={segment.id}>
            {!isWhole(question) && (
              <span className="small t3 num" dir="ltr">
                {stretchClock(segment, rate)}
              </span>
            )}
            {speaker && (
              <span className="small t2 row g4">
                <span className="sw" style={{ background: colorOf(speakers, speaker.value) }} />
                {wordOf(speaker, language)}
              </span>
            )}
            <span className="text" dir="auto">
              {segment.text}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const compare = (settings.compare ?? {}) as Record<string, unknown>;
  const judge = (change: Record<string, unknown>): void => {
    const changed = withSetting(compare, change);
    put({ compare: Object.keys(changed).length > 0 ? changed : undefined });
  };
  return (
    <>
      <ChoiceField
        label={t("The recording is written down")}
        value={(settings.segments as string | undefined) ?? "free"}
        options={[
          ["free", t("in segments that annotators make")],
          ["none", t("as one text")],
        ]}
        onChange={(segments) => put({ segments: segments === "free" ? undefined : segments })}
      />
      <OptionsForm
        title={t("Speakers")}
        hasColors
        options={(settings.speakers ?? []) as Option[]}
        onChange={(speakers) => put({ speakers: speakers.length > 0 ? speakers : undefined })}
      />
      <OptionsForm
        title={t("Tags in square brackets")}
        hasKeys={false}
        options={(settings.conventions ?? []) as Option[]}
        onChange={(conventions) => put({ conventions: conventions.length > 0 ? conventions : undefined })}
      />
      <ChoiceField
        label={t("Answers are compared by")}
        value={(compare.unit as string | undefined) ?? "words"}
        options={[
          ["words", t("words")],
          ["characters", t("characters")],
        ]}
        onChange={(unit) => judge({ unit: unit === "words" ? undefined : unit })}
      />
      <SwitchField
        label={t("Capital letters make a difference")}
        value={compare.case}
        onChange={(isOn) => judge({ case: isOn || undefined })}
      />
      <SwitchField
        label={t("Punctuation makes a difference")}
        value={compare.punctuation}
        onChange={(isOn) => judge({ punctuation: isOn || undefined })}
      />
    </>
  );
}

const kind: QuestionKind = {
  name: "transcript",
  needs: "time",
  title: () => t("Transcript of a recording"),
  place: "panel",
  isWritten: true,
  Editor,
  onTime: {
    Lane,
    marked: (given) =>
      isWhole(given.asked.question) ? [] : said(given.editor, given.asked).map((segment) => barOf(given, segment)),
    onDrag: (given, timeline, start, end) => {
      if (isWhole(given.asked.question)) timeline.seek(end);
      else mark(given, start, end);
    },
  },
  Reader,
  fits: (asked, editor, value) => isTranscript(editor, asked, value),
  SettingsForm,
  initial: {},
  commands,
  missing: (_settings, value, asked) => {
    const empty = firstEmpty(value);
    if (empty > 0) return t("Write what is said in segment {number}, or remove it", { number: empty });
    const strange = segmentsOf(value).findIndex(({ text }) => strangeTag(asked.question, text) !== null) + 1;
    return strange > 0 ? t("Segment {number} has a tag that this project has not", { number: strange }) : null;
  },
  hint: (settings, value) => {
    const count = segmentsOf(value).length;
    return settings.segments === "none" ? "" : t("{count, plural, one {# segment} other {# segments}}", { count });
  },
};
export default kind;
