/** Boxes over a picture, and what is drawn within one: at any zoom, moved, sized and turned. */
import { type CSSProperties, memo } from "react";
import { drag, type Gesture, type Grip as GripName, type Hand, press, release } from "../../editor/box-gestures";
import {
  type Box,
  between,
  centerOf,
  cornersOf,
  envelopeOf,
  type Form,
  HANDLES,
  type Handle,
  settingsOf,
} from "../../editor/boxes";
import type { Region } from "../../editor/store";
import type { Point, Viewport } from "../../editor/viewport";
import { number, t } from "../../i18n";
import type { LayerProps } from "../kind";
import { boxTool, tellBox } from "./box-commands";
import { Cased, DrawLayer, type Pen, SizeTag, useScale } from "./DrawLayer";
import { hiddenKey } from "./region-tools";

interface BoxLayerProps extends LayerProps {
  form: Form;
  /** The color of a region's label; of the next one for a box that is being drawn. */
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  /** The label of the next box. */
  label: string | undefined;
  /** What a model suggests: seen, and out of the hand's way. */
  proposed: readonly Region[];
}

/** A side that is shorter on the screen has no grip in its middle. */
const GRIP_ROOM_PX = 30;

export function BoxLayer(props: BoxLayerProps) {
  const { asked, editor, state, viewport, size, colorFor, label, form } = props;
  const tool = boxTool(state);
  const regions = editor.regions(asked.key).filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
  const { canTurn, mayLeave } = settingsOf(asked);
  const hand: Hand = { editor, asked, form, tool, image: size, regions, label };
  const pen: Pen<Gesture> = {
    press: (at, grip, open) => press(hand, at, grip as GripName | undefined, open),
    drag: (gesture, at, held) => drag(hand, gesture, at, held),
    release: (gesture, at, isClick) => {
      const { gesture: next, refusal } = release(hand, gesture, at, isClick);
      tellBox(props, refusal);
      return next;
    },
    isOpen: ({ kind }) => kind === "depth",
  };
  const boxNow = (region: Region, gesture: Gesture | null): Box =>
    gesture && "region" in gesture && gesture.region.id === region.id ? gesture.box : form.boxOf(region);
  return (
    <DrawLayer
      {...props}
      tool={tool}
      pen={pen}
      mayLeave={mayLeave}
      mark={(region, isOn, gesture) => (
        <BoxMark
          viewport={viewport}
          key={region.id}
          element={form.element}
          box={boxNow(region, gesture)}
          color={colorFor(region)}
          isOn={isOn}
          canTurn={isOn && canTurn}
        />
      )}
      proposedMark={(region) => <Turned box={form.boxOf(region)} element={form.element} isOn={false} />}
      over={(gesture) => (
        <>
          {(gesture?.kind === "draw" || gesture?.kind === "depth") && (
            <BoxMark
              viewport={viewport}
              element={form.element}
              box={gesture.box}
              color={colorFor(null)}
              isOn={false}
              canTurn={false}
            />
          )}
          {(gesture?.kind === "side" || gesture?.kind === "measure") && <Line from={gesture.from} to={gesture.to} />}
        </>
      )}
      tagPlace={(region, gesture) => tagPlace(boxNow(region, gesture))}
      measured={(gesture) => <Measured gesture={gesture} />}
    />
  );
}

interface BoxMarkProps {
  viewport: Viewport;
  element: Form["element"];
  box: Box;
  color: string;
  isOn: boolean;
  canTurn: boolean;
}

/** The label's colour between a white and a dark casing; on a selected box the grips. */
const BoxMark = memo(
  function BoxMark({ viewport, element, box, color, isOn, canTurn }: BoxMarkProps) {
    const { y } = box;
    return (
      <g style={{ "--c": color } as CSSProperties}>
        <Turned box={box} element={element} isOn={isOn}>
          {isOn && <Grips box={box} viewport={viewport} />}
          {isOn && canTurn && (
            <g className="shape-turn" style={{ "--at-x": centerOf(box).x, "--at-y": y } as CSSProperties}>
              <path d="M0 0V-22" />
              <circle data-grip="turn" cy={-24} r={4.5} />
            </g>
          )}
        </Turned>
      </g>
    );
  },
  (a, b) => a.color === b.color && a.isOn === b.isOn && a.canTurn === b.canTurn && isSameBox(a.box, b.box),
);

interface TurnedProps {
  box: Box;
  element: Form["element"];
  isOn: boolean;
  children?: React.ReactNode;
}

function Turned({ box, element, isOn, children }: TurnedProps) {
  const { x, y, w, h, rotation = 0 } = box;
  const { x: cx, y: cy } = centerOf(box);
  const Shape = element;
  const sides = element === "rect" ? { x, y, width: w, height: h } : { cx, cy, rx: w / 2, ry: h / 2 };
  return (
    <g transform={rotation ? `rotate(${rotation} ${cx} ${cy})` : undefined}>
      <Shape {...sides} className={isOn ? "shape-dark on" : "shape-dark"} />
      <Shape {...sides} className="shape-white" />
      <Shape {...sides} className="shape-color" />
      {children}
    </g>
  );
}

function isSameBox(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h && (a.rotation ?? 0) === (b.rotation ?? 0);
}

/** Grips that would lie upon each other are left out: those of the corners always stay. */
function Grips({ box, viewport }: { box: Box; viewport: Viewport }) {
  const scale = useScale(viewport);
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
    <g className={`shape-grip ${handle}`} style={{ "--at-x": x, "--at-y": y } as CSSProperties}>
      <rect x={-4} y={-4} width={8} height={8} rx={1.5} />
      <rect className="shape-grip-area" data-grip={handle} x={-9} y={-9} width={18} height={18} />
    </g>
  );
}

function Line({ from, to }: { from: Point; to: Point }) {
  return (
    <g style={{ "--c": "var(--ev-accent)" } as CSSProperties}>
      <Cased d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
    </g>
  );
}

/** A name stands at the topmost corner, above the box. */
function tagPlace(box: Box): Point {
  return cornersOf(box).reduce((best, corner) =>
    corner.y < best.y || (corner.y === best.y && corner.x < best.x) ? corner : best,
  );
}

/** Sizes in pixels beside what is drawn or measured. */
function Measured({ gesture }: { gesture: Gesture }) {
  if (gesture.kind === "point") return null;
  const inPixels = (value: number): string => number(value, { maximumFractionDigits: 1, useGrouping: false });
  if (!("box" in gesture)) {
    const { from, to } = gesture;
    const words = t("{length} px", { length: inPixels(Math.hypot(to.x - from.x, to.y - from.y)) });
    return <SizeTag at={below(between(from, to))} words={words} />;
  }
  const { w, h, rotation } = gesture.box;
  const turn = rotation ? ` ${inPixels(rotation)}°` : "";
  return <SizeTag at={below(gesture.box)} words={`${inPixels(w)}×${inPixels(h)}${turn}`} />;
}

function below(box: Box): Point {
  const { x, y, width, height } = envelopeOf(box);
  return { x: x + width / 2, y: y + height };
}
