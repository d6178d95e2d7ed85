/** Every key, which this person may change or switch off. Two actions on one key in one place are refused, with the other's name. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { usePreferences } from "../../api/session";
import { type Command, clashes, defined, keysOf } from "../../commands/command";
import { everyCommand } from "../../commands/every";
import { groupOfContext } from "../../commands/groups";
import { capsOf, chordOf } from "../../commands/keys";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Keys } from "../../kit/Keys";
import { say } from "../../kit/LiveRegion";

export function KeyMap() {
  // The kinds' own keys come with their code.
  const loaded = useQuery({ queryKey: ["every-command"], queryFn: everyCommand, staleTime: Number.POSITIVE_INFINITY });
  const { preferences, prefer } = usePreferences();
  const [words, setWords] = useState("");
  const changed = Object.keys(preferences.keys ?? {}).length;
  return (
    <section className="card clip keymap">
      <div className="cardhead">
        <h2 className="h3">{t("Keys")}</h2>
        <span className="row g8">
          <input
            className="input s"
            type="search"
            style={{ width: 180 }}
            aria-label={t("Search the keys")}
            placeholder={t("Search an action")}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          {changed > 0 && (
            <Button size="s" onClick={() => prefer({ keys: {} })}>
              {t("All as they were")}
            </Button>
          )}
        </span>
      </div>
      <Faces query={loaded}>{() => <Groups words={words} />}</Faces>
    </section>
  );
}

function Groups({ words }: { words: string }) {
  const wanted = words.toLowerCase();
  const groups = new Map<string, Command<never>[]>();
  for (const command of defined) {
    if (!command.title().toLowerCase().includes(wanted)) continue;
    const group = groupOfContext(command.context);
    groups.set(group, [...(groups.get(group) ?? []), command]);
  }
  if (groups.size === 0) return <p className="p16 t3">{t("No action has that name.")}</p>;
  return (
    <div style={{ paddingBottom: 12 }}>
      {[...groups].map(([group, commands]) => (
        <section key={group}>
          <h3 className="over">{group}</h3>
          <ul>
            {commands.map((command) => (
              <Row command={command} key={command.id} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Row({ command }: { command: Command<never> }) {
  const { preferences, prefer } = usePreferences();
  const [isTaking, setTaking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const keys = keysOf(command, preferences.keys);
  const isOwn = preferences.keys?.[command.id] !== undefined;
  const set = (chosen: string[] | null): void => {
    const { [command.id]: _, ...others } = preferences.keys ?? {};
    prefer({ keys: chosen === null ? others : { ...others, [command.id]: chosen } });
  };
  useEffect(() => {
    if (!isTaking) return;
    const take = (event: KeyboardEvent): void => {
      const chord = chordOf(event);
      if (!chord) return;
      event.preventDefault();
      event.stopPropagation();
      setTaking(false);
      if (chord === "Escape") return;
      const other = taken(command, chord, preferences.keys);
      if (other) {
        const words = t("{key} belongs to “{action}” in the same place. Change that one first.", {
          key: capsOf(chord).join(" "),
          action: other.title(),
        });
        setProblem(words);
        say(words);
        return;
      }
      setProblem(null);
      set([chord]);
    };
    // Before anything else hears it: the key that is wanted may be a command of this very page.
    window.addEventListener("keydown", take, { capture: true });
    return () => window.removeEventListener("keydown", take, { capture: true });
  });
  const name = command.title();
  return (
    <li>
      <span className="grow">
        {name}
        {problem && (
          <span className="small dan" role="alert">
            {" "}
            {problem}
          </span>
        )}
      </span>
      {isTaking ? (
        <span className="small acc">{t("Press the new key, or Esc")}</span>
      ) : keys.length === 0 ? (
        <span className="small t3">{t("off")}</span>
      ) : command.range && keys.length > 2 ? (
        <span className="row g4">
          <Keys chord={keys[0]} /> <span className="small t3">{t("to")}</span> <Keys chord={keys.at(-1)} />
        </span>
      ) : (
        keys.slice(0, 3).map((key) => (
          <span className="row g2" key={key}>
            <Keys chord={key} />
          </span>
        ))
      )}
      {!command.range && (
        <button
          type="button"
          className="btn s quiet"
          aria-label={t("Change the key of “{action}”", { action: name })}
          onClick={() => {
            setProblem(null);
            setTaking(true);
          }}
        >
          {t("Change")}
        </button>
      )}
      {isOwn ? (
        <button
          type="button"
          className="btn s quiet"
          aria-label={t("“{action}” as it was", { action: name })}
          onClick={() => {
            setProblem(null);
            set(null);
          }}
        >
          {t("As it was")}
        </button>
      ) : (
        <button
          type="button"
          className="btn s quiet"
          aria-label={t("Switch off the key of “{action}”", { action: name })}
          onClick={() => set([])}
        >
          {t("Off")}
        </button>
      )}
    </li>
  );
}

/** The command that a chord already belongs to where this one is active too. */
function taken(
  command: Command<never>,
  chord: string,
  keys: Record<string, string[]> | null | undefined,
): Command<never> | undefined {
  const [clash] = clashes(defined, { ...keys, [command.id]: [chord] }).filter((pair) =>
    pair.slice(0, 2).includes(command.id),
  );
  const id = clash?.slice(0, 2).find((each) => each !== command.id);
  return defined.find((each) => each.id === id);
}
