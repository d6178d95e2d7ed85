/** One thing that is shown: its title, its stored name, whether every task has it, and what its kind can set. */
import type { Input, OntologyBody } from "../../api/contract";
import { t } from "../../i18n";
import type { InputKind } from "../../kinds/kind";
import { SwitchField } from "../../kinds/parts/SettingFields";
import { NameField } from "./NameField";
import { WordsField } from "./WordsField";

interface InputFormProps {
  input: Input;
  body: OntologyBody;
  kind: InputKind | undefined;
  isStored: boolean;
  onChange: (change: Partial<Input>, merge?: string) => void;
  onRename: (name: string) => void;
}

export function InputForm({ input, body, kind, isStored, onChange, onRename }: InputFormProps) {
  return (
    <div className="item-form">
      <WordsField
        label={t("Title over it")}
        words={input.text}
        placeholder={t("none")}
        onChange={(text) => onChange({ text }, `${input.name} text`)}
      />
      <NameField
        name={input.name}
        hint={
          isStored
            ? t("Tasks hold it under this name: another name is another input.")
            : t("The column of a file that fills it.")
        }
        body={body}
        onRename={onRename}
      />
      <SwitchField
        label={t("Every task has it")}
        value={input.required !== false}
        onChange={(isRequired) => onChange({ required: isRequired ? undefined : false })}
      />
      {kind?.SettingsForm && (
        <kind.SettingsForm
          settings={input.settings ?? {}}
          inputs={body.inputs}
          onChange={(settings) =>
            onChange({ settings: Object.keys(settings).length ? settings : undefined }, `${input.name} settings`)
          }
        />
      )}
    </div>
  );
}
