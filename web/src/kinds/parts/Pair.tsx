/** Parts side by side to be compared: a letter each, the same room each, nothing that takes sides. */
import { IconArrowsDiff, IconLink, IconMaximize, IconMinimize } from "@tabler/icons-react";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { letterAt } from "../../editor/order";
import type { Editor, EditorState } from "../../editor/store";
import { textsUnder } from "../../editor/texts";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { DiffersContext, differing } from "./differs";
import "./pair.css";

interface Given {
  editor: Editor;
  state: EditorState;
}

const showDifferences = defineCommand<Given>({
  id: "pair.differences",
  title: () => t("Show differences"),
  context: "stage:pair",
  keys: ["D"],
  run: ({ editor, state }) => editor.look({ differences: !state.view.differences }),
});
const scrollTogether = defineCommand<Given>({
  id: "pair.scroll-together",
  title: () => t("Scroll together"),
  context: "stage:pair",
  keys: ["L"],
  run: ({ editor, state }) => editor.look({ together: !state.view.together }),
});
const readAlone = defineCommand<Given>({
  id: "pair.read-alone",
  title: () => t("Read A alone, B alone"),
  context: "stage:pair",
  keys: ["[", "]"],
  run: ({ editor, state }, chord) => {
    const wanted = chord === "[" ? "A" : "B";
    editor.look({ alone: state.view.alone === wanted ? "" : wanted });
  },
});
const commands = [showDifferences, scrollTogether, readAlone];

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface PairProps extends Given {
  /** Addresses of what is compared, in the order in which it is shown. */
  addresses: readonly string[];
  label: (letter: string) => string;
  render: (address: string) => ReactNode;
}

export function Pair({ addresses, editor, state, label, render }: PairProps) {
  useCommands(commands, { editor, state });
  const { differences, together, alone } = state.view;
  const sides = addresses.map((address, index) => ({ address, letter: letterAt(index) }));
  const [a, b] = addresses;
  const isTwo = addresses.length === 2 && a !== undefined && b !== undefined;
  const differs = useMemo(
    () => (differences && isTwo ? differing(editor, [a, b]) : new Map()),
    [differences, isTwo, editor, a, b],
  );
  const active = editor.asked().find(({ key }) => key === state.active)?.part.address;
  const shown = sides.filter(({ letter }) => !alone || letter === alone);
  const row = useRef<HTMLDivElement>(null);
  useScrollTogether(row, Boolean(together) && !alone);
  return (
    <section className="pairing" aria-label={t("To compare")}>
      <div className="pair-tools">
        {isTwo && (
          <Button
            size="s"
            look="quiet"
            icon={<IconArrowsDiff {...ICON} />}
            chord={chordFor(showDifferences as never)}
            aria-pressed={Boolean(differences)}
            onClick={() => editor.look({ differences: !differences })}
          >
            {t("Show differences")}
          </Button>
        )}
        <Button
          size="s"
          look="quiet"
          icon={<IconLink {...ICON} />}
          chord={chordFor(scrollTogether as never)}
          aria-pressed={Boolean(together)}
          onClick={() => editor.look({ together: !together })}
        >
          {t("Scroll together")}
        </Button>
      </div>
      <div className="pair" ref={row}>
        {shown.map(({ address, letter }) => (
          <article
            className={active === address ? "card resp lead" : "card resp"}
            key={address}
            aria-label={label(letter)}
          >
            <header>
              <span className="letter">{letter}</span>
              <span className="small t3 num">
                {t("{count, plural, one {# word} other {# words}}", { count: wordsUnder(editor, address) })}
              </span>
              <span className="grow" />
              <IconButton
                name={alone ? t("Beside each other again") : t("Read {letter} alone", { letter })}
                chord={letter === "A" ? "[" : letter === "B" ? "]" : undefined}
                aria-pressed={alone === letter}
                onClick={() => editor.look({ alone: alone ? "" : letter })}
              >
                {alone ? <IconMinimize {...ICON} /> : <IconMaximize {...ICON} />}
              </IconButton>
            </header>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keys */}
            <div className="resp-body" tabIndex={0} data-scrolls>
              <DiffersContext value={differs}>{render(address)}</DiffersContext>
            </div>
          </article>
        ))}
      </div>
    </section>
  );
}

/** Inputs that a question compares. */
export function PairOfInputs({
  names,
  ...rest
}: Omit<PairProps, "addresses" | "label"> & { names: readonly string[] }) {
  return <Pair addresses={names} label={(letter) => t("Text {letter}", { letter })} {...rest} />;
}

function wordsUnder(editor: Editor, address: string): number {
  const part = editor.parts.get(address);
  if (!part) return 0;
  return textsUnder(part, editor.parts).reduce((sum, on) => sum + editor.pieces(on).of("word").length, 0);
}

/** Keeps the columns at the same share of their way: replies have different lengths, their ends belong together. */
function useScrollTogether(row: React.RefObject<HTMLDivElement | null>, isOn: boolean): void {
  useEffect(() => {
    const element = row.current;
    if (!isOn || !element) return;
    let leader: Element | null = null;
    const lead = (event: Event): void => {
      leader = (event.target as Element).closest("[data-scrolls]");
    };
    const follow = (event: Event): void => {
      const moved = event.target as HTMLElement;
      if (moved !== leader && leader !== null) return;
      const share = moved.scrollTop / Math.max(1, moved.scrollHeight - moved.clientHeight);
      for (const other of element.querySelectorAll<HTMLElement>("[data-scrolls]")) {
        if (other !== moved) other.scrollTop = share * (other.scrollHeight - other.clientHeight);
      }
    };
    const signs = ["pointerdown", "wheel", "keydown", "touchstart"] as const;
    for (const sign of signs) element.addEventListener(sign, lead, { passive: true, capture: true });
    element.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => {
      for (const sign of signs) element.removeEventListener(sign, lead, { capture: true });
      element.removeEventListener("scroll", follow, { capture: true });
    };
  }, [row, isOn]);
}
