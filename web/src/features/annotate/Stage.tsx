/** The material: the largest, quietest surface. Tools stand over it, what is as wide as itself under it. */
import { Fragment, type ReactNode } from "react";
import type { Content, Input } from "../../api/contract";
import { pairedInputs } from "../../editor/order";
import type { Asked } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { AnswerProps, ViewProps } from "../../kinds/kind";
import { drawingNow } from "../../kinds/parts/drawing";
import { PairOfInputs } from "../../kinds/parts/Pair";
import type { Kinds } from "../../kinds/registry";
import type { Group } from "./groups";
import { QuestionBlock } from "./QuestionBlock";

export interface View extends Omit<AnswerProps, "asked" | "isActive"> {
  kinds: Kinds;
  active: Asked | undefined;
  /** Told of each suggestion that is on the screen, by its id. */
  onSeen?: (suggestion: string) => void;
}

interface StageProps {
  view: View;
  foot: Group[];
  wrong: (key: string) => string[];
  /** Why the task is here again, where that is not said beside a question. */
  notice: ReactNode;
  /** The id of the task, for whoever looks from outside: tests, benchmarks, support. */
  task?: string;
  /** Stands within another page, a preview: that page has the main landmark. */
  isInner?: boolean;
  /** It is read: a drag over a text selects it, and marks nothing. */
  isStill?: boolean;
}

export function Stage({ view, foot, wrong, notice, task, isInner, isStill }: StageProps) {
  const { editor, state, kinds, language, seed } = view;
  const tools = drawingNow({ editor, state, kinds: kinds.questions });
  const Toolbar = tools && kinds.questions[tools.question.kind]?.Toolbar;
  const inputs = editor.ontology.inputs.filter(({ name }) => editor.item.inputs[name]);
  const paired = pairedInputs(editor, seed);
  const single = inputs.filter(({ name }) => !paired.includes(name));
  const shared = { editor, state, language, seed, kinds: kinds.questions };
  const viewOf = (input: Input): ViewProps => ({
    ...shared,
    input,
    content: editor.item.inputs[input.name] as Content,
    isAlone: inputs.length === 1,
  });
  const isFilled = single.some(({ kind }) => kinds.inputs[kind]?.place === "fill");
  const isPaired = paired.length > 0;
  const Landmark = isInner ? "section" : "main";
  return (
    <Landmark
      className={isPaired || foot.length > 0 ? "stage paired" : "stage"}
      id="material"
      // In a preview it is where the keys are tried out: Tab leads there.
      tabIndex={isInner ? 0 : -1}
      aria-label={t("Material")}
      data-task={task}
    >
      <div className="over-stage">
        {Toolbar && tools && <Toolbar {...view} asked={tools} isActive={tools === view.active} />}
      </div>
      <div className={isFilled ? "reading filled" : "reading"}>
        {notice}
        <Metadata view={view} />
        {single.map((input) => {
          const kind = kinds.inputs[input.kind];
          return (
            <section
              key={input.name}
              className={kind?.place === "fill" ? "filling" : "flowing"}
              onPointerDownCapture={(event) => isStill && kind?.place !== "fill" && stayStill(event)}
            >
              {(inputs.length > 1 || input.text) && kind?.place !== "fill" && (
                <h2 className="over input-title">{wordsOf(input.text, language, input.name)}</h2>
              )}
              {kind ? <kind.Viewer {...viewOf(input)} /> : <Unknown name={input.kind} />}
            </section>
          );
        })}
        {isPaired && (
          <PairOfInputs
            names={paired}
            editor={editor}
            state={state}
            render={(name) => {
              const input = inputs.find((each) => each.name === name) as Input;
              const kind = kinds.inputs[input.kind];
              return kind ? <kind.Viewer {...viewOf(input)} isAlone={false} /> : <Unknown name={input.kind} />;
            }}
          />
        )}
      </div>
      <div className="under-stage">
        {foot.map((group) => (
          <Fragment key={group.question.name}>
            <QuestionBlock group={group} view={view} wrong={wrong} isFoot />
          </Fragment>
        ))}
      </div>
    </Landmark>
  );
}

/** The press does not reach what would mark there; buttons of the material go on working. */
function stayStill(event: React.PointerEvent): void {
  if (!(event.target as HTMLElement).closest("button, a, summary")) event.stopPropagation();
}

/** What an item says about itself, where its ontology lets annotators see it. */
function Metadata({ view: { editor } }: { view: View }) {
  const visible = editor.ontology.metadata?.visible ?? [];
  const shown = visible.filter((name) => editor.item.metadata?.[name] !== undefined);
  if (shown.length === 0) return null;
  return (
    <dl className="metadata small">
      {shown.map((name) => (
        <div className="row g6" key={name}>
          <dt className="t3">{name}</dt>
          <dd className="t2" style={{ margin: 0 }}>
            {plain(editor.item.metadata?.[name])}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Unknown({ name }: { name: string }) {
  return (
    <p className="t3">{t("This version cannot show “{kind}”. Reload the page, or skip the task.", { kind: name })}</p>
  );
}
