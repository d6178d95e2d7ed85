/** What keys do with segments of a recording: begin and end them where the hand is, move, hear, walk through and name them. */
import type { Command } from "../../commands/command";
import {
  channelsOf,
  lengthFor,
  type Refusal,
  refusalOf,
  type Stretch,
  settingsOf,
  timelineFor,
} from "../../editor/segments";
import { newRegionId, type Region } from "../../editor/store";
import type { Timeline } from "../../editor/timeline";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { commandsOf, isChosen, regionCommands } from "./region-commands";
import { hasRoom, selectedOf } from "./region-tools";

export const stretchOf = (region: Region): Stretch => region as unknown as Stretch;

/** Seconds that an arrow moves a segment by; with Shift ten times as far. */
const NUDGE_SECONDS = 0.01;

function tell(given: Drawing, refusal: Refusal | null): boolean {
  const { leastMs, mostMs } = settingsOf(given.asked);
  if (refusal === "overlap")
    given.editor.refuse(t("Segments may not overlap here. Remove or shorten the other one first."));
  if (refusal === "short") given.editor.refuse(t("Too short: at least {ms} ms.", { ms: leastMs }));
  if (refusal === "long") given.editor.refuse(t("Too long: at most {ms} ms.", { ms: mostMs ?? 0 }));
  if (refusal === "empty") given.editor.refuse(t("A segment ends after it begins."));
  return refusal === null;
}

/** A new segment with the chosen label, where it may lie. */
export function mark(given: Drawing, timeline: Timeline, start: number, end: number): boolean {
  const { asked, editor } = given;
  editor.activate(asked.key);
  if (!hasRoom(given)) return false;
  const regions = editor.regions(asked.key);
  const label = chosenLabel(given)?.value;
  const region: Stretch = {
    id: newRegionId(regions),
    ...(label === undefined ? {} : { label }),
    start: timeline.within(start),
    end: timeline.within(end),
    ...(settingsOf(asked).hasChannels ? { channel: "c0" } : {}),
  };
  if (!tell(given, refusalOf(asked, region, regions.map(stretchOf), timeline.rate))) return false;
  editor.addRegion(asked, region as unknown as Region);
  return true;
}

/** Puts a segment elsewhere, where it may lie. */
export function change(given: Drawing, id: string, to: Partial<Stretch>, merge: string | null = null): void {
  const { asked, editor } = given;
  const regions = editor.regions(asked.key);
  const region = regions.find((each) => each.id === id);
  const length = lengthFor(editor, asked);
  if (!region || !length) return;
  const changed = { ...stretchOf(region), ...to };
  if (tell(given, refusalOf(asked, changed, regions.map(stretchOf), length.rate)))
    editor.changeRegion(asked, id, to as never, merge);
}

const command = commandsOf("time_segment");

const begin = command(
  "begin",
  () => t("Begin a segment here, or move the beginning of the selected one here"),
  ["I"],
  (given) => {
    const timeline = timelineFor(given.editor, given.asked);
    if (!timeline) return;
    const { at } = timeline.snapshot();
    const region = selectedOf(given.editor, given.asked);
    if (region) change(given, region.id, { start: at });
    else timeline.open(at);
  },
);
const end = command(
  "end",
  () => t("End the segment here"),
  ["O"],
  (given) => {
    const timeline = timelineFor(given.editor, given.asked);
    if (!timeline) return;
    const { at, opened } = timeline.snapshot();
    const region = selectedOf(given.editor, given.asked);
    if (region) change(given, region.id, { end: at });
    else if (opened === null) given.editor.refuse(t("Begin it first: I where it begins, O where it ends."));
    else if (mark(given, timeline, Math.min(opened, at), Math.max(opened, at))) timeline.open(null);
  },
);
const point = command(
  "point",
  () => t("Mark this moment"),
  ["P"],
  (given) => {
    const timeline = timelineFor(given.editor, given.asked);
    const at = timeline?.snapshot().at ?? 0;
    if (timeline) mark(given, timeline, at, at);
  },
  { isEnabled: ({ asked }) => settingsOf(asked).mayBePoints },
);
const hear = command(
  "hear",
  () => t("Play the segment"),
  ["Enter"],
  ({ asked, editor }) => {
    const region = selectedOf(editor, asked);
    if (region) timelineFor(editor, asked)?.play(stretchOf(region).start, stretchOf(region).end);
  },
  { isEnabled: isChosen },
);
const nudge = (given: Given, chord: string): void => {
  const { asked, editor } = given;
  const region = selectedOf(editor, asked);
  const length = lengthFor(editor, asked);
  if (!region || !length) return;
  const { start, end: until } = stretchOf(region);
  const far = (chord.includes("Shift+") ? 10 : 1) * NUDGE_SECONDS * length.rate;
  const by = Math.round(chord.endsWith("Left") ? -far : far);
  const shift = Math.min(Math.max(by, -start), length.ticks - until);
  change(given, region.id, { start: start + shift, end: until + shift }, `nudge ${region.id}`);
};
const move = command("nudge", () => t("Move it 10 ms"), ["ArrowLeft", "ArrowRight"], nudge, { isEnabled: isChosen });
const moveFar = command("nudge-far", () => t("Move it 100 ms"), ["Shift+ArrowLeft", "Shift+ArrowRight"], nudge, {
  isEnabled: isChosen,
});
const channel = command(
  "channel",
  () => t("Its next channel"),
  ["E"],
  (given) => {
    const { asked, editor } = given;
    const region = selectedOf(editor, asked);
    const names = channelsOf(editor, asked);
    if (!region) return;
    const at = names.indexOf(stretchOf(region).channel ?? "");
    change(given, region.id, { channel: names[(at + 1) % names.length] });
  },
  { isEnabled: (given) => settingsOf(given.asked).hasChannels && isChosen(given) },
);
const cancel = command(
  "cancel",
  () => t("Leave the segment, or take back its beginning"),
  ["Escape"],
  ({ asked, editor, state }) => {
    if (state.selected) editor.select(null, null);
    else timelineFor(editor, asked)?.open(null);
  },
  {
    isEnabled: ({ asked, editor, state }) =>
      state.selected !== null || (timelineFor(editor, asked)?.snapshot().opened ?? null) !== null,
  },
);
const shape = { kind: "time_segment", envelope: () => ({ x: 0, y: 0, width: 0, height: 0 }), moved: () => null };
const shared = regionCommands(command, shape, { nudges: false, copies: false, leaves: false });

export const commands: Command<Given>[] = [begin, end, point, hear, move, moveFar, channel, cancel, ...shared];
