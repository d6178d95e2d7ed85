/** What stands for a task, question by question: the label, how sure it is, what it was made by; its marks over the material. */
import type { Consensus, TaskDetail } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { percent, t } from "../../i18n";
import { existingOf, intervalOf, mergedMarks, originOf, sureness, wordOfSource } from "./labels";
import type { Drawn } from "./useKinds";

function titleOf(label: Consensus): string | undefined {
  if (label.source === "gold") return undefined;
  return intervalOf(label) ? t("95 % interval") : t("Probability");
}

interface LabelProps {
  task: TaskDetail;
  drawn: Drawn | null;
  /** Its marks stand on the material. */
  isShown: boolean;
  onShow: (is: boolean) => void;
}

export function Labels({ task, drawn, isShown, onShow }: LabelProps) {
  const language = document.documentElement.lang;
  if (task.consensus.length === 0) return null;
  return (
    <section className="mt16" aria-label={t("The label")}>
      <div className="row between g8">
        <h3 className="over">{t("Label")}</h3>
        {mergedMarks(task.consensus).length > 0 && (
          <button type="button" className="btn s quiet" aria-pressed={isShown} onClick={() => onShow(!isShown)}>
            {t("Show what stands")}
          </button>
        )}
      </div>
      <ul className="entries">
        {task.consensus.map((label) => {
          const asked = drawn?.ontology.questions.find(({ name }) => name === label.question);
          const exists = existingOf(label);
          return (
            <li key={`${label.question} ${label.target}`}>
              <div className="row between g12">
                <span className="cut" dir="auto">
                  <span className="t3">{asked ? wordsOf(asked.text, language, asked.name) : label.question}</span>{" "}
                  <span className="b">
                    {label.status === "tied" ? t("tie: {values}", { values: label.summary }) : label.summary}
                  </span>
                </span>
                <span className="row g8 nowrap">
                  <span className="num" title={titleOf(label)}>
                    {sureness(label)}
                  </span>
                  <span className="chip flat">{wordOfSource(label)}</span>
                </span>
              </div>
              <div className="small t3">{originOf(label)}</div>
              {exists.length > 0 && (
                <div className="small t3">
                  {t("Each is there with a probability of {shares}", {
                    shares: exists.map((each) => percent(each, 0)).join(", "),
                  })}
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
