/** The way to a task as one answered it; what draws it is loaded when it is first asked for. */
import { lazy, Suspense, useState } from "react";
import { t } from "../../i18n";
import type { Seen } from "./SeenTask";

const SeenTask = lazy(() => import("./SeenTask"));

interface SeeTaskProps extends Seen {
  /** The row of a list that is walked by keys. */
  walk?: string;
}

export function SeeTask({ walk, ...seen }: SeeTaskProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="btn s quiet" data-walk={walk} onClick={() => setOpen(true)}>
        {t("See the task")}
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <SeenTask {...seen} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
