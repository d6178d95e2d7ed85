/** The sitting's view of the server, over HTTP. */
import { call, serverNow } from "../../api/client";
import type { Assignment, Id } from "../../api/contract";
import type { Waiting } from "./device";
import type { Post } from "./outbox";
import type { Wire } from "./sitting";

export function wireOf(project: Id): Wire {
  return {
    claim: (held) => call("POST /projects/{project}/claim", { path: { project }, body: { held } }),
    skip: (task, reason, note, more) =>
      call("POST /projects/{project}/tasks/{task}/skip", {
        path: { project, task },
        body: { reason, ...(note ? { note } : {}), ...more },
      }),
    giveBack: (task, more) =>
      call("POST /projects/{project}/tasks/{task}/return", { path: { project, task }, body: more }),
    reopen: (task) => call("POST /projects/{project}/tasks/{task}/reopen", { path: { project, task } }),
    prolong: async (task) => {
      const kept = await call("POST /projects/{project}/tasks/{task}/prolong", { path: { project, task } });
      return kept.lease_until;
    },
    saveDraft: async (task, answers, clock) => {
      const body = { answers, client_clock: clock };
      return (await call("PUT /projects/{project}/tasks/{task}/draft", { path: { project, task }, body })).saved_at;
    },
    myAnswers: (cursor) =>
      call("GET /projects/{project}/my-answers", { path: { project }, query: { cursor, limit: 20 } }),
    now: serverNow,
  };
}

/** How answers leave this device. */
export const post: Post = {
  submit: ({ project, task, key, body }, more) =>
    call("POST /projects/{project}/tasks/{task}/annotations", {
      path: { project, task },
      headers: { "Idempotency-Key": key },
      body: { ...body, ...more },
    }),
  reopen: ({ project, task }: Waiting): Promise<Assignment> =>
    call("POST /projects/{project}/tasks/{task}/reopen", { path: { project, task } }),
};
