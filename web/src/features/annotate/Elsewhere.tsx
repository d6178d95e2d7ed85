/** The workspace of a project that is open in another tab of this browser: it says so, and can be had here. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Id } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Where } from "./TopBar";
import { useProject } from "./useProject";

export function Elsewhere({ project, onTake }: { project: Id; onTake: () => void }) {
  const [isTaking, setTaking] = useState(false);
  return (
    <div className="work">
      <header className="wtop">
        <Where project={useProject(project)} />
      </header>
      <main className="wface" id="material" tabIndex={-1} aria-label={t("Material")}>
        <Empty
          title={t("You are at work on this in another tab")}
          action={
            <div className="row g8">
              <Button
                look="primary"
                isBusy={isTaking}
                onClick={() => {
                  setTaking(true);
                  onTake();
                }}
              >
                {t("Work here instead")}
              </Button>
              <Link className="btn" to="/">
                {t("Back to my work")}
              </Link>
            </div>
          }
        >
          <p>
            {t(
              "Two tabs would overwrite each other's drafts. Your draft there comes along, and this tab goes on by itself when you close the other.",
            )}
          </p>
        </Empty>
      </main>
    </div>
  );
}
