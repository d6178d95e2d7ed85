/** The roles, from the least to the most, each with what it is for. */
import type { Role } from "../../api/contract";
import { t } from "../../i18n";

export const ROLES: readonly { role: Role; words: () => string }[] = [
  { role: "annotator", words: () => t("Annotator: answers tasks") },
  { role: "reviewer", words: () => t("Reviewer: answers tasks, reads everybody’s answers") },
  { role: "auditor", words: () => t("Auditor: reads records and releases, no names") },
  { role: "manager", words: () => t("Manager: makes and runs projects, invites people") },
  { role: "owner", words: () => t("Owner: everything, the organization included") },
];
