/**
 * The files of a log as they are published (C2SP tlog-tiles, signed-note, tlog-checkpoint), read in this browser. Bytes in, facts
 * out; what is malformed raises.
 */

export interface Signature {
  name: string;
  /** The key's hash, in hexadecimal. */
  key: string;
  bytes: Uint8Array<ArrayBuffer>;
}
export interface Checkpoint {
  origin: string;
  size: number;
  /** Base64. */
  root: string;
  /** What is signed. */
  text: string;
  signatures: Signature[];
}
/** A key that notes verify with, as signed-note spells it: name+hash+key. */
export interface VerifierKey {
  name: string;
  hash: string;
  algorithm: number;
  key: Uint8Array<ArrayBuffer>;
}

export const TILE_WIDTH = 256;

export function readCheckpoint(note: string): Checkpoint {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new Error("no signature");
  const text = note.slice(0, end + 1);
  const [origin = "", count = "", root = ""] = text.split("\n");
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(count) || bytesOf(root).length !== 32) throw new Error("no checkpoint");
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const found = /^— (\S+) (\S+)$/.exec(line);
      if (!found) throw new Error("no signature");
      const [name = "", blob = ""] = found.slice(1);
      const all = bytesOf(blob);
      return { name, key: hexOf(all.slice(0, 4)), bytes: all.slice(4) };
    });
  return { origin, size: Number(count), root, text, signatures };
}

export function readKey(vkey: string): VerifierKey {
  const [name = "", hash = "", key = ""] = partsOf(vkey);
  const all = bytesOf(key);
  if (!name || !/^[0-9a-f]{8}$/.test(hash) || all.length < 2) throw new Error("no key");
  return { name, hash, algorithm: all[0] ?? 0, key: all.slice(1) };
}

/** A base64 key may hold "+" itself: only the first two divide. */
function partsOf(vkey: string): string[] {
  const first = vkey.indexOf("+");
  const second = vkey.indexOf("+", first + 1);
  return [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)];
}

/** The path of a tile below the log: "tile/0/x001/234.p/5"; level "entries" for a bundle of entries. */
export function pathOf(level: number | "entries", index: number, width: number): string {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** The entries of a bundle: each with its length in 16 bits before it. */
export function readBundle(content: Uint8Array): Uint8Array[] {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const start = at + 2;
    if (start > content.length) throw new Error("a bundle that ends too early");
    const end = start + view.getUint16(at);
    if (end > content.length) throw new Error("a bundle that ends too early");
    entries.push(content.slice(start, end));
    at = end;
  }
  return entries;
}

/** The bundles that hold the newest entries of a log, newest first: [index, width]. */
export function newestBundles(size: number, count: number): [number, number][] {
  const found: [number, number][] = [];
  for (let end = size; end > 0 && size - end < count; ) {
    const index = Math.floor((end - 1) / TILE_WIDTH);
    found.push([index, Math.min(TILE_WIDTH, size - index * TILE_WIDTH)]);
    end = index * TILE_WIDTH;
  }
  return found;
}

/** Raises for what is not spelled as base64 spells it: one value has one spelling. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  if (textOf(bytes) !== base64) throw new Error("no base64");
  return bytes;
}

export function textOf(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}
