/** What the server found wrong with an answer that came back, beside the questions that it concerns. */
import { Problem } from "../../api/problem";
import type { Held } from "./sitting";

/** Key of a question -> sentences. Pointers count the answers as they were sent: /answers/2/value/… */
export function wrongBy({ problem, editor }: Pick<Held, "problem" | "editor">): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  if (!(problem instanceof Problem)) return found;
  const sent = editor.submission();
  for (const { pointer, message, remedy } of problem.problems) {
    const at = /^\/answers\/(\d+)/.exec(pointer)?.[1];
    const answer = at === undefined ? undefined : sent[Number(at)];
    if (!answer) continue;
    const key = `${answer.question} ${answer.target}`;
    found.set(key, [...(found.get(key) ?? []), `${message} ${remedy}`.trim()]);
  }
  return found;
}
