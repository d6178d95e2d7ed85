/** What the trust centre offers beside the keys of every list. */
import { defineCommand } from "../../commands/command";
import { t } from "../../i18n";

export interface TrustCommands {
  canEnd: boolean;
  end: () => void;
  check: () => void;
}

export const checkLog = defineCommand<TrustCommands>({
  id: "trust.check",
  title: () => t("Check the log again in this browser"),
  context: "list",
  keys: ["Shift+V"],
  run: ({ check }) => check(),
});
export const endVisit = defineCommand<TrustCommands>({
  id: "trust.end-visit",
  title: () => t("Put the operator’s visitor out"),
  context: "list",
  keys: ["Shift+E"],
  isEnabled: ({ canEnd }) => canEnd,
  run: ({ end }) => end(),
});

export const trustCommands = [checkLog, endVisit];
