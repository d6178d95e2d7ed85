/** What a dropped file seems to be, from its first rows: which columns there are, and which preset fits them best. */
import type { Preset } from "../../api/contract";

export interface Guess {
  columns: string[];
  first: Record<string, unknown> | null;
  preset: string;
  mapping: Record<string, string>;
  labels: string[];
  reason: string;
}

const HEAD_BYTES = 256 * 1024;

export function typeOf(file: File): string {
  const ending = file.name.split(".").pop()?.toLowerCase();
  if (ending === "csv") return "text/csv";
  if (ending === "ndjson" || ending === "jsonl") return "application/x-ndjson";
  if (ending === "parquet") return "application/vnd.apache.parquet";
  return "application/json";
}

/** The first rows of a file, as objects; [] where they cannot be read here (Parquet). */
export async function readHead(file: File): Promise<Record<string, unknown>[]> {
  const text = await file.slice(0, HEAD_BYTES).text();
  const isWhole = file.size <= HEAD_BYTES;
  switch (typeOf(file)) {
    case "text/csv":
      return csvRows(text, isWhole);
    case "application/x-ndjson":
      return lines(text, isWhole).flatMap((line) => parsed(line));
    case "application/json":
      return isWhole ? listOf(text) : arrayHead(text);
    default:
      return [];
  }
}

function lines(text: string, isWhole: boolean): string[] {
  const all = text.split("\n");
  return (isWhole ? all : all.slice(0, -1)).filter((line) => line.trim()).slice(0, 200);
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    const value = JSON.parse(line) as unknown;
    return value && typeof value === "object" && !Array.isArray(value) ? [value as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}

function listOf(text: string): Record<string, unknown>[] {
  try {
    const value = JSON.parse(text) as unknown;
    const list = Array.isArray(value) ? value : [value];
    return list.filter((each) => each && typeof each === "object").slice(0, 200) as Record<string, unknown>[];
  } catch {
    return [];
  }
}

/** The whole elements at the beginning of a list that was cut off. */
function arrayHead(text: string): Record<string, unknown>[] {
  for (let end = text.lastIndexOf("},"); end > 0; end = text.lastIndexOf("},", end - 1)) {
    const rows = listOf(`${text.slice(0, end + 1)}]`);
    if (rows.length > 0) return rows;
  }
  return [];
}

/** RFC 4180: quoted fields may hold commas, quotes and line ends. */
export function csvRows(text: string, isWhole: boolean): Record<string, unknown>[] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let index = 0; index < text.length && records.length <= 200; index++) {
    const character = text[index];
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[index + 1] === '"') {
        field += '"';
        index++;
      } else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ",") {
      record.push(field);
      field = "";
    } else if (character === "\n") {
      record.push(field.replace(/\r$/, ""));
      if (record.some((each) => each !== "")) records.push(record);
      record = [];
      field = "";
    } else field += character;
  }
  if (isWhole && (field || record.length > 0)) records.push([...record, field]);
  const [head, ...rows] = records;
  if (!head) return [];
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name.replace(/^\uFEFF/, "").trim(), row[at]])));
}

const LABEL = /^(label|class|category|sentiment|target|y|intent|topic)$/i;
const TEXT = /^(text|content|body|comment|review|sentence|message|tweet|title|description)$/i;
const PAIRS: [RegExp, RegExp][] = [
  [
    /^(a|left|first|chosen|response_a|answer_a|text_a|output_1)$/i,
    /^(b|right|second|rejected|response_b|answer_b|text_b|output_2)$/i,
  ],
];

/** The preset that fits best, with the reason in a sentence. */
export function guess(rows: Record<string, unknown>[], presets: Preset[]): Guess {
  const columns = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row)))];
  const first = rows[0] ?? null;
  const has = (name: string): boolean => presets.some((each) => each.name === name);
  const base = { columns, first, mapping: {}, labels: [] as string[] };
  if (rows.length === 0) {
    return { ...base, preset: "", reason: "The first rows cannot be read here; choose what is asked." };
  }
  const [left, right] =
    PAIRS.map(([a, b]) => [columns.find((c) => a.test(c)), columns.find((c) => b.test(c))])[0] ?? [];
  if (left && right && has("easier-to-read")) {
    return {
      ...base,
      preset: "easier-to-read",
      mapping: { first: left, second: right },
      reason: `Two texts a row (${left}, ${right}): they can be compared.`,
    };
  }
  const text = columns.find((name) => TEXT.test(name)) ?? longest(columns, rows);
  const label = columns.find((name) => LABEL.test(name));
  const labels = label ? [...new Set(rows.map((row) => String(row[label] ?? "")).filter(Boolean))].slice(0, 12) : [];
  const reason = label
    ? `One text a row (${text}) and a column of labels (${label}): classification with these labels.`
    : `One text a row (${text}): one label for each.`;
  return {
    ...base,
    preset: has("text-classification") ? "text-classification" : "",
    mapping: { text },
    labels,
    reason,
  };
}

function longest(columns: string[], rows: Record<string, unknown>[]): string {
  const length = (name: string): number =>
    rows.slice(0, 50).reduce((sum, row) => sum + (typeof row[name] === "string" ? (row[name] as string).length : 0), 0);
  return [...columns].sort((a, b) => length(b) - length(a))[0] ?? "text";
}
