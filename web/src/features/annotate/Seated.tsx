/** A project's workspace at one stage. Two tabs at it would overwrite each other's drafts: one of them works, the other says where. */
import type { ReactNode } from "react";
import type { Id, Stage } from "../../api/contract";
import { Elsewhere } from "./Elsewhere";
import type { Seat } from "./seat";
import { useSeat } from "./useSitting";

interface SeatedProps {
  project: Id;
  stage?: Stage;
  children: (seat: Seat) => ReactNode;
}

export function Seated({ project, stage = "label", children }: SeatedProps) {
  const { seat, place } = useSeat(project, stage);
  if (place === "elsewhere") return <Elsewhere project={project} onTake={() => void seat.takeOver()} />;
  return place === "here" ? children(seat) : null;
}
