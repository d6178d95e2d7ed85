/**
 * How an answer is made, in counts: pastes and how many characters, what was typed, when the window was left, edits. Counts
 * alone, and only where the project asks for them: of a text its length is read, and of the window whether it is in front.
 */
import type { Manner } from "../../api/contract";

const NOTHING: Manner = { pastes: 0, pasted: 0, typed: 0, departures: 0, away_ms: 0, edits: 0 };
/** What the server believes at most; see work/manner.py. */
const MOST: Manner = {
  pastes: 100_000,
  pasted: 100_000_000,
  typed: 100_000_000,
  departures: 100_000,
  away_ms: 604_800_000,
  edits: 1_000_000,
};

export class MannerCount {
  private readonly counts: Manner;
  private leftAt: number | null = null;

  /** before: what an earlier look at the same task had already counted. */
  constructor(before: Manner = NOTHING) {
    this.counts = { ...before };
  }

  paste(characters: number): void {
    this.counts.pastes += 1;
    this.counts.pasted += characters;
  }

  type(characters: number): void {
    this.counts.typed += characters;
  }

  /** The window is left; told twice, by losing the focus and by being hidden, it was left once. */
  leave(now: number): void {
    if (this.leftAt !== null) return;
    this.leftAt = now;
    this.counts.departures += 1;
  }

  comeBack(now: number): void {
    if (this.leftAt === null) return;
    this.counts.away_ms += Math.max(0, Math.round(now - this.leftAt));
    this.leftAt = null;
  }

  /** edits: changes of the answers in this look. */
  told(now: number, edits: number): Manner {
    const away = this.leftAt === null ? 0 : Math.max(0, Math.round(now - this.leftAt));
    const all: Manner = { ...this.counts, away_ms: this.counts.away_ms + away, edits: this.counts.edits + edits };
    for (const name of Object.keys(all) as (keyof Manner)[]) all[name] = Math.min(all[name], MOST[name]);
    return all;
  }
}

/** What an event of a field says was put into it; null for all that is neither typing nor pasting. */
export type Put = { kind: "pasted" | "typed"; characters: number } | null;

/** Of a text that is composed only the end counts: until then it is sent again with every key. */
export function putBy(event: Event): Put {
  if (!(event.target instanceof Element) || !event.target.closest("[data-asked]")) return null;
  if (event.type === "paste") {
    return { kind: "pasted", characters: (event as ClipboardEvent).clipboardData?.getData("text/plain").length ?? 0 };
  }
  if (event.type === "drop") {
    return { kind: "pasted", characters: (event as DragEvent).dataTransfer?.getData("text/plain").length ?? 0 };
  }
  if (event.type === "compositionend") {
    return { kind: "typed", characters: (event as CompositionEvent).data.length };
  }
  const { inputType, data } = event as InputEvent;
  if (inputType === "insertText") return { kind: "typed", characters: data?.length ?? 0 };
  if (inputType === "insertLineBreak" || inputType === "insertParagraph") return { kind: "typed", characters: 1 };
  return null;
}
