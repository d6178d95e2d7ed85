/** Every field for a password hides what is typed and tells password managers what it is; nothing anywhere hinders pasting. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf-8" })
  .filter((name) => name.endsWith(".tsx") && !name.includes(".test."))
  .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), "utf-8") }));

/** The fields of a source, as they are written. */
const fieldsOf = (text: string): string[] => text.match(/<input\b[\s\S]*?\/>/g) ?? [];

test("a field for a password is masked and says whether it is the old one or a new one", () => {
  const named = sources.flatMap(({ text }) => fieldsOf(text)).filter((field) => /-password"/.test(field));
  const masked = sources.flatMap(({ text }) => fieldsOf(text)).filter((field) => /type="password"/.test(field));

  expect(named.length).toBeGreaterThanOrEqual(5);
  expect(named.filter((field) => !field.includes('type="password"'))).toEqual([]);
  // Also what opens a bucket is masked; it is nobody's password.
  expect(masked.filter((field) => !/autoComplete=/.test(field))).toEqual([]);
});

test("no field anywhere forbids pasting", () => {
  expect(
    sources.filter(({ text }) => /onPaste[A-Za-z]*=\{[^}]*preventDefault/.test(text)).map(({ name }) => name),
  ).toEqual([]);
});
