/** Where the organization's keys live, who can use them, when they were wrapped last, and when something was last opened with them. */
import { IconLock, IconLockOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { KeyState } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { Faces } from "../../kit/Faces";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function useKeys() {
  return useQuery({ queryKey: ["vault"], queryFn: () => call("GET /vault") });
}

export function wordOfMode(mode: KeyState["mode"]): string {
  const words: Record<KeyState["mode"], () => string> = {
    managed: () => t("The operator keeps the keys"),
    bring: () => t("Under a key of yours"),
    hold: () => t("The key is yours"),
  };
  return words[mode]();
}

function saidOfMode(mode: KeyState["mode"]): string {
  const words: Record<KeyState["mode"], () => string> = {
    managed: () =>
      t("They lie in the installation’s key file. Whoever has that file and the database can open everything."),
    bring: () => t("Each month’s key is wrapped by your key service. Take the key back, and nothing new is opened."),
    hold: () =>
      t("Each chunk’s key is wrapped by yours: every unwrapping is one that your own service sees and counts."),
  };
  return words[mode]();
}

export function KeysCard() {
  const keys = useKeys();
  const last = useQuery({
    queryKey: ["looks", "last"],
    queryFn: async () => {
      const { items } = await call("GET /ledger/looks", { query: { limit: 10 } });
      return items.find(({ decision }) => decision !== "deny")?.at ?? null;
    },
  });
  return (
    <section className="card clip" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title" className="h3 grow">
          {t("Keys")}
        </h2>
        {keys.data &&
          (keys.data.revoked_at ? (
            <span className="state dan">
              <IconLockOff {...ICON} />
              {t("taken back {when}", { when: when(keys.data.revoked_at) })}
            </span>
          ) : (
            <span className="state">
              <IconLock {...ICON} />
              {t("in use")}
            </span>
          ))}
      </header>
      <Faces query={keys} lines={3}>
        {(state) => (
          <div className="p16 col g12">
            <div>
              <div className="b">{wordOfMode(state.mode)}</div>
              <p className="small t2">{saidOfMode(state.mode)}</p>
            </div>
            <dl className="kv even">
              <dt>{t("Where")}</dt>
              <dd className="break">{state.service ?? t("key file of the installation")}</dd>
              {state.held.map(({ key, months, chunks }) => (
                <Held key={key} name={key} months={months} chunks={chunks} />
              ))}
              <dt>{t("Way of keeping chosen")}</dt>
              <dd className="num">{state.changed_at ? when(state.changed_at) : t("never changed")}</dd>
              <dt>{t("Last wrapped anew")}</dt>
              <dd className="num">
                {state.rewrapping.finished_at ? when(state.rewrapping.finished_at) : t("not yet")}
              </dd>
              <dt>{t("Something was last opened")}</dt>
              <dd className="num">{last.data ? when(last.data) : t("not yet")}</dd>
            </dl>
            {state.rewrapping.problem && <p className="small dan break">{state.rewrapping.problem}</p>}
          </div>
        )}
      </Faces>
    </section>
  );
}

function Held({ name, months, chunks }: { name: string; months: number; chunks: number }) {
  return (
    <>
      <dt className="mono small break" title={name}>
        {name}
      </dt>
      <dd>
        {chunks > 0
          ? t("wraps {months} months, {chunks} chunks", { months: number(months), chunks: number(chunks) })
          : t("{months, plural, one {wraps # month} other {wraps # months}}", { months })}
      </dd>
    </>
  );
}
