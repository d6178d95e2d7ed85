/** Tabs: one of several faces of the same thing; arrows walk, only the chosen one is in the tab order. */
import { type ReactNode, useId } from "react";

interface TabsProps<Name extends string> {
  label: string;
  value: Name;
  tabs: readonly { name: Name; word: string; count?: number }[];
  onChange: (name: Name) => void;
  children: ReactNode;
}

export function Tabs<Name extends string>({ label, value, tabs, onChange, children }: TabsProps<Name>) {
  const id = useId();
  const walk = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const isRtl = document.documentElement.dir === "rtl";
    const at = tabs.findIndex(({ name }) => name === value);
    const next = tabs[(at + (isRtl ? -step : step) + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label}>
        {tabs.map(({ name, word, count }) => (
          <button
            type="button"
            key={name}
            id={`${id}-${name}`}
            role="tab"
            aria-selected={name === value}
            aria-controls={`${id}-panel`}
            tabIndex={name === value ? 0 : -1}
            className={name === value ? "on" : ""}
            onKeyDown={walk}
            onClick={() => onChange(name)}
          >
            {word}
            {count !== undefined && <span className="t3"> {count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  );
}
