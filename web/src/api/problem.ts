/** What the server refused, as an error: RFC 9457 problem documents with a code, a remedy and pointers. */
import type { Defect } from "./contract";

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | null;
  readonly problems: Defect[];
  readonly facts: Record<string, unknown>;

  constructor(document: Record<string, unknown>, status: number) {
    super(String(document.detail ?? document.title ?? `HTTP ${status}`));
    this.code = String(document.code ?? `http-${status}`);
    this.status = status;
    this.hint = typeof document.hint === "string" ? document.hint : null;
    this.problems = Array.isArray(document.problems) ? (document.problems as Defect[]) : [];
    this.facts = document;
  }
}

/** The server could not be reached at all: work goes on with what is held, and what was sent waits. */
export class Offline extends Error {
  readonly code = "offline";
}
