/**
 * The tree of a log (RFC 6962, section 2.1), recomputed in this browser from the hashes in its tiles: its root at a size, and whether
 * it holds, unchanged, the tree that was seen before.
 */
import { pathOf, TILE_WIDTH, textOf } from "./files";

/** The bytes of a file below the log. */
export type Fetch = (path: string) => Promise<Uint8Array>;

const HASH = 32;
const HEIGHT = 8;

/** Two roots out of the same hashes, in base64: of the first `before` entries, and of all `size`. */
export async function rootsOf(fetch: Fetch, size: number, before: number): Promise<{ before: string; now: string }> {
  if (before > size) throw new Error("a log does not get smaller");
  const tree = new Tree(fetch, size);
  const [old, now] = await tree.both(0, size, before);
  return { before: textOf(before === 0 ? await sha256(new Uint8Array()) : old), now: textOf(now) };
}

class Tree {
  readonly #tiles = new Map<string, Promise<Uint8Array>>();

  constructor(
    readonly fetch: Fetch,
    readonly size: number,
  ) {}

  /** The roots of a part of the tree: of its first `old` entries, and of all of them. */
  async both(start: number, end: number, old: number): Promise<[Uint8Array, Uint8Array]> {
    const count = end - start;
    if (count === 0 || old === 0 || old === count) {
      const root = await this.root(start, end);
      return [root, root];
    }
    const left = half(count);
    if (old <= left) {
      const [before, now] = await this.both(start, start + left, old);
      return [before, await node(now, await this.root(start + left, end))];
    }
    const whole = await this.root(start, start + left);
    const [before, now] = await this.both(start + left, end, old - left);
    return [await node(whole, before), await node(whole, now)];
  }

  /** The root over entries start .. end - 1; start is a multiple of the power of two that reaches as far. */
  async root(start: number, end: number): Promise<Uint8Array> {
    const count = end - start;
    if (count === 0) return sha256(new Uint8Array());
    const level = Math.log2(count);
    if (Number.isInteger(level) && level % HEIGHT === 0) return this.stored(level / HEIGHT, start / count);
    const left = count === 1 ? 1 : half(count);
    return node(await this.root(start, start + left), await this.root(start + left, end));
  }

  /** The hash at a place of a tile's lowest row. */
  async stored(level: number, index: number): Promise<Uint8Array> {
    const tile = Math.floor(index / TILE_WIDTH);
    const there = Math.floor(this.size / TILE_WIDTH ** level);
    const path = pathOf(level, tile, Math.min(TILE_WIDTH, there - tile * TILE_WIDTH));
    let content = this.#tiles.get(path);
    if (!content) {
      content = this.fetch(path);
      this.#tiles.set(path, content);
    }
    const at = (index % TILE_WIDTH) * HASH;
    const hash = (await content).slice(at, at + HASH);
    if (hash.length !== HASH) throw new Error("a tile that ends too early");
    return hash;
  }
}

/** The largest power of two below a count. */
function half(count: number): number {
  return 2 ** Math.ceil(Math.log2(count) - 1);
}

function node(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  const both = new Uint8Array(1 + 2 * HASH);
  both[0] = 1;
  both.set(left, 1);
  both.set(right, 1 + HASH);
  return sha256(both);
}

export async function sha256(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content));
}
