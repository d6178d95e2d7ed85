/** What a component draws of the view of a recording; it is drawn anew when that changes, and only then. */
import { useSyncExternalStore } from "react";
import type { Timeline, TimeView } from "../../editor/timeline";

export function useTimeline<Drawn>(timeline: Timeline, of: (view: TimeView) => Drawn): Drawn {
  return useSyncExternalStore(timeline.subscribe, () => of(timeline.snapshot()));
}
