/** One thing that was said about a task: a comment, or a report or skip with its reason, which may stand without a word more. */
import type { ReactNode } from "react";
import type { Comment } from "../../api/contract";
import { t, when } from "../../i18n";
import { StateTag } from "../../kit/StateTag";

function wordOfReason(reason: string): string {
  const words: Record<string, () => string> = {
    broken: () => t("something is broken"),
    "wrong-language": () => t("wrong language"),
    "private-data": () => t("private data in it"),
    harmful: () => t("harmful content"),
    "unclear-guideline": () => t("the guideline is unclear"),
    "cannot-answer": () => t("cannot be answered"),
    unclear: () => t("unclear"),
    "not-my-field": () => t("not this person’s field"),
    other: () => t("another reason"),
  };
  return words[reason]?.() ?? reason;
}

export function Said({ comment, children }: { comment: Comment; children?: ReactNode }) {
  return (
    <li>
      <div className="row between g8">
        <span className="b">{comment.who}</span>
        <span className="small t3">{when(comment.at)}</span>
      </div>
      {comment.kind !== "comment" && (
        <div className="row g8">
          <StateTag state={comment.kind === "report" ? "reported" : "skipped"} />
          {comment.reason && <span className="small t2">{wordOfReason(comment.reason)}</span>}
        </div>
      )}
      {comment.on && <div className="mono small t3">{comment.on}</div>}
      {comment.text && (
        <p className="pre" dir="auto">
          {comment.text}
        </p>
      )}
      {children}
    </li>
  );
}
