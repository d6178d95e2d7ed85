/** Defects of an ontology, each at the place it concerns: what to do, and why. */
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { Defect } from "../../api/contract";
import { t } from "../../i18n";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

/** Problems under a form; those that a field shows by itself are left out by the caller. */
export function ProblemLines({ problems }: { problems: readonly Defect[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="problem-lines">
      {problems.map((each) => (
        <li key={each.pointer + each.code + each.message} className={each.warning ? "small cau" : "small dan"}>
          {each.warning ? <IconInfoCircle {...ICON} /> : <IconAlertTriangle {...ICON} />}
          <span>
            {each.message} {each.remedy}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** How many, beside the title of what they concern. */
export function ProblemCount({ problems }: { problems: readonly Defect[] }) {
  const errors = problems.filter(({ warning }) => !warning).length;
  if (errors > 0) {
    return (
      <span className="state dan">
        <IconAlertTriangle {...ICON} />
        {t("{count, plural, one {# problem} other {# problems}}", { count: errors })}
      </span>
    );
  }
  if (problems.length > 0) return <IconInfoCircle {...ICON} className="cau" aria-label={t("A remark")} />;
  return null;
}
