/** What changed between two versions of guidelines: new passages, gone ones, and the words that differ in those written anew. */
import { useMemo } from "react";
import { pictureAddress } from "../../api/client";
import { t } from "../../i18n";
import { Markdown } from "../../kit/Markdown";
import { WordDiff } from "../../kit/WordDiff";
import { type Passage, passagesOf } from "./changes";

interface GuidelineDiffProps {
  project: string;
  before: string;
  after: string;
  /** Leave what did not change out. */
  isBrief?: boolean;
}

export function GuidelineDiff({ project, before, after, isBrief = false }: GuidelineDiffProps) {
  const passages = useMemo(() => passagesOf(before, after), [before, after]);
  const pictureAt = pictureAddress(project);
  const shown = isBrief ? passages.filter(({ change }) => change !== "same") : passages;
  if (passages.every(({ change }) => change === "same")) return <p className="t3">{t("Nothing changed.")}</p>;
  return (
    <div className="guidediff">
      {shown.map((passage, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the passages of two fixed texts never change places
        <div key={index} className={passage.change === "same" ? undefined : `block-${passage.change}`}>
          {passage.change !== "same" && (
            <div className={passage.change === "new" ? "over pos" : passage.change === "gone" ? "over dan" : "over t2"}>
              {wordOf(passage.change)}
            </div>
          )}
          {passage.change === "rewritten" ? (
            <WordDiff before={passage.before} after={passage.text} />
          ) : (
            <Markdown source={passage.text} pictureAt={pictureAt} />
          )}
        </div>
      ))}
    </div>
  );
}

function wordOf(change: Passage["change"]): string {
  return change === "new" ? t("New") : change === "gone" ? t("Gone") : t("Changed");
}

/** How many passages differ. */
export function changesIn(before: string, after: string): number {
  return passagesOf(before, after).filter(({ change }) => change !== "same").length;
}
