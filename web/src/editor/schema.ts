/** What is told of arguments while they are typed: the usual words of a JSON Schema. The server holds them against all of it. */
import type { Json } from "../api/contract";

interface Schema {
  type?: string | string[];
  enum?: Json[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}
/** What is wrong at a place: `/city`, "" for the whole. */
export interface Misfit {
  at: string;
  what: "missing" | "unknown" | "type" | "value";
  /** The name that is missing or unknown, the types or values that are allowed. */
  said: string;
}

export function misfitOf(schema: Json | undefined, value: Json, at = ""): Misfit | null {
  if (!schema || typeof schema !== "object" || Array.isArray(schema)) return null;
  const { type, enum: offered, required, properties, additionalProperties, items } = schema as Schema;
  const types = typeof type === "string" ? [type] : Array.isArray(type) ? type : [];
  if (types.length > 0 && !types.some((each) => isOf(each, value))) return { at, what: "type", said: types.join(", ") };
  if (Array.isArray(offered) && !offered.some((each) => JSON.stringify(each) === JSON.stringify(value)))
    return { at, what: "value", said: offered.map((each) => JSON.stringify(each)).join(", ") };
  if (Array.isArray(value)) return first(value.map((each, index) => misfitOf(items as never, each, `${at}/${index}`)));
  if (!value || typeof value !== "object") return null;
  const missing = (Array.isArray(required) ? required : []).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { at, what: "missing", said: missing };
  const known = properties ?? {};
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined && additionalProperties === false) return { at, what: "unknown", said: unknown };
  return first(
    Object.entries(value).map(([name, each]) =>
      Object.hasOwn(known, name) ? misfitOf(known[name] as never, each as Json, `${at}/${name}`) : null,
    ),
  );
}

function first(found: readonly (Misfit | null)[]): Misfit | null {
  return found.find((each) => each !== null) ?? null;
}

function isOf(type: string, value: Json): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
