/** What keys do with a transcript: begin and end segments, go from one to the next while writing, hear it, name who speaks. */
import type { Command } from "../../commands/command";
import { timelineFor } from "../../editor/segments";
import { BACK_SECONDS } from "../../editor/timeline";
import {
  beside,
  currentOf,
  hear,
  hearAgain,
  isWhole,
  listed,
  make,
  remove,
  said,
  sayNothing,
  speak,
  speakersOf,
  standAt,
  stretch,
} from "../../editor/transcripts";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { DIGITS, ownKeys, pickedBy } from "./options";
import { commandsOf } from "./region-commands";

const command = commandsOf("transcript");

/** The segment in whose field the caret is. */
function fieldNow(): HTMLTextAreaElement | null {
  const { activeElement } = document;
  return activeElement instanceof HTMLTextAreaElement && activeElement.dataset.segment !== undefined
    ? activeElement
    : null;
}
const isWriting = (): boolean => fieldNow() !== null;
const isCut = ({ asked }: Given): boolean => !isWhole(asked.question);

/** A new segment between two ticks, or why there is none. */
export function mark({ editor, asked }: Drawing, start: number, end: number): boolean {
  if (make(editor, asked, start, end)) return true;
  editor.refuse(t("A segment ends after it begins."));
  return false;
}

/** Ends of a segment elsewhere, or why they stay. */
export function moveEnds({ editor, asked }: Drawing, id: string, to: { start?: number; end?: number }): void {
  if (!stretch(editor, asked, id, to)) editor.refuse(t("A segment ends after it begins."));
}

const begin = command(
  "begin",
  () => t("Begin a segment here, or move the beginning of the selected one here"),
  ["I"],
  (given) => {
    const timeline = timelineFor(given.editor, given.asked);
    const current = currentOf(given.editor, given.asked);
    if (!timeline) return;
    const { at } = timeline.snapshot();
    if (current) moveEnds(given, current.id, { start: at });
    else timeline.open(at);
  },
  { isEnabled: isCut },
);
const end = command(
  "end",
  () => t("End the segment here"),
  ["O"],
  (given) => {
    const timeline = timelineFor(given.editor, given.asked);
    const current = currentOf(given.editor, given.asked);
    if (!timeline) return;
    const { at, opened } = timeline.snapshot();
    if (current) moveEnds(given, current.id, { end: at });
    else if (opened === null) given.editor.refuse(t("Begin it first: I where it begins, O where it ends."));
    else if (mark(given, opened, at)) timeline.open(null);
  },
  { isEnabled: isCut },
);
const play = command(
  "play",
  () => t("While writing: play the segment, or pause"),
  ["Tab"],
  ({ editor, asked }) => hear(editor, asked),
  { inText: true, isEnabled: isWriting },
);
const back = command(
  "back",
  () => t("While writing: back {count} seconds", { count: BACK_SECONDS }),
  ["Shift+Tab"],
  ({ editor, asked }) => hearAgain(editor, asked),
  { inText: true, isEnabled: isWriting },
);
const next = command(
  "next",
  () => t("Write in this segment; while writing: in the next one"),
  ["Enter"],
  ({ editor, asked }) => {
    const to = isWriting() ? beside(editor, asked, 1) : (currentOf(editor, asked) ?? beside(editor, asked, 1));
    if (to) standAt(editor, asked, to.id, true);
    else editor.refuse(t("This is the last segment. Esc, then I and O make another one."));
  },
  {
    inText: true,
    isEnabled: (given) => (isWriting() ? isCut(given) : listed(given.editor, given.asked).length > 0),
  },
);
const previous = command(
  "previous",
  () => t("While writing: in the segment before"),
  ["Shift+Enter"],
  ({ editor, asked }) => {
    const to = beside(editor, asked, -1);
    if (to) standAt(editor, asked, to.id, true);
  },
  { inText: true, isEnabled: (given) => isWriting() && isCut(given) },
);
const walk = command(
  "walk",
  () => t("Previous or next segment"),
  ["[", "]"],
  ({ editor, asked }, chord) => {
    const to = beside(editor, asked, chord === "]" ? 1 : -1);
    if (to) standAt(editor, asked, to.id);
  },
  { isEnabled: ({ editor, asked }) => listed(editor, asked).length > 0 },
);
const speaker = command(
  "speaker",
  () => t("Who speaks in the segment, or in the next one"),
  DIGITS,
  ({ editor, asked }, chord) => {
    const option = pickedBy(speakersOf(asked.question), chord);
    if (option) speak(editor, asked, option.value);
  },
  {
    range: "labels",
    keysOfTask: ({ asked }) => ownKeys(speakersOf(asked.question)),
    isEnabled: ({ asked }) => speakersOf(asked.question).length > 0,
  },
);
const speakerInText = command(
  "speaker-in-text",
  () => t("While writing: who speaks in the segment"),
  DIGITS.map((digit) => `Alt+${digit}`),
  ({ editor, asked }, chord) => {
    const option = speakersOf(asked.question)[DIGITS.indexOf(chord.replace("Alt+", ""))];
    if (option) speak(editor, asked, option.value);
  },
  { range: "labels", inText: true, isEnabled: ({ asked }) => speakersOf(asked.question).length > 0 },
);
const take = command(
  "remove",
  () => t("Remove the segment"),
  ["Delete", "Backspace"],
  ({ editor, asked }) => {
    const current = currentOf(editor, asked);
    if (current) remove(editor, asked, current.id);
  },
  { isEnabled: (given) => isCut(given) && currentOf(given.editor, given.asked) !== undefined },
);
const leave = command(
  "leave",
  () => t("Leave the segment, or take back its beginning"),
  ["Escape"],
  ({ editor, asked }) => {
    if (currentOf(editor, asked)) standAt(editor, asked, null);
    else timelineFor(editor, asked)?.open(null);
  },
  {
    isEnabled: ({ editor, asked }) =>
      currentOf(editor, asked) !== undefined || (timelineFor(editor, asked)?.snapshot().opened ?? null) !== null,
  },
);
const nothing = command(
  "nothing",
  () => t("Nothing is said"),
  ["0"],
  ({ editor, asked }) => sayNothing(editor, asked),
  { isEnabled: ({ editor, asked }) => said(editor, asked).length === 0 },
);

export const commands: Command<Given>[] = [
  begin,
  end,
  play,
  back,
  next,
  previous,
  walk,
  speaker,
  speakerInText,
  take,
  leave,
  nothing,
];
