/** What the public log says of quarterly statements: the last one, the last change, and who is silent. Pure. */
import type { Entry } from "../log/said";

export interface Quarters {
  stated: { party: string; quarter: string; at: string } | null;
  filed: { epoch: string; at: string } | null;
  silent: { organization: string; since: string; index: number }[];
}

/** entries: newest first. A silence is over when its organization has stated or filed something after it. */
export function quartersOf(entries: readonly Entry[]): Quarters {
  const owned = entries.filter(({ action }) => action === "ownership.change");
  const heard = new Set<string>();
  const found: Quarters = { stated: null, filed: null, silent: [] };
  for (const { body, at, index } of owned) {
    const same = body.nothing_changed as { party: string; quarter: string } | undefined;
    const silence = body.silence as { organization: string; since: string } | undefined;
    if (silence && !heard.has(silence.organization)) found.silent.push({ ...silence, index });
    heard.add(silence?.organization ?? String(body.declared_by ?? ""));
    if (same) found.stated ??= { ...same, at };
    else if (!silence) found.filed ??= { epoch: String(body.epoch ?? ""), at };
  }
  return found;
}
