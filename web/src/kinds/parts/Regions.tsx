/** The regions of a question as rows: one selection with the stage. */
import { IconEye, IconEyeOff, IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import "./regions.css";

export function RegionRows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className="regions" aria-label={label}>
      {children}
    </ul>
  );
}

interface RegionRowProps {
  isOn: boolean;
  color: string;
  number?: number;
  title: string;
  note: string;
  onSelect: () => void;
  onRemove: () => void;
  isHidden?: boolean;
  onHide?: () => void;
}

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function RegionRow(props: RegionRowProps) {
  const { isOn, color, number, title, note, onSelect, onRemove, isHidden, onHide } = props;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOn) row.current?.scrollIntoView({ block: "nearest" });
  }, [isOn]);
  return (
    <li ref={row} className={isOn ? "region on" : "region"}>
      <button type="button" className="region-main" aria-pressed={isOn} onClick={onSelect}>
        {number !== undefined && <span className="small t3 num">{number}</span>}
        <span className="sw" style={{ background: color }} />
        <span className="cut grow">{title}</span>
        <span className="small t3 num">{note}</span>
      </button>
      {onHide && (
        <IconButton
          name={isHidden ? t("Show {region}", { region: title }) : t("Hide {region}", { region: title })}
          className={isHidden ? "region-act kept" : "region-act"}
          onClick={onHide}
        >
          {isHidden ? <IconEyeOff {...ICON} /> : <IconEye {...ICON} />}
        </IconButton>
      )}
      <IconButton name={t("Remove {region}", { region: title })} className="region-act" onClick={onRemove}>
        <IconX {...ICON} />
      </IconButton>
    </li>
  );
}
