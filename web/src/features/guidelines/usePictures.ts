/** Pictures on their way into a text: dropped, pasted or picked, sent at once, and named where the caret stands. */
import { type RefObject, useState } from "react";
import { addPicture } from "../../api/client";
import { t } from "../../i18n";

export const PICTURE_TYPES = "image/jpeg,image/png,image/webp,image/gif,image/tiff,image/bmp";

interface Pictures {
  /** How many are on their way. */
  sending: number;
  problem: unknown;
  take: (files: Iterable<File>) => void;
  forgetProblem: () => void;
}

export function isPicture(file: File): boolean {
  return PICTURE_TYPES.split(",").includes(file.type);
}

/** What stands between the brackets of a picture until somebody says what it shows: its name without the suffix. */
export function altOf(name: string): string {
  return name
    .replace(/\.[^.]*$/, "")
    .replace(/[[\]\\]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

export function usePictures(
  project: string,
  area: RefObject<HTMLTextAreaElement | null>,
  change: () => void,
): Pictures {
  const [sending, setSending] = useState(0);
  const [problem, setProblem] = useState<unknown>(null);
  const one = async (file: File): Promise<void> => {
    setSending((count) => count + 1);
    try {
      const { source } = await addPicture(project, file, crypto.randomUUID());
      const alt = altOf(file.name) || t("What it shows");
      put(area.current, `![${alt}](${source})`, alt.length);
      change();
    } catch (error) {
      setProblem(error);
    } finally {
      setSending((count) => count - 1);
    }
  };
  return {
    sending,
    problem,
    take: (files) => {
      setProblem(null);
      void [...files].reduce((before, file) => before.then(() => one(file)), Promise.resolve());
    },
    forgetProblem: () => setProblem(null),
  };
}

/** Writes into a text where its caret is, and marks the words that describe the picture, so that typing replaces them. */
function put(area: HTMLTextAreaElement | null, text: string, altLength: number): void {
  if (!area) return;
  // A picture stands on a line of its own, apart from the words before it.
  const before = area.value.slice(0, area.selectionStart);
  const gap = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const at = area.selectionStart + gap.length;
  area.focus();
  // The browser's own way keeps undo; where it is gone, the text is put in its place.
  if (!document.execCommand("insertText", false, gap + text)) {
    area.setRangeText(gap + text, area.selectionStart, area.selectionEnd, "end");
  }
  area.setSelectionRange(at + 2, at + 2 + altLength);
}
