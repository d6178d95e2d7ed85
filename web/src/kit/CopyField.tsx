/** Something to take along: shown whole, selected by a click, copied by a button that says so. */
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { t } from "../i18n";
import { Button } from "./Button";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function CopyField({ label, value }: { label: string; value: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Plain http has no clipboard; the field is selected, and Ctrl C copies it.
    }
  };
  return (
    <div className="row g8">
      <input
        ref={input}
        className="input grow mono"
        readOnly
        value={value}
        aria-label={label}
        onFocus={(event) => event.target.select()}
      />
      <Button icon={isCopied ? <IconCheck {...ICON} /> : <IconCopy {...ICON} />} onClick={() => void copy()}>
        {isCopied ? t("Copied") : t("Copy")}
      </Button>
    </div>
  );
}
