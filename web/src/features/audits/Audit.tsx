/** An audit: tasks that are done, answered once more in the workspace, without what others answered. */
import { useParams } from "@tanstack/react-router";
import type { Id } from "../../api/contract";
import { t } from "../../i18n";
import { Seated } from "../annotate/Seated";
import { Working } from "../annotate/Workspace";

export default function Audit() {
  const { project } = useParams({ strict: false }) as { project: Id };
  return (
    <Seated project={project} stage="audit" key={project}>
      {(seat) => (
        <Working
          project={project}
          seat={seat}
          stage="audit"
          words={{ word: t("Audit"), blind: t("Answers of others are not shown") }}
          none={t("Nothing waits for your audit: it was audited, or you had a part in it.")}
        />
      )}
    </Seated>
  );
}
