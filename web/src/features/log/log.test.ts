/** The log as a browser checks it: tiles are found, signatures hold, and no change of what was seen before goes unnoticed. */
import { webcrypto } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { checked, remembered } from "./checking";
import { bytesOf, newestBundles, pathOf, readBundle, readCheckpoint, readKey, textOf } from "./files";
import { type Fetch, rootsOf } from "./tree";

type Bytes = Uint8Array<ArrayBuffer>;
const encoder = new TextEncoder();
const ORIGIN = "labels.example.org/log/governance";

beforeAll(() => {
  // jsdom has no subtle crypto of its own.
  vi.stubGlobal("crypto", webcrypto);
  return () => vi.unstubAllGlobals();
});
beforeEach(() => localStorage.clear());

async function hash(...parts: Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    all.set(each, at);
    at += each.length;
  }
  return new Uint8Array(await webcrypto.subtle.digest("SHA-256", all));
}

const leaf = (entry: string): Promise<Bytes> => hash(Uint8Array.of(0), encoder.encode(entry));

/** The root by the definition of RFC 6962, slowly. */
async function slowRoot(leaves: readonly Bytes[]): Promise<Bytes> {
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return leaves[0] as Bytes;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return hash(Uint8Array.of(1), await slowRoot(leaves.slice(0, half)), await slowRoot(leaves.slice(half)));
}

interface Made {
  files: Map<string, Bytes>;
  vkey: string;
  sign: (size: number) => Promise<void>;
}

/** A log of so many entries, with its files as tlog-tiles places them. */
async function made(entries: readonly string[]): Promise<Made> {
  const keys = (await webcrypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const raw = new Uint8Array(await webcrypto.subtle.exportKey("raw", keys.publicKey));
  const id = (await hash(encoder.encode(`${ORIGIN}\n`), Uint8Array.of(1), raw)).slice(0, 4);
  const hex = Array.from(id, (each) => each.toString(16).padStart(2, "0")).join("");
  const vkey = `${ORIGIN}+${hex}+${textOf(Uint8Array.of(1, ...raw))}`;
  const files = new Map<string, Bytes>();
  const leaves = await Promise.all(entries.map(leaf));
  const sign = async (size: number): Promise<void> => {
    const there = leaves.slice(0, size);
    for (let level = 0, row = there; row.length > 0; level += 1) {
      for (let at = 0; at * 256 < row.length; at += 1) {
        const part = row.slice(at * 256, at * 256 + 256);
        files.set(pathOf(level, at, part.length), Uint8Array.from(part.flatMap((each) => [...each])));
      }
      const above: Bytes[] = [];
      for (let at = 0; (at + 1) * 256 <= row.length; at += 1)
        above.push(await slowRoot(row.slice(at * 256, at * 256 + 256)));
      row = above;
    }
    const text = `${ORIGIN}\n${size}\n${textOf(await slowRoot(there))}\n`;
    const signature = new Uint8Array(await webcrypto.subtle.sign("Ed25519", keys.privateKey, encoder.encode(text)));
    files.set("checkpoint", encoder.encode(`${text}\n— ${ORIGIN} ${textOf(Uint8Array.of(...id, ...signature))}\n`));
  };
  await sign(entries.length);
  return { files, vkey, sign };
}

const from =
  (files: ReadonlyMap<string, Bytes>): Fetch =>
  async (path) => {
    const found = files.get(path);
    if (!found) throw new Error(`no ${path}`);
    return found;
  };

const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `entry ${at}`);

describe("the files", () => {
  test.each([
    [[0, 0, 256], "tile/0/000"],
    [[1, 5, 70], "tile/1/005.p/70"],
    [[0, 1234067, 256], "tile/0/x001/x234/067"],
    [["entries", 1000, 3], "tile/entries/x001/000.p/3"],
  ] as const)("%j lies at %s", ([level, index, width], path) => {
    expect(pathOf(level, index, width)).toBe(path);
  });

  test("the newest entries lie in the last bundles", () => {
    expect(newestBundles(600, 50)).toEqual([[2, 88]]);
    expect(newestBundles(520, 50)).toEqual([
      [2, 8],
      [1, 256],
    ]);
    expect(newestBundles(0, 50)).toEqual([]);
  });

  test("a bundle gives its entries, and one that ends too early is refused", () => {
    const bundle = Uint8Array.of(0, 2, 104, 105, 0, 0, 0, 1, 33);
    expect(readBundle(bundle).map((each) => new TextDecoder().decode(each))).toEqual(["hi", "", "!"]);
    expect(() => readBundle(bundle.slice(0, 8))).toThrow();
    expect(() => readBundle(bundle.slice(0, 1))).toThrow();
  });

  test.each(["", "a\n1\nx\n\n— a AA==\n", "a\n01\nAAAA\n\n— a AAAA\n", "no signature\n1\n"])(
    "%j is no checkpoint",
    (note) => {
      expect(() => readCheckpoint(note)).toThrow();
    },
  );

  test("a key whose base64 holds a plus sign is read whole", () => {
    const key = Uint8Array.of(1, ...new Uint8Array(32).fill(0xfb));
    expect(readKey(`a.example/log+0a1b2c3d+${textOf(key)}`).key).toEqual(key.slice(1));
  });
});

describe("the tree", () => {
  test.each([1, 2, 3, 7, 255, 256, 257, 700])(
    "of %i entries has the root of the definition, from every earlier size",
    async (size) => {
      const { files } = await made(named(size));
      const leaves = await Promise.all(named(size).map(leaf));
      const now = textOf(await slowRoot(leaves));

      for (const before of new Set([0, 1, Math.floor(size / 2), Math.max(size - 1, 0), size, Math.min(256, size)])) {
        expect(await rootsOf(from(files), size, before)).toEqual({
          before: textOf(await slowRoot(leaves.slice(0, before))),
          now,
        });
      }
    },
  );
});

describe("checking", () => {
  test("a log that grew verifies against what was seen of it", async () => {
    const { files, vkey, sign } = await made(named(300));
    await sign(260);
    expect((await checked(from(files), ORIGIN, vkey)).state).toBe("verified");
    await sign(300);

    const verdict = await checked(from(files), ORIGIN, vkey);

    expect(verdict).toMatchObject({ state: "verified", before: { size: 260 }, checkpoint: { size: 300 } });
    expect(remembered(ORIGIN)?.size).toBe(300);
  });

  test("a smaller log, a changed one, another key and a broken signature are each told apart, and not remembered", async () => {
    const honest = await made(named(20));
    expect((await checked(from(honest.files), ORIGIN, honest.vkey)).state).toBe("verified");
    const seen = remembered(ORIGIN);

    await honest.sign(19);
    expect(await checked(from(honest.files), ORIGIN, honest.vkey)).toMatchObject({ state: "failed", why: "smaller" });
    await honest.sign(20);
    const other = await made(named(20));
    expect(await checked(from(other.files), ORIGIN, other.vkey)).toMatchObject({ state: "failed", why: "key" });
    expect(await checked(from(other.files), ORIGIN, honest.vkey)).toMatchObject({ state: "failed", why: "signature" });
    localStorage.setItem(`evenhand.checkpoint ${ORIGIN}`, JSON.stringify({ ...seen, size: 19 }));
    expect(await checked(from(honest.files), ORIGIN, honest.vkey)).toMatchObject({ state: "failed", why: "changed" });
  });

  test("a flipped bit in any file fails, whichever it is", async () => {
    const { files, vkey } = await made(named(9));
    for (const [path, content] of files) {
      for (let at = 0; at < content.length; at += 7) {
        const broken = content.slice();
        broken[at] = (broken[at] ?? 0) ^ 1;
        const outcome = await checked(from(new Map([...files, [path, broken]])), ORIGIN, vkey).then(
          ({ state }) => state,
          () => "failed",
        );
        expect([path, at, outcome]).toEqual([path, at, "failed"]);
      }
    }
    expect(remembered(ORIGIN)).toBeNull();
  });

  test("bytes and text are each other", () => {
    expect(bytesOf(textOf(Uint8Array.of(0, 250, 255)))).toEqual(Uint8Array.of(0, 250, 255));
  });
});
