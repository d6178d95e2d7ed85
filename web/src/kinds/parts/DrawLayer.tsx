/** The stage of every kind that draws on a picture: one SVG over it, one hand, the names of what is marked. */
import {
  type CSSProperties,
  memo,
  type PointerEvent as Press,
  type ReactNode,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Region } from "../../editor/store";
import type { Point, Viewport } from "../../editor/viewport";
import type { LayerProps } from "../kind";
import { asProposed } from "./proposed";
import { hiddenKey } from "./region-tools";
import "./shapes.css";

/** Keys that are held during a gesture. */
export interface Held {
  isEven: boolean;
  isCentered: boolean;
}
/** What a hand does with a tool, as small states without a screen: pressed, dragged, released. Points are image pixels. */
export interface Pen<Gesture> {
  /** grip: the name of what was pressed on a selected mark; open: what goes on since before. */
  press: (at: Point, grip: string | undefined, open: Gesture | null, held: Held) => Gesture | null;
  drag: (gesture: Gesture, at: Point, held: Held) => Gesture;
  /** isClick: the pointer had not moved. Returns what goes on. */
  release: (gesture: Gesture, at: Point, isClick: boolean, held: Held) => Gesture | null;
  /** Whether it follows the pointer while nothing is pressed. */
  isOpen: (gesture: Gesture) => boolean;
}
interface DrawLayerProps<Gesture> extends LayerProps {
  tool: string;
  pen: Pen<Gesture>;
  /** Whether marks may lie beyond the picture. */
  mayLeave?: boolean;
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  proposed: readonly Region[];
  /** A mark, memoised by whoever draws it; gesture: what is going on, if it is about this one. */
  mark: (region: Region, isOn: boolean, gesture: Gesture | null) => ReactNode;
  proposedMark: (region: Region) => ReactNode;
  /** What is drawn and is no region yet; pointer: where the hand is while it wants to be followed. */
  over: (gesture: Gesture | null, pointer: Point | null) => ReactNode;
  /** Where the name of a region stands. */
  tagPlace: (region: Region, gesture: Gesture | null) => Point;
  /** Sizes beside what is drawn. */
  measured?: (gesture: Gesture) => ReactNode;
  /** Words beside what is being set; pointer as in over. */
  beside?: (pointer: Point | null) => ReactNode;
  /** Whether the pointer is followed although nothing is pressed: a path is being set. */
  isAiming?: boolean;
}

/** A drag that is shorter is a click. */
const CLICK_PX = 4;

export function DrawLayer<Gesture>(props: DrawLayerProps<Gesture>) {
  const { asked, editor, state, viewport, size, isActive, colorFor, wordFor, proposed, pen, tool, tagPlace } = props;
  const [gesture, draw] = useState<Gesture | null>(null);
  const [pointer, setPointer] = useState<Point | null>(null);
  // Events may come faster than drawings: each goes on from what the one before made of the gesture, not from what is shown.
  const latest = useRef<Gesture | null>(null);
  const setGesture = (next: Gesture | null): void => {
    latest.current = next;
    draw(next);
  };
  const pressed = useRef<Point | null>(null);
  const all = editor.regions(asked.key);
  const shown = all.filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
  const selected = state.selected?.key === asked.key ? state.selected.region : null;
  useEscape(gesture !== null, () => setGesture(null));

  const pointOf = (event: Press<SVGSVGElement>): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { x, y } = viewport.toImage({ x: event.clientX - left, y: event.clientY - top });
    if (props.mayLeave) return { x, y };
    return { x: Math.min(Math.max(x, 0), size.width), y: Math.min(Math.max(y, 0), size.height) };
  };
  const held = (event: Press<SVGSVGElement>): Held => ({ isEven: event.shiftKey, isCentered: event.altKey });
  const down = (event: Press<SVGSVGElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pressed.current = { x: event.clientX, y: event.clientY };
    const { grip } = (event.target as SVGElement).dataset;
    setGesture(pen.press(pointOf(event), grip, latest.current, held(event)));
  };
  const move = (event: Press<SVGSVGElement>): void => {
    const from = latest.current;
    if (from && (pressed.current || pen.isOpen(from))) setGesture(pen.drag(from, pointOf(event), held(event)));
    if (props.isAiming) setPointer(pointOf(event));
  };
  const up = (event: Press<SVGSVGElement>): void => {
    const [from, at] = [latest.current, pressed.current];
    pressed.current = null;
    if (!from || !at) return;
    const isClick = Math.hypot(event.clientX - at.x, event.clientY - at.y) < CLICK_PX;
    const to = pointOf(event);
    setGesture(pen.release(pen.drag(from, to, held(event)), to, isClick, held(event)));
  };

  return (
    <>
      <svg
        className={isActive ? `shapes tool-${tool}` : "shapes still"}
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerLeave={() => setPointer(null)}
        // Two fingers move the view: what the first began is called off.
        onLostPointerCapture={() => pressed.current && setGesture(null)}
      >
        <g className="shapes-world">
          {proposed.map((region) => (
            <g className="shape-proposed" key={region.id} style={{ "--c": colorFor(region) } as CSSProperties}>
              {props.proposedMark(region)}
            </g>
          ))}
          {shown.map((region) => props.mark(region, region.id === selected, gesture))}
          {props.over(gesture, props.isAiming ? pointer : null)}
        </g>
      </svg>
      {shown.map((region) => (
        <Tag
          key={region.id}
          at={tagPlace(region, gesture)}
          color={colorFor(region)}
          words={`${all.indexOf(region) + 1} ${wordFor(region)}`}
        />
      ))}
      {proposed.map((region) => (
        <Tag
          key={region.id}
          at={tagPlace(region, null)}
          color={colorFor(region)}
          words={asProposed(wordFor(region))}
          isProposed
        />
      ))}
      {gesture && props.measured?.(gesture)}
      {props.beside?.(props.isAiming ? pointer : null)}
    </>
  );
}

/** Esc calls off what was begun, before it means anything else. */
function useEscape(isOn: boolean, off: () => void): void {
  const latest = useRef(off);
  latest.current = off;
  useEffect(() => {
    if (!isOn) return;
    const cancel = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", cancel, { capture: true });
    return () => window.removeEventListener("keydown", cancel, { capture: true });
  }, [isOn]);
}

/** A line between a white and a dark casing, in the colour of what stands around it: seen on any photograph. */
export function Cased({ d, isOn = false, isFilled = false }: { d: string; isOn?: boolean; isFilled?: boolean }) {
  const kind = isFilled ? "" : " shape-path";
  return (
    <>
      <path d={d} fillRule="evenodd" className={`shape-dark${isOn ? " on" : ""}${kind}`} />
      <path d={d} className="shape-white" />
      <path d={d} className="shape-color" />
    </>
  );
}

interface PointGripProps {
  at: Point;
  grip: string;
  look: "point" | "between" | "point occluded";
  isHeld?: boolean;
}

/** A round handle of one size at any zoom. */
export function PointGrip({ at, grip, look, isHeld }: PointGripProps) {
  return (
    <g
      className={isHeld ? `shape-grip ${look} held` : `shape-grip ${look}`}
      style={{ "--at-x": at.x, "--at-y": at.y } as CSSProperties}
    >
      <circle r={look === "between" ? 3 : 4.5} />
      <circle className="shape-grip-area" data-grip={grip} r={look === "between" ? 7 : 9} />
    </g>
  );
}

/** How far the view is enlarged, for what is drawn only where it has room. */
export function useScale(viewport: Viewport): number {
  return useSyncExternalStore(viewport.subscribe, viewport.snapshot).scale;
}

interface TagProps {
  at: Point;
  color: string;
  words: string;
  isProposed?: boolean;
}

const Tag = memo(
  function Tag({ at, color, words, isProposed }: TagProps) {
    return (
      <span
        className={isProposed ? "shape-tag proposed" : "shape-tag"}
        style={{ "--at-x": at.x, "--at-y": at.y } as CSSProperties}
        aria-hidden="true"
      >
        <span className="sw" style={{ background: color }} />
        {words}
      </span>
    );
  },
  (a, b) => a.at.x === b.at.x && a.at.y === b.at.y && a.color === b.color && a.words === b.words,
);

/** Words beside what is drawn or measured. at: its lower middle. */
export function SizeTag({ at, words }: { at: Point; words: string }) {
  return (
    <span className="shape-size num" style={{ "--at-x": at.x, "--at-y": at.y } as CSSProperties} aria-hidden="true">
      {words}
    </span>
  );
}
