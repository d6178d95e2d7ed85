/** Three tones with silence between them: enough to try segments on while no recording is at hand. */
import type { Content } from "../../api/contract";
import { addressOf } from "./media";

const RATE = 8_000;
const SECONDS = 4;
/** Hertz, from and until which second. */
const TONES = [
  [330, 0.4, 1.3],
  [220, 1.7, 2.4],
  [440, 2.8, 3.7],
] as const;
let made: string | null = null;

export function example(): Content {
  made ??= addressOf(new Blob([wave()], { type: "audio/wav" }));
  const media = { samples: RATE * SECONDS, sample_rate: RATE, channels: 1, bits: 16 };
  return { url: made, name: "tones.wav", media };
}

/** WAVE, one channel of 16 bits. */
function wave(): ArrayBuffer {
  const count = RATE * SECONDS;
  const bytes = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at: number, letters: string): void =>
    [...letters].forEach((each, index) => {
      bytes.setUint8(at + index, each.charCodeAt(0));
    });
  text(0, "RIFF");
  bytes.setUint32(4, 36 + count * 2, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, RATE * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, count * 2, true);
  for (let at = 0; at < count; at += 1) {
    const second = at / RATE;
    const tone = TONES.find(([, from, until]) => second >= from && second < until);
    const [hertz, from, until] = tone ?? [0, 0, 1];
    const swell = Math.sin((Math.PI * (second - from)) / (until - from));
    bytes.setInt16(44 + at * 2, tone ? 20_000 * swell * Math.sin(2 * Math.PI * hertz * second) : 0, true);
  }
  return bytes.buffer as ArrayBuffer;
}
