/** Entries of the governance log in plain words. Of customers nothing is said: not even that one of them did something. */
import { number, t } from "../../i18n";

export interface Entry {
  index: number;
  id: string;
  at: string;
  action: string;
  body: Record<string, unknown>;
}

export function saidOf({ action, body }: Entry): string {
  const words: Record<string, () => string> = {
    "ownership.change": () => saidOfOwnership(body),
    "policy.change": () =>
      body.kind === "witnesses" ? t("The witnesses of this installation changed.") : t("A rule about keys changed."),
    "software.deploy": () =>
      t("Another software runs from here on: {software}", { software: String(body.software ?? "") }),
    "key.rotate": () => t("Keys were wrapped anew."),
    "key.destroy": () => t("Keys were destroyed."),
    "breakglass.open": () =>
      t("The operator was let in to somebody’s data: {opened, plural, one {the first time} other {# times so far}}.", {
        opened: Number(body.opened ?? 0),
      }),
    "breakglass.close": () =>
      t("A visit of the operator ended: {open, plural, =0 {none is open} one {one is open} other {# are open}}.", {
        open: Number(body.open_now ?? 0),
      }),
    "deletion.certify": () => t("A deletion was certified."),
    "log.root": () => t("The root over all logs was put on record."),
    "log.reconcile": () => t("A log had stopped, and goes on or begins anew."),
  };
  return words[action]?.() ?? action;
}

function saidOfOwnership(body: Record<string, unknown>): string {
  const same = body.nothing_changed as { party: string; quarter: string } | undefined;
  if (same) return t("{party} states for {quarter}: nothing changed.", same);
  if (body.silence) return t("Somebody who owes a statement every quarter has been silent.");
  const filed = (body.statements as unknown[] | undefined)?.length ?? 0;
  const withdrawn = (body.withdrawn as unknown[] | undefined)?.length ?? 0;
  return t("Ownership was filed: {filed} statements, {withdrawn} withdrawn; register version {epoch}.", {
    filed: number(filed),
    withdrawn: number(withdrawn),
    epoch: String(body.epoch ?? ""),
  });
}
