/** What a filter is set to: chosen of what there is, or typed. In the bar above the table, and where tasks are queued again. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { wordOfState } from "../../kit/StateTag";
import { type Field, MADE_BY, type MadeBy, STATES, says } from "./filters";

export function wordOfField(field: Field): string {
  const words: Record<Field, () => string> = {
    state: () => t("State"),
    batch: () => t("Batch"),
    tag: () => t("Tag"),
    person: () => t("Annotator"),
    external_id: () => t("External id"),
    guideline_before: () => t("Answered before guidelines"),
    says: () => t("Label"),
    made_by: () => t("Label made by"),
    probability_below: () => t("Label probability below"),
    probability_from: () => t("Label probability from"),
  };
  return words[field]();
}

function wordOfMaker(by: MadeBy): string {
  const words: Record<MadeBy, () => string> = {
    model: () => t("a model"),
    votes: () => t("votes"),
    review: () => t("review"),
    adjudication: () => t("adjudication"),
  };
  return words[by]();
}

export const isChance = (field: Field): boolean => field === "probability_below" || field === "probability_from";

interface ValueProps {
  project: string;
  field: Field;
  value: string | undefined;
  /** It was just asked for, and takes the focus. */
  isNew?: boolean;
  /** Bare inside a cell of the filter bar, a field of its own in a form. */
  look?: "bare" | "input";
  onPick: (value: string | undefined) => void;
}

export function FilterValue({ project, field, value, isNew = false, look = "bare", onPick }: ValueProps) {
  const batches = useQuery({
    queryKey: ["batches", project],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project } }),
    enabled: field === "batch",
  });
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people"), enabled: field === "person" });
  const guidelines = useQuery({
    queryKey: ["guidelines", project, null],
    queryFn: () => call("GET /projects/{project}/guidelines", { path: { project } }),
    enabled: field === "guideline_before",
  });
  const labels = useQuery({
    queryKey: ["progress", project],
    queryFn: () => call("GET /projects/{project}/progress", { path: { project } }),
    enabled: field === "says",
  });
  const label = wordOfField(field);
  if (isChance(field)) {
    const take = (text: string): void => {
      const chance = Number(text);
      onPick(chance > 0 && chance <= 1 ? String(chance) : undefined);
    };
    return (
      <input
        className={`${look} num`}
        type="number"
        min={0.01}
        max={1}
        step={0.01}
        aria-label={label}
        placeholder="0.8"
        defaultValue={value ?? ""}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
        autoFocus={isNew}
        style={{ width: look === "bare" ? 64 : 84 }}
        onBlur={(event) => event.target.value !== (value ?? "") && take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    );
  }
  if (field === "tag" || field === "external_id") {
    const take = (text: string): void => onPick(text.trim() || undefined);
    return (
      <input
        className={look}
        aria-label={label}
        defaultValue={value ?? ""}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
        autoFocus={isNew}
        size={14}
        onBlur={(event) => event.target.value.trim() !== (value ?? "") && take(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
    );
  }
  const options: [string, string][] =
    field === "guideline_before"
      ? (guidelines.data?.versions ?? []).slice(1).map(({ version }) => [String(version), `v${version}`])
      : field === "state"
        ? STATES.map((each) => [each, wordOfState(each)])
        : field === "made_by"
          ? MADE_BY.map((each) => [each, wordOfMaker(each)])
          : field === "says"
            ? (labels.data?.labels ?? []).flatMap(({ question, text, classes }, _, all) =>
                classes.map(({ value: answer, text: word }): [string, string] => [
                  says(question, answer),
                  all.length > 1 ? `${text || question}: ${word}` : word,
                ]),
              )
            : field === "batch"
              ? (batches.data?.items ?? []).map(({ id, name }) => [id, name])
              : (people.data?.items ?? []).map(({ id, pseudonym, name }) => [
                  id,
                  name ? `${pseudonym} (${name})` : pseudonym,
                ]);
  return (
    <select
      className={look === "bare" ? "bare b" : look}
      aria-label={label}
      value={value ?? ""}
      // biome-ignore lint/a11y/noAutofocus: the person has just asked for this filter
      autoFocus={isNew}
      onChange={(event) => onPick(event.target.value || undefined)}
    >
      {look === "input" ? (
        <option value="">{t("any")}</option>
      ) : (
        value === undefined && <option value="">{t("choose")}</option>
      )}
      {value !== undefined && !options.some(([each]) => each === value) && <option value={value}>…</option>}
      {options.map(([each, word]) => (
        <option key={each} value={each}>
          {word}
        </option>
      ))}
    </select>
  );
}
