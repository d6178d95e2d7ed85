/** Loads every module that defines a command, so that all keys can be shown and changed in one place. */
const MODULES = import.meta.glob([
  "../app/everywhere.ts",
  "./list.ts",
  "../features/**/commands.ts",
  "../features/annotate/Consent.tsx",
  "../kinds/**/*.tsx",
  "!**/*.test.*",
]);

export async function everyCommand(): Promise<true> {
  await Promise.all(Object.values(MODULES).map((load) => load()));
  return true;
}
