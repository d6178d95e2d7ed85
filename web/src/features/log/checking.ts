/**
 * Whether a log is what this browser knows of it: signed with the key that it remembers, and the log that it saw before with nothing
 * changed in it. What was found good is remembered here, on this device; the server has no say in it.
 */
import { type Checkpoint, readCheckpoint, readKey } from "./files";
import { type Fetch, rootsOf } from "./tree";

export interface Remembered {
  vkey: string;
  size: number;
  root: string;
  at: string;
}
export type Verdict =
  | { state: "verified"; checkpoint: Checkpoint; before: Remembered | null; at: string }
  | { state: "failed"; why: "key" | "signature" | "smaller" | "changed" | "root"; before: Remembered | null }
  | { state: "not-checked"; why: "insecure" | "browser" };

const PLACE = "evenhand.checkpoint ";

export function remembered(origin: string): Remembered | null {
  try {
    return JSON.parse(localStorage.getItem(PLACE + origin) ?? "null") as Remembered | null;
  } catch {
    return null;
  }
}

/** Forgets what was seen of a log: for whoever knows that it began anew. */
export function forget(origin: string): void {
  localStorage.removeItem(PLACE + origin);
}

/** Checks the published checkpoint of a log against its key and against what is remembered, and remembers it. */
export async function checked(fetch: Fetch, origin: string, vkey: string): Promise<Verdict> {
  if (!globalThis.crypto?.subtle) return { state: "not-checked", why: "insecure" };
  const before = remembered(origin);
  if (before && before.vkey !== vkey) return { state: "failed", why: "key", before };
  const note = new TextDecoder().decode(await fetch("checkpoint"));
  const checkpoint = readCheckpoint(note);
  const isSigned = await isSignedBy(checkpoint, vkey);
  if (isSigned === null) return { state: "not-checked", why: "browser" };
  if (!isSigned || checkpoint.origin !== origin) return { state: "failed", why: "signature", before };
  if (before && checkpoint.size < before.size) return { state: "failed", why: "smaller", before };
  const roots = await rootsOf(fetch, checkpoint.size, before?.size ?? checkpoint.size);
  if (roots.now !== checkpoint.root) return { state: "failed", why: "root", before };
  if (before && roots.before !== before.root) return { state: "failed", why: "changed", before };
  const at = new Date().toISOString();
  const { size, root } = checkpoint;
  try {
    localStorage.setItem(PLACE + origin, JSON.stringify({ vkey, size, root, at } satisfies Remembered));
  } catch {
    // Without storage each check stands alone.
  }
  return { state: "verified", checkpoint, before, at };
}

/** Whether a note bears the signature of an Ed25519 key; null where this browser cannot tell. */
export async function isSignedBy({ text, signatures }: Checkpoint, vkey: string): Promise<boolean | null> {
  const { name, hash, algorithm, key } = readKey(vkey);
  if (algorithm !== 1) return null;
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
  const own = signatures.filter((each) => each.name === name && each.key === hash);
  const signed = new TextEncoder().encode(text);
  const found = await Promise.all(
    own.map((each) => crypto.subtle.verify("Ed25519", imported, each.bytes, signed).catch(() => false)),
  );
  return found.some(Boolean);
}
