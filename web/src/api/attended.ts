/** Whether somebody is there: a page that refreshes itself must not keep the session of an empty chair open. */

/** After so long without a key, a touch or a move of the pointer nobody is taken to be there. */
const QUIET_MS = 5 * 60_000;
let touchedAt = Date.now();

for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "focus"]) {
  window.addEventListener(
    event,
    () => {
      touchedAt = Date.now();
    },
    { capture: true, passive: true },
  );
}

/** What a request says of it to the server. */
export function attendance(): Record<string, string> {
  return Date.now() - touchedAt > QUIET_MS ? { "X-Unattended": "1" } : {};
}
