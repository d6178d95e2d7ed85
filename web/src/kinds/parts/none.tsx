/** “Looked, and found none”: an empty list of regions is an answer, no list is not. */
import type { Json } from "../../api/contract";
import type { Asked, Editor, Region } from "../../editor/store";
import { t } from "../../i18n";
import type { AnswerProps } from "../kind";
import { OptionKey } from "./OptionKey";

export function allowsNone({ question }: Asked): boolean {
  return ((question.settings?.min as number | undefined) ?? 0) === 0;
}

/** Says it, or takes it back. */
export function markNone(editor: Editor, asked: Asked): void {
  const isSaid = editor.answer(asked.key)?.value !== undefined;
  editor.activate(asked.key);
  editor.setValue(asked, isSaid ? undefined : { regions: [] }, "none");
}

export function NoneOption({
  asked,
  editor,
  state,
  isActive,
}: Pick<AnswerProps, "asked" | "editor" | "state" | "isActive">) {
  if (!allowsNone(asked) || editor.regions(asked.key).length > 0) return null;
  const isSaid = state.answers.get(asked.key)?.value !== undefined;
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={isSaid}
      className={isSaid ? "opt on" : "opt"}
      onClick={() => markNone(editor, asked)}
    >
      <span className="rad" />
      {t("Nothing to mark")}
      <OptionKey isActive={isActive}>0</OptionKey>
    </button>
  );
}

/** How many regions are still wanted, or too many, in words. */
export function missingRegions(settings: Record<string, unknown>, value: Json): string | null {
  const { length: count } = (value as unknown as { regions: Region[] }).regions;
  const [min, max] = [(settings.min as number | undefined) ?? 0, settings.max as number | undefined];
  if (count < min) return t("{count, plural, one {Mark at least #} other {Mark at least #}}", { count: min });
  if (max !== undefined && count > max)
    return t("{count, plural, one {Mark at most #} other {Mark at most #}}", { count: max });
  return null;
}
