/** What the file looks like: the presets that fit, each with its reason, and every other one under the last row. */
import { useId } from "react";
import type { Preset, Proposal } from "../../api/contract";
import { t } from "../../i18n";
import { type Chosen, ofProposal } from "./NewProject";

interface KindsProps {
  proposals: readonly Proposal[];
  presets: readonly Preset[];
  chosen: Chosen | null;
  hasFile: boolean;
  onChoose: (chosen: Chosen) => void;
}

const PROPOSED_MAX = 3;

export function Kinds({ proposals, presets, chosen, hasFile, onChoose }: KindsProps) {
  const id = useId();
  const offered = proposals.slice(0, PROPOSED_MAX);
  const others = presets.filter(({ name }) => !offered.some(({ preset }) => preset === name));
  const other = others.find(({ name }) => name === chosen?.preset);
  const isOwn = chosen !== null && chosen.preset === "";
  const choose = (name: string): void => {
    const preset = presets.find((each) => each.name === name);
    if (preset) onChoose({ preset: name, with: {}, body: preset.body, mapping: {} });
  };
  return (
    <div className="field">
      <div className="row between g8">
        <span className="b" id={id}>
          {hasFile ? t("What it looks like") : t("What is asked")}
        </span>
        {offered.length > 0 && <span className="small t3">{t("guessed from what is in it")}</span>}
      </div>
      <div className="kinds" role="radiogroup" aria-labelledby={id}>
        {offered.map((each) => {
          const isOn = each.preset === chosen?.preset;
          return (
            <label key={each.preset} className={isOn ? "kind on" : "kind"}>
              <input
                type="radio"
                name={id}
                className="hidden-visually"
                checked={isOn}
                onChange={() => onChoose(ofProposal(each))}
              />
              <span className="rad" aria-hidden="true" />
              <span className="grow">
                <span className="b">{each.title}</span>
                <span className="small t2 reason">{each.reason}</span>
              </span>
            </label>
          );
        })}
        {isOwn && (
          <div className="kind on">
            <span className="rad" aria-hidden="true" />
            <span className="b grow">{t("Your own questions")}</span>
          </div>
        )}
        <label className={other ? "kind on" : "kind"}>
          <span className="rad" aria-hidden="true" />
          <select
            className="bare b grow"
            aria-label={t("Another kind of project")}
            value={other?.name ?? ""}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="" disabled>
              {offered.length > 0
                ? t("Another of {count} kinds", { count: others.length })
                : t("Choose one of {count} kinds", { count: others.length })}
            </option>
            {others.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {other && <p className="small t3">{other.when_to_use}</p>}
    </div>
  );
}
