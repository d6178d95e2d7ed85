/** Boxes over a picture: shown at any zoom with a stroke that any photograph lets through; drawn, moved, sized and turned. */
import {
  type CSSProperties,
  memo,
  type PointerEvent as Press,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { drag, type Gesture, type Grip as GripName, type Hand, press, release } from "../../editor/box-gestures";
import {
  type Box,
  between,
  boxOf,
  centerOf,
  cornersOf,
  envelopeOf,
  HANDLES,
  type Handle,
  selectedOf,
  settingsOf,
} from "../../editor/boxes";
import type { Region } from "../../editor/store";
import type { Point, Viewport } from "../../editor/viewport";
import { number, t } from "../../i18n";
import type { LayerProps } from "../kind";
import { hiddenKey, tell, toolOf } from "./box-tools";
import { asProposed } from "./proposed";
import "./boxes.css";

interface BoxLayerProps extends LayerProps {
  /** The color of a region's label; of the next one for a box that is being drawn. */
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  /** The label of the next box. */
  label: string | undefined;
  /** What a model suggests: seen, and out of the hand's way. */
  proposed: readonly Region[];
}

/** A drag that is shorter is a click. */
const CLICK_PX = 4;
/** A side that is shorter on the screen has no grip in its middle. */
const GRIP_ROOM_PX = 30;

export function BoxLayer(props: BoxLayerProps) {
  const { asked, editor, state, viewport, size, isActive, colorFor, wordFor, label, proposed } = props;
  const [gesture, draw] = useState<Gesture | null>(null);
  // Events may come faster than drawings: each goes on from what the one before made of the gesture, not from what is shown.
  const latest = useRef<Gesture | null>(null);
  const setGesture = (next: Gesture | null): void => {
    latest.current = next;
    draw(next);
  };
  const pressed = useRef<Point | null>(null);
  const tool = toolOf(state);
  const all = editor.regions(asked.key);
  const shown = all.filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
  const selected = selectedOf(editor, asked);
  const { canTurn, mayLeave } = settingsOf(asked);
  const hand: Hand = { editor, asked, tool, image: size, regions: shown, label };
  useEscape(gesture !== null, () => setGesture(null));

  const pointOf = (event: Press<SVGSVGElement>): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { x, y } = viewport.toImage({ x: event.clientX - left, y: event.clientY - top });
    if (mayLeave) return { x, y };
    return { x: Math.min(Math.max(x, 0), size.width), y: Math.min(Math.max(y, 0), size.height) };
  };
  const down = (event: Press<SVGSVGElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pressed.current = { x: event.clientX, y: event.clientY };
    const grip = (event.target as SVGElement).dataset.grip as GripName | undefined;
    setGesture(press(hand, pointOf(event), grip, latest.current));
  };
  const dragged = (event: Press<SVGSVGElement>, from: Gesture): Gesture =>
    drag(hand, from, pointOf(event), { isEven: event.shiftKey, isCentered: event.altKey });
  const move = (event: Press<SVGSVGElement>): void => {
    const from = latest.current;
    if (from && (from.kind !== "measure" || pressed.current)) setGesture(dragged(event, from));
  };
  const up = (event: Press<SVGSVGElement>): void => {
    const [from, at] = [latest.current, pressed.current];
    pressed.current = null;
    if (!from || !at) return;
    const isClick = Math.hypot(event.clientX - at.x, event.clientY - at.y) < CLICK_PX;
    const { gesture: next, refusal } = release(hand, dragged(event, from), pointOf(event), isClick);
    setGesture(next);
    tell(props, refusal);
  };

  const changed = gesture && "region" in gesture ? gesture : null;
  const boxNow = (region: Region): Box => (changed?.region.id === region.id ? changed.box : boxOf(region));
  return (
    <>
      <svg
        className={isActive ? `boxes tool-${tool}` : "boxes still"}
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        // Two fingers move the view: what the first began is called off.
        onLostPointerCapture={() => pressed.current && setGesture(null)}
      >
        <g className="boxes-world">
          {proposed.map((region) => (
            <ProposedBox key={region.id} box={boxOf(region)} color={colorFor(region)} />
          ))}
          {shown.map((region) => {
            const isOn = region.id === selected?.id;
            const canTurnIt = isOn && canTurn;
            return (
              <BoxMark
                viewport={viewport}
                key={region.id}
                box={boxNow(region)}
                color={colorFor(region)}
                isOn={isOn}
                canTurn={canTurnIt}
              />
            );
          })}
          {(gesture?.kind === "draw" || gesture?.kind === "depth") && (
            <BoxMark viewport={viewport} box={gesture.box} color={colorFor(null)} isOn={false} canTurn={false} />
          )}
          {(gesture?.kind === "side" || gesture?.kind === "measure") && <Line from={gesture.from} to={gesture.to} />}
        </g>
      </svg>
      {shown.map((region) => (
        <Tag
          key={region.id}
          at={tagPlace(boxNow(region))}
          color={colorFor(region)}
          words={`${all.indexOf(region) + 1} ${wordFor(region)}`}
        />
      ))}
      {proposed.map((region) => (
        <Tag
          key={region.id}
          at={tagPlace(boxOf(region))}
          color={colorFor(region)}
          words={asProposed(wordFor(region))}
          isProposed
        />
      ))}
      {gesture && <Measured gesture={gesture} />}
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

interface BoxMarkProps {
  viewport: Viewport;
  box: Box;
  color: string;
  isOn: boolean;
  canTurn: boolean;
}

/** The label's colour between a white and a dark casing; on a selected box the grips. */
const BoxMark = memo(
  function BoxMark({ viewport, box, color, isOn, canTurn }: BoxMarkProps) {
    const { x, y, w, h, rotation = 0 } = box;
    const center = centerOf(box);
    const sides = { x, y, width: w, height: h };
    return (
      <g
        transform={rotation ? `rotate(${rotation} ${center.x} ${center.y})` : undefined}
        style={{ "--c": color } as CSSProperties}
      >
        <rect {...sides} className={isOn ? "box-dark on" : "box-dark"} />
        <rect {...sides} className="box-white" />
        <rect {...sides} className="box-color" />
        {isOn && <Grips box={box} viewport={viewport} />}
        {isOn && canTurn && (
          <g className="box-turn" style={{ "--at-x": center.x, "--at-y": y } as CSSProperties}>
            <path d="M0 0V-22" />
            <circle data-grip="turn" cy={-24} r={4.5} />
          </g>
        )}
      </g>
    );
  },
  (a, b) => a.color === b.color && a.isOn === b.isOn && a.canTurn === b.canTurn && isSameBox(a.box, b.box),
);

/** Dashed, and light enough to see what lies under it. */
function ProposedBox({ box, color }: { box: Box; color: string }) {
  const { x, y, w, h, rotation = 0 } = box;
  const center = centerOf(box);
  const sides = { x, y, width: w, height: h };
  return (
    <g
      className="box-proposed"
      transform={rotation ? `rotate(${rotation} ${center.x} ${center.y})` : undefined}
      style={{ "--c": color } as CSSProperties}
    >
      <rect {...sides} className="box-dark" />
      <rect {...sides} className="box-white" />
      <rect {...sides} className="box-color" />
    </g>
  );
}

function isSameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h && (a.rotation ?? 0) === (b.rotation ?? 0);
}

/** Grips that would lie upon each other are left out: those of the corners always stay. */
function Grips({ box, viewport }: { box: Box; viewport: Viewport }) {
  const { scale } = useSyncExternalStore(viewport.subscribe, viewport.snapshot);
  const hasRoom = (handle: Handle): boolean => {
    if (handle.length === 2) return true;
    return (handle === "n" || handle === "s" ? box.w : box.h) * scale >= GRIP_ROOM_PX;
  };
  return HANDLES.filter(hasRoom).map((handle) => <Grip key={handle} handle={handle} box={box} />);
}

function Grip({ handle, box }: { handle: Handle; box: Box }) {
  const x = handle.includes("w") ? box.x : handle.includes("e") ? box.x + box.w : box.x + box.w / 2;
  const y = handle.includes("n") ? box.y : handle.includes("s") ? box.y + box.h : box.y + box.h / 2;
  return (
    <g className={`box-grip ${handle}`} style={{ "--at-x": x, "--at-y": y } as CSSProperties}>
      <rect x={-4} y={-4} width={8} height={8} rx={1.5} />
      <rect className="box-grip-area" data-grip={handle} x={-9} y={-9} width={18} height={18} />
    </g>
  );
}

function Line({ from, to }: { from: Point; to: Point }) {
  const d = `M${from.x} ${from.y}L${to.x} ${to.y}`;
  return (
    <g style={{ "--c": "var(--ev-accent)" } as CSSProperties}>
      <path className="box-dark" d={d} />
      <path className="box-white" d={d} />
      <path className="box-color" d={d} />
    </g>
  );
}

/** A name stands at the topmost corner, above the box. */
function tagPlace(box: Box): Point {
  return cornersOf(box).reduce((best, corner) =>
    corner.y < best.y || (corner.y === best.y && corner.x < best.x) ? corner : best,
  );
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
        className={isProposed ? "box-tag proposed" : "box-tag"}
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

/** Sizes in pixels beside what is drawn or measured. */
function Measured({ gesture }: { gesture: Gesture }) {
  if (gesture.kind === "point") return null;
  const inPixels = (value: number): string => number(value, { maximumFractionDigits: 1, useGrouping: false });
  if (!("box" in gesture)) {
    const { from, to } = gesture;
    const words = t("{length} px", { length: inPixels(Math.hypot(to.x - from.x, to.y - from.y)) });
    return <SizeTag at={envelopeOf(between(from, to))} words={words} />;
  }
  const { w, h, rotation } = gesture.box;
  const turn = rotation ? ` ${inPixels(rotation)}°` : "";
  return <SizeTag at={envelopeOf(gesture.box)} words={`${inPixels(w)}×${inPixels(h)}${turn}`} />;
}

function SizeTag({ at: { x, y, width, height }, words }: { at: ReturnType<typeof envelopeOf>; words: string }) {
  const place = { "--at-x": x + width / 2, "--at-y": y + height } as CSSProperties;
  return (
    <span className="box-size num" style={place} aria-hidden="true">
      {words}
    </span>
  );
}
