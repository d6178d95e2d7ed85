/** Statements of the register (BODS 0.4) as who holds what of whom. Pure. */
import { listed, number, t } from "../../i18n";
import { wordOfInterest } from "../holds/chain";

export interface Held {
  id: string;
  name: string;
  by: { said: string; statement: string }[];
}
interface Interest {
  type?: string;
  share?: Record<string, number | undefined>;
  endDate?: string;
}
type Statement = Record<string, unknown>;
interface Details {
  name?: string;
  names?: { fullName?: string }[];
  subject?: unknown;
  interestedParty?: unknown;
  interests?: Interest[];
}

/** Each party that something is filed about, with who holds it, in the order in which they were filed. */
export function heldOf(statements: readonly Statement[]): Held[] {
  const names = new Map<string, string>();
  for (const each of statements) {
    const { name, names: persons } = detailsOf(each);
    if (each.recordType === "entity") names.set(String(each.recordId), name || String(each.recordId));
    if (each.recordType === "person") names.set(String(each.recordId), persons?.[0]?.fullName || t("A person"));
  }
  const found = new Map<string, Held>();
  for (const each of statements) {
    if (each.recordType !== "relationship") continue;
    const { subject, interestedParty, interests } = detailsOf(each);
    const id = String(subject);
    const held = found.get(id) ?? { id, name: names.get(id) ?? id, by: [] };
    const holder =
      typeof interestedParty === "string" ? (names.get(interestedParty) ?? interestedParty) : t("somebody unknown");
    const said = listed((interests ?? []).map(saidOf)) || t("an interest that is not known");
    held.by.push({ said: t("{holder}: {said}", { holder, said }), statement: String(each.statementId) });
    found.set(id, held);
  }
  return [...found.values()];
}

function detailsOf(statement: Statement): Details {
  return (statement.recordDetails ?? {}) as Details;
}

function saidOf({ type, share, endDate }: Interest): string {
  const word = wordOfInterest(type ?? "unknownInterest");
  const percent = share?.exact ?? share?.maximum ?? share?.exclusiveMaximum;
  const held = percent === undefined ? word : t("{percent} % of the {word}", { percent: number(percent), word });
  return endDate ? t("{held} until {day}", { held, day: endDate }) : held;
}
