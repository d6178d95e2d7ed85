/** The name under which a question or input is stored; put in place when the field is left, since everything else follows it. */
import { useEffect, useState } from "react";
import type { OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import { Field } from "../../kit/Field";

interface NameFieldProps {
  name: string;
  hint: string;
  body: OntologyBody;
  onRename: (name: string) => void;
}

export function NameField({ name, hint, body, onRename }: NameFieldProps) {
  const [typed, setTyped] = useState(name);
  useEffect(() => setTyped(name), [name]);
  const isTaken = typed !== name && [...body.inputs, ...body.questions].some((each) => each.name === typed);
  const isFit = /^[a-z][a-z0-9_]{0,62}$/.test(typed);
  const error = isTaken
    ? t("Take another name: this one is taken.")
    : isFit
      ? null
      : t("Use small letters, digits and _, a letter first.");
  const settle = (): void => {
    if (error) setTyped(name);
    else if (typed !== name) onRename(typed);
  };
  return (
    <Field label={t("Stored name")} hint={hint} error={error}>
      <input
        className="input s mono"
        value={typed}
        spellCheck={false}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={settle}
        onKeyDown={(event) => event.key === "Enter" && settle()}
      />
    </Field>
  );
}
