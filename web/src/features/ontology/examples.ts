/** An item to preview with while no real one is at hand: what each kind of input shows by itself. */
import type { Content, Item, OntologyBody } from "../../api/contract";
import type { InputKind } from "../../kinds/kind";

export function exampleItem(body: OntologyBody, kinds: Record<string, InputKind>): Item {
  const inputs = body.inputs.map(({ name, kind }): [string, Content] => [
    name,
    kinds[kind]?.example?.() ?? { text: "" },
  ]);
  return { inputs: Object.fromEntries(inputs) };
}

/** A preset's sample as an item: a text alone becomes its content. */
export function itemOf(sample: unknown): Item | null {
  const inputs = (sample as { inputs?: Record<string, unknown> } | null)?.inputs;
  if (!inputs) return null;
  const contents = Object.entries(inputs).map(([name, given]): [string, Content] => [
    name,
    typeof given === "string" ? { text: given } : ((given ?? {}) as Content),
  ]);
  const metadata = (sample as { metadata?: Item["metadata"] }).metadata;
  return { inputs: Object.fromEntries(contents), ...(metadata ? { metadata } : {}) };
}

/** A given item with examples in place of what it lacks: an input that was just added, a picture that is not there. */
export function filled(item: Item | null, body: OntologyBody, kinds: Record<string, InputKind>): Item {
  const examples = exampleItem(body, kinds);
  const inputs = body.inputs.flatMap(({ name, required }): [string, Content][] => {
    const given = item?.inputs[name];
    // A file that has no address here, stored or still to be sent, cannot be drawn.
    const isFile = given?.blob !== undefined || given?.upload !== undefined;
    const isThere = given !== undefined && (!isFile || given.url !== undefined);
    if (isThere) return [[name, given]];
    // What a real item may leave out, it has left out.
    return item && required === false ? [] : [[name, examples.inputs[name] as Content]];
  });
  return { ...item, inputs: Object.fromEntries(inputs) };
}
