/** Makes an adjudication ready to be drawn: what is settled by the project's own measure stands in its editor. */
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { preparer } from "../annotate/prepare";
import type { Prepare } from "../annotate/sitting";
import { settle } from "./deciding";

export function adjudicationPreparer(project: Id): Prepare {
  const prepare = preparer(project);
  let least: Promise<number | null> | null = null;
  const leastOf = (): Promise<number | null> => {
    least ??= call("GET /projects/{project}", { path: { project } }).then(
      ({ workflow }) => workflow.adjudicate_below,
      (problem: unknown) => {
        least = null;
        throw problem;
      },
    );
    return least;
  };
  return async (assignment) => {
    const [made, asked] = await Promise.all([prepare(assignment), leastOf()]);
    settle(made.editor, assignment, asked);
    return made;
  };
}
