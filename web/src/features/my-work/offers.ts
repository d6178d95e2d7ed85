/** What waits for a person: every project at every stage that is open to them, what is nearest to being done first. Pure. */
import type { Stage, Work } from "../../api/contract";

export interface Offer {
  /** Of the project at that stage. */
  id: string;
  work: Work;
  stage: Stage;
  /** Tasks that wait there. */
  waiting: number;
}

/** Where tasks of a stage are worked on. */
export const PLACES = {
  label: "/projects/$project/label",
  review: "/projects/$project/review",
  adjudicate: "/projects/$project/adjudicate",
} as const;
export type Place = keyof typeof PLACES;

/** Later stages come first, where something waits there: others wait for what is decided. */
export function offersOf(items: readonly Work[]): Offer[] {
  const offers = items.flatMap((work) => {
    const later = (work.stages ?? []).filter(
      ({ stage, waiting }) => stage in PLACES && stage !== "label" && waiting > 0,
    );
    return [...later, { stage: "label" as const, waiting: work.open }].map(
      ({ stage, waiting }): Offer => ({ id: `${work.project.id} ${stage}`, work, stage, waiting }),
    );
  });
  return offers
    .map((offer, index) => ({ offer, index }))
    .sort((a, b) => rank(a.offer) - rank(b.offer) || a.index - b.index)
    .map(({ offer }) => offer);
}

/** Whether there is something to be done there now. */
export function isReady({ work, stage, waiting }: Offer): boolean {
  if (stage !== "label") return waiting > 0 && work.state !== "paused";
  return work.state === "ready" || work.held > 0 || work.state === "consent-needed";
}

function rank(offer: Offer): number {
  const { work, stage } = offer;
  if (stage !== "label") return isReady(offer) ? 0 : 4;
  if (work.held > 0) return 1;
  return work.state === "ready" ? 2 : work.state === "consent-needed" ? 3 : 4;
}

export function placeOf({ stage }: Offer): (typeof PLACES)[Place] {
  return PLACES[stage as Place] ?? PLACES.label;
}
