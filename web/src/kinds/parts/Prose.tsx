/** A text with the passages that questions mark in it: shown, made by dragging, selected by a click, moved by their ends. */
import {
  createElement,
  memo,
  type PointerEvent as Press,
  type ReactNode,
  use,
  useEffect,
  useRef,
  useState,
} from "react";
import { type Branch, isLeaf, type Leaf, pieces, spannedBy, type Prose as Tree } from "../../editor/prose";
import type { Span } from "../../editor/words";
import { Formula } from "../../kit/Formula";
import type { Drawing, Passage, ViewProps } from "../kind";
import { AbsentPicture } from "./AbsentPicture";
import { DiffersContext } from "./differs";
import { drawingOn } from "./drawing";
import { pointUnder, rangeOfSelection } from "./selection";
import "./prose.css";

export interface ProseProps extends Pick<ViewProps, "editor" | "state" | "language" | "seed" | "kinds"> {
  /** The address of the text: an input, or a block of a message. */
  address: string;
  prose: readonly Tree[];
  /** Room at the end of the lines for what can be done with the selected passage. */
  hasMargin?: boolean;
}
interface Mark extends Passage {
  key: string;
  isSelected: boolean;
}

const CURSOR = "cursor";
/** A drag that is shorter is a click. */
const CLICK_PX = 3;
const DIFFERS = "differs";

export function Prose({ address, prose, hasMargin = true, ...view }: ProseProps) {
  const { editor, state, kinds } = view;
  const root = useRef<HTMLDivElement>(null);
  const { selected, cursor } = state;
  const given = (asked: Drawing["asked"]): Drawing => ({ ...view, asked });
  const asked = editor.asked().filter((each) => kinds[each.question.kind]?.onText?.covers(each, editor, address));
  const marks = asked.flatMap((each): Mark[] =>
    (kinds[each.question.kind]?.onText?.passages(given(each), address) ?? []).map((passage) => ({
      ...passage,
      key: each.key,
      isSelected: !passage.isProposed && selected?.key === each.key && selected.region === passage.id,
    })),
  );
  const atCursor: Mark[] =
    cursor?.on === address && !selected
      ? [{ id: CURSOR, key: CURSOR, range: cursor.range, color: "", word: "", isSelected: false }]
      : [];
  const drawing = drawingOn(view, address);
  const act = drawing && kinds[drawing.question.kind]?.onText;

  const settle = (isMore: boolean): void => {
    const range = root.current && rangeOfSelection(root.current);
    if (!range || !drawing || !act) return;
    window.getSelection()?.removeAllRanges();
    act.onDrag(given(drawing), address, range, isMore);
  };
  const press = (event: Press<HTMLDivElement>): void => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const end = (event.target as HTMLElement).closest<HTMLElement>("[data-end]");
    if (end) {
      moveEnd(event, end.dataset.end as "start" | "end");
      return;
    }
    // By now the browser holds what was selected, the word of a double click included.
    const release = (up: MouseEvent): void => {
      document.removeEventListener("mouseup", release);
      const isDrag = up.detail > 1 || Math.hypot(up.clientX - event.clientX, up.clientY - event.clientY) > CLICK_PX;
      if (isDrag && !(window.getSelection()?.isCollapsed ?? true)) settle(up.ctrlKey || up.metaKey);
      else choose(up);
    };
    document.addEventListener("mouseup", release);
  };
  /** A click on a passage selects it, the innermost first; elsewhere it puts the word cursor there. */
  const choose = (event: MouseEvent): void => {
    const at = root.current && pointUnder(root.current, event.clientX, event.clientY);
    if (at === null || at === undefined || !drawing) return;
    const under = marks.filter(({ range: [start, end], isProposed }) => !isProposed && start <= at && at < end);
    const innermost = under.sort((a, b) => length(a.range) - length(b.range))[0];
    if (innermost) {
      editor.select(innermost.key, innermost.id);
      return;
    }
    const word = editor.pieces(address).snap([at, at + 1], "word");
    editor.select(null, null);
    editor.activate(drawing.key);
    editor.setCursor(word && { on: address, range: word });
  };
  const moveEnd = (event: Press<HTMLDivElement>, end: "start" | "end"): void => {
    const mark = marks.find(({ isSelected }) => isSelected);
    const owner = asked.find(({ key }) => key === mark?.key);
    if (!mark || !owner) return;
    event.preventDefault();
    let current: Mark = mark;
    const move = (moved: PointerEvent): void => {
      const at = root.current && pointUnder(root.current, moved.clientX, moved.clientY);
      if (at === null || at === undefined) return;
      const range: Span = end === "start" ? [Math.min(at, mark.range[1] - 1), mark.range[1]] : [mark.range[0], at + 1];
      if (range[0] >= range[1]) return;
      kinds[owner.question.kind]?.onText?.onMoveEnd(
        { ...given(owner), state: editor.snapshot() },
        address,
        current,
        range,
      );
      current = { ...current, range };
    };
    const release = (): void => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", release);
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", release);
  };

  // By touch the browser makes the selection in its own time: what it holds becomes the cursor, and a label marks it.
  useEffect(() => {
    if (!window.matchMedia("(pointer: coarse)").matches) return;
    const follow = (): void => {
      const range = root.current && rangeOfSelection(root.current);
      if (range) editor.setCursor({ on: address, range });
    };
    document.addEventListener("selectionchange", follow);
    return () => document.removeEventListener("selectionchange", follow);
  }, [address, editor]);

  const place = `${selected?.key} ${selected?.region} ${cursor?.on === address ? cursor.range : ""}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when the selection moved, not when anything else changed
  useEffect(() => {
    root.current?.querySelector(".sp.sel, .at-cursor")?.scrollIntoView({ block: "nearest" });
  }, [place]);

  const differing = use(DiffersContext).get(address) ?? NO_RANGES;
  const differs = differing.map(
    (range): Mark => ({ id: DIFFERS, key: DIFFERS, range, color: "", word: "", isSelected: false }),
  );
  const shown = [...differs, ...marks, ...atCursor];
  const selectedHere = marks.find(({ isSelected }) => isSelected);
  const owner = selectedHere && asked.find(({ key }) => key === selectedHere.key);
  const Margin = owner && kinds[owner.question.kind]?.onText?.Margin;
  // The margin keeps its room while nothing is selected: the lines never move.
  const hasAside = hasMargin && asked.some(({ question }) => kinds[question.kind]?.onText?.Margin);
  return (
    <div
      className={["prose", asked.length > 0 && "spaced", hasAside && "with-margin"].filter(Boolean).join(" ")}
      ref={root}
      onPointerDown={asked.length > 0 ? press : undefined}
    >
      <div className="prose-text">{prose.map((each, index) => draw(each, shown, index))}</div>
      {hasMargin && Margin && owner && (
        <Aside root={root.current} follow={`${place} ${marks.length}`}>
          <Margin {...given(owner)} />
        </Aside>
      )}
    </div>
  );
}

const NO_RANGES: readonly Span[] = [];

const length = ([start, end]: Span): number => end - start;

function draw(prose: Tree, marks: readonly Mark[], key: number): ReactNode {
  if (isLeaf(prose)) return <LeafView key={key} leaf={prose} marks={over(prose, marks)} />;
  if (prose.tag === "img") {
    return <AbsentPicture key={key} alt={prose.attributes?.alt ?? ""} address={prose.attributes?.src ?? ""} />;
  }
  return <BranchView key={key} branch={prose} marks={over(prose, marks)} />;
}

/** The marks that lie over a piece, and nothing of the others: it is drawn anew only when its own marks change. */
function over(prose: Tree, marks: readonly Mark[]): readonly Mark[] {
  const range = marks.length > 0 ? spannedBy(prose) : null;
  if (!range) return NONE;
  const here = marks.filter(({ range: [start, end] }) => start < range[1] && end > range[0]);
  return here.length ? here : NONE;
}
const NONE: readonly Mark[] = [];

const BranchView = memo(
  function BranchView({ branch, marks }: { branch: Branch; marks: readonly Mark[] }) {
    const children = branch.children.map((child, index) => draw(child, marks, index));
    return createElement(branch.tag, branch.attributes ?? null, ...children);
  },
  (before, after) => before.branch === after.branch && areSame(before.marks, after.marks),
);

const LeafView = memo(
  function LeafView({ leaf, marks }: { leaf: Leaf; marks: readonly Mark[] }) {
    return pieces(leaf, marks).map(({ text, range, marks: around }) => {
      const piece = leaf.math ? (
        <Formula
          key="formula"
          tex={text}
          isDisplay={leaf.math === "display"}
          at={range?.[0]}
          length={range ? leaf.length : undefined}
        />
      ) : (
        <span key={range?.[0]} data-at={range?.[0]} data-length={leaf.length}>
          {text}
        </span>
      );
      // Nested marks are drawn inside each other, each with its own line: the inner ones higher.
      return around.reduceRight<ReactNode>(
        (inside, mark, index) => wrap(inside, mark, range as Span, around.length - 1 - index),
        piece,
      );
    });
  },
  (before, after) => before.leaf === after.leaf && areSame(before.marks, after.marks),
);

function areSame(before: readonly Mark[], after: readonly Mark[]): boolean {
  return before.length === after.length && before.every((mark, index) => isSame(mark, after[index] as Mark));
}

function isSame(a: Mark, b: Mark): boolean {
  return (
    a.id === b.id &&
    a.key === b.key &&
    a.isSelected === b.isSelected &&
    a.color === b.color &&
    a.word === b.word &&
    a.isUnsure === b.isUnsure &&
    a.isProposed === b.isProposed &&
    a.range[0] === b.range[0] &&
    a.range[1] === b.range[1]
  );
}

function wrap(inside: ReactNode, mark: Mark, [start, end]: Span, depth: number): ReactNode {
  const isFirst = start <= mark.range[0];
  const isLast = end >= mark.range[1];
  if (mark.id === CURSOR) {
    return (
      <span key={`${start} cursor`} className="at-cursor">
        {inside}
      </span>
    );
  }
  if (mark.id === DIFFERS) {
    return (
      <span key={`${start} differs`} className="differs">
        {inside}
      </span>
    );
  }
  const look = mark.isProposed ? "proposed" : mark.isUnsure && "unsure";
  const classes = ["sp", look, mark.isSelected && "sel", isFirst && "first", isLast && "last"];
  const style = { "--c": mark.color, "--depth": depth } as React.CSSProperties;
  return (
    <mark key={`${start} ${mark.key} ${mark.id}`} className={classes.filter(Boolean).join(" ")} style={style}>
      {mark.isSelected && isFirst && <span className="grip" data-end="start" />}
      {inside}
      {isLast && mark.word && <span className="sp-name" data-name={mark.word.replaceAll(" ", "\u00a0")} />}
      {mark.isSelected && isLast && <span className="grip" data-end="end" />}
    </mark>
  );
}

/** Stands in the margin at the height of the selected passage. */
function Aside({ root, follow, children }: { root: HTMLElement | null; follow: string; children: ReactNode }) {
  const [top, setTop] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew whenever the selection or the text moved
  useEffect(() => {
    const passage = root?.querySelector(".sp.sel");
    if (passage && root) setTop(passage.getBoundingClientRect().top - root.getBoundingClientRect().top);
  }, [root, follow]);
  return (
    <aside className="prose-margin" style={{ top }}>
      {children}
    </aside>
  );
}
