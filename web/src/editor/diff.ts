/** Changes of files: what a diff input holds, its parts by the server's rules, and the runs of lines that are drawn. */
import type { Content } from "../api/contract";
import { inputPart, type Part } from "./parts";

export type Side = "old" | "new";
export interface Hunk {
  id: string;
  /** A sign for each line: " " both sides, "-" the old one, "+" the new one. */
  lines: string;
  old_at: number;
  new_at: number;
  old_line: number;
  new_line: number;
  heading?: string;
}
export interface ChangedFile {
  id: string;
  old_path?: string;
  new_path?: string;
  language?: string;
  old: string;
  new: string;
  hunks: Hunk[];
}
/** Lines beside each other with one sign: from `at` on in a side, counted from 0. */
export interface Run {
  sign: " " | "-" | "+";
  old: number;
  new: number;
  count: number;
}

export function filesOf(content: Content | undefined): ChangedFile[] {
  return ((content as { files?: ChangedFile[] } | undefined)?.files ?? []).filter(({ hunks }) => Array.isArray(hunks));
}

/** The change, its files, and of each its two sides, what it became first, and its hunks. */
export function diffParts(name: string, content: Content): Part[] {
  const files = filesOf(content);
  const below = files.flatMap((file) => {
    const at = `${name}/${file.id}`;
    const part = (address: string, type: string, text?: string): Part => ({
      address,
      type,
      input: name,
      facts: {},
      children: [],
      text,
    });
    const inner = [
      { ...part(`${at}.new`, "side", file.new), facts: { name: "new" } },
      { ...part(`${at}.old`, "side", file.old), facts: { name: "old" } },
      ...file.hunks.map(({ id }) => part(`${name}/${id}`, "hunk")),
    ];
    const facts = { name: nameOf(file), kind: doneTo(file) };
    return [{ ...part(at, "file"), facts, children: inner.map(({ address }) => address) }, ...inner];
  });
  return [
    inputPart(
      name,
      files.map(({ id }) => `${name}/${id}`),
    ),
    ...below,
  ];
}

export function nameOf({ old_path, new_path }: ChangedFile): string {
  return new_path ?? old_path ?? "";
}

export function doneTo({ old_path, new_path }: ChangedFile): "added" | "removed" | "changed" | "renamed" {
  if (old_path === undefined) return "added";
  if (new_path === undefined) return "removed";
  return old_path === new_path ? "changed" : "renamed";
}

/** The runs of a hunk in the order in which they are read. */
export function runsOf(hunk: Hunk): Run[] {
  const runs: Run[] = [];
  let [old, now] = [hunk.old_at, hunk.new_at];
  for (const [lines] of hunk.lines.matchAll(/ +|-+|\++/g)) {
    const [sign, count] = [lines[0] as Run["sign"], lines.length];
    runs.push({ sign, old, new: now, count });
    if (sign !== "+") old += count;
    if (sign !== "-") now += count;
  }
  return runs;
}

/** What the line of a side is called, line `at` of its text: by its number in the file. */
export function numbersOf(file: ChangedFile, side: Side): (line: number) => string {
  return (line) => {
    const hunk = file.hunks.findLast((each) => each[`${side}_at`] <= line);
    return hunk ? String(line - hunk[`${side}_at`] + hunk[`${side}_line`]) : String(line + 1);
  };
}
