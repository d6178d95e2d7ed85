/** The outbox of whoever is signed in: one for all projects and views, so that what waits leaves wherever the person is. */
import type { Session } from "../../api/contract";
import { forget } from "../../api/forget";
import { Device } from "./device";
import { Outbox } from "./outbox";
import { post } from "./wire";

let open: { owner: string; device: Device; outbox: Outbox } | null = null;

export function deskOf({ organization, person }: Session): { device: Device; outbox: Outbox } {
  const owner = `${organization.id}.${person.id}`;
  if (open?.owner === owner) return open;
  open?.outbox.close();
  const device = new Device(shelf(), owner);
  device.tidy(Date.now());
  open = { owner, device, outbox: new Outbox(device, post) };
  void open.outbox.flush();
  return open;
}

/** At sign-out, and when a session is over: nobody else sends what this person wrote, and nothing that was shown is kept. */
export function leaveDesk(): void {
  forget();
  open?.outbox.close();
  open?.device.leave();
  open = null;
}

function shelf(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

window.addEventListener("online", () => void open?.outbox.flush());
