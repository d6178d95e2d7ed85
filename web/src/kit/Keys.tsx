/** Key caps: a chord such as "Mod+Enter" as the keys a person presses. */
import { capsOf } from "../commands/keys";

export function Keys({ chord, on }: { chord: string | undefined; on?: boolean }) {
  if (!chord) return null;
  return capsOf(chord).map((cap) => (
    <kbd className={on ? "key on" : "key"} key={cap} aria-hidden="true">
      {cap}
    </kbd>
  ));
}
