/** A labelled field: label above, hint and error below, tied together for screen readers. */
import { cloneElement, type ReactElement, useId } from "react";

interface FieldProps {
  label: string;
  hint?: string;
  error?: string | null;
  children: ReactElement<{ id?: string; "aria-describedby"?: string; "aria-invalid"?: boolean }>;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const below = hint || error ? `${id}-below` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, { id, "aria-describedby": below, "aria-invalid": error ? true : undefined })}
      {(hint || error) && (
        <div id={below} className={error ? "small dan" : "small t3"}>
          {error ?? hint}
        </div>
      )}
    </div>
  );
}
