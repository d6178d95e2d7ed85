/** The view of an image: how far it is enlarged and where it lies, in CSS pixels; headless, so that keys and tests can drive it. */

export interface Size {
  width: number;
  height: number;
}
export interface Point {
  x: number;
  y: number;
}
export interface View {
  /** CSS pixels for each pixel of the image. */
  scale: number;
  /** Where the image's top left corner lies on the stage. */
  x: number;
  y: number;
}

/** The views of the images of a task, by editor and address: keys move what the stage shows. */
const views = new WeakMap<object, Map<string, Viewport>>();

/** The view of the image at an address, one a task; another size is another image. */
export function viewportOf(editor: object, address: string, image?: Size): Viewport | undefined {
  const known = views.get(editor) ?? new Map<string, Viewport>();
  views.set(editor, known);
  const view = known.get(address);
  if (!image || (view?.image.width === image.width && view.image.height === image.height)) return view;
  const made = new Viewport(image);
  known.set(address, made);
  return made;
}

const SCALE_MAX = 64;
const MARGIN = 24;
const STEP = 1.25;

export class Viewport {
  readonly image: Size;
  private stage: Size = { width: 0, height: 0 };
  private view: View = { scale: 1, x: 0, y: 0 };
  private isFitted = true;
  private readonly listeners = new Set<() => void>();

  constructor(image: Size) {
    this.image = image;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): View => this.view;

  /** The stage has another size: what was fitted stays fitted, else the middle of the view stays in the middle. */
  resize(stage: Size): void {
    const before = this.stage;
    this.stage = stage;
    const { scale, x, y } = this.view;
    if (this.isFitted || before.width === 0) this.fit();
    else this.put({ scale, x: x + (stage.width - before.width) / 2, y: y + (stage.height - before.height) / 2 });
  }

  /** The whole image, as large as it goes; small images are enlarged too, by whole steps so that their pixels stay square. */
  fit(): void {
    const { width, height } = this.stage;
    if (width === 0 || height === 0) return;
    const whole = Math.min((width - 2 * MARGIN) / this.image.width, (height - 2 * MARGIN) / this.image.height);
    const scale = clamp(whole, this.scaleMin(), SCALE_MAX);
    this.put({
      scale,
      x: (width - this.image.width * scale) / 2,
      y: (height - this.image.height * scale) / 2,
    });
    this.isFitted = true;
  }

  /** Enlarges (1) or shrinks (-1) by a step about a point of the stage, its middle by default. */
  zoom(direction: 1 | -1, at: Point = this.middle()): void {
    this.zoomBy(direction === 1 ? STEP : 1 / STEP, at);
  }

  zoomBy(factor: number, at: Point = this.middle()): void {
    const { scale, x, y } = this.view;
    const next = clamp(scale * factor, this.scaleMin(), SCALE_MAX);
    const ratio = next / scale;
    this.put({ scale: next, x: at.x - (at.x - x) * ratio, y: at.y - (at.y - y) * ratio });
  }

  pan(dx: number, dy: number): void {
    const { scale, x, y } = this.view;
    this.put({ scale, x: x + dx, y: y + dy });
  }

  /** Moves the view only as far as needed to show a part of the image. */
  reveal({ x, y, width, height }: Point & Size): void {
    const { scale, x: left, y: top } = this.view;
    const shift = (from: number, length: number, stage: number): number => {
      if (length > stage - 2 * MARGIN) return stage / 2 - (from + length / 2);
      if (from < MARGIN) return MARGIN - from;
      return Math.min(0, stage - MARGIN - (from + length));
    };
    const dx = shift(left + x * scale, width * scale, this.stage.width);
    const dy = shift(top + y * scale, height * scale, this.stage.height);
    if (dx !== 0 || dy !== 0) this.pan(dx, dy);
  }

  /** Stage -> image. */
  toImage({ x, y }: Point): Point {
    const { scale, x: left, y: top } = this.view;
    return { x: (x - left) / scale, y: (y - top) / scale };
  }

  /** Image -> stage. */
  toStage({ x, y }: Point): Point {
    const { scale, x: left, y: top } = this.view;
    return { x: left + x * scale, y: top + y * scale };
  }

  /** The part of the image that is in sight. */
  visible(): Point & Size {
    const from = this.toImage({ x: 0, y: 0 });
    const to = this.toImage({ x: this.stage.width, y: this.stage.height });
    const x = clamp(from.x, 0, this.image.width);
    const y = clamp(from.y, 0, this.image.height);
    return { x, y, width: clamp(to.x, 0, this.image.width) - x, height: clamp(to.y, 0, this.image.height) - y };
  }

  private middle(): Point {
    return { x: this.stage.width / 2, y: this.stage.height / 2 };
  }

  private scaleMin(): number {
    const { width, height } = this.stage;
    return Math.min(1, width / this.image.width / 4, height / this.image.height / 4) || 0.01;
  }

  /** The image never leaves the stage: a corner of it always stays in sight. */
  private put(view: View): void {
    const keep = 48;
    const x = clamp(view.x, keep - this.image.width * view.scale, this.stage.width - keep);
    const y = clamp(view.y, keep - this.image.height * view.scale, this.stage.height - keep);
    this.view = { scale: view.scale, x, y };
    this.isFitted = false;
    for (const listener of this.listeners) listener();
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
