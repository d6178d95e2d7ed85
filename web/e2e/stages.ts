/** Builders for what follows a task's answers: people who answer through the API, and tasks that wait for a later stage. */
import { randomUUID } from "node:crypto";
import { expect, inject } from "vitest";
import { api } from "./world";

const PASSWORD = "four plain words together";

interface Held {
  task_id: string;
  ontology_version: number;
  item: { inputs: Record<string, { text?: string }> };
}
interface Dealt {
  assignment?: Held;
  next?: { assignment?: Held } | null;
}
type Answers = Record<string, unknown>[];

/** Somebody who answers through the API. */
export interface Author {
  email: string;
  password: string;
  /** Answers tasks, one after another, as long as there are any. */
  answer: (project: string, of: (item: Held["item"], index: number) => Answers) => Promise<number>;
}

export async function author(): Promise<Author> {
  const email = `author-${randomUUID().slice(0, 8)}@example.org`;
  const { link } = await api<{ link: string }>("POST", "/invitations", { email, role: "annotator" });
  const accept = { token: link.split("#")[1], password: PASSWORD, name: "An author" };
  const joined = await send("/invitations/accept", accept, {});
  const { csrf } = (await joined.json()) as { csrf: string };
  const headers = { cookie: joined.headers.get("set-cookie")?.split(";")[0] ?? "", "x-csrf-token": csrf };
  const post = async (path: string, body: unknown): Promise<Dealt> => (await send(path, body, headers)).json();
  return {
    email,
    password: PASSWORD,
    answer: async (project, of) => {
      let held = (await post(`/projects/${project}/claim`, { held: [] })).assignment;
      if (!held) throw new Error("nothing was dealt to the author");
      for (let index = 0; ; index += 1) {
        if (!held) return index;
        const body: Record<string, unknown> = {
          ontology_version: held.ontology_version,
          answers: of(held.item, index),
          timing: { active_ms: 4000, elapsed_ms: 5000 },
          next: true,
          held: [],
        };
        held = (await post(`/projects/${project}/tasks/${held.task_id}/annotations`, body)).next?.assignment;
      }
    },
  };
}

async function send(path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(`${inject("place").url}/api/v1${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer;
}

interface Counts {
  in_review: number;
  in_adjudication: number;
  rework: number;
  done: number;
}

/** Waits until as many tasks of a project are at a place. */
export async function reach(project: string, place: keyof Counts, count: number): Promise<void> {
  const now = async () => (await api<{ counts: Counts }>("GET", `/projects/${project}`)).counts[place];
  await expect.poll(now, { timeout: 40_000 }).toBe(count);
}
