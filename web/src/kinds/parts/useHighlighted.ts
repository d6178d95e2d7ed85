/** A text of code in its colors as soon as they are known, and plain until then: no letter moves. */
import { useEffect, useState } from "react";
import type { Token } from "../../editor/code";

export function useHighlighted(text: string, language?: string, path?: string): readonly Token[] {
  const [found, setFound] = useState<{ text: string; tokens: Token[] } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void import("../../editor/highlight")
      .then(({ highlighted }) => highlighted(text, language, path))
      .then((tokens) => {
        if (isWanted && tokens) setFound({ text, tokens });
      })
      // Without its colors a text can be read all the same.
      .catch(() => undefined);
    return () => {
      isWanted = false;
    };
  }, [text, language, path]);
  return found?.text === text ? found.tokens : [{ text, classes: "" }];
}
