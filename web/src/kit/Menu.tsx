/** A menu under a button; closes on Esc, on leaving it, and after a choice. */
import { type ReactNode, type Ref, useEffect, useRef, useState } from "react";

interface MenuProps {
  label: string;
  /** Its button says in words what it is: these are its name. */
  hasWords?: boolean;
  button: ReactNode;
  children: ReactNode;
  isUp?: boolean;
  /** Opens along the start edge of its button instead of the end edge. */
  isStart?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
  className?: string;
}

export function Menu({ label, hasWords, button, children, isUp, isStart, buttonRef, className }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    element.current?.querySelector<HTMLElement>(".list > *")?.focus();
    const leave = (event: PointerEvent): void => {
      if (!element.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    element.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const walk = (event: React.KeyboardEvent): void => {
    if (!isOpen) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(element.current?.querySelectorAll<HTMLElement>(".list > *") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys bubble up here from the button and the items
    <div className="menu" ref={element} onKeyDown={walk}>
      <button
        ref={buttonRef}
        type="button"
        className={className}
        aria-label={hasWords ? undefined : label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {button}
      </button>
      {isOpen && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a click on an item closes; keys are handled above
        <div className={isUp ? "list up" : isStart ? "list start" : "list"} role="menu" tabIndex={-1} onClick={close}>
          {children}
        </div>
      )}
    </div>
  );
}
