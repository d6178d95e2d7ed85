/** The way of a task through a project's stages, in a line: what each does, and what share of tasks comes by. */
import { IconArrowNarrowRight, IconCircleCheck, IconEyeCheck, IconPencil, IconScale } from "@tabler/icons-react";
import { Fragment, type ReactNode } from "react";
import type { Workflow } from "../../api/contract";
import { number, percent, t } from "../../i18n";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function StageLine({ workflow, opinions }: { workflow: Workflow; opinions: number }) {
  const { review_rate: rate, adjudicate_below: below, adaptive } = workflow;
  const stages: [string, ReactNode, string, string][] = [
    [
      "label",
      <IconPencil key="label" {...ICON} />,
      t("Label"),
      adaptive && adaptive.most > opinions
        ? t("{least} to {most} answers", { least: number(opinions), most: number(adaptive.most) })
        : t("{count, plural, one {# answer} other {# answers}}", { count: opinions }),
    ],
  ];
  if (rate > 0) {
    stages.push([
      "review",
      <IconEyeCheck key="review" {...ICON} />,
      t("Review"),
      t("{share} of tasks", { share: percent(rate) }),
    ]);
  }
  if (below !== null) {
    stages.push([
      "adjudicate",
      <IconScale key="adjudicate" {...ICON} />,
      t("Adjudicate"),
      t("below {share}", { share: percent(below) }),
    ]);
  }
  stages.push(["done", <IconCircleCheck key="done" {...ICON} />, t("Done"), ""]);
  return (
    <ol className="stageline" aria-label={t("The way of a task")}>
      {stages.map(([name, icon, word, under], index) => (
        <Fragment key={name}>
          {index > 0 && (
            <li className="t3" aria-hidden="true">
              <IconArrowNarrowRight {...ICON} />
            </li>
          )}
          <li className="well">
            {icon}
            <span className="b">{word}</span>
            {under && <span className="small t3 num">{under}</span>}
          </li>
        </Fragment>
      ))}
    </ol>
  );
}
