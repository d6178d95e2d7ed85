/** In which language texts are edited; another one is added here, and the ontology's own is told. */

import { i18n } from "@lingui/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { languagesOf } from "./draft";

interface LanguageBarProps {
  body: OntologyBody;
  edited: string;
  onEdit: (language: string) => void;
  onChange: (body: OntologyBody) => void;
}

export function LanguageBar({ body, edited, onEdit, onChange }: LanguageBarProps) {
  const [isAdding, setAdding] = useState(false);
  const [tag, setTag] = useState("");
  const languages = languagesOf(body);
  const isTag = isLanguage(tag);
  const add = (): void => {
    if (!isTag) return;
    const given =
      typeof body.text === "object" && body.text !== null ? body.text : { [body.language]: wordsFrom(body) };
    // A language is there once one text is given in it: the ontology's title is the first.
    onChange({ ...body, text: { ...given, [tag]: given[body.language] ?? body.name } });
    onEdit(tag);
    setAdding(false);
    setTag("");
  };
  return (
    <div className="row g8 wrap">
      <span className="small t3">{t("Texts in")}</span>
      <div className="seg" role="radiogroup" aria-label={t("Language of the texts")}>
        {languages.map((language) => (
          <button
            type="button"
            role="radio"
            key={language}
            aria-checked={language === edited}
            className={language === edited ? "on" : ""}
            onClick={() => onEdit(language)}
          >
            {nameOf(language)}
          </button>
        ))}
      </div>
      {isAdding ? (
        <form
          className="row g4"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            className="input s language-tag"
            // biome-ignore lint/a11y/noAutofocus: the field was opened to type here
            autoFocus
            aria-label={t("Language tag")}
            placeholder={t("de, pt-BR")}
            value={tag}
            onChange={({ target }) => setTag(target.value.trim())}
            onKeyDown={(event) => event.key === "Escape" && setAdding(false)}
          />
          <Button size="s" type="submit" disabled={!isTag} title={isTag ? undefined : t("Give a language tag first")}>
            {isTag ? t("Add {language}", { language: nameOf(tag) }) : t("Add")}
          </Button>
        </form>
      ) : (
        <Button
          size="s"
          look="quiet"
          icon={<IconPlus size={14} stroke={1.75} aria-hidden="true" />}
          onClick={() => setAdding(true)}
        >
          {t("Add a language")}
        </Button>
      )}
    </div>
  );
}

function wordsFrom({ text, name }: OntologyBody): string {
  return typeof text === "string" ? text : name;
}

function isLanguage(tag: string): boolean {
  try {
    return tag !== "" && Intl.getCanonicalLocales(tag)[0] !== undefined && nameOf(tag) !== tag;
  } catch {
    return false;
  }
}

/** “German” for de, in the reader's language. */
export function nameOf(language: string): string {
  try {
    return new Intl.DisplayNames([i18n.locale || "en"], { type: "language" }).of(language) ?? language;
  } catch {
    return language;
  }
}
