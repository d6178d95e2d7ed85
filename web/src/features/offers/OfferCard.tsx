/** What a project offers for labeling, in its set-up: rate, currency, time basis and review deadline; and what is owed so far. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Offer } from "../../api/contract";
import { useMay } from "../../api/session";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { earnedOf, rateOf } from "./money";

export function OfferCard({ project }: { project: string }) {
  const offers = useQuery({
    queryKey: ["offers", project],
    queryFn: () => call("GET /projects/{project}/offers", { path: { project } }),
  });
  return (
    <section className="card narrow" aria-label={t("Offer")}>
      <div className="cardhead">
        <h2 className="h3">{t("Offer")}</h2>
      </div>
      <Faces query={offers}>
        {({ items }) => <Form project={project} offers={items} key={items[0]?.version ?? 0} />}
      </Faces>
    </section>
  );
}

function Form({ project, offers }: { project: string; offers: readonly Offer[] }) {
  const client = useQueryClient();
  const stands = offers[0];
  const digits = stands?.minor_digits ?? 2;
  const [draft, setDraft] = useState({
    rate: stands ? stands.rate / 10 ** digits : 0,
    currency: stands?.currency ?? "EUR",
    basis: stands?.basis ?? ("hour" as Offer["basis"]),
    review_days: stands ? stands.review_hours / 24 : 7,
  });
  const change = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const save = useMutation({
    mutationFn: ({ rate, currency, basis, review_days }: typeof draft) =>
      call("PUT /projects/{project}/offer", {
        path: { project },
        body: {
          rate: Math.round(rate * 10 ** digitsOf(currency)),
          currency,
          basis,
          review_hours: Math.max(1, Math.round(review_days * 24)),
        },
        headers: { "If-Match": `"${stands?.version ?? 0}"` },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["offers", project] });
      toast(t("The offer is made, for tasks dealt from now on."));
    },
  });
  return (
    <form
      className="p20 col g16"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <div className="twoup">
        <Field label={t("Rate")}>
          <input
            className="input num"
            type="number"
            required
            min={0}
            max={1_000_000}
            step={10 ** -digitsOf(draft.currency)}
            value={draft.rate}
            onChange={({ target }) => change({ rate: target.valueAsNumber || 0 })}
          />
        </Field>
        <Field label={t("Currency")} hint={t("Three letters, for example EUR.")}>
          <input
            className="input"
            required
            pattern="[A-Za-z]{3}"
            maxLength={3}
            value={draft.currency}
            onChange={({ target }) => change({ currency: target.value.toUpperCase() })}
          />
        </Field>
      </div>
      <div className="field">
        <span className="label">{t("For")}</span>
        <Segmented
          label={t("For")}
          value={draft.basis}
          options={[
            ["task", t("Each task answered")],
            ["hour", t("Each hour of active time")],
          ]}
          onChange={(basis) => change({ basis })}
        />
      </div>
      <Field label={t("Judged within, days")} hint={t("An answer that nobody rejects by then counts for good.")}>
        <input
          className="input num"
          style={{ width: 84 }}
          type="number"
          required
          min={0.05}
          max={365}
          step="any"
          value={draft.review_days}
          onChange={({ target }) => change({ review_days: target.valueAsNumber || 1 })}
        />
      </Field>
      <p className="small t3">
        {stands
          ? t(
              "Version {version} stands since {day}: {rate}. What was dealt under it stays under it; those who work here are told of a change.",
              {
                version: stands.version,
                day: day(stands.created_at),
                rate: rateOf(stands),
              },
            )
          : t("There is no offer yet: nothing is owed for what was dealt so far.")}
      </p>
      <Spend project={project} />
      {save.error && (
        <ProblemNotice
          problem={save.error}
          onRetry={() => void client.invalidateQueries({ queryKey: ["offers", project] })}
        />
      )}
      <div className="row g8">
        <Button look="primary" type="submit" isBusy={save.isPending}>
          {stands ? t("Make this offer") : t("Make the first offer")}
        </Button>
      </div>
    </form>
  );
}

/** What the project owes so far, a currency each. */
function Spend({ project }: { project: string }) {
  const may = useMay();
  const spend = useQuery({
    queryKey: ["spend", project],
    queryFn: () => call("GET /projects/{project}/spend", { path: { project } }),
    enabled: may("quality.read"),
  });
  const totals = spend.data?.totals ?? [];
  if (totals.length === 0) return null;
  return <p className="num">{t("Owed so far: {amounts}", { amounts: totals.map(earnedOf).join("; ") })}</p>;
}

/** How many digits stand behind the point, as the browser knows it; 2 for what it does not know, which the server refuses. */
function digitsOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
