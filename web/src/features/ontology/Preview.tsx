/** What annotators will see: the workspace's own parts on an example or a real item. Answers are tried out, never kept. */
import { Component, type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Defect, Item, OntologyBody } from "../../api/contract";
import { useCommands } from "../../commands/scopes";
import { type Asked, Editor, type EditorState } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { Given } from "../../kinds/kind";
import { shownOptions } from "../../kinds/parts/options";
import type { Kinds } from "../../kinds/registry";
import { Button } from "../../kit/Button";
import {
  abstain,
  confidence,
  type Desk,
  nextQuestion,
  previousQuestion,
  redo,
  undo,
  write,
} from "../annotate/commands";
import { groupsOf, placeOf } from "../annotate/groups";
import { abstainNext, confideNext, intoField } from "../annotate/hand";
import { missingOf } from "../annotate/missing";
import { Panel } from "../annotate/Panel";
import { nextUnanswered } from "../annotate/QuestionBlock";
import { Stage, type View } from "../annotate/Stage";
import { filled } from "./examples";
import "../annotate/workspace.css";

interface PreviewProps {
  body: OntologyBody;
  kinds: Kinds;
  item: Item | null;
  language: string;
  source?: ReactNode;
  problems: readonly Defect[];
}

const SEED = "preview";

export function Preview({ body, kinds, item, language, source, problems }: PreviewProps) {
  const [round, setRound] = useState(0);
  const isBroken = problems.some(({ warning }) => !warning);
  return (
    <section className="preview-pane" aria-label={t("What annotators will see")}>
      <header className="row g8 wrap">
        <h2 className="h3">{t("What annotators will see")}</h2>
        <span className="grow" />
        {source}
      </header>
      <div className="preview-card">
        <div className="preview-bar small">
          <span className="b cut">{wordsOf(body.text, language, body.name)}</span>
          <span className="grow" />
          <span className="t3">{t("Preview, answers are not kept")}</span>
          <Button size="s" look="quiet" onClick={() => setRound(round + 1)}>
            {t("Clear")}
          </Button>
        </div>
        <Guard of={body} isBroken={isBroken}>
          <Tried key={round} body={body} kinds={kinds} item={item} language={language} />
        </Guard>
      </div>
    </section>
  );
}

/** Settings that are being written may be more than a kind can draw: the preview waits until they are whole. */
interface GuardProps {
  of: OntologyBody;
  isBroken: boolean;
  children: ReactNode;
}
class Guard extends Component<GuardProps, { of: OntologyBody; hasFailed: boolean }> {
  override state = { of: this.props.of, hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  static getDerivedStateFromProps(
    { of }: GuardProps,
    state: { of: OntologyBody },
  ): { of: OntologyBody; hasFailed: boolean } | null {
    return of === state.of ? null : { of, hasFailed: false };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <p className="preview-face t2">
        {this.props.isBroken
          ? t("Mend the problems on the left: then it is shown here.")
          : t("This cannot be shown yet.")}
      </p>
    );
  }
}

function Tried({ body, kinds, item, language }: Omit<PreviewProps, "problems" | "source">) {
  const last = useRef<Editor | null>(null);
  const editor = useMemo(() => {
    const shown = filled(item, body, kinds.inputs);
    const next = new Editor(body, shown);
    // What was tried out stays while the ontology changes under it, as far as its questions are still asked.
    const before = last.current;
    if (before && JSON.stringify(before.item) === JSON.stringify(shown)) {
      const kept = [...before.snapshot().answers.values()].filter((answer) =>
        isSameQuestion(before, next, answer.question),
      );
      next.restore(kept, "draft");
    }
    last.current = next;
    return next;
  }, [body, item, kinds]);
  return <Tryout editor={editor} kinds={kinds} language={language} />;
}

/** The questions of a task beside its material, answered by hand and by keys; what becomes of the answers, others say. */
export function Tryout({ editor, kinds, language }: { editor: Editor; kinds: Kinds; language: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [isInside, setInside] = useState(false);
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const asked = editor.asked();
  const active = asked.find(({ key }) => key === state.active) ?? asked[0];
  const groups = groupsOf(editor, SEED);
  const inOrder = groups.flatMap((group) => group.asked);
  const onPicked = (): void => {
    const from = editor.snapshot().active ?? "";
    const next = nextUnanswered(inOrder, from, (key) => editor.answer(key) !== undefined);
    if (next) editor.activate(next.key);
  };
  const view: View = { editor, state, language, seed: SEED, onPicked, kinds, active };
  const kind = active && kinds.questions[active.question.kind];
  const options = active ? shownOptions(active, SEED) : [];
  // Its keys act only while the hand is in the preview: beside it there are forms.
  useCommands((isInside ? TRIED : NONE) as never[], triedDesk({ box: box.current, editor, state, inOrder, active }));
  const given = { asked: active, editor, state, language, seed: SEED, onPicked, options } as Given;
  useCommands((isInside ? (kind?.commands ?? NONE) : NONE) as never[], given);
  useEffect(() => {
    const follow = (event: Event): void => setInside(Boolean(box.current?.contains(event.target as Node)));
    document.addEventListener("focusin", follow);
    document.addEventListener("pointerdown", follow);
    return () => {
      document.removeEventListener("focusin", follow);
      document.removeEventListener("pointerdown", follow);
    };
  }, []);
  const beside = groups.filter((group) => placeOf(kinds.questions, group) === "panel");
  const foot = groups.filter((group) => placeOf(kinds.questions, group) === "foot");
  const left = missingOf(editor, kinds.questions).length;
  return (
    <div ref={box} className={beside.length ? "preview-body panelled" : "preview-body"}>
      <Stage view={view} foot={foot} wrong={nothingWrong} notice={null} isInner />
      {beside.length > 0 && (
        <Panel groups={beside} view={view} wrong={nothingWrong} isLowered={false} onLower={() => undefined} />
      )}
      <div className="preview-foot small t3">
        {left > 0
          ? t("{count, plural, one {# answer left} other {# answers left}}", { count: left })
          : t("Could be submitted")}
      </div>
    </div>
  );
}

const NONE: never[] = [];
/** What the workspace's own keys do here too; nothing is sent, so nothing is skipped or submitted. */
const TRIED = [undo, redo, nextQuestion, previousQuestion, write, abstain, confidence];

interface Trying {
  box: HTMLElement | null;
  editor: Editor;
  state: EditorState;
  inOrder: readonly Asked[];
  active: Asked | undefined;
}

function triedDesk({ box, editor, state, inOrder, active }: Trying): Partial<Desk> {
  return {
    hasTask: true,
    canUndo: state.canUndo,
    canRedo: state.canRedo,
    abstentions: active?.question.allow?.length ?? 0,
    hasConfidence:
      (active?.question.confidence ?? "none") !== "none" && state.answers.get(active?.key ?? "") !== undefined,
    undo: () => void editor.undo(),
    redo: () => void editor.redo(),
    walk: (step) => {
      const at = inOrder.findIndex(({ key }) => key === active?.key) + step;
      const to = inOrder[Math.max(0, Math.min(inOrder.length - 1, at))];
      // The hand stays in the preview, out of the field that it was in.
      box?.querySelector<HTMLElement>(".stage")?.focus();
      if (to) editor.activate(to.key);
    },
    write: () => intoField(active, box ?? undefined),
    abstain: () => active && abstainNext(editor, active),
    confide: () => active && confideNext(editor, active),
  };
}

const nothingWrong = (): string[] => [];

function isSameQuestion(before: Editor, after: Editor, name: string): boolean {
  const find = (editor: Editor) => editor.ontology.questions.find((each) => each.name === name);
  const [a, b] = [find(before), find(after)];
  return Boolean(
    a && b && a.kind === b.kind && JSON.stringify([a.settings, a.target]) === JSON.stringify([b.settings, b.target]),
  );
}
