/** Takes whatever a browser still has of a customer's material: the server's answers, files, questions, drafts that the server has. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Session } from "../../api/contract";
import { forget } from "../../api/forget";
import { SESSION } from "../../api/session";
import { deskOf } from "../annotate/outboxes";

/** What says who one is and what one was told, and nothing of the material. */
const KEPT: readonly unknown[] = [SESSION[0], "unread", "notifications", "holds"];

/** Forgets as long as the page stands that calls it, and sends what waits on the device when it goes: work is on again then. */
export function useForgetting(session: Session): void {
  const client = useQueryClient();
  useEffect(() => {
    client.removeQueries({ predicate: ({ queryKey }) => !KEPT.includes(queryKey[0]) });
    forget();
    const { device, outbox } = deskOf(session);
    device.leave();
    return () => void outbox.flush();
  }, [client, session]);
}
