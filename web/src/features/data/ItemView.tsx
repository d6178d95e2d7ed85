/** The item as it was imported, shown by its own kinds, with the marks of one annotation over it. */
import { useMemo, useSyncExternalStore } from "react";
import type { Answer, Content, Item, TaskDetail } from "../../api/contract";
import { Editor } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { Drawn } from "./useKinds";

interface ItemProps {
  task: TaskDetail;
  drawn: Drawn | null;
  answers: Answer[];
  /** They are what several people's answers merge to, and nobody's own: drawn in broken lines. */
  isMerged: boolean;
}

export function ItemView({ task, drawn, answers, isMerged }: ItemProps) {
  if (!drawn) return <p className="t3">{task.preview}</p>;
  return (
    <>
      <Material task={task} drawn={drawn} answers={answers} isMerged={isMerged} />
      <Metadata item={task.item} visible={drawn.ontology.metadata?.visible ?? []} />
    </>
  );
}

function Material({ task, drawn, answers, isMerged }: ItemProps & { drawn: Drawn }) {
  const { ontology, kinds } = drawn;
  const editor = useMemo(() => new Editor(ontology, task.item, answers), [ontology, task.item, answers]);
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const language = document.documentElement.lang;
  const inputs = ontology.inputs.filter(({ name }) => task.item.inputs[name]);
  return (
    <div className={isMerged ? "col g12 merged-marks" : "col g12"}>
      {inputs.map((input) => {
        const kind = kinds.inputs[input.kind];
        return (
          <section
            key={input.name}
            className={kind?.place === "fill" ? "itempicture" : "itemtext"}
            // Here one reads: a drag over a text selects it, and marks nothing.
            onPointerDownCapture={(event) => kind?.place !== "fill" && event.stopPropagation()}
          >
            {inputs.length > 1 && <h3 className="over">{wordsOf(input.text, language, input.name)}</h3>}
            {kind ? (
              <kind.Viewer
                input={input}
                content={task.item.inputs[input.name] as Content}
                editor={editor}
                state={state}
                language={language}
                seed={task.id}
                isAlone={false}
                kinds={kinds.questions}
              />
            ) : (
              <pre className="mono small pre">
                {JSON.stringify(task.item.inputs[input.name], null, 1).slice(0, 4000)}
              </pre>
            )}
          </section>
        );
      })}
    </div>
  );
}

/** Everything that came with the item; what annotators do not see says so. */
function Metadata({ item, visible }: { item: Item; visible: string[] }) {
  const entries = Object.entries(item.metadata ?? {});
  if (entries.length === 0) return null;
  return (
    <dl className="pairs small mt12">
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt className="t3">
            {key}
            {!visible.includes(key) && ` · ${t("hidden from annotators")}`}
          </dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
