/** What is outside its limits and wants somebody to look. */
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Progress, Project } from "../../api/contract";
import { useMay } from "../../api/session";
import { clock, t } from "../../i18n";
import { needsOf } from "./needs";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function Needs({ progress, project, checkedAt }: { progress: Progress; project: Project; checkedAt: number }) {
  const may = useMay();
  const needs = needsOf(progress, project);
  if (!may("project.write")) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Needs you")}</h2>
        {needs.length > 0 && <span className="small t3">{needs.length}</span>}
      </div>
      <ul className="needs">
        {needs.map(({ id, tone, title, text, action }) => (
          <li key={id}>
            {tone === "info" ? (
              <IconInfoCircle {...ICON} className="acc" />
            ) : (
              <IconAlertTriangle {...ICON} className={tone === "dan" ? "dan" : "cau"} />
            )}
            <div>
              <div className="b">{title}</div>
              <div className="small t2 mt4">{text}</div>
              <Link className="btn s mt8" to={action.to} search={action.search}>
                {action.word}
              </Link>
            </div>
          </li>
        ))}
      </ul>
      <p className={needs.length > 0 ? "small t3 p16 rule" : "small t3 p16"}>
        {needs.length > 0
          ? t("Nothing else is outside its limits. Checked at {clock}.", {
              clock: clock(new Date(checkedAt).toISOString()),
            })
          : t("Nothing is outside its limits. Checked at {clock}.", {
              clock: clock(new Date(checkedAt).toISOString()),
            })}
      </p>
    </section>
  );
}
