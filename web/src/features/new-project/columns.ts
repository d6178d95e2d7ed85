/** What becomes of each column of a file: an input, a field of the task, or something kept beside it. Pure. */
import type { OntologyBody } from "../../api/contract";

/** Fields of a task that a column can fill, as the import knows them. */
export const FIELDS = ["external_id", "tags", "group", "priority", "due_at", "language"] as const;
export type Field = (typeof FIELDS)[number];
/** input:NAME, field:NAME, or kept beside the task: shown to annotators, or hidden from them. */
export type Role = `input:${string}` | `field:${Field}` | "shown" | "hidden";
export type Roles = Record<string, Role>;
/** "*": the row as a whole, where a conversation is spread over several columns. */
export const WHOLE_ROW = "*";
/** No column is called this. */
const NOWHERE = "";

/** The roles that a mapping of inputs to columns gives, as the import would: what has a field's own name fills it. */
export function rolesOf(columns: readonly string[], body: OntologyBody, mapping: Record<string, string>): Roles {
  const visible = body.metadata?.visible ?? [];
  const inputs = new Map(body.inputs.map(({ name }) => [mapping[name] ?? name, name]));
  const fields = new Map(FIELDS.map((name) => [mapping[name] ?? name, name]));
  return Object.fromEntries(
    columns.map((column): [string, Role] => {
      const input = inputs.get(column);
      if (input !== undefined) return [column, `input:${input}`];
      const field = fields.get(column);
      if (field !== undefined) return [column, `field:${field}`];
      return [column, visible.includes(column) ? "shown" : "hidden"];
    }),
  );
}

/** A column with another role; whoever had an input or a field before gives it up. */
export function withRole(roles: Roles, column: string, role: Role): Roles {
  const isShared = role === "shown" || role === "hidden";
  const others = Object.entries(roles).map(([name, had]): [string, Role] => [
    name,
    !isShared && had === role ? "hidden" : had,
  ]);
  return { ...Object.fromEntries(others), [column]: role };
}

/** The mapping that the import is given: inputs and fields to columns. An input that reads the whole row goes on doing so. */
export function mappingOf(roles: Roles, body: OntologyBody, before: Record<string, string>): Record<string, string> {
  const mapping = new Map<string, string>();
  for (const { name } of body.inputs) if (before[name] === WHOLE_ROW) mapping.set(name, WHOLE_ROW);
  for (const [column, role] of Object.entries(roles)) {
    const [kind, name] = role.split(/:(.*)/s);
    if ((kind === "input" || kind === "field") && name) mapping.set(name, column);
  }
  // What has the name of a column and is not to be filled by it must say so, since the import fills it by its name.
  for (const name of [...body.inputs.map((input) => input.name), ...FIELDS]) {
    if (Object.hasOwn(roles, name) && !mapping.has(name)) mapping.set(name, NOWHERE);
  }
  return Object.fromEntries(mapping);
}

/** The ontology with those columns visible that are to be shown beside the task. */
export function showing(body: OntologyBody, roles: Roles): OntologyBody {
  const visible = Object.keys(roles).filter((column) => roles[column] === "shown");
  const known = body.metadata?.visible ?? [];
  if (visible.length === 0 && known.length === 0) return body;
  return {
    ...body,
    metadata: {
      ...body.metadata,
      visible: [...new Set([...known.filter((name) => !Object.hasOwn(roles, name)), ...visible])],
    },
  };
}

/** The inputs that must be filled and have no column. */
export function unfilled(roles: Roles, body: OntologyBody, mapping: Record<string, string>): string[] {
  const filled = new Set(Object.values(roles));
  return body.inputs
    .filter(({ name, required }) => required !== false && mapping[name] !== WHOLE_ROW && !filled.has(`input:${name}`))
    .map(({ name }) => name);
}
