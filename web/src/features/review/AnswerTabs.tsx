/** The answers of a task, one or several that say the same on each, with the verdict that each has so far. */
import { IconArrowBackUp, IconCheck, IconCircleDashed, IconPencil } from "@tabler/icons-react";
import { chordFor } from "../../commands/scopes";
import { t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { wordOfAnswers } from "../annotate/answerWords";
import { walkAnswers } from "./commands";
import type { Given, Judging } from "./judging";

const SMALL = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function AnswerTabs({
  judging,
  at,
  given,
}: {
  judging: Judging;
  at: number;
  given: ReadonlyMap<number, Given>;
}) {
  const { said } = judging;
  if (said.length < 2) return null;
  return (
    <div className="answer-tabs">
      <div className="row g6 wrap grow" role="group" aria-label={t("Answers")}>
        {said.map((each, index) => (
          <button
            type="button"
            key={each.ids[0]}
            className={index === at ? "btn s on" : "btn s"}
            aria-pressed={index === at}
            onClick={() => judging.look(index)}
          >
            <Mark given={given.get(index)} />
            {wordOfAnswers(each.labels)}
          </button>
        ))}
      </div>
      <Keys chord={chordFor(walkAnswers as never)} />
      <Keys chord="K" />
    </div>
  );
}

function Mark({ given }: { given: Given | undefined }) {
  const looks = {
    accept: [IconCheck, t("accepted")],
    fix: [IconPencil, t("fixed")],
    "send-back": [IconArrowBackUp, t("sent back")],
  } as const;
  const [Icon, word] = given ? looks[given.verdict] : [IconCircleDashed, t("without a verdict")];
  return (
    <>
      <Icon {...SMALL} />
      <span className="hidden-visually">{word}</span>
    </>
  );
}
