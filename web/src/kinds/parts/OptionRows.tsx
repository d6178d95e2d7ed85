/** Options as full-width rows with a radio or a checkbox and the key that picks each. */
import { IconCheck } from "@tabler/icons-react";
import type { Option } from "../../api/contract";
import { wordOf, wordsOf } from "../../editor/words-of";
import { OptionKey } from "./OptionKey";
import { keyAt } from "./options";

interface OptionRowsProps {
  label: string;
  options: Option[];
  chosen: readonly string[];
  isMany?: boolean;
  isActive: boolean;
  language: string;
  onToggle: (value: string) => void;
}

export function OptionRows({ label, options, chosen, isMany, isActive, language, onToggle }: OptionRowsProps) {
  const first = options.find(({ value }) => chosen.includes(value))?.value ?? options[0]?.value;
  const walk = (event: React.KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".opt")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    rows[(at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length]?.focus();
  };
  // Short options stand beside each other: the panel stays quiet, and the eye travels less.
  const isShort = options.length <= 3 && options.every((option) => [...wordOf(option, language)].length <= 9);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the role is given below, it depends on the question
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles take a label
    <div
      className={isShort ? "opts short" : "opts"}
      role={isMany ? "group" : "radiogroup"}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={walk}
    >
      {options.map((option, index) => {
        const isOn = chosen.includes(option.value);
        return (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles can be checked
          <button
            type="button"
            key={option.value}
            role={isMany ? "checkbox" : "radio"}
            aria-checked={isOn}
            tabIndex={isMany || option.value === first ? 0 : -1}
            className={isOn ? "opt on" : "opt"}
            title={option.help ? wordsOf(option.help, language) : undefined}
            onClick={() => onToggle(option.value)}
          >
            {isMany ? (
              <span className="box">
                <IconCheck stroke={3} aria-hidden="true" />
              </span>
            ) : (
              <span className="rad" />
            )}
            <span className="break">{wordOf(option, language)}</span>
            <OptionKey isActive={isActive}>{keyAt(option, index)}</OptionKey>
          </button>
        );
      })}
    </div>
  );
}
