/** What waits for a person: every project at every stage that is open to them, what is nearest to being done first. Pure. */
import type { Stage, Work } from "../../api/contract";

export interface Offer {
  /** The project's, and of a later stage its name too. */
  id: string;
  work: Work;
  stage: Stage;
  /** Tasks that wait there. */
  waiting: number;
  /** Answers of this person that came back to be mended. */
  rework: number;
}

/** Where tasks of a stage are worked on. */
export const PLACES = {
  label: "/projects/$project/label",
  review: "/projects/$project/review",
  adjudicate: "/projects/$project/adjudicate",
  audit: "/projects/$project/audit",
} as const;
export type Place = keyof typeof PLACES;

/** Later stages come first, where something waits there: others wait for what is decided. */
export function offersOf(items: readonly Work[]): Offer[] {
  const offers = items.flatMap((work) => {
    const here = work.stages.filter(({ stage }) => stage in PLACES);
    const later = here.filter(({ stage, waiting }) => stage !== "label" && waiting > 0);
    const label = here.filter(({ stage }) => stage === "label");
    return [...later, ...label].map(
      ({ stage, waiting, rework }): Offer => ({ id: idOf(work.project.id, stage), work, stage, waiting, rework }),
    );
  });
  return offers
    .map((offer, index) => ({ offer, index }))
    .sort((a, b) => rank(a.offer) - rank(b.offer) || a.index - b.index)
    .map(({ offer }) => offer);
}

function idOf(project: string, stage: Stage): string {
  return stage === "label" ? project : `${project} ${stage}`;
}

/** Whether there is something to be done there now. */
export function isReady({ work, stage, waiting, rework }: Offer): boolean {
  if (work.state === "paused") return false;
  if (stage !== "label") return waiting > 0;
  if (work.held > 0 || rework > 0) return true;
  return waiting > 0 && (work.state === "ready" || work.state === "consent-needed");
}

function rank(offer: Offer): number {
  if (!isReady(offer)) return 4;
  const { work, stage, rework } = offer;
  if (stage !== "label") return 0;
  if (work.held > 0 || rework > 0) return 1;
  return work.state === "ready" ? 2 : 3;
}

export function placeOf({ stage }: Offer): (typeof PLACES)[Place] {
  return PLACES[stage as Place] ?? PLACES.label;
}
