/** The guidelines of a project: read them, ask about them, write the next version, see what changed between versions. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Affected } from "./Affected";
import { Editing } from "./Editing";
import { Reading } from "./Reading";
import { useVersion } from "./useGuidelines";
import "./guidelines.css";

export default function Guidelines() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const [begin, setBegin] = useState<{ markdown: string; summary: string } | null>(null);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const [affectedBy, setAffectedBy] = useState<number | null>(null);
  const guideline = useVersion(id, null);
  const version = guideline.data?.version ?? 0;
  const edit = may("project.write") && !begin && guideline.data && (
    <Button look="primary" onClick={() => setBegin({ markdown: guideline.data.markdown, summary: "" })}>
      {version ? t("Edit the guidelines") : t("Write guidelines")}
    </Button>
  );
  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Guidelines")}
        chip={version ? `v${version}` : null}
      >
        {edit}
      </Crumbs>
      <div className="page">
        <Faces query={guideline}>
          {(data) =>
            begin ? (
              <Editing
                project={id}
                guideline={data}
                begin={begin}
                onDone={(saved) => {
                  setBegin(null);
                  // Of a typo nothing follows; of a rule that changed, what was answered by the old one may.
                  const wasAnswered = (project.data?.counts.answers ?? 0) > 0;
                  if (saved?.consent === "required" && saved.version > 1 && wasAnswered) setAffectedBy(saved.version);
                }}
              />
            ) : data.version === 0 ? (
              <div className="card">
                <Empty title={t("No guidelines yet")} action={edit}>
                  {t("Say what each label means, with examples of the hard cases. Annotators have them one key away.")}
                </Empty>
              </div>
            ) : (
              <Reading
                key={data.version}
                onAffected={setAffectedBy}
                project={id}
                guideline={data}
                onRestore={(old, markdown) =>
                  setBegin({ markdown, summary: t("Version {version} restored", { version: old }) })
                }
              />
            )
          }
        </Faces>
      </div>
      {affectedBy !== null && <Affected project={id} version={affectedBy} onClose={() => setAffectedBy(null)} />}
    </>
  );
}
