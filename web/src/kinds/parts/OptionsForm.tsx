/** Settings: the list of options or labels, one a line, with its text, its stored value and its key. */
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import type { Option } from "../../api/contract";
import { withWords, wordsIn, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { colorOf } from "../colors";
import { useEditedLanguage } from "./language";
import { DIGITS } from "./options";
import "./options-form.css";

interface OptionsFormProps {
  title: string;
  options: Option[];
  onChange: (options: Option[]) => void;
  hasColors?: boolean;
  /** Without, no option has a key: they are not what a key chooses. */
  hasKeys?: boolean;
}

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

/** A value for a text that somebody typed: lower case, without spaces; it stays when the text changes later. */
export function valueFor(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, "_").slice(0, 256);
}

export function OptionsForm({ title, options, onChange, hasColors, hasKeys = true }: OptionsFormProps) {
  const { own, edited } = useEditedLanguage();
  const put = (index: number, change: Partial<Option>): void =>
    onChange(options.map((each, at) => (at === index ? whole({ ...each, ...change }) : each)));
  const move = (index: number, to: number): void => {
    const moved = [...options];
    const [option] = moved.splice(index, 1);
    if (option) moved.splice(to, 0, option);
    onChange(moved);
  };
  const write = (option: Option, index: number, wording: string): void => {
    const before = wordsIn(option.text, own, own);
    const isFollowing = edited === own && (option.value === "" || option.value === valueFor(before));
    const text = withWords(option.text, edited, own, wording);
    put(index, isFollowing ? { text, value: valueFor(wording) } : { text });
  };
  return (
    <fieldset className="options-form">
      <legend className="b">{title}</legend>
      <div className="options-head small t3" aria-hidden="true">
        <span className="grow">{t("Text")}</span>
        <span className="options-value">{t("Stored as")}</span>
        {hasKeys && <span className="options-key">{t("Key")}</span>}
      </div>
      {options.map((option, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a value is being typed; the place is the identity here
        <div className="options-row" key={index}>
          {hasColors && <span className="sw" style={{ background: colorOf(options, option.value) }} />}
          <input
            className="input s grow"
            lang={edited}
            aria-label={t("Text of {number}", { number: index + 1 })}
            placeholder={edited === own ? option.value : wordsOf(option.text, edited, option.value)}
            value={wordsIn(option.text, edited, own)}
            onChange={({ target }) => write(option, index, target.value)}
          />
          <input
            className="input s mono options-value"
            aria-label={t("Stored value of {number}", { number: index + 1 })}
            value={option.value}
            onChange={({ target }) => put(index, { value: target.value })}
          />
          {hasKeys && (
            <input
              className="input s options-key"
              maxLength={1}
              aria-label={t("Key of {number}", { number: index + 1 })}
              placeholder={DIGITS[index] ?? ""}
              value={option.key ?? ""}
              onChange={({ target }) => put(index, { key: target.value || undefined })}
            />
          )}
          <span className="options-acts">
            <IconButton
              name={t("Move {number} up", { number: index + 1 })}
              disabled={index === 0}
              onClick={() => move(index, index - 1)}
            >
              <IconArrowUp {...ICON} />
            </IconButton>
            <IconButton
              name={t("Move {number} down", { number: index + 1 })}
              disabled={index === options.length - 1}
              onClick={() => move(index, index + 1)}
            >
              <IconArrowDown {...ICON} />
            </IconButton>
            <IconButton
              name={t("Remove {number}", { number: index + 1 })}
              onClick={() => onChange(options.filter((_, at) => at !== index))}
            >
              <IconTrash {...ICON} />
            </IconButton>
          </span>
        </div>
      ))}
      <Button
        size="s"
        className="start"
        icon={<IconPlus {...ICON} />}
        onClick={() => onChange([...options, { value: "" }])}
      >
        {t("Add one")}
      </Button>
    </fieldset>
  );
}

/** Without fields that are undefined, which the server would refuse. */
function whole(option: Option): Option {
  return Object.fromEntries(Object.entries(option).filter(([, value]) => value !== undefined)) as unknown as Option;
}
