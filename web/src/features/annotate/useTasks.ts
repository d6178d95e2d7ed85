/** The tasks held for one person in one project: the one on the screen, and the next, which is fetched ahead. */
import { useCallback, useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import type { Assignment, Claim, OntologyBody } from "../../api/contract";
import { Editor } from "../../editor/store";
import { type Kinds, loadKinds } from "../../kinds/registry";

export interface Held {
  assignment: Assignment;
  editor: Editor;
  kinds: Kinds;
}

/** The ontology of a version, once. */
const ontologies = new Map<string, Promise<OntologyBody>>();

function ontologyOf(project: string, version: number): Promise<OntologyBody> {
  const key = `${project} ${version}`;
  const known = ontologies.get(key);
  if (known) return known;
  const asked = call("GET /projects/{project}/ontology", { path: { project }, query: { version } });
  const body = asked.then((answer) => answer.body);
  ontologies.set(key, body);
  body.catch(() => ontologies.delete(key));
  return body;
}

export async function prepared(project: string, assignment: Assignment): Promise<Held> {
  const ontology = await ontologyOf(project, assignment.ontology_version);
  const needed = {
    questions: ontology.questions.map(({ kind }) => kind),
    inputs: ontology.inputs.map(({ kind }) => kind),
  };
  const kinds = await loadKinds(needed);
  return { assignment, editor: new Editor(ontology, assignment.item, assignment.draft?.answers), kinds };
}

export function useTasks(project: string) {
  const [tasks, setTasks] = useState<Held[]>([]);
  const [status, setStatus] = useState<Claim["status"] | "loading">("loading");
  const [problem, setProblem] = useState<unknown>(null);
  const latest = useRef(tasks);
  latest.current = tasks;
  const take = useCallback(
    async (claim: Claim | null) => {
      if (!claim) return;
      if (claim.assignment) {
        const held = await prepared(project, claim.assignment);
        setTasks((now) => [...now, held]);
      }
      setStatus(claim.status);
    },
    [project],
  );
  const fetchNext = useCallback(async () => {
    try {
      const held = latest.current.map(({ assignment }) => assignment.task_id);
      await take(await call("POST /projects/{project}/claim", { path: { project }, body: { held } }));
    } catch (error) {
      setProblem(error);
    }
  }, [project, take]);
  const isShort = tasks.length < 2;
  useEffect(() => {
    if (isShort && (status === "ok" || status === "loading")) void fetchNext();
  }, [isShort, status, fetchNext]);
  const submit = useCallback(async () => {
    const [current, ...rest] = latest.current;
    if (!current) return;
    setTasks(rest);
    const { task_id: task, ontology_version } = current.assignment;
    try {
      await call("POST /projects/{project}/tasks/{task}/annotations", {
        path: { project, task },
        headers: { "Idempotency-Key": crypto.randomUUID() },
        body: { ontology_version, answers: current.editor.submission(), next: false, held: [] },
      });
    } catch (error) {
      setTasks((now) => [current, ...now]);
      setProblem(error);
    }
  }, [project]);
  return { current: tasks[0] ?? null, status, problem, submit };
}
