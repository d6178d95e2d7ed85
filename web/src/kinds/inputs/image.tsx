/** A picture, in its own colors, with a view that zooms and pans; questions draw their regions over it. */
import { IconContrast, IconMinus, IconPlus } from "@tabler/icons-react";
import { type CSSProperties, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Content } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { type Size, type Viewport, viewportOf } from "../../editor/viewport";
import { wordsOf } from "../../editor/words-of";
import { percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import type { InputKind, SettingsProps, ViewProps } from "../kind";
import { drawingOnImage } from "../parts/drawing";
import { useMedia } from "../parts/media";
import { RailButton } from "../parts/RailButton";
import { SwitchField, withSetting } from "../parts/SettingFields";
import { useGestures } from "../parts/useGestures";
import "./picture.css";

interface Given {
  viewport: Viewport;
  isCurrent: () => boolean;
  toggleTone: () => void;
}

const zoom = defineCommand<Given>({
  id: "image.zoom",
  title: () => t("Enlarge or shrink"),
  context: "input:image",
  keys: ["+", "-"],
  isEnabled: ({ isCurrent }) => isCurrent(),
  run: ({ viewport }, chord) => viewport.zoom(chord === "-" ? -1 : 1),
});
const fit = defineCommand<Given>({
  id: "image.fit",
  title: () => t("The whole image"),
  context: "input:image",
  keys: ["F"],
  isEnabled: ({ isCurrent }) => isCurrent(),
  run: ({ viewport }) => viewport.fit(),
});
const tone = defineCommand<Given>({
  id: "image.contrast",
  title: () => t("Contrast and brightness of the view"),
  context: "input:image",
  keys: ["C"],
  isEnabled: ({ isCurrent }) => isCurrent(),
  run: ({ toggleTone }) => toggleTone(),
});
const commands = [zoom, fit, tone];

/** The view that keys move where a task shows several images: the one the pointer was over last. */
let current: Viewport | null = null;

function sizeOf({ media }: Content): Size | null {
  const [width, height] = [media?.width, media?.height];
  return typeof width === "number" && typeof height === "number" ? { width, height } : null;
}

function Viewer(view: ViewProps) {
  const { input, content, editor, language, mediaOf } = view;
  const { src, problem, retry } = useMedia(mediaOf(content));
  const [measured, setMeasured] = useState<Size | null>(null);
  const size = sizeOf(content) ?? measured;
  if (problem) {
    return (
      <div className="picture-face">
        <ProblemNotice problem={problem} onRetry={retry} />
      </div>
    );
  }
  if (!mediaOf(content)) return <div className="picture-face t3">{t("A picture stands here.")}</div>;
  if (!src) return <Skeleton />;
  const alt = wordsOf(input.text, language, content.name ?? t("Picture"));
  if (!size) {
    // A file of this device, not yet imported: its size is known once it was decoded.
    const measure = ({
      currentTarget: { naturalWidth: width, naturalHeight: height },
    }: {
      currentTarget: HTMLImageElement;
    }): void => setMeasured({ width, height });
    return <img src={src} alt={alt} hidden onLoad={measure} />;
  }
  const viewport = viewportOf(editor, input.name, size) as Viewport;
  return <Picture {...view} src={src} alt={alt} size={size} viewport={viewport} key={src} />;
}

interface PictureProps extends ViewProps {
  src: string;
  alt: string;
  size: Size;
  viewport: Viewport;
}

function Picture({ src, alt, size, viewport, ...view }: PictureProps) {
  const { input, editor, state, kinds, language, seed } = view;
  const stage = useRef<HTMLDivElement>(null);
  const [tones, setTones] = useState<Tones>(PLAIN);
  const [isToning, setToning] = useState(false);
  useCommands(commands, {
    viewport,
    isCurrent: () => current === null || current === viewport,
    toggleTone: () => setToning((isOpen) => !isOpen),
  });
  // Before the first paint: a picture that was drawn ahead, unseen, is in its place at once.
  useLayoutEffect(() => {
    const element = stage.current as HTMLDivElement;
    const measure = (): void => viewport.resize({ width: element.clientWidth, height: element.clientHeight });
    const follow = (): void => place(element, viewport);
    const unsubscribe = viewport.subscribe(follow);
    measure();
    follow();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      unsubscribe();
      if (current === viewport) current = null;
    };
  }, [viewport]);

  const drawing = drawingOnImage(view, input.name);
  const isHand = useGestures(stage, viewport, state.tool === "hand" || !drawing);
  const drawn = editor
    .asked()
    .filter(({ question, part }) => kinds[question.kind]?.Layer && part.address === input.name);
  const layer = { editor, state, language, seed, viewport, size, address: input.name };
  const Rail = drawing && kinds[drawing.question.kind]?.Rail;
  const isSmooth = input.settings?.smooth !== false;
  const filter = tones === PLAIN ? undefined : `contrast(${tones.contrast}) brightness(${tones.brightness})`;
  return (
    <div
      className={isHand ? "picture hand" : "picture"}
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
      {drawn.map((asked) => {
        const Layer = kinds[asked.question.kind]?.Layer;
        return Layer && <Layer key={asked.key} {...layer} asked={asked} isActive={asked === drawing} />;
      })}
      <div className="picture-rail float" role="toolbar" aria-label={t("Tools")} aria-orientation="vertical">
        {Rail && drawing && <Rail {...layer} asked={drawing} isActive />}
        <RailButton
          name={t("Contrast and brightness")}
          chord={chordFor(tone as never)}
          isOn={isToning}
          onClick={() => setToning(!isToning)}
        >
          <IconContrast size={18} stroke={1.75} aria-hidden="true" />
        </RailButton>
      </div>
      {isToning && <ToneBox tones={tones} onChange={setTones} onClose={() => setToning(false)} />}
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

/** Contrast and brightness as the person set them, for this view alone. */
interface Tones {
  contrast: number;
  brightness: number;
}
const PLAIN: Tones = { contrast: 1, brightness: 1 };

function ToneBox({
  tones,
  onChange,
  onClose,
}: {
  tones: Tones;
  onChange: (tones: Tones) => void;
  onClose: () => void;
}) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const slider = (name: keyof Tones, label: string, most: number, ref?: React.Ref<HTMLInputElement>) => (
    <label className="row g8 small">
      <span className="t2 grow">{label}</span>
      <input
        ref={ref}
        type="range"
        min={0.2}
        max={most}
        step={0.05}
        value={tones[name]}
        onChange={({ target }) => onChange({ ...tones, [name]: Number(target.value) })}
      />
      <span className="num t3 picture-tone">{percent(tones[name], 0)}</span>
    </label>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes, wherever the focus is inside
    <div className="picture-tones float" onKeyDown={(event) => event.key === "Escape" && onClose()}>
      {slider("contrast", t("Contrast"), 4, first)}
      {slider("brightness", t("Brightness"), 3)}
      <div className="row g8">
        <span className="small t3 grow">{t("Only what you see changes")}</span>
        <Button size="s" onClick={() => onChange(PLAIN)}>
          {t("Reset")}
        </Button>
      </div>
    </div>
  );
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

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <SwitchField
      label={t("Smooth when enlarged a little")}
      value={settings.smooth !== false}
      onChange={(smooth) => onChange(withSetting(settings, { smooth: smooth ? undefined : false }))}
    />
  );
}

/** A street in few strokes: enough to try boxes on while no picture is at hand. */
const STREET =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 600" width="960" height="600"><rect width="960" height="600" ' +
  'fill="#c9d3d8"/><rect y="330" width="960" height="270" fill="#8d8f90"/><path d="M0 340V140H150V90H290V190H400V340Z" ' +
  'fill="#a99f92"/><path d="M560 340V160H720V70H860V200H960V340Z" fill="#9aa59d"/><path d="M0 470H960" stroke="#dedcd4" ' +
  'stroke-width="8" stroke-dasharray="70 50"/><g fill="#41525f"><rect x="120" y="395" width="230" height="66" rx="14"/>' +
  '<path d="M165 398L200 352H285L322 398Z"/></g><g fill="#7c4a3d"><rect x="600" y="500" width="270" height="72" rx="14"/>' +
  '<path d="M650 502L690 452H800L838 502Z"/></g><g fill="#1f2326"><circle cx="170" cy="462" r="24"/><circle cx="302" cy="462" ' +
  'r="24"/><circle cx="658" cy="573" r="26"/><circle cx="816" cy="573" r="26"/></g><g fill="#4f4436"><circle cx="470" cy="330" ' +
  'r="14"/><path d="M452 348H488L484 410H478L476 450H464L462 410H456Z"/></g><g fill="#5b4a63"><circle cx="530" cy="322" r="13"/>' +
  '<path d="M514 338H546L542 398H536L534 436H524L522 398H516Z"/></g></svg>';

function example(): Content {
  const media = { width: 960, height: 600, stored_width: 960, stored_height: 600, orientation: 1 };
  return { url: `data:image/svg+xml,${encodeURIComponent(STREET)}`, name: "street.svg", media };
}

const kind: InputKind = {
  name: "image",
  title: () => t("Picture"),
  place: "fill",
  Viewer,
  SettingsForm,
  initial: {},
  example,
};
export default kind;
