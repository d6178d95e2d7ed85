/** What the hand and the keys do with masks: paint, erase, fill, and give each pixel to one mask. */
import {
  areaOf,
  covers,
  extentOf,
  filled,
  flood,
  joined,
  type Pixels,
  pixelsOf,
  type RunLengths,
  runsOf,
  stroke,
} from "../../editor/masks";
import { newRegionId, type Region } from "../../editor/store";
import type { Point, Size } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing } from "../kind";
import { chosenLabel } from "./Labels";
import { hasRoom, hiddenKey, selectedOf, toolOf, viewOf } from "./region-tools";

export type MaskTool = "brush" | "eraser" | "fill" | "area" | "select" | "hand";
const TOOLS: [MaskTool, ...MaskTool[]] = ["brush", "eraser", "fill", "area", "select", "hand"];
export const RADIUS_MAX = 256;

export const maskTool = ({ state }: Pick<Drawing, "state">): MaskTool => toolOf(state, TOOLS);
export const rleOf = (region: Region): RunLengths => region.rle as unknown as RunLengths;
export const envelopeOf = (region: Region): Point & Size => extentOf(rleOf(region));

/** The radius of the brush in pixels of the image: at first a fiftieth of its shorter side. */
export function radiusOf({ editor, asked, state }: Pick<Drawing, "editor" | "asked" | "state">): number {
  const known = Number(state.view.brush);
  const image = viewOf(editor, asked)?.image;
  return known > 0 ? known : Math.max(1, Math.round(Math.min(image?.width ?? 50, image?.height ?? 50) / 50));
}

export function resizeBrush(given: Drawing, isLarger: boolean): void {
  const radius = radiusOf(given);
  const next = isLarger
    ? Math.max(radius + 1, Math.round(radius * 1.25))
    : Math.min(radius - 1, Math.round(radius / 1.25));
  given.editor.look({ brush: String(Math.min(RADIUS_MAX, Math.max(1, next))) });
}

const mayOverlap = ({ asked }: Pick<Drawing, "asked">): boolean => asked.question.settings?.overlap === "z";
const isComplete = ({ asked }: Pick<Drawing, "asked">): boolean => Boolean(asked.question.settings?.complete);

/** The mask that paint goes to: the selected one; where every pixel has a class, that of the label; else a new one. */
function targetOf(given: Drawing): Region | undefined {
  const { editor, asked } = given;
  const label = chosenLabel(given)?.value;
  const selected = selectedOf(editor, asked);
  if (selected) return selected;
  return isComplete(given) ? editor.regions(asked.key).find((region) => region.label === label) : undefined;
}

/** Puts pixels to the mask that is painted, or takes them from it; where a pixel has one class, others lose what it gains. */
export function paint(given: Drawing, more: Pixels, isAdded: boolean): void {
  const { editor, asked } = given;
  const image = viewOf(editor, asked)?.image;
  if (!image || !more.includes(1)) return;
  const target = targetOf(given);
  const regions = editor.regions(asked.key);
  editor.activate(asked.key);
  if (!isAdded) {
    // What is erased is taken from the selected mask, or from all.
    const touched = target ? [target] : regions;
    const kept = regions.flatMap((region) =>
      touched.includes(region) ? changed(region, more, false, image) : [region],
    );
    put(given, kept, target?.id);
    return;
  }
  if (!target && !hasRoom(given)) return;
  const label = chosenLabel(given)?.value;
  const id = target?.id ?? newRegionId(regions);
  const others = regions.flatMap((region) =>
    region.id === id ? [] : mayOverlap(given) ? [region] : changed(region, more, false, image),
  );
  const above = Math.max(-1, ...regions.map(({ z }) => (typeof z === "number" ? z : 0))) + 1;
  const made = {
    id,
    ...(label === undefined ? {} : { label }),
    ...(mayOverlap(given) && above > 0 ? { z: above } : {}),
    rle: runsOf(more, image),
  } as unknown as Region;
  const own = target ? changed(target, more, true, image) : [made];
  const places = new Map([...others, ...own].map((region) => [region.id, region]));
  const order = target ? regions.map((region) => region.id) : [...regions.map((region) => region.id), id];
  put(
    given,
    order.flatMap((each) => places.get(each) ?? []),
    id,
  );
}

/** The region with some pixels more or fewer; nothing where none is left. */
function changed(region: Region, more: Pixels, isAdded: boolean, image: Size): Region[] {
  const pixels = joined(pixelsOf(rleOf(region)), more, isAdded);
  return pixels.includes(1) ? [{ ...region, rle: runsOf(pixels, image) } as unknown as Region] : [];
}

/** Stores all masks at once, so that one stroke is one step to undo. */
function put({ editor, asked }: Drawing, regions: Region[], selected: string | undefined): void {
  for (const { id } of editor.regions(asked.key).filter((each) => !regions.some(({ id: kept }) => kept === each.id))) {
    editor.removeRegion(asked, id);
  }
  if (regions.length === 0) return;
  editor.setValue(asked, { regions } as never, "paint");
  if (selected && regions.some(({ id }) => id === selected)) editor.select(asked.key, selected);
}

export function paintStroke(given: Drawing, points: readonly Point[], isAdded: boolean): void {
  const image = viewOf(given.editor, given.asked)?.image;
  if (image) paint(given, stroke(points, radiusOf(given), image), isAdded);
}

/** Covers what lies within a ring. */
export function paintArea(given: Drawing, ring: readonly Point[]): void {
  const image = viewOf(given.editor, given.asked)?.image;
  if (!image) return;
  given.editor.setPending(null);
  const pixels = filled(ring, image);
  if (ring.length > 2 && areaOf(pixels) > 0) paint(given, pixels, true);
  else given.editor.refuse(t("Set {count} points at least.", { count: 3 }));
}

/** Covers what is joined to a pixel and has no class yet. */
export function paintFlood(given: Drawing, at: Point): void {
  const { editor, asked, state } = given;
  const image = viewOf(editor, asked)?.image;
  if (!image) return;
  let taken: Pixels = new Uint8Array(image.width * image.height);
  for (const region of editor.regions(asked.key)) {
    if (!state.hidden.has(hiddenKey(asked, region.id))) taken = joined(taken, pixelsOf(rleOf(region)), true);
  }
  const pixels = flood(taken, at, image);
  if (pixels.includes(1)) paint(given, pixels, true);
  else editor.refuse(t("This pixel has a class already."));
}

/** The masks over a point, the highest first. */
export function masksUnder(given: Drawing, at: Point): Region[] {
  const { editor, asked, state } = given;
  return editor
    .regions(asked.key)
    .filter((region) => !state.hidden.has(hiddenKey(asked, region.id)) && covers(rleOf(region), at))
    .reverse();
}

/** A label's key: what is painted next. Where every pixel has a class, its mask is gone on with; with Select it names. */
export function pickLabel(given: Drawing, value: string): void {
  const { editor, asked } = given;
  const selected = selectedOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, value);
  if (selected && maskTool(given) === "select") editor.changeRegion(asked, selected.id, { label: value });
  else if (selected && selected.label !== value) {
    const known = isComplete(given) && editor.regions(asked.key).find((region) => region.label === value);
    editor.select(known ? asked.key : null, known ? known.id : null);
  }
}
