/** Skeletons over a picture: their points set one after another by name, taken hold of, and the lines between them. */
import { type CSSProperties, memo } from "react";
import { pathData, shiftWithin, within } from "../../editor/paths";
import {
  at as atOf,
  bones,
  distanceToThing,
  movedPoints,
  type Placed,
  type Points,
  placedAt,
  pointsIn,
  present,
  skeletonOf,
  withPlaced,
} from "../../editor/skeletons";
import type { Region } from "../../editor/store";
import type { Point } from "../../editor/viewport";
import { wordOf } from "../../editor/words-of";
import type { LayerProps } from "../kind";
import { Cased, DrawLayer, type Pen, PointGrip, SizeTag } from "./DrawLayer";
import { Aim } from "./PathLayer";
import { isSetting, pendingOf } from "./path-commands";
import { envelopeAround, hiddenKey, selectedOf } from "./region-tools";
import { heldName, hold, nextName, putPoints, setNext, settledOf, skeletonTool } from "./skeleton-commands";

interface SkeletonLayerProps extends LayerProps {
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  proposed: readonly Region[];
}
type Gesture =
  | { kind: "click" }
  | { kind: "move"; region: Region; from: Point; points: Points }
  | { kind: "point"; region: Region; name: string; points: Points };

/** How near a point or a line a press takes a thing, on the screen. */
const NEAR_PX = 9;

export function SkeletonLayer(props: SkeletonLayerProps) {
  const { asked, editor, state, viewport, size, colorFor, language } = props;
  const skeleton = skeletonOf(asked);
  const isOpen = isSetting(props);
  const tool = skeletonTool(props);
  const held = heldName(props);
  const selected = selectedOf(editor, asked);
  const under = (place: Point): Region[] => {
    const near = NEAR_PX / viewport.snapshot().scale;
    return editor
      .regions(asked.key)
      .filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)))
      .map((region) => ({ region, gap: distanceToThing(skeleton, pointsIn(region), place) }))
      .filter(({ gap }) => gap <= near)
      .sort((a, b) => a.gap - b.gap)
      .map(({ region }) => region);
  };

  const pen: Pen<Gesture> = {
    press: (place, grip) => {
      editor.activate(asked.key);
      if (grip && selected && !isOpen) {
        hold(props, selected, grip);
        return { kind: "point", region: selected, name: grip, points: pointsIn(selected) };
      }
      if (tool === "path") return { kind: "click" };
      const hits = under(place);
      const region = hits.find(({ id }) => id === selected?.id) ?? hits[0];
      if (!region) return { kind: "click" };
      if (region.id !== selected?.id) editor.select(asked.key, region.id);
      return { kind: "move", region, from: place, points: pointsIn(region) };
    },
    drag: (gesture, place) => {
      if (gesture.kind === "point") {
        const seen = pointsIn(gesture.region)[gesture.name]?.[2];
        const to = placedAt(within(place, size), seen);
        return { ...gesture, points: withPlaced(gesture.points, gesture.name, to) };
      }
      if (gesture.kind === "move") {
        const by = { x: place.x - gesture.from.x, y: place.y - gesture.from.y };
        const shift = shiftWithin([present(skeleton, pointsIn(gesture.region))], by, size);
        return shift ? { ...gesture, points: movedPoints(pointsIn(gesture.region), shift) } : gesture;
      }
      return gesture;
    },
    release: (gesture, place, isClick) => {
      if (gesture.kind === "point" || gesture.kind === "move") {
        if (isClick) return null;
        if (putPoints(props, gesture.region, gesture.points) && gesture.kind === "point")
          hold(props, gesture.region, gesture.name);
        return null;
      }
      const isOut = selected && held !== undefined && !pointsIn(selected)[held];
      if (tool !== "path") editor.select(null, null);
      else if (isOut && putPoints(props, selected, withPlaced(pointsIn(selected), held, placedAt(place))))
        hold(props, selected, held);
      else if (!isOut) setNext(props, place);
      return null;
    },
    isOpen: () => false,
  };
  const now = (region: Region, gesture: Gesture | null): Points =>
    gesture && "region" in gesture && gesture.region.id === region.id ? gesture.points : pointsIn(region);
  const set = Object.fromEntries(settledOf(props));
  const wordOfPoint = (name: string | undefined): string => {
    const option = skeleton.points.find(({ value }) => value === name);
    return option ? wordOf(option, language) : "";
  };
  const next = nextName(props);
  const cursor = pendingOf(props)?.at ?? null;
  const heldAt = selected && held !== undefined ? atOf(pointsIn(selected)[held]) : null;
  return (
    <DrawLayer
      {...props}
      pen={pen}
      tool={tool}
      isAiming={isOpen}
      mark={(region, isOn, gesture) => (
        <ThingMark
          key={region.id}
          d={bonesData(skeleton, now(region, gesture))}
          points={now(region, gesture)}
          color={colorFor(region)}
          isOn={isOn}
          held={isOn ? held : undefined}
        />
      )}
      proposedMark={(region) => (
        <>
          <Cased d={bonesData(skeleton, pointsIn(region))} />
          <Joints points={pointsIn(region)} />
        </>
      )}
      over={(_, pointer) =>
        isOpen && (
          <g style={{ "--c": colorFor(null) } as CSSProperties}>
            <Cased d={bonesData(skeleton, set)} />
            <Joints points={set} />
            {!pointer && cursor && <Aim at={cursor} />}
          </g>
        )
      }
      beside={(pointer) => {
        const place = isOpen ? (pointer ?? cursor) : heldAt;
        const words = wordOfPoint(isOpen ? next : held);
        return place && words && <SizeTag at={place} words={words} />;
      }}
      tagPlace={(region, gesture) => {
        const { x, y } = envelopeAround(present(skeleton, now(region, gesture)));
        return { x, y };
      }}
    />
  );
}

function bonesData(skeleton: ReturnType<typeof skeletonOf>, points: Points): string {
  return pathData(bones(skeleton, points), false);
}

interface ThingMarkProps {
  d: string;
  points: Points;
  color: string;
  isOn: boolean;
  held: string | undefined;
}

const ThingMark = memo(
  function ThingMark({ d, points, color, isOn, held }: ThingMarkProps) {
    return (
      <g style={{ "--c": color } as CSSProperties}>
        <Cased d={d} isOn={isOn} />
        {isOn ? <Grips points={points} held={held} /> : <Joints points={points} />}
      </g>
    );
  },
  (a, b) => a.points === b.points && a.d === b.d && a.color === b.color && a.isOn === b.isOn && a.held === b.held,
);

function placedIn(points: Points): [string, NonNullable<Placed>][] {
  return Object.entries(points).filter((each): each is [string, NonNullable<Placed>] => each[1] !== null);
}

function Grips({ points, held }: { points: Points; held: string | undefined }) {
  return placedIn(points).map(([name, [x, y, seen]]) => (
    <PointGrip
      key={name}
      at={{ x, y }}
      grip={name}
      look={seen === "occluded" ? "point occluded" : "point"}
      isHeld={held === name}
    />
  ));
}

function Joints({ points }: { points: Points }) {
  return placedIn(points).map(([name, [x, y, seen]]) => (
    <g key={name} className={`shape-joint ${seen}`} style={{ "--at-x": x, "--at-y": y } as CSSProperties}>
      <circle r={4} />
    </g>
  ));
}
