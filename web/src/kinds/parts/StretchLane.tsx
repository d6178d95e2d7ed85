/** Stretches of a recording under its curve: one a bar, in as many rows as overlap; chosen, moved and stretched by mouse. */
import { useRef, useState } from "react";
import { rowsFor, stretchClock, type Timeline } from "../../editor/timeline";
import { t } from "../../i18n";
import { useTimeline } from "./useTimeline";
import { placed, sightOf } from "./Waveform";
import "./wave.css";

export interface Stretch {
  id: string;
  start: number;
  end: number;
  word: string;
  color: string;
  /** A model's, not marked by anybody: seen, and cannot be touched. */
  isProposed?: boolean;
}
type Grip = "start" | "end" | "whole";

interface StretchLaneProps {
  timeline: Timeline;
  /** What the lane is called. */
  label: string;
  stretches: readonly Stretch[];
  selected: string | null;
  onSelect: (id: string) => void;
  onChange: (id: string, start: number, end: number) => void;
}

export function StretchLane({ timeline, label, stretches, selected, onSelect, onChange }: StretchLaneProps) {
  useTimeline(timeline, sightOf);
  const rows = rowsFor(stretches);
  const height = Math.max(1, ...rows.map((row) => row + 1));
  return (
    <section className="lane" dir="ltr" aria-label={label} style={{ "--rows": height } as React.CSSProperties}>
      {stretches.map((stretch, index) => (
        <Bar
          key={stretch.id}
          stretch={stretch}
          row={rows[index] ?? 0}
          timeline={timeline}
          isOn={stretch.id === selected && !stretch.isProposed}
          onSelect={() => onSelect(stretch.id)}
          onChange={(start, end) => onChange(stretch.id, start, end)}
        />
      ))}
    </section>
  );
}

interface BarProps {
  stretch: Stretch;
  row: number;
  timeline: Timeline;
  isOn: boolean;
  onSelect: () => void;
  onChange: (start: number, end: number) => void;
}

function Bar({ stretch, row, timeline, isOn, onSelect, onChange }: BarProps) {
  const held = useRef<{ grip: Grip; x: number } | null>(null);
  const [moved, setMoved] = useState<{ start: number; end: number } | null>(null);
  const { start, end } = moved ?? stretch;
  const share = timeline.shareOf(start);
  const style = { ...placed(timeline, start, end), "--row": row, "--c": stretch.color } as React.CSSProperties;
  if (share > 1 || timeline.shareOf(end) < 0) return null;
  const name = `${stretch.word} ${stretchClock(stretch, timeline.rate)}`;
  if (stretch.isProposed) {
    return (
      <span className="lane-bar proposed" style={style} title={name}>
        <span className="cut">{stretch.word}</span>
      </span>
    );
  }
  const press = (grip: Grip) => (event: React.PointerEvent) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    // The focus stays: Enter and Space go on to be those of the recording.
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = { grip, x: event.clientX };
    onSelect();
  };
  const move = (event: React.PointerEvent<HTMLElement>): void => {
    const now = held.current;
    if (!now) return;
    const lane = event.currentTarget.closest(".lane") as HTMLElement;
    const sight = timeline.snapshot().end - timeline.snapshot().start;
    const by = Math.round(((event.clientX - now.x) / lane.clientWidth) * sight);
    if (Math.abs(event.clientX - now.x) < 3 && !moved) return;
    setMoved(dragged(stretch, now.grip, by, timeline.ticks));
  };
  const release = (): void => {
    held.current = null;
    if (moved) onChange(moved.start, moved.end);
    setMoved(null);
  };
  const hand = (grip: Grip) => ({
    onPointerDown: press(grip),
    onPointerMove: move,
    onPointerUp: release,
    onPointerCancel: () => {
      held.current = null;
      setMoved(null);
    },
  });
  return (
    <span className={isOn ? "lane-bar on" : "lane-bar"} style={style}>
      <button
        type="button"
        className="lane-main"
        aria-pressed={isOn}
        aria-label={name}
        title={name}
        onClick={onSelect}
        {...hand("whole")}
      >
        <span className="cut" aria-hidden="true">
          {stretch.word}
        </span>
      </button>
      {isOn && stretch.start < stretch.end && (
        <>
          <i className="lane-grip start" title={t("Drag its beginning")} {...hand("start")} />
          <i className="lane-grip end" title={t("Drag its end")} {...hand("end")} />
        </>
      )}
    </span>
  );
}

/** A stretch that a grip was dragged by so many ticks: never turned round, never out of the recording. */
export function dragged(
  { start, end }: { start: number; end: number },
  grip: Grip,
  by: number,
  ticks: number,
): { start: number; end: number } {
  if (grip === "start") return { start: Math.min(Math.max(start + by, 0), end - 1), end };
  if (grip === "end") return { start, end: Math.max(Math.min(end + by, ticks), start + 1) };
  const shift = Math.min(Math.max(by, -start), ticks - end);
  return { start: start + shift, end: end + shift };
}
