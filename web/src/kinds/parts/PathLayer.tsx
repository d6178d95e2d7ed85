/** Lines and outlines over a picture: set point by point, their points and sides taken hold of. */
import { type CSSProperties, memo } from "react";
import {
  distanceTo,
  isInside,
  type Line,
  movedLines,
  type PathForm,
  pathData,
  pointOnGrid,
  shiftWithin,
  withPoint,
} from "../../editor/paths";
import type { Region } from "../../editor/store";
import type { Point, Viewport } from "../../editor/viewport";
import type { LayerProps } from "../kind";
import { Cased, DrawLayer, type Pen, PointGrip, useScale } from "./DrawLayer";
import {
  dropPoint,
  endPath,
  holdPoint,
  isSetting,
  type PathSetup,
  type PathTool,
  pendingOf,
  putLines,
  setPoint,
} from "./path-commands";
import { hiddenKey, selectedOf } from "./region-tools";

interface PathLayerProps extends LayerProps {
  setup: PathSetup;
  tool: PathTool;
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  proposed: readonly Region[];
}
type Gesture =
  | { kind: "click" }
  | { kind: "move"; region: Region; from: Point; lines: Line[] }
  | { kind: "point"; region: Region; point: string; lines: Line[] };

/** How near the first point a click closes a path, and how near a line a click takes it, on the screen. */
const NEAR_PX = 9;
/** Sides that are shorter on the screen have no grip in their middle. */
const GRIP_ROOM_PX = 36;

export function PathLayer(props: PathLayerProps) {
  const { asked, editor, state, viewport, size, setup, tool, colorFor } = props;
  const { form } = setup;
  const regions = editor.regions(asked.key).filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
  const pending = pendingOf(props);
  const isOpen = isSetting(props);
  const isPathTool = tool === "path" || tool.startsWith("into:");
  const near = (): number => NEAR_PX / viewport.snapshot().scale;
  const under = (at: Point): Region[] => {
    const hits = regions.filter((region) => {
      const lines = form.linesOf(region);
      if (form.isClosed(region) && !form.mayCross && isInside(lines, at)) return true;
      return lines.some((line) => distanceTo(line, form.isClosed(region), at) <= near());
    });
    const extent = (region: Region): number => {
      const xs = form.linesOf(region).flat();
      return (
        (Math.max(...xs.map(({ x }) => x)) - Math.min(...xs.map(({ x }) => x))) *
        (Math.max(...xs.map(({ y }) => y)) - Math.min(...xs.map(({ y }) => y)))
      );
    };
    return hits.sort((a, b) => extent(a) - extent(b));
  };

  const pen: Pen<Gesture> = {
    press: (at, grip, _, held) => {
      editor.activate(asked.key);
      const selected = selectedOf(editor, asked);
      if (grip && selected && !isOpen) {
        const [what, point = "0.0"] = grip.split(":");
        const [line, place] = point.split(".").map(Number) as [number, number];
        const lines = form.linesOf(selected);
        if (what === "point" && held.isCentered) {
          dropPoint(form, editor, asked, selected, point);
          return null;
        }
        if (what === "point") return { kind: "point", region: selected, point, lines };
        return {
          kind: "point",
          region: selected,
          point: `${line}.${place + 1}`,
          lines: withPoint(lines, line, place + 1, at, true),
        };
      }
      if (isPathTool) return { kind: "click" };
      const [first] = under(at);
      if (!first) return { kind: "click" };
      if (selected && under(at).some(({ id }) => id === selected.id)) {
        return { kind: "move", region: selected, from: at, lines: form.linesOf(selected) };
      }
      editor.select(asked.key, first.id);
      return { kind: "move", region: first, from: at, lines: form.linesOf(first) };
    },
    drag: (gesture, at) => {
      if (gesture.kind === "point") {
        const [line, place] = gesture.point.split(".").map(Number) as [number, number];
        return { ...gesture, lines: withPoint(gesture.lines, line, place, pointOnGrid(at)) };
      }
      if (gesture.kind === "move") {
        const lines = form.linesOf(gesture.region);
        const shift = shiftWithin(lines, { x: at.x - gesture.from.x, y: at.y - gesture.from.y }, size);
        return shift ? { ...gesture, lines: movedLines(lines, shift) } : gesture;
      }
      return gesture;
    },
    release: (gesture, at, isClick) => {
      if (gesture.kind === "point") {
        const isKept = putLines(form, editor, asked, gesture.region, gesture.lines);
        if (isKept) holdPoint(editor, asked, gesture.region, gesture.point);
        return null;
      }
      if (gesture.kind === "move") {
        if (!isClick) putLines(form, editor, asked, gesture.region, gesture.lines);
        else {
          // A click on what is selected goes to the one beneath.
          const hits = under(at);
          const next = hits[(hits.findIndex(({ id }) => id === gesture.region.id) + 1) % Math.max(1, hits.length)];
          if (next && selectedOf(editor, asked)?.id === gesture.region.id && hits.length > 1)
            editor.select(asked.key, next.id);
        }
        return null;
      }
      if (!isPathTool) {
        editor.select(null, null);
        return null;
      }
      const first = pending?.points[0];
      const isBack =
        isOpen && first && (pending?.points.length ?? 0) > 2 && Math.hypot(first.x - at.x, first.y - at.y) <= near();
      if (isBack) endPath(setup, props, true);
      else {
        if (!isOpen && tool === "path") editor.select(null, null);
        setPoint(props, at);
      }
      return null;
    },
    isOpen: () => false,
  };
  const linesNow = (region: Region, gesture: Gesture | null): Line[] =>
    gesture && "region" in gesture && gesture.region.id === region.id ? gesture.lines : form.linesOf(region);
  return (
    <DrawLayer
      {...props}
      pen={pen}
      isAiming={isOpen}
      mark={(region, isOn, gesture) => (
        <PathMark
          key={region.id}
          viewport={viewport}
          d={pathData(linesNow(region, gesture), form.isClosed(region))}
          lines={isOn ? linesNow(region, gesture) : null}
          form={form}
          isClosed={form.isClosed(region)}
          color={colorFor(region)}
          held={isOn && pending?.region === region.id ? pending.point : undefined}
        />
      )}
      proposedMark={(region) => (
        <Cased d={pathData(form.linesOf(region), form.isClosed(region))} isFilled={!form.mayCross} />
      )}
      over={(_, pointer) =>
        pending &&
        isOpen && <Pending points={pending.points} at={pending.at} pointer={pointer} color={colorFor(null)} />
      }
      tagPlace={(region, gesture) => topmost(linesNow(region, gesture).flat())}
    />
  );
}

interface PathMarkProps {
  viewport: Viewport;
  d: string;
  /** Of the selected one, whose points have grips. */
  lines: Line[] | null;
  form: PathForm;
  isClosed: boolean;
  color: string;
  held: string | undefined;
}

const PathMark = memo(
  function PathMark({ viewport, d, lines, form, isClosed, color, held }: PathMarkProps) {
    return (
      <g style={{ "--c": color } as CSSProperties}>
        <Cased d={d} isOn={lines !== null} isFilled={isClosed && !form.mayCross} />
        {lines && <PointGrips viewport={viewport} lines={lines} isClosed={isClosed} held={held} />}
      </g>
    );
  },
  (a, b) => a.d === b.d && a.color === b.color && a.held === b.held && (a.lines === null) === (b.lines === null),
);

interface PointGripsProps {
  viewport: Viewport;
  lines: Line[];
  isClosed: boolean;
  held: string | undefined;
}

function PointGrips({ viewport, lines, isClosed, held }: PointGripsProps) {
  const scale = useScale(viewport);
  return lines.flatMap((line, index) =>
    line.flatMap((point, place) => {
      const next = line[place + 1] ?? (isClosed ? line[0] : undefined);
      const name = `${index}.${place}`;
      const hasRoom = next && Math.hypot(next.x - point.x, next.y - point.y) * scale >= GRIP_ROOM_PX;
      return [
        ...(next && hasRoom
          ? [
              <PointGrip
                key={`m${name}`}
                at={{ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }}
                grip={`between:${name}`}
                look="between"
              />,
            ]
          : []),
        <PointGrip key={name} at={point} grip={`point:${name}`} look="point" isHeld={held === name} />,
      ];
    }),
  );
}

interface PendingProps {
  points: readonly Point[];
  at: Point | null;
  pointer: Point | null;
  color: string;
}

/** A path as far as it is set, a dashed line to where the next point would come, and the cross of the keys. */
export function Pending({ points, at, pointer, color }: PendingProps) {
  const last = points.at(-1);
  const next = pointer ?? at;
  return (
    <g style={{ "--c": color } as CSSProperties} className="shape-pending">
      {points.length > 1 && <Cased d={pathData([points], false)} />}
      {last && next && (
        <g className="shape-open">
          <Cased d={pathData([[last, next]], false)} />
        </g>
      )}
      {points.map((point, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: points have no identity but their place
        <PointGrip key={index} at={point} grip="" look="point" isHeld={index === 0} />
      ))}
      {at && <Aim at={at} />}
    </g>
  );
}

/** The cross that arrows move. */
export function Aim({ at }: { at: Point }) {
  const d = "M-11 0H-3M3 0H11M0 -11V-3M0 3V11";
  return (
    <g className="shape-grip" style={{ "--at-x": at.x, "--at-y": at.y } as CSSProperties}>
      <path className="shape-aim dark" d={d} />
      <path className="shape-aim" d={d} />
    </g>
  );
}

/** A name stands at the topmost point. */
function topmost(points: Line): Point {
  return points.reduce((best, point) => (point.y < best.y || (point.y === best.y && point.x < best.x) ? point : best));
}
