/** An icon alone, with its name and its key in the tooltip. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { capsOf } from "../commands/keys";

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  name: string;
  chord?: string;
  children: ReactNode;
  isPlain?: boolean;
}

export function IconButton({ name, chord, children, isPlain, className, ...rest }: IconButtonProps) {
  const title = chord ? `${name}, ${capsOf(chord).join(" ")}` : name;
  const look = isPlain ? "btn icon s" : "btn icon s quiet";
  return (
    <button type="button" className={`${look} ${className ?? ""}`} aria-label={name} title={title} {...rest}>
      {children}
    </button>
  );
}
