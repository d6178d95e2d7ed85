/** A text of the ontology in the language that is edited now; what stands in for a missing translation is shown pale. */
import type { Words } from "../../api/contract";
import { withWords, wordsIn, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { useEditedLanguage } from "../../kinds/parts/language";
import { Field } from "../../kit/Field";

interface WordsFieldProps {
  label: string;
  words: Words | null | undefined;
  onChange: (words: Words | undefined) => void;
  hint?: string;
  error?: string | null;
  rows?: number;
  placeholder?: string;
}

export function WordsField({ label, words, onChange, hint, error, rows = 1, placeholder }: WordsFieldProps) {
  const { own, edited } = useEditedLanguage();
  const isMissing = edited !== own && !wordsIn(words, edited, own) && Boolean(wordsOf(words, own));
  const shared = {
    lang: edited,
    dir: "auto",
    value: wordsIn(words, edited, own),
    placeholder: isMissing ? wordsOf(words, own) : placeholder,
    onChange: ({ target }: { target: HTMLInputElement | HTMLTextAreaElement }) =>
      onChange(withWords(words, edited, own, target.value)),
  };
  return (
    <Field
      label={label}
      hint={isMissing ? t("Not translated yet; the text in {language} stands in.", { language: own }) : hint}
      error={error}
    >
      {rows > 1 ? <textarea className="area" rows={rows} {...shared} /> : <input className="input" {...shared} />}
    </Field>
  );
}
