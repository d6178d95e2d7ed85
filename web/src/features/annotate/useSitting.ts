/** The sitting of the person who is signed in, as a view sees it, with the signs of life that its clocks live on. */
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Id, Stage } from "../../api/contract";
import { useSession } from "../../api/session";
import { putBy } from "./manner";
import { deskOf } from "./outboxes";
import { preparer } from "./prepare";
import { type Place, Seat } from "./seat";
import { type Prepare, Sitting } from "./sitting";
import { wireOf } from "./wire";

/** The seat of the person who is signed in: taken while the view is open, and given back with it. There is one at each stage. */
export function useSeat(project: Id, stage: Stage): { seat: Seat; place: Place } {
  const { organization, person } = useSession();
  const [seat] = useState(
    () => new Seat(`${organization.id}.${person.id}`, stage === "label" ? project : `${project} ${stage}`),
  );
  useEffect(() => {
    seat.open();
    return () => seat.close();
  }, [seat]);
  return { seat, place: useSyncExternalStore(seat.subscribe, seat.snapshot) };
}

interface Kind {
  stage?: Stage;
  prepare?: (project: Id) => Prepare;
  /** Whether how answers are made is counted in this project. */
  isCounted?: boolean;
}

export function useSitting(
  project: Id,
  seat: Seat,
  { stage = "label", prepare = preparer, isCounted = false }: Kind = {},
) {
  const session = useSession();
  const { device, outbox } = deskOf(session);
  const [sitting] = useState(
    () =>
      new Sitting(project, {
        wire: wireOf(project, stage),
        outbox,
        device,
        prepare: prepare(project),
        language: () => document.documentElement.lang,
        stage,
      }),
  );
  useEffect(() => {
    sitting.open();
    seat.onRise = () => sitting.pause();
    return () => sitting.close();
  }, [sitting, seat]);
  useLife(sitting);
  useManner(sitting, isCounted);
  const state = useSyncExternalStore(sitting.subscribe, sitting.snapshot);
  const post = useSyncExternalStore(outbox.subscribe, outbox.snapshot);
  return { sitting, state, post };
}

function useLife(sitting: Sitting): void {
  useEffect(() => {
    const stroke = (): void => sitting.touch(true);
    const touch = (): void => sitting.touch(false);
    const pause = (): void => sitting.pause();
    const turn = (): void => (document.hidden ? sitting.pause() : sitting.touch(false));
    const online = (): void => void sitting.retry();
    const signs = ["pointerdown", "pointermove", "wheel", "touchmove"] as const;
    document.addEventListener("keydown", stroke, true);
    for (const sign of signs) document.addEventListener(sign, touch, { passive: true, capture: true });
    document.addEventListener("visibilitychange", turn);
    window.addEventListener("blur", pause);
    window.addEventListener("focus", touch);
    window.addEventListener("pagehide", pause);
    window.addEventListener("online", online);
    return () => {
      document.removeEventListener("keydown", stroke, true);
      for (const sign of signs) document.removeEventListener(sign, touch, { capture: true });
      document.removeEventListener("visibilitychange", turn);
      window.removeEventListener("blur", pause);
      window.removeEventListener("focus", touch);
      window.removeEventListener("pagehide", pause);
      window.removeEventListener("online", online);
    };
  }, [sitting]);
}

/** Listens for what is counted of how answers are made; where nothing is, there is nothing that listens. */
function useManner(sitting: Sitting, isCounted: boolean): void {
  useEffect(() => {
    sitting.count(isCounted);
    if (!isCounted) return;
    const put = (event: Event): void => {
      const found = putBy(event);
      if (found) sitting.put(found);
    };
    // A click into a frame of the page takes the focus from the window, and not from the page.
    const turn = (): void => sitting.turn(!document.hidden && document.hasFocus());
    const puts = ["paste", "drop", "input", "compositionend"] as const;
    for (const each of puts) document.addEventListener(each, put, true);
    document.addEventListener("visibilitychange", turn);
    window.addEventListener("blur", turn);
    window.addEventListener("focus", turn);
    return () => {
      for (const each of puts) document.removeEventListener(each, put, true);
      document.removeEventListener("visibilitychange", turn);
      window.removeEventListener("blur", turn);
      window.removeEventListener("focus", turn);
    };
  }, [sitting, isCounted]);
}

/** Draws again every second, for what counts down. */
export function useTick(milliseconds = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
