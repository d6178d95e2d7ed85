/** Sending what was dropped into a project: one file of rows, or pictures one after another, with how far it is. */
import { importFile, importImages } from "../../api/client";
import type { Imported } from "../../api/contract";
import { type Dropped, isArchive, isPicture, typeOf } from "./files";

export interface Order {
  project: string;
  files: readonly Dropped[];
  mapping: Record<string, string>;
  batch: string;
  isAtomic: boolean;
  /** The same key again continues what was begun, and doubles nothing. */
  key: string;
}
export interface Far {
  /** Bytes on their way, of all there are. */
  sent: number;
  of: number;
  done: number;
  files: number;
}

/** What the browser sends side by side; more would only wait in the server. */
const AT_ONCE = 3;

export async function importAll(order: Order, onFar: (far: Far) => void, signal: AbortSignal): Promise<Imported> {
  const { project, files, mapping, batch, isAtomic, key } = order;
  const of = files.reduce((sum, { file }) => sum + file.size, 0);
  const [first] = files;
  if (first && !isPicture(first)) {
    const onSent = (sent: number): void => onFar({ sent: Math.min(sent, of), of, done: 0, files: 1 });
    if (isArchive(first)) {
      return importImages(project, first.file, { name: first.name, batch, key, atomic: isAtomic }, { onSent, signal });
    }
    const options = { type: typeOf(first), mapping, batch, key, atomic: isAtomic };
    return importFile(project, first.file, options, { onSent, signal });
  }
  const far: Far = { sent: 0, of, done: 0, files: files.length };
  const reports: Imported[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, name } = next;
      reports.push(await importImages(project, file, { name, batch, key: `${key} ${name}` }, { signal }));
      far.sent += file.size;
      far.done += 1;
      onFar({ ...far });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return summed(reports);
}

/** Several reports as one. */
export function summed(reports: readonly Imported[]): Imported {
  const [first, ...others] = reports;
  if (!first) throw new Error("nothing was sent");
  const sum = { ...first, problems: [...first.problems] };
  for (const each of others) {
    sum.imported += each.imported;
    sum.duplicates += each.duplicates;
    sum.rejected += each.rejected;
    sum.problems.push(...each.problems.slice(0, 100 - sum.problems.length));
  }
  return sum;
}
