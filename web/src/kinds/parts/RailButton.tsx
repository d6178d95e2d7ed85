/** A tool at the edge of the stage: an icon with its key printed in the corner. */
import type { ReactNode } from "react";
import { capsOf } from "../../commands/keys";

interface RailButtonProps {
  name: string;
  chord: string | undefined;
  isOn: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function RailButton({ name, chord, isOn, onClick, children }: RailButtonProps) {
  const key = chord && capsOf(chord).join(" ");
  return (
    <button
      type="button"
      className={isOn ? "btn quiet icon rail-button on" : "btn quiet icon rail-button"}
      aria-label={name}
      aria-pressed={isOn}
      title={key ? `${name}, ${key}` : name}
      // Space stays free to move the view after a tool was taken by mouse.
      onPointerDown={(event) => event.preventDefault()}
      onClick={onClick}
    >
      {children}
      <small aria-hidden="true">{key}</small>
    </button>
  );
}
