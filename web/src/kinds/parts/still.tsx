/** Kinds as one reads with them: what they draw on the material is seen, and nothing of it can be touched. */
import type { ComponentType } from "react";
import type { LayerProps, OnText, QuestionKind } from "../kind";
import type { Kinds } from "../registry";

const known = new WeakMap<QuestionKind, QuestionKind>();

export function stillKinds({ questions, inputs }: Kinds): Kinds {
  const still = Object.entries(questions).map(([name, kind]) => [name, stillKind(kind)]);
  return { inputs, questions: Object.fromEntries(still) };
}

function stillKind(kind: QuestionKind): QuestionKind {
  const found = known.get(kind);
  if (found) return found;
  const still: QuestionKind = {
    ...kind,
    Toolbar: undefined,
    Rail: undefined,
    commands: [],
    onText: kind.onText && stillText(kind.onText),
    Layer: kind.Layer && stillLayer(kind.Layer),
  };
  known.set(kind, still);
  return still;
}

function stillText(onText: OnText): OnText {
  return { ...onText, onDrag: () => undefined, onMoveEnd: () => undefined, Margin: undefined };
}

function stillLayer(Layer: ComponentType<LayerProps>): ComponentType<LayerProps> {
  return function Still(props: LayerProps) {
    return <Layer {...props} isActive={false} />;
  };
}
