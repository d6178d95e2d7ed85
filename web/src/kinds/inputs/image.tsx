/** A picture, in its own colors, with a view that zooms and pans; questions draw their regions over it. */
import { IconContrast } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Content } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { type Size, type Viewport, viewportOf } from "../../editor/viewport";
import { wordsOf } from "../../editor/words-of";
import { percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import type { InputKind, SettingsProps, ViewProps } from "../kind";
import { drawingOnImage } from "../parts/drawing";
import { sizeOf, useMedia } from "../parts/media";
import { isCurrent, PictureView } from "../parts/PictureView";
import { RailButton } from "../parts/RailButton";
import { SwitchField, withSetting } from "../parts/SettingFields";

interface Given {
  viewport: Viewport;
  toggleTone: () => void;
}

const tone = defineCommand<Given>({
  id: "image.contrast",
  title: () => t("Contrast and brightness of the view"),
  context: "input:image",
  keys: ["C"],
  isEnabled: ({ viewport }) => isCurrent(viewport),
  run: ({ toggleTone }) => toggleTone(),
});
const commands = [tone];

function Viewer(view: ViewProps) {
  const { input, content, editor, language } = view;
  const { src, problem, retry } = useMedia(content.url);
  const [measured, setMeasured] = useState<Size | null>(null);
  const size = sizeOf(content) ?? measured;
  if (problem) {
    return (
      <div className="picture-face">
        <ProblemNotice problem={problem} onRetry={retry} />
      </div>
    );
  }
  if (!content.url) return <div className="picture-face t3">{t("A picture stands here.")}</div>;
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
  const [tones, setTones] = useState<Tones>(PLAIN);
  const [isToning, setToning] = useState(false);
  useCommands(commands, { viewport, toggleTone: () => setToning((isOpen) => !isOpen) });
  const drawing = drawingOnImage(view, input.name);
  const drawn = editor
    .asked()
    .filter(({ question, part }) => kinds[question.kind]?.Layer && part.address === input.name);
  const layer = { editor, state, language, seed, viewport, size, address: input.name };
  const Rail = drawing && kinds[drawing.question.kind]?.Rail;
  const filter = tones === PLAIN ? undefined : `contrast(${tones.contrast}) brightness(${tones.brightness})`;
  return (
    <PictureView
      {...{ src, alt, size, viewport, filter }}
      isHand={state.tool === "hand" || !drawing}
      isSmooth={input.settings?.smooth !== false}
    >
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
    </PictureView>
  );
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
  offers: "pixels",
  title: () => t("Picture"),
  place: "fill",
  Viewer,
  SettingsForm,
  initial: {},
  filesOf: (content) => [content],
  example,
};
export default kind;
