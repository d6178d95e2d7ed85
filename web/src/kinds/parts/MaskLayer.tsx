/** Masks over a picture: their pixels on a canvas of the picture's size, the brush and what is set by it above them. */
import { type CSSProperties, useEffect, useRef } from "react";
import { pathData } from "../../editor/paths";
import type { Region } from "../../editor/store";
import type { Point, Size } from "../../editor/viewport";
import type { LayerProps } from "../kind";
import { DrawLayer, type Pen } from "./DrawLayer";
import { envelopeOf, masksUnder, maskTool, paintArea, paintFlood, paintStroke, radiusOf, rleOf } from "./mask-tools";
import { Aim, Pending } from "./PathLayer";
import { isSetting, pendingOf, setPoint } from "./path-commands";
import { hiddenKey } from "./region-tools";

interface MaskLayerProps extends LayerProps {
  colorFor: (region: Region | null) => string;
  wordFor: (region: Region) => string;
  proposed: readonly Region[];
}
type Gesture = { kind: "stroke"; points: Point[] } | { kind: "click" };

const NEAR_PX = 9;

export function MaskLayer(props: MaskLayerProps) {
  const { asked, editor, state, viewport, size, colorFor, proposed } = props;
  const tool = maskTool(props);
  const radius = radiusOf(props);
  const pending = pendingOf(props);
  const isBrush = tool === "brush" || tool === "eraser";
  const shown = editor.regions(asked.key).filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
  const selected = state.selected?.key === asked.key ? state.selected.region : null;

  const pen: Pen<Gesture> = {
    press: (at) => (isBrush ? { kind: "stroke", points: [at] } : { kind: "click" }),
    drag: (gesture, at) => (gesture.kind === "stroke" ? { ...gesture, points: [...gesture.points, at] } : gesture),
    release: (gesture, at) => {
      if (gesture.kind === "stroke") paintStroke(props, gesture.points, tool === "brush");
      else if (tool === "fill") paintFlood(props, at);
      else if (tool === "area") {
        const first = pending?.points[0];
        const near = NEAR_PX / viewport.snapshot().scale;
        const isBack = first && (pending?.points.length ?? 0) > 2 && Math.hypot(first.x - at.x, first.y - at.y) <= near;
        if (isBack) paintArea(props, pending?.points ?? []);
        else setPoint(props, at);
      } else {
        const [top] = masksUnder(props, at);
        editor.select(top ? asked.key : null, top?.id ?? null);
      }
      return null;
    },
    isOpen: () => false,
  };
  return (
    <>
      <MaskCanvas size={size} regions={shown} proposed={proposed} selected={selected} colorFor={colorFor} />
      <DrawLayer
        {...props}
        tool={tool}
        pen={pen}
        isAiming={isBrush || isSetting(props)}
        mark={() => null}
        proposedMark={() => null}
        over={(gesture, pointer) => (
          <g style={{ "--c": colorFor(null) } as CSSProperties}>
            {gesture?.kind === "stroke" && (
              <path
                className={tool === "brush" ? "mask-stroke" : "mask-stroke erased"}
                d={`${pathData([gesture.points], false)}l0 0.001`}
                strokeWidth={2 * radius}
              />
            )}
            {isBrush && pointer && (
              <>
                <circle className="shape-aim dark" cx={pointer.x} cy={pointer.y} r={radius} />
                <circle className="shape-aim" cx={pointer.x} cy={pointer.y} r={radius} />
              </>
            )}
            {pending && tool === "area" && (
              <Pending points={pending.points} at={pending.at} pointer={pointer} color={colorFor(null)} />
            )}
            {pending?.at && tool !== "area" && (
              <>
                {isBrush && <circle className="shape-aim" cx={pending.at.x} cy={pending.at.y} r={radius} />}
                <Aim at={pending.at} />
              </>
            )}
          </g>
        )}
        tagPlace={(region) => {
          const { x, y, width } = envelopeOf(region);
          return { x: x + width / 2, y };
        }}
      />
    </>
  );
}

interface MaskCanvasProps {
  size: Size;
  regions: readonly Region[];
  proposed: readonly Region[];
  selected: string | null;
  colorFor: (region: Region) => string;
}

/** How strongly a mask covers the picture, of 255. */
const PLAIN = 110;
const CHOSEN = 165;
const PROPOSED = 70;

function MaskCanvas({ size, regions, proposed, selected, colorFor }: MaskCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<string>("");
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    const layers = [
      ...proposed.map((region) => ({ region, alpha: PROPOSED })),
      ...[...regions]
        .sort((a, b) => zOf(a) - zOf(b))
        .map((region) => ({ region, alpha: region.id === selected ? CHOSEN : PLAIN })),
    ];
    if (!element || !context) return;
    const colors = layers.map(({ region }) => rgbOf(element, colorFor(region)));
    const said = JSON.stringify(layers.map(({ region, alpha }, index) => [region.rle, colors[index], alpha]));
    if (said === drawn.current) return;
    drawn.current = said;
    const { width, height } = size;
    const image = context.createImageData(width, height);
    const pixels = new DataView(image.data.buffer);
    for (const [place, { region, alpha }] of layers.entries()) {
      const color = (((colors[place] ?? 0) << 8) | alpha) >>> 0;
      let at = 0;
      for (const [index, count] of rleOf(region).counts.entries()) {
        if (index % 2) {
          for (let pixel = at; pixel < at + count; pixel += 1) {
            pixels.setUint32(4 * ((pixel % height) * width + Math.floor(pixel / height)), color);
          }
        }
        at += count;
      }
    }
    context.putImageData(image, 0, 0);
  });
  return (
    <canvas
      ref={canvas}
      className="mask-canvas"
      aria-hidden="true"
      width={size.width}
      height={size.height}
      style={{ "--w": size.width, "--h": size.height } as CSSProperties}
    />
  );
}

function zOf({ z }: Region): number {
  return typeof z === "number" ? z : 0;
}

/** A colour as 0xRRGGBB, whichever way it is written: labels name theirs by the theme. */
function rgbOf(canvas: HTMLCanvasElement, color: string): number {
  canvas.style.color = color;
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(canvas).color.match(/[\d.]+/g) ?? []).map(Number);
  return (red << 16) | (green << 8) | blue;
}
