/** The sitting's view of the server, over HTTP. */
import { call, serverNow } from "../../api/client";
import type { Assignment, Id, Stage } from "../../api/contract";
import type { Waiting } from "./device";
import type { Post } from "./outbox";
import type { Wire } from "./sitting";

export function wireOf(project: Id, stage: Stage = "label"): Wire {
  return {
    claim: (held) => call("POST /projects/{project}/claim", { path: { project }, body: { stage, held } }),
    skip: (task, reason, note, more) =>
      call("POST /projects/{project}/tasks/{task}/skip", {
        path: { project, task },
        body: { reason, ...(note ? { note } : {}), ...more },
      }),
    giveBack: (task, more) =>
      call("POST /projects/{project}/tasks/{task}/return", { path: { project, task }, body: more }),
    reopen: (task) => call("POST /projects/{project}/tasks/{task}/reopen", { path: { project, task } }),
    unsay: async (task) => {
      const path = { project, task };
      return (await call("POST /projects/{project}/tasks/{task}/verdict/undo", { path })).lease_until;
    },
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

/** How what a person said of a task leaves this device. */
export const post: Post = {
  submit: (waiting, more) => {
    const path = { project: waiting.project, task: waiting.task };
    const headers = { "Idempotency-Key": waiting.key };
    switch (waiting.stage) {
      case "review":
        return call("POST /projects/{project}/tasks/{task}/review", {
          path,
          headers,
          body: { ...waiting.body, ...more },
        });
      case "adjudicate":
        return call("POST /projects/{project}/tasks/{task}/adjudication", {
          path,
          headers,
          body: { ...waiting.body, ...more },
        });
      default:
        return call("POST /projects/{project}/tasks/{task}/annotations", {
          path,
          headers,
          body: { ...waiting.body, ...more },
        });
    }
  },
  reopen: ({ project, task }: Waiting): Promise<Assignment> =>
    call("POST /projects/{project}/tasks/{task}/reopen", { path: { project, task } }),
};
