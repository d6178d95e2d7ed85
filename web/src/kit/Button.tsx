/** A button: primary (one a view), plain, quiet or danger, with the key that does the same printed in it. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Keys } from "./Keys";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "s" | "l";
  icon?: ReactNode;
  chord?: string;
  isBusy?: boolean;
}

export function Button({ look = "plain", size, icon, chord, isBusy, children, className, ...rest }: ButtonProps) {
  const classes = ["btn", look === "plain" ? "" : look === "danger" ? "danger" : look, size ?? "", className ?? ""];
  return (
    <button type="button" className={classes.filter(Boolean).join(" ")} aria-busy={isBusy || undefined} {...rest}>
      {icon}
      {children}
      <Keys chord={chord} />
    </button>
  );
}
