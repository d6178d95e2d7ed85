/** How loud a recording is, block by block: reckoned once from its samples, drawn at any zoom. */
import { useEffect, useState } from "react";
import { fileAt } from "./media";

/** Lowest and highest of each block: [low, high, low, high, …], -1..1. */
export interface Level {
  block: number;
  values: Float32Array;
}
export interface Peaks {
  ticks: number;
  rate: number;
  /** Of each channel, from fine to coarse. */
  channels: Level[][];
}

const BLOCKS = [16, 256, 4096];
/** Of a file whose facts are not known yet; its own rate is then of no concern. */
const RATE_UNKNOWN = 48_000;

export function peaksOf(samples: readonly Float32Array[], rate: number): Peaks {
  const channels = samples.map((each) => {
    const levels: Level[] = [];
    for (const block of BLOCKS) levels.push({ block, values: blocksOf(each, block, levels.at(-1)) });
    return levels;
  });
  return { ticks: samples[0]?.length ?? 0, rate, channels };
}

function blocksOf(samples: Float32Array, block: number, finer: Level | undefined): Float32Array {
  const count = Math.ceil(samples.length / block);
  const values = new Float32Array(count * 2);
  // A coarser level is made of the finer one's blocks, two numbers each.
  const [from, step, each] = finer ? [finer.values, (block / finer.block) * 2, 2] : [samples, block, 1];
  for (let index = 0; index < count; index += 1) {
    let [low, high] = [Infinity, -Infinity];
    const stop = Math.min(from.length, (index + 1) * step);
    for (let at = index * step; at < stop; at += each) {
      low = Math.min(low, from[at] as number);
      high = Math.max(high, from[at + each - 1] as number);
    }
    values[index * 2] = low;
    values[index * 2 + 1] = high;
  }
  return values;
}

/** Lowest and highest between two ticks, from the coarsest level that is fine enough. */
export function extremes(levels: readonly Level[], start: number, end: number): [number, number] {
  const { block, values } = levels.findLast((each) => each.block <= end - start) ?? (levels[0] as Level);
  const last = values.length / 2 - 1;
  let [low, high] = [Infinity, -Infinity];
  for (let at = Math.floor(start / block); at <= Math.min(last, Math.ceil(end / block) - 1); at += 1) {
    low = Math.min(low, values[at * 2] as number);
    high = Math.max(high, values[at * 2 + 1] as number);
  }
  return low > high ? [0, 0] : [low, high];
}

const reckoned = new WeakMap<Blob, Promise<Peaks>>();

async function decoded(file: Blob, rate: number | undefined): Promise<Peaks> {
  const bytes = await file.arrayBuffer();
  // A context of the recording's own rate: its samples come out as they are.
  const context = new OfflineAudioContext(1, 1, rate ?? RATE_UNKNOWN);
  const buffer = await context.decodeAudioData(bytes);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, index) => buffer.getChannelData(index));
  return peaksOf(channels, buffer.sampleRate);
}

/** The peaks of a file that is shown; `isFailed` where this browser cannot read it. */
export function usePeaks(src: string | null, rate: number | undefined): { peaks: Peaks | null; isFailed: boolean } {
  const [state, setState] = useState<{ of: string | null; peaks: Peaks | null; isFailed: boolean }>(NONE);
  useEffect(() => {
    const file = src === null ? undefined : fileAt(src);
    if (!file) return;
    let isCurrent = true;
    const found = reckoned.get(file) ?? decoded(file, rate);
    reckoned.set(file, found);
    found.then(
      (peaks) => isCurrent && setState({ of: src, peaks, isFailed: false }),
      () => isCurrent && setState({ of: src, peaks: null, isFailed: true }),
    );
    return () => {
      isCurrent = false;
    };
  }, [src, rate]);
  return state.of === src ? state : NONE;
}

const NONE = { of: null, peaks: null, isFailed: false };
