/** Makes a task ready to be drawn: its ontology, the code of its kinds, its files, its editor. */
import { call } from "../../api/client";
import type { Assignment, Id, OntologyBody } from "../../api/contract";
import { onForget } from "../../api/forget";
import { Editor } from "../../editor/store";
import { AHEAD_MAX, prefetch } from "../../kinds/parts/media";
import { loadKinds } from "../../kinds/registry";
import type { Prepare } from "./sitting";

const ontologies = new Map<string, Promise<OntologyBody>>();

/** The ontology of a version; versions never change, so each is asked for once. */
function ontologyOf(project: Id, version: number): Promise<OntologyBody> {
  const name = `${project} ${version}`;
  const known = ontologies.get(name);
  if (known) return known;
  const asked = call("GET /projects/{project}/ontology", { path: { project }, query: { version } });
  const body = asked.then((answer) => answer.body);
  ontologies.set(name, body);
  body.catch(() => ontologies.delete(name));
  return body;
}

onForget(() => ontologies.clear());

export function preparer(project: Id) {
  return async ({
    item,
    ontology_version,
    suggestions,
  }: Pick<Assignment, "item" | "ontology_version" | "suggestions">): ReturnType<Prepare> => {
    const ontology = await ontologyOf(project, ontology_version);
    const questions = ontology.questions.map(({ kind }) => kind);
    const kinds = await loadKinds({ questions, inputs: ontology.inputs.map(({ kind }) => kind) });
    for (const { name, kind } of ontology.inputs) {
      const content = item.inputs[name];
      const files = (content && kinds.inputs[kind]?.filesOf?.(content)) ?? [];
      for (const { url } of files.slice(0, AHEAD_MAX)) if (url) prefetch(url);
    }
    return { editor: new Editor(ontology, item, [], Date.now, suggestions), kinds };
  };
}
