/** Who of those that work for this organization owes the statement of a quarter: who, last heard of when, and when it was due. */
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Silence } from "../../api/contract";
import { t, when } from "../../i18n";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;
const WORDS: Record<Silence["kind"], () => string> = {
  vendor: () => t("a vendor that works for you"),
  operator: () => t("the operator of this installation"),
};

export function useSilences() {
  return useQuery({ queryKey: ["silences"], queryFn: () => call("GET /walls/silences"), refetchInterval: 60_000 });
}

/** Nothing where everybody has spoken. */
export function SilencesCard() {
  const silences = useSilences();
  const items = silences.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="silences-title">
      <header>
        <h2 id="silences-title" className="h3 grow">
          {t("A statement is overdue")}
        </h2>
      </header>
      <ListOfSilences items={items} />
      <p className="small t2 rule p16">
        {t(
          "Nothing has stopped. Whoever works for you states every quarter who owns it; one that says nothing may have something to say. Ask, or file a challenge with its source.",
        )}
      </p>
    </section>
  );
}

export function ListOfSilences({ items }: { items: readonly Silence[] }) {
  return (
    <ul>
      {items.map((each) => (
        <li className="rule first p16" key={each.organization_id}>
          <div className="row wrap g8">
            <span className="b break">{each.name ?? each.party}</span>
            <span className="small t2">{WORDS[each.kind]()}</span>
            <span className="state dan push">
              <IconAlertTriangle {...ICON} />
              {t("silent")}
            </span>
          </div>
          <dl className="kv small">
            <dt>{t("Last heard of")}</dt>
            <dd className="num">{when(each.since)}</dd>
            <dt>{t("Its statement was due")}</dt>
            <dd className="num">{when(each.due_at)}</dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}
