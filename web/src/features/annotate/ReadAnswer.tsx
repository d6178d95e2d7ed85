/** One answer as somebody gave it: drawn by its kind, with how sure they were and why. */
import type { Answer } from "../../api/contract";
import type { Asked, Editor, EditorState } from "../../editor/store";
import { percent, t } from "../../i18n";
import type { Kinds } from "../../kinds/registry";
import { abstentionWord } from "./abstentions";

/** In whose letters and words it is drawn: an editor of the task, as it is shown here. */
export interface Reading {
  editor: Editor;
  state: EditorState;
  kinds: Kinds;
  language: string;
  seed: string;
}

interface ReadAnswerProps {
  asked: Asked;
  answer: Answer | undefined;
  reading: Reading;
  /** Without what was said besides the value. */
  isBare?: boolean;
  /** What its author said beside it; without, what the editor holds. */
  beside?: readonly Answer[];
}

export function ReadAnswer({ asked, answer, reading, isBare, beside }: ReadAnswerProps) {
  if (!answer) return <span className="t3">{t("no answer")}</span>;
  return (
    <>
      <ReadValue asked={asked} answer={answer} reading={reading} beside={beside} />
      {!isBare && <Remarks answer={answer} />}
    </>
  );
}

function ReadValue({ asked, answer, reading, beside }: Omit<ReadAnswerProps, "isBare"> & { answer: Answer }) {
  const { editor, state, kinds, language, seed } = reading;
  const { question } = asked;
  if (answer.abstained) {
    const word = abstentionWord(answer.abstained);
    return <span className="t2">{answer.reason ? `${word}: ${answer.reason}` : word}</span>;
  }
  const kind = kinds.questions[question.kind];
  if (!kind || answer.value === undefined) return <span className="mono">{JSON.stringify(answer.value)}</span>;
  // Replies are called by the letters under which they stand here, not by their ids.
  if (kind.Proposed) return <kind.Proposed {...{ asked, editor, state, language, seed }} value={answer.value} />;
  const whole = { ontology: editor.ontology, answers: beside ?? [...state.answers.values()] };
  return <kind.Reader question={question} answer={answer} item={editor.item} language={language} beside={whole} />;
}

function Remarks({ answer: { confidence, justification, note } }: { answer: Answer }) {
  if (confidence === undefined && !justification && !note) return null;
  return (
    <div className="small t2 mt4">
      {confidence !== undefined && <div>{t("{share} sure", { share: percent(confidence) })}</div>}
      {justification && <div className="pre">{justification}</div>}
      {note && <div className="pre">{t("Note: {note}", { note })}</div>}
    </div>
  );
}
