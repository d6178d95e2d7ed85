/** Files that were dropped on another page, on their way to the page that makes a project of them. */
import type { Dropped } from "./files";

let files: Dropped[] = [];

export function carry(dropped: Dropped[]): void {
  files = dropped;
}

/** What was carried here, once. */
export function arrived(): Dropped[] {
  const taken = files;
  files = [];
  return taken;
}
