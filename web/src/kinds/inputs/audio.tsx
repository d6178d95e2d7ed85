/** A recording: its curve, what plays it, and under it the stretches that questions mark. */
import { IconArrowBackUp, IconMinus, IconPlayerPause, IconPlayerPlay, IconPlus } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Content } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { inputPart } from "../../editor/parts";
import { BACK_SECONDS, clockOf, type Length, SPEEDS, type Timeline, timelineOf } from "../../editor/timeline";
import { wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import type { InputKind, ViewProps } from "../kind";
import { drawingOnTime } from "../parts/drawing";
import { example } from "../parts/example-sound";
import { useMedia } from "../parts/media";
import { type Peaks, usePeaks } from "../parts/peaks";
import { useTimeline } from "../parts/useTimeline";
import { Place, Ruler, Waveform } from "../parts/Waveform";
import "../parts/wave.css";

interface Given {
  timeline: Timeline;
}
const context = "input:audio";

const play = defineCommand<Given>({
  id: "audio.play",
  title: () => t("Play or pause"),
  context,
  keys: ["Space"],
  run: ({ timeline }) => timeline.toggle(),
});
// Tab would lead nobody on from a field any more: the keys that carry the sign of playing do it there.
const playInText = defineCommand<Given>({
  id: "audio.play-in-text",
  title: () => t("Play or pause, while writing too"),
  context,
  keys: ["F8"],
  inText: true,
  run: ({ timeline }) => timeline.toggle(),
});
const back = defineCommand<Given>({
  id: "audio.back",
  title: () => t("Back {count} seconds", { count: BACK_SECONDS }),
  context,
  keys: ["Shift+Space"],
  run: ({ timeline }) => timeline.back(),
});
const backInText = defineCommand<Given>({
  id: "audio.back-in-text",
  title: () => t("Back {count} seconds, while writing too", { count: BACK_SECONDS }),
  context,
  keys: ["Shift+F8"],
  inText: true,
  run: ({ timeline }) => timeline.back(),
});
const step = defineCommand<Given>({
  id: "audio.step",
  title: () => t("A tenth of a second back or on"),
  context,
  keys: [",", "."],
  run: ({ timeline }, chord) => timeline.seek(timeline.snapshot().at + (chord === "." ? 0.1 : -0.1) * timeline.rate),
});
const zoom = defineCommand<Given>({
  id: "audio.zoom",
  title: () => t("Enlarge or shrink the recording"),
  context,
  keys: ["Z", "Shift+Z"],
  run: ({ timeline }, chord) => timeline.zoom(chord === "Z" ? 1 : -1),
});
const whole = defineCommand<Given>({
  id: "audio.whole",
  title: () => t("The whole recording"),
  context,
  keys: ["W"],
  run: ({ timeline }) => timeline.whole(),
});
const commands = [play, playInText, back, backInText, step, zoom, whole];

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

/** How long a stored recording is, where its facts say so. */
function lengthOf({ media }: Content): Length | null {
  const [ticks, rate] = [media?.samples, media?.sample_rate];
  return typeof ticks === "number" && typeof rate === "number" ? { ticks, rate } : null;
}

function Viewer(view: ViewProps) {
  const { input, content, editor, language } = view;
  const { src, problem, retry } = useMedia(content.url);
  const known = lengthOf(content);
  const { peaks, isFailed } = usePeaks(src, known?.rate);
  const length = known ?? peaks;
  if (problem) {
    return (
      <div className="picture-face">
        <ProblemNotice problem={problem} onRetry={retry} />
      </div>
    );
  }
  if (!content.url) return <div className="picture-face t3">{t("A recording stands here.")}</div>;
  if (!src || !length) return isFailed ? <Unheard /> : <Skeleton />;
  const name = wordsOf(input.text, language, content.name ?? t("Recording"));
  const timeline = timelineOf(editor, input.name, { ticks: length.ticks, rate: length.rate }) as Timeline;
  return <Recording {...view} key={src} {...{ src, name, peaks, isFailed, timeline }} />;
}

function Unheard() {
  return (
    <div className="picture-face t3">
      {t("This browser cannot draw the recording. Try another browser, or skip the task.")}
    </div>
  );
}

interface RecordingProps extends ViewProps {
  src: string;
  name: string;
  peaks: Peaks | null;
  isFailed: boolean;
  timeline: Timeline;
}

function Recording({ src, name, peaks, isFailed, timeline, ...view }: RecordingProps) {
  const { input, editor, state, kinds, language, seed } = view;
  const sound = useRef<HTMLAudioElement>(null);
  useCommands(commands, { timeline });
  useEffect(() => timeline.attach(sound.current as HTMLAudioElement), [timeline]);
  const drawing = drawingOnTime(view, input.name);
  const given = { editor, state, language, seed };
  const drawn = editor
    .asked()
    .filter(({ question, part }) => kinds[question.kind]?.onTime && part.input === input.name);
  const onDrag = drawing && kinds[drawing.question.kind]?.onTime?.onDrag;
  return (
    <div className="sound">
      {/* biome-ignore lint/a11y/useMediaCaption: what is said in it is what is asked */}
      <audio ref={sound} src={src} preload="auto" aria-label={name} onEnded={() => timeline.end()} />
      <Bar timeline={timeline} />
      <div className="sound-body">
        <Place timeline={timeline} />
        <Ruler timeline={timeline} />
        {isFailed ? (
          <Unheard />
        ) : (
          <Waveform
            timeline={timeline}
            peaks={peaks}
            marked={drawn.flatMap((asked) => kinds[asked.question.kind]?.onTime?.marked({ ...given, asked }) ?? [])}
            onDrag={
              drawing && onDrag ? (start, end) => onDrag({ ...given, asked: drawing }, timeline, start, end) : null
            }
          />
        )}
        {drawn.map((asked) => {
          const Lane = kinds[asked.question.kind]?.onTime?.Lane;
          return Lane && <Lane key={asked.key} {...given} {...{ asked, timeline }} isActive={asked === drawing} />;
        })}
      </div>
    </div>
  );
}

function Bar({ timeline }: Given) {
  const { isPlaying, speed } = useTimeline(timeline, (view) => view);
  return (
    <div className="sound-bar" role="toolbar" aria-label={t("Playing")}>
      <Button
        size="s"
        chord={chordFor(play as never)}
        icon={isPlaying ? <IconPlayerPause {...ICON} /> : <IconPlayerPlay {...ICON} />}
        onClick={() => timeline.toggle()}
      >
        {isPlaying ? t("Pause") : t("Play")}
      </Button>
      <IconButton
        name={t("Back {count} seconds", { count: BACK_SECONDS })}
        chord={chordFor(back as never)}
        onClick={() => timeline.back()}
      >
        <IconArrowBackUp {...ICON} />
      </IconButton>
      <Clock timeline={timeline} />
      <span className="grow" />
      <label className="row g6 small t2">
        {t("Speed")}
        <select className="input s" value={speed} onChange={({ target }) => timeline.setSpeed(Number(target.value))}>
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {number(each)}×
            </option>
          ))}
        </select>
      </label>
      <IconButton name={t("Shrink")} chord="Shift+Z" onClick={() => timeline.zoom(-1)}>
        <IconMinus {...ICON} />
      </IconButton>
      <IconButton name={t("Enlarge")} chord="Z" onClick={() => timeline.zoom(1)}>
        <IconPlus {...ICON} />
      </IconButton>
      <Button look="quiet" size="s" chord={chordFor(whole as never)} onClick={() => timeline.whole()}>
        {t("Whole")}
      </Button>
    </div>
  );
}

function Clock({ timeline }: Given) {
  const at = useTimeline(timeline, (view) => view.at);
  return (
    <span className="sound-clock num t2" dir="ltr">
      {clockOf(at, timeline.rate)} <span className="t3">/ {clockOf(timeline.ticks, timeline.rate)}</span>
    </span>
  );
}

const kind: InputKind = {
  name: "audio",
  offers: "time",
  title: () => t("Recording"),
  place: "fill",
  Viewer,
  initial: {},
  filesOf: (content) => [content],
  partsOf: (name, content) => {
    // Asked about contents of other kinds too.
    if (content.text !== undefined || content.json !== undefined) return [];
    const { samples, sample_rate, channels } = content.media ?? {};
    const below = Array.from({ length: Number(channels ?? 0) }, (_, index) => ({
      address: `${name}/c${index}`,
      type: "channel",
      input: name,
      facts: { index },
      children: [],
    }));
    const itself = inputPart(
      name,
      below.map(({ address }) => address),
    );
    return [{ ...itself, facts: { samples, sample_rate, channels } }, ...below];
  },
  example,
};
export default kind;
