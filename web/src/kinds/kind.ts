/** The contract of a kind on this side: how a question is answered, read and set up; how an input is shown. */
import type { ComponentType } from "react";
import type { Answer, Content, Input, Item, Json, OntologyBody, Option, Question } from "../api/contract";
import type { Command } from "../commands/command";
import type { Declared, DeclaredInput } from "../editor/declared";
import type { Asked, Editor, EditorState } from "../editor/store";
import type { Timeline } from "../editor/timeline";
import type { Viewport } from "../editor/viewport";
import type { Span } from "../editor/words";

/** What the editor of a question is given. */
export interface AnswerProps {
  asked: Asked;
  editor: Editor;
  state: EditorState;
  isActive: boolean;
  language: string;
  seed: string;
  /** Called when one key or click answered the question for good: the workspace goes on, or submits on pick. */
  onPicked: () => void;
}
export interface ReadProps {
  question: Question;
  answer: Answer;
  item: Item | null;
  language: string;
  /** What was said beside it by whoever gave it, for kinds whose answers name regions of other questions. */
  beside?: Beside;
}
export interface Beside {
  ontology: OntologyBody;
  /** Of a suggestion some without a target: what is asked about one thing alone. */
  answers: readonly (Omit<Answer, "target"> & { target?: string | null })[];
}
/** What a model suggests, drawn where an annotator sees it. */
export interface ProposedProps extends Drawing {
  value: Json;
}
export interface SettingsProps {
  settings: Record<string, unknown>;
  onChange: (settings: Record<string, unknown>) => void;
  inputs: Input[];
  /** The questions that stand before it and mark regions. */
  regional?: readonly Question[];
}
/** What the commands of a question are given while it is the active one. */
export interface Given extends Omit<AnswerProps, "isActive"> {
  options: Option[];
}

/** A passage that a question shows in a text. Offsets are code points of the stored text. */
export interface Passage {
  id: string;
  range: Span;
  color: string;
  word: string;
  /** Where it begins or ends is in doubt. */
  isUnsure?: boolean;
  /** A model's, not marked by anybody: it is seen, and cannot be touched. */
  isProposed?: boolean;
}
/** A question on a stage. */
export type Drawing = Pick<AnswerProps, "asked" | "editor" | "state" | "language" | "seed">;
/** How a question draws on texts: parts/Prose shows its passages and tells it what was done there by mouse. */
export interface OnText {
  /** Whether the question may mark something in the text at an address. */
  covers: (asked: Asked, editor: Editor, address: string) => boolean;
  passages: (given: Drawing, address: string) => Passage[];
  /** A drag over a text; isMore: with Ctrl held, which adds a piece where a question allows several. */
  onDrag: (given: Drawing, address: string, range: Span, isMore: boolean) => void;
  /** One end of a passage was dragged elsewhere. */
  onMoveEnd: (given: Drawing, address: string, passage: Passage, range: Span) => void;
  /** What stands in the margin beside the selected passage. */
  Margin?: ComponentType<Drawing>;
}
/** How a question answers part by part in a viewer that shows them under each other: the steps of a trace. */
export interface OnPart {
  /** The part that keys act on, by its address. */
  current: (given: Drawing) => string | undefined;
  /** Stands beside a part: what it was given, and how to give it. */
  Mark: ComponentType<Drawing & { address: string }>;
  /** A part was clicked. */
  onPick: (given: Drawing, address: string) => void;
}
/** What a question that draws on an image is given: the answer, and the view it is drawn in. */
export interface LayerProps extends Drawing {
  isActive: boolean;
  viewport: Viewport;
  address: string;
  size: { width: number; height: number };
}
/** What a question that marks stretches of a recording is given: the answer, and the view it is drawn in. */
export interface LaneProps extends Drawing {
  isActive: boolean;
  timeline: Timeline;
}
/** How a question draws under a recording: its stretches in a lane, and what a drag over the recording makes. */
export interface OnTime {
  Lane: ComponentType<LaneProps>;
  /** What is tinted on the recording itself. */
  marked: (given: Drawing) => { start: number; end: number; color: string }[];
  onDrag: (given: Drawing, timeline: Timeline, start: number, end: number) => void;
}

/** What a condition may ask of an answer: the tests of the server's table that a form can hold. */
export type Test = "is" | "in" | "has" | "ge" | "le" | "count" | "answered" | "abstained";

export interface QuestionKind extends Declared {
  name: string;
  title: () => string;
  /** panel: beside the material; foot: under it, as wide as the stage. */
  place: "panel" | "foot";
  Editor: ComponentType<AnswerProps>;
  /** Over the material while this question is the one that draws on it: its labels, its tools. */
  Toolbar?: ComponentType<AnswerProps>;
  onText?: OnText;
  onTime?: OnTime;
  onPart?: OnPart;
  /** Draws on an image: stands over the whole stage, and places what it draws by --scale, --x and --y (parts/picture.css). */
  Layer?: ComponentType<LayerProps>;
  /** The tools of a Layer, at the edge of the stage. */
  Rail?: ComponentType<LayerProps>;
  Reader: ComponentType<ReadProps>;
  /** Draws a suggestion in the words that the annotator sees, where those are not the Reader's: A and B for two replies. */
  Proposed?: ComponentType<ProposedProps>;
  /**
   * Whether a value of whatever form, which an older ontology may have let in, could be an answer to what is asked now.
   * What `missing` finds is not looked for here.
   */
  fits: (asked: Asked, editor: Editor, value: Json) => boolean;
  SettingsForm: ComponentType<SettingsProps>;
  initial: Record<string, unknown>;
  /** What conditions of later questions may ask of its value, the most usual first. */
  tests?: readonly Test[];
  commands: Command<Given>[];
  /** Its answers bring a checker, which is run beside them before they are accepted. */
  isChecked?: boolean;
  /** Answered in a field that takes the caret: a key leads into it. */
  isWritten?: boolean;
  /** What is still missing in a value, in words; null when it is whole. The last two say what it is about. */
  missing?: (settings: Record<string, unknown>, value: Json, asked: Asked, editor: Editor) => string | null;
  /** A word or two beside the title: "one", "any number". */
  hint?: (settings: Record<string, unknown>, value: Json | undefined, question: Question) => string;
}

export interface ViewProps {
  input: Input;
  content: Content;
  editor: Editor;
  state: EditorState;
  language: string;
  seed: string;
  isAlone: boolean;
  /** The kinds of the questions that are asked, so that a viewer can let them draw on what it shows. */
  kinds: Record<string, QuestionKind>;
}
/**
 * Viewers of texts draw through parts/Prose: they turn their content into a tree whose leaves say where they stand in the
 * stored text (editor/prose.ts), and Prose shows the passages of every question in it.
 */
export interface InputKind extends DeclaredInput {
  name: string;
  title: () => string;
  /** fill: takes the whole stage (an image); flow: stands in the reading column. */
  place: "fill" | "flow";
  Viewer: ComponentType<ViewProps>;
  SettingsForm?: ComponentType<SettingsProps>;
  initial: Record<string, unknown>;
  /** The files that a content shows, in the order of reading; `url` is where the server shows each that is stored. */
  filesOf?: (content: Content) => Content[];
  /** What a preview shows while no real item is at hand. */
  example?: () => Content;
}
