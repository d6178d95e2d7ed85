/** What the public log says of quarterly statements: the last one, and the last change. Pure. */
import type { Entry } from "../log/said";

export interface Quarters {
  stated: { party: string; quarter: string; at: string } | null;
  filed: { epoch: string; at: string } | null;
}

/** entries: newest first. */
export function quartersOf(entries: readonly Entry[]): Quarters {
  const found: Quarters = { stated: null, filed: null };
  for (const { action, body, at } of entries) {
    if (action !== "ownership.change" || body.silence) continue;
    const same = body.nothing_changed as { party: string; quarter: string } | undefined;
    if (same) found.stated ??= { ...same, at };
    else found.filed ??= { epoch: String(body.epoch ?? ""), at };
  }
  return found;
}
