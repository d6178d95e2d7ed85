/** Settings: the list of options or labels, one a line, with its value, its text and its key. */
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import type { Option } from "../../api/contract";
import { wordOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { colorOf } from "../colors";

interface OptionsFormProps {
  title: string;
  options: Option[];
  onChange: (options: Option[]) => void;
  hasColors?: boolean;
}

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

/** A value for a text that somebody typed: lower case, without spaces; it stays when the text changes later. */
export function valueFor(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, "_").slice(0, 256);
}

export function OptionsForm({ title, options, onChange, hasColors }: OptionsFormProps) {
  const put = (index: number, change: Partial<Option>): void =>
    onChange(options.map((each, at) => (at === index ? { ...each, ...change } : each)));
  const move = (index: number, to: number): void => {
    const moved = [...options];
    const [option] = moved.splice(index, 1);
    if (option) moved.splice(to, 0, option);
    onChange(moved);
  };
  return (
    <fieldset className="col g6">
      <legend className="b" style={{ marginBottom: 6 }}>
        {title}
      </legend>
      {options.map((option, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a value is being typed; the place is the identity here
        <div className="row g4" key={index}>
          {hasColors && <span className="sw" style={{ background: colorOf(options, option.value) }} />}
          <input
            className="input s"
            aria-label={t("Text of {number}", { number: index + 1 })}
            value={wordOf(option, "en")}
            onChange={({ target }) => {
              const isNew = option.value === valueFor(wordOf(option, "en")) || option.value === "";
              put(index, isNew ? { text: target.value, value: valueFor(target.value) } : { text: target.value });
            }}
          />
          <input
            className="input s mono"
            style={{ width: 110 }}
            aria-label={t("Stored value of {number}", { number: index + 1 })}
            value={option.value}
            onChange={({ target }) => put(index, { value: target.value })}
          />
          <input
            className="input s"
            style={{ width: 40 }}
            maxLength={1}
            aria-label={t("Key of {number}", { number: index + 1 })}
            placeholder={index < 9 ? String(index + 1) : ""}
            value={option.key ?? ""}
            onChange={({ target }) => put(index, { key: target.value || undefined })}
          />
          <IconButton name={t("Move up")} disabled={index === 0} onClick={() => move(index, index - 1)}>
            <IconArrowUp {...ICON} />
          </IconButton>
          <IconButton
            name={t("Move down")}
            disabled={index === options.length - 1}
            onClick={() => move(index, index + 1)}
          >
            <IconArrowDown {...ICON} />
          </IconButton>
          <IconButton name={t("Remove")} onClick={() => onChange(options.filter((_, at) => at !== index))}>
            <IconTrash {...ICON} />
          </IconButton>
        </div>
      ))}
      <Button
        size="s"
        className="start"
        icon={<IconPlus {...ICON} />}
        onClick={() => onChange([...options, { value: "", text: "" }])}
      >
        {t("Add one")}
      </Button>
    </fieldset>
  );
}
