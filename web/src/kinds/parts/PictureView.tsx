/** A picture in a view that zooms and pans, by mouse and by keys. What is drawn over it, its tools among it, are the children. */
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { type CSSProperties, type ReactNode, use, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { defineCommand } from "../../commands/command";
import { chordFor, InDialog, useCommands } from "../../commands/scopes";
import type { Size, Viewport } from "../../editor/viewport";
import { percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { useGestures } from "./useGestures";
import "./picture.css";

const zoom = defineCommand<{ viewport: Viewport }>({
  id: "image.zoom",
  title: () => t("Enlarge or shrink"),
  context: "stage:image",
  keys: ["+", "-"],
  isEnabled: ({ viewport }) => isCurrent(viewport),
  run: ({ viewport }, chord) => viewport.zoom(chord === "-" ? -1 : 1),
});
const fit = defineCommand<{ viewport: Viewport }>({
  id: "image.fit",
  title: () => t("The whole image"),
  context: "input:image",
  keys: ["F"],
  isEnabled: ({ viewport }) => isCurrent(viewport),
  run: ({ viewport }) => viewport.fit(),
});
const commands = [zoom, fit];

/** The view that keys move where a task shows several images: the one the pointer was over last. */
let current: Viewport | null = null;

/** Whether keys are for this view. */
export function isCurrent(viewport: Viewport): boolean {
  return current === null || current === viewport;
}

interface PictureViewProps {
  src: string;
  alt: string;
  size: Size;
  viewport: Viewport;
  /** A plain drag moves the view. */
  isHand: boolean;
  isSmooth?: boolean;
  filter?: string;
  children?: ReactNode;
}

export function PictureView({ src, alt, size, viewport, isHand, isSmooth = true, filter, children }: PictureViewProps) {
  const stage = useRef<HTMLDivElement>(null);
  const isInDialog = use(InDialog);
  useCommands(commands, { viewport });
  // Before the first paint: a picture that was drawn ahead, unseen, is in its place at once.
  useLayoutEffect(() => {
    const element = stage.current as HTMLDivElement;
    const measure = (): void => viewport.resize({ width: element.clientWidth, height: element.clientHeight });
    const follow = (): void => place(element, viewport);
    const unsubscribe = viewport.subscribe(follow);
    measure();
    follow();
    // What a dialog shows is what keys move, wherever the pointer was before.
    if (isInDialog) current = viewport;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      unsubscribe();
      if (current === viewport) current = null;
    };
  }, [viewport, isInDialog]);
  const isHolding = useGestures(stage, viewport, isHand);
  return (
    <div
      className={isHolding ? "picture hand" : "picture"}
      ref={stage}
      data-smooth={isSmooth}
      onPointerEnter={() => {
        current = viewport;
      }}
    >
      <img
        className="picture-image"
        src={src}
        alt={alt}
        draggable={false}
        style={{ "--w": size.width, "--h": size.height, filter } as CSSProperties}
      />
      {children}
      <ZoomBar viewport={viewport} />
      <Overview viewport={viewport} src={src} />
    </div>
  );
}

/** The view as custom properties: what is drawn follows them without being rendered anew. */
function place(element: HTMLElement, viewport: Viewport): void {
  const { scale, x, y } = viewport.snapshot();
  element.style.setProperty("--scale", String(scale));
  element.style.setProperty("--x", String(x));
  element.style.setProperty("--y", String(y));
  element.toggleAttribute("data-pixels", scale >= 3);
}

function ZoomBar({ viewport }: { viewport: Viewport }) {
  const { scale } = useSyncExternalStore(viewport.subscribe, viewport.snapshot);
  return (
    <div className="picture-zoom float">
      <IconButton name={t("Shrink")} chord="-" onClick={() => viewport.zoom(-1)}>
        <IconMinus size={14} stroke={1.75} aria-hidden="true" />
      </IconButton>
      <span className="small num picture-scale">{percent(scale, scale < 0.1 ? 1 : 0)}</span>
      <IconButton name={t("Enlarge")} chord="+" onClick={() => viewport.zoom(1)}>
        <IconPlus size={14} stroke={1.75} aria-hidden="true" />
      </IconButton>
      <span className="sep" />
      <Button look="quiet" size="s" chord={chordFor(fit as never)} onClick={() => viewport.fit()}>
        {t("Fit")}
      </Button>
    </div>
  );
}

/** Where the view lies in the whole image; only while a part of it is out of sight. */
function Overview({ viewport, src }: { viewport: Viewport; src: string }) {
  useSyncExternalStore(viewport.subscribe, viewport.snapshot);
  const { image } = viewport;
  const { x, y, width, height } = viewport.visible();
  if (width * height > 0.98 * image.width * image.height) return null;
  const ratio = Math.min(124 / image.width, 84 / image.height);
  const inPixels = (value: number): number => Math.round(value * ratio);
  return (
    <div className="picture-overview float" aria-hidden="true">
      <img src={src} alt="" width={inPixels(image.width)} height={inPixels(image.height)} draggable={false} />
      <i style={{ left: inPixels(x), top: inPixels(y), width: inPixels(width), height: inPixels(height) }} />
    </div>
  );
}
