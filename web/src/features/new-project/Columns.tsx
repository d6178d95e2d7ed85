/** Each column of the file and what becomes of it. */
import { IconArrowRight, IconCheck, IconEye, IconEyeOff, IconMessages, IconTag } from "@tabler/icons-react";
import type { OntologyBody, Proposals } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { FIELDS, type Field, type Role, type Roles } from "./columns";

const ICON = { size: 16, stroke: 1.75 } as const;

export function wordOfField(field: Field): string {
  const words: Record<Field, () => string> = {
    external_id: () => t("Your own id"),
    tags: () => t("Tags"),
    group: () => t("Group"),
    priority: () => t("Priority"),
    due_at: () => t("Due"),
    language: () => t("Language"),
  };
  return words[field]();
}

interface ColumnsProps {
  columns: Proposals["columns"];
  body: OntologyBody;
  roles: Roles;
  isWholeRow: boolean;
  onRole: (column: string, role: Role) => void;
}

export function Columns({ columns, body, roles, isWholeRow, onRole }: ColumnsProps) {
  const language = document.documentElement.lang;
  return (
    <fieldset className="col g6">
      <legend className="row between g8 columnhead">
        <span className="b">{t("Columns")}</span>
        <span className="small t3">
          {isWholeRow ? t("read together as a conversation") : t("as the first rows have them")}
        </span>
      </legend>
      {columns.map(({ name, examples }) => {
        const role = roles[name] ?? "hidden";
        const example = examples.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(" · ");
        return (
          <div className="column" key={name}>
            <span className="mono cut" title={example.slice(0, 300)}>
              {name}
            </span>
            <IconArrowRight {...ICON} size={14} className="t3 flip" aria-hidden="true" />
            <select
              className="input"
              aria-label={t("What becomes of {column}", { column: name })}
              value={role}
              onChange={(event) => onRole(name, event.target.value as Role)}
            >
              <optgroup label={t("Shown to be judged")}>
                {body.inputs.map((input) => (
                  <option key={input.name} value={`input:${input.name}`}>
                    {wordsOf(input.text, language, input.name)}
                  </option>
                ))}
              </optgroup>
              <optgroup label={t("About the task")}>
                {FIELDS.map((field) => (
                  <option key={field} value={`field:${field}`}>
                    {wordOfField(field)}
                  </option>
                ))}
              </optgroup>
              <optgroup label={t("Kept with the task")}>
                <option value="shown">{t("Kept, shown beside it")}</option>
                <option value="hidden">{isWholeRow ? t("As the row has it") : t("Kept, hidden from people")}</option>
              </optgroup>
            </select>
            <RoleIcon role={role} isWholeRow={isWholeRow} />
          </div>
        );
      })}
    </fieldset>
  );
}

function RoleIcon({ role, isWholeRow }: { role: Role; isWholeRow: boolean }) {
  if (role === "hidden" && isWholeRow) return <IconMessages {...ICON} className="t2" aria-hidden="true" />;
  if (role === "hidden") return <IconEyeOff {...ICON} className="t3" aria-hidden="true" />;
  if (role === "shown") return <IconEye {...ICON} className="t2" aria-hidden="true" />;
  if (role.startsWith("field:")) return <IconTag {...ICON} className="t2" aria-hidden="true" />;
  return <IconCheck {...ICON} className="pos" aria-hidden="true" />;
}
