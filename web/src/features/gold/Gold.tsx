/** A project's gold, the exam that is made of it, and the skills that the project asks for. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { call } from "../../api/client";
import { Crumbs } from "../../app/Crumbs";
import { t } from "../../i18n";
import { Tabs } from "../../kit/Tabs";
import { ExamTab } from "./ExamTab";
import { GoldBoard } from "./GoldBoard";
import { SkillsAsked } from "./SkillsAsked";
import type { GoldSearch, GoldTabName } from "./search";
import "../quality/quality.css";
import "./gold.css";

export default function Gold() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const { tab = "gold" } = useSearch({ strict: false }) as GoldSearch;
  const navigate = useNavigate();
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const panels: Record<GoldTabName, () => ReactNode> = {
    gold: () => <GoldBoard project={id} />,
    exam: () => <ExamTab project={id} />,
    skills: () => <SkillsAsked project={id} />,
  };
  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Gold and exam")}
      />
      <div className="page quality">
        <Tabs
          label={t("About what is known")}
          value={tab}
          tabs={[
            { name: "gold" as const, word: t("Gold") },
            { name: "exam" as const, word: t("Exam") },
            { name: "skills" as const, word: t("Skills asked for") },
          ]}
          onChange={(name) =>
            void navigate({
              to: "/projects/$project/gold",
              params: { project: id },
              search: name === "gold" ? {} : { tab: name },
              replace: true,
            })
          }
        >
          <div className="tabpanel col g16">{panels[tab]()}</div>
        </Tabs>
      </div>
    </>
  );
}
