/** What changed between two texts, word by word: insertions underlined on a tint, deletions struck, never by colour alone. */
import { useEffect, useState } from "react";
import { t } from "../i18n";

interface Part {
  value: string;
  added?: boolean;
  removed?: boolean;
}
/** Characters of an unchanged passage that stay beside a change. */
const CONTEXT = 240;

export function WordDiff({ before, after }: { before: string; after: string }) {
  const [parts, setParts] = useState<Part[] | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void import("diff").then(({ diffWordsWithSpace }) => isCurrent && setParts(diffWordsWithSpace(before, after)));
    return () => {
      isCurrent = false;
    };
  }, [before, after]);
  if (!parts) return null;
  if (parts.every(({ added, removed }) => !added && !removed)) return <p className="t3">{t("Nothing changed.")}</p>;
  return (
    <div className="read pre worddiff">
      {parts.map((part, index) => {
        // biome-ignore-start lint/suspicious/noArrayIndexKey: the parts have no identity, and are drawn anew together
        if (part.added)
          return (
            <ins key={index} className="ins">
              {part.value}
            </ins>
          );
        if (part.removed)
          return (
            <del key={index} className="del">
              {part.value}
            </del>
          );
        return <span key={index}>{shortened(part.value, index === 0, index === parts.length - 1)}</span>;
        // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
      })}
    </div>
  );
}

/** An unchanged passage with its middle left out when it is long; at the edges only the side of the change stays. */
function shortened(text: string, isFirst: boolean, isLast: boolean): string {
  const head = isFirst ? "" : text.slice(0, CONTEXT);
  const tail = isLast ? "" : text.slice(-CONTEXT);
  return text.length > 2 * CONTEXT + 40 || (isFirst && text.length > CONTEXT) || (isLast && text.length > CONTEXT)
    ? `${head} … ${tail}`
    : text;
}
