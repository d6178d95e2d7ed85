/** The recording as a curve of how loud it is, with what is marked, where the hand is, and a drag that marks. */
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import type { Timeline, TimeView } from "../../editor/timeline";
import { clockOf } from "../../editor/timeline";
import { t } from "../../i18n";
import { extremes, type Peaks } from "./peaks";
import { useTimeline } from "./useTimeline";

interface WaveformProps {
  timeline: Timeline;
  peaks: Peaks | null;
  /** What a drag over it makes; without, a drag moves the hand. */
  onDrag: ((start: number, end: number) => void) | null;
  /** Stretches that are tinted. */
  marked: readonly { start: number; end: number; color: string }[];
  children?: ReactNode;
}

/** A press that moves less than this is a click. */
const CLICK_PX = 4;

export function Waveform({ timeline, peaks, onDrag, marked, children }: WaveformProps) {
  const stage = useRef<HTMLDivElement>(null);
  const from = useRef<{ x: number; tick: number } | null>(null);
  const [drawn, setDrawn] = useState<{ start: number; end: number } | null>(null);
  useWheel(stage, timeline);
  const shareAt = (x: number): number => {
    const { left, width } = (stage.current as HTMLDivElement).getBoundingClientRect();
    return (x - left) / width;
  };
  const ordered = (tick: number): { start: number; end: number } => {
    const first = from.current?.tick ?? tick;
    return { start: Math.min(first, tick), end: Math.max(first, tick) };
  };
  const release = (event: React.PointerEvent): void => {
    const pressed = from.current;
    if (!pressed) return;
    const tick = timeline.tickAt(shareAt(event.clientX));
    const { start, end } = ordered(tick);
    from.current = null;
    setDrawn(null);
    if (Math.abs(event.clientX - pressed.x) < CLICK_PX || !onDrag || start === end) timeline.seek(tick);
    else onDrag(start, end);
  };
  return (
    <div
      className={onDrag ? "wave draws" : "wave"}
      ref={stage}
      dir="ltr"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, tick: timeline.tickAt(shareAt(event.clientX)) };
      }}
      onPointerMove={(event) => {
        if (!from.current || Math.abs(event.clientX - from.current.x) < CLICK_PX) return;
        const tick = timeline.tickAt(shareAt(event.clientX));
        if (onDrag) setDrawn(ordered(tick));
        else timeline.seek(tick);
      }}
      onPointerUp={release}
      onPointerCancel={() => {
        from.current = null;
        setDrawn(null);
      }}
    >
      <Tints timeline={timeline} marked={drawn ? [...marked, { ...drawn, color: "var(--ev-accent)" }] : marked} />
      <Curve timeline={timeline} peaks={peaks} />
      <Hand timeline={timeline} />
      {children}
    </div>
  );
}

function useWheel(stage: React.RefObject<HTMLDivElement | null>, timeline: Timeline): void {
  useLayoutEffect(() => {
    const element = stage.current as HTMLDivElement;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, width } = element.getBoundingClientRect();
      const { start, end } = timeline.snapshot();
      const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
      if (sideways) timeline.pan((sideways / width) * (end - start));
      else timeline.zoomBy(Math.exp(event.deltaY * 0.002), timeline.tickAt((event.clientX - left) / width));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [stage, timeline]);
}

/** The ground of what is marked, so that it is seen on the curve too. */
function Tints({ timeline, marked }: Pick<WaveformProps, "timeline" | "marked">) {
  useTimeline(timeline, sightOf);
  return marked.map(({ start, end, color }) => (
    <i
      key={`${start} ${end} ${color}`}
      className="wave-tint"
      style={{ ...placed(timeline, start, end), background: color }}
    />
  ));
}

/** Where a stretch lies on what is in sight. */
export function placed(timeline: Timeline, start: number, end: number): { left: string; width: string } {
  const from = Math.min(Math.max(timeline.shareOf(start), -0.01), 1.01);
  const to = Math.min(Math.max(timeline.shareOf(end), -0.01), 1.01);
  return { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
}

export const sightOf = ({ start, end }: TimeView): string => `${start} ${end}`;

function Curve({ timeline, peaks }: Pick<WaveformProps, "timeline" | "peaks">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useTimeline(timeline, sightOf);
  const [size, setSize] = useState({ width: 0, height: 0, looks: 0 });
  useLayoutEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const measure = (): void =>
      setSize(({ looks }) => ({ width: element.clientWidth, height: element.clientHeight, looks: looks + 1 }));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    // Another theme has other colors.
    const theme = new MutationObserver(measure);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener?.("change", measure);
    return () => {
      observer.disconnect();
      theme.disconnect();
      scheme.removeEventListener?.("change", measure);
    };
  }, []);
  useLayoutEffect(() => {
    if (peaks && size.width > 0) draw(canvas.current as HTMLCanvasElement, timeline, peaks, size);
  });
  return <canvas ref={canvas} className="wave-curve" aria-hidden="true" />;
}

/** Each channel in a band of its own. */
function draw(
  canvas: HTMLCanvasElement,
  timeline: Timeline,
  peaks: Peaks,
  size: { width: number; height: number },
): void {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  const { start, end } = timeline.snapshot();
  const band = height / peaks.channels.length;
  for (const [index, levels] of peaks.channels.entries()) {
    const middle = band * (index + 0.5);
    const reach = band / 2 - scale;
    for (let x = 0; x < width; x += 1) {
      const [low, high] = extremes(
        levels,
        start + (x / width) * (end - start),
        start + ((x + 1) / width) * (end - start),
      );
      const top = middle - Math.min(1, high) * reach;
      context.fillRect(x, top, 1, Math.max(scale, middle - Math.max(-1, low) * reach - top));
    }
  }
}

/** Where the hand is, and where a segment begins that is not ended yet. */
function Hand({ timeline }: { timeline: Timeline }) {
  const { at, opened } = useTimeline(timeline, (view) => view);
  const isIn = (tick: number): boolean => timeline.shareOf(tick) >= 0 && timeline.shareOf(tick) <= 1;
  return (
    <>
      {opened !== null && (
        <i
          className="wave-tint opened"
          style={placed(timeline, Math.min(opened, at), Math.max(opened, at))}
          aria-hidden="true"
        />
      )}
      {isIn(at) && <i className="wave-hand" style={{ left: `${timeline.shareOf(at) * 100}%` }} aria-hidden="true" />}
    </>
  );
}

/** Moments over the curve: as many as stand apart. */
export function Ruler({ timeline }: { timeline: Timeline }) {
  useTimeline(timeline, sightOf);
  const { start, end } = timeline.snapshot();
  const seconds = (end - start) / timeline.rate;
  const step = STEPS.find((each) => seconds / each <= 8) ?? 3600;
  const first = Math.ceil(start / timeline.rate / step);
  const marks = Array.from(
    { length: Math.floor(end / timeline.rate / step) - first + 1 },
    (_, index) => (first + index) * step,
  );
  return (
    <div className="wave-ruler" dir="ltr" aria-hidden="true">
      {marks.map((second) => (
        <span key={second} style={{ left: `${timeline.shareOf(second * timeline.rate) * 100}%` }}>
          {momentOf(second, step)}
        </span>
      ))}
    </div>
  );
}

const STEPS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800];

/** As many decimals as the marks differ in. */
function momentOf(seconds: number, step: number): string {
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  const whole = clockOf(Math.round(seconds * 1000), 1000);
  return decimals === 3 ? whole : whole.slice(0, whole.length - (3 - decimals) - (decimals === 0 ? 1 : 0));
}

/** The hand as a slider: by keys and for whoever does not see the curve. */
export function Place({ timeline }: { timeline: Timeline }) {
  const at = useTimeline(timeline, (view) => view.at);
  return (
    <input
      type="range"
      className="wave-place"
      dir="ltr"
      aria-label={t("Place in the recording")}
      aria-valuetext={clockOf(at, timeline.rate)}
      min={0}
      max={timeline.ticks}
      step={Math.max(1, Math.round(timeline.rate / 100))}
      value={at}
      onChange={({ target }) => timeline.seek(Number(target.value))}
      // Its own keys are not those of what is selected.
      onKeyDown={(event) => /^(Arrow|Home|End|Page)/.test(event.key) && event.stopPropagation()}
    />
  );
}
