/** What was dropped or chosen: one file of rows, or pictures or recordings, which may lie in folders or in an archive. */

/** A file and its path below the folder that was dropped. */
export interface Dropped {
  file: File;
  name: string;
}

const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|bmp)$/i;
const RECORDING = /\.wave?$/i;
const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
const TYPES: Record<string, string> = {
  csv: "text/csv",
  tsv: "text/csv",
  json: "application/json",
  ndjson: "application/x-ndjson",
  jsonl: "application/x-ndjson",
  parquet: "application/vnd.apache.parquet",
};
/** What the picker offers. */
export const ACCEPTED = [
  ".csv",
  ".json",
  ".ndjson",
  ".jsonl",
  ".parquet",
  ".zip",
  ".tar",
  ".tgz",
  "image/*",
  ".wav",
].join(",");

export function isPicture({ name, file }: Dropped): boolean {
  return PICTURE.test(name) || file.type.startsWith("image/");
}
export function isRecording({ name }: Dropped): boolean {
  return RECORDING.test(name);
}
/** Whether it is a task by itself, rather than rows of tasks. */
export function isWhole(dropped: Dropped): boolean {
  return isPicture(dropped) || isRecording(dropped);
}
export function isArchive({ name }: Dropped): boolean {
  return ARCHIVE.test(name);
}
/** The media type of a file of rows, by its ending. */
export function typeOf({ name }: Dropped): string {
  return TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/json";
}
/** A project's name from a file's: reply_pairs-november.jsonl is Reply pairs november. */
export function titleOf(name: string): string {
  const words = (name.split("/").at(-1) ?? name)
    .replace(/(\.tar)?\.[^.]+$/, "")
    .replaceAll(/[_-]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * What of several files becomes the import: all pictures together, else all recordings, or else the first file. The rest is left out, and its
 * count is said.
 */
export function chosenOf(all: readonly Dropped[]): { files: Dropped[]; left: number } {
  const real = all.filter(({ name }) => !name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX"));
  const pictures = real.filter(isPicture);
  const recordings = real.filter(isRecording);
  const files = pictures.length > 0 ? pictures : recordings.length > 0 ? recordings : real.slice(0, 1);
  return { files, left: real.length - files.length };
}

export function ofInput(list: FileList | null): Dropped[] {
  return [...(list ?? [])].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
}

/** Everything that was dropped, folders walked through. */
export async function ofDrop(transfer: DataTransfer): Promise<Dropped[]> {
  // The entries must be taken before the first wait: the list is emptied after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null)) return [...transfer.files].map((file) => ({ file, name: file.name }));
  const found = await Promise.all(entries.map((entry) => (entry ? walk(entry) : [])));
  return found.flat();
}

async function walk(entry: FileSystemEntry): Promise<Dropped[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, name: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Dropped[] = [];
  // A reader gives a folder in parts; an empty part is its end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return found;
    found.push(...(await Promise.all(part.map(walk))).flat());
  }
}
