/** The order in which options or candidates are shown: drawn from the assignment's seed, so a reload shows the same. */

/** A 32-bit hash of a text (FNV-1a, its bits mixed as in MurmurHash3); enough to draw lots, not for secrets. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Shuffles what is not fixed; what is fixed keeps its place. */
export function shuffled<Each>(
  all: readonly Each[],
  seed: string,
  isFixed: (each: Each) => boolean = () => false,
): Each[] {
  const loose = all.filter((each) => !isFixed(each));
  let state = hash(seed) || 1;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let at = loose.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [loose[at], loose[other]] = [loose[other] as Each, loose[at] as Each];
  }
  return all.map((each) => (isFixed(each) ? each : (loose.shift() as Each)));
}
