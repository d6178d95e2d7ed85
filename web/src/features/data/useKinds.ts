/** The ontology of a version with the code of its kinds: what is needed to show an item and its answers as they were given. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { OntologyBody } from "../../api/contract";
import { type Kinds, loadKinds } from "../../kinds/registry";

export interface Drawn {
  ontology: OntologyBody;
  kinds: Kinds;
}

/** version: null for the one that stands now. undefined: not here yet; null: it could not be fetched. */
export function useKinds(project: string, version: number | null): Drawn | null | undefined {
  const { data, error } = useQuery({
    queryKey: ["drawn", project, version],
    queryFn: async () => {
      const { body } = await call("GET /projects/{project}/ontology", { path: { project }, query: { version } });
      const kinds = await loadKinds({
        questions: body.questions.map(({ kind }) => kind),
        inputs: body.inputs.map(({ kind }) => kind),
      });
      return { ontology: body, kinds };
    },
    // A version never changes; which one stands does.
    staleTime: version === null ? 10_000 : Number.POSITIVE_INFINITY,
  });
  return data ?? (error ? null : undefined);
}
