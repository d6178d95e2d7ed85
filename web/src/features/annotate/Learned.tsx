/** What was right for a task that teaches, and why: before the next one is looked at. */
import { IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { Taught } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";

const ICON = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

export function Learned({ taught, onRead }: { taught: Taught; onRead: () => void }) {
  return (
    <Dialog
      title={t("A task to learn from")}
      onClose={onRead}
      footer={
        <Button look="primary" onClick={onRead}>
          {t("Go on")}
        </Button>
      }
    >
      <div className="col g12">
        <div className={taught.is_right ? "state pos" : "state cau"} role="status">
          {taught.is_right ? <IconCircleCheck {...ICON} /> : <IconInfoCircle {...ICON} />}
          {taught.is_right ? t("Your answer is right.") : t("Another answer is right here.")}
        </div>
        <div>
          <div className="small t2">{t("What is right")}</div>
          <div className="b">{taught.summary}</div>
        </div>
        {taught.explanation && (
          <div>
            <div className="small t2">{t("Why")}</div>
            <p>{taught.explanation}</p>
          </div>
        )}
      </div>
    </Dialog>
  );
}
