/** What a project offers at each of its stages, in its set-up: rate, currency, time basis, of labels a deadline; and what is owed so far. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Offer, Stage } from "../../api/contract";
import { useMay } from "../../api/session";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { earnedOf, rateOf, stageWord } from "./money";
import "./offers.css";

export function OfferCard({ project }: { project: string }) {
  const offers = useQuery({
    queryKey: ["offers", project],
    queryFn: () => call("GET /projects/{project}/offers", { path: { project } }),
  });
  const stages = useSpend(project).data?.stages.map((each) => each.stage) ?? ["label" as const];
  const [chosen, setChosen] = useState<Stage>("label");
  return (
    <section className="card narrow" aria-label={t("Offer")}>
      <div className="cardhead">
        <h2 className="h3">{t("Offer")}</h2>
      </div>
      {stages.length > 1 && (
        <div className="field p20 offerstage">
          <span className="label">{t("For the work of")}</span>
          <Segmented
            label={t("For the work of")}
            value={chosen}
            options={stages.map((stage) => [stage, stageWord(stage)] as const)}
            onChange={setChosen}
          />
        </div>
      )}
      <Faces query={offers}>
        {({ items }) => {
          const stands = items.find(({ stage }) => stage === chosen);
          return <Form project={project} stage={chosen} stands={stands} key={`${chosen} ${stands?.version ?? 0}`} />;
        }}
      </Faces>
    </section>
  );
}

/** What is owed so far, with the stages that the project has. */
function useSpend(project: string) {
  const may = useMay();
  return useQuery({
    queryKey: ["spend", project],
    queryFn: () => call("GET /projects/{project}/spend", { path: { project } }),
    enabled: may("quality.read"),
  });
}

function Form({ project, stage, stands }: { project: string; stage: Stage; stands: Offer | undefined }) {
  const client = useQueryClient();
  const digits = stands?.minor_digits ?? 2;
  const [draft, setDraft] = useState({
    rate: stands ? stands.rate / 10 ** digits : 0,
    currency: stands?.currency ?? "EUR",
    basis: stands?.basis ?? ("hour" as Offer["basis"]),
    review_days: (stands?.review_hours ?? 168) / 24,
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
          stage,
          ...(stage === "label" ? { review_hours: Math.max(1, Math.round(review_days * 24)) } : {}),
        },
        headers: { "If-Match": `"${stands?.version ?? 0}"` },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["offers", project] });
      void client.invalidateQueries({ queryKey: ["spend", project] });
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
            ["task", stage === "review" || stage === "adjudicate" ? t("Each task judged") : t("Each task answered")],
            ["hour", t("Each hour of active time")],
          ]}
          onChange={(basis) => change({ basis })}
        />
      </div>
      {stage === "label" ? (
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
      ) : (
        <p className="small t3">{whenOwed(stage)}</p>
      )}
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
      <Spend project={project} stage={stage} />
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

/** What the project owes so far for the work of a stage, and for all of it, a currency each. */
function Spend({ project, stage }: { project: string; stage: Stage }) {
  const { totals = [], stages = [] } = useSpend(project).data ?? {};
  if (totals.length === 0) return null;
  const here = stages.find((each) => each.stage === stage)?.totals ?? [];
  return (
    <div className="num">
      {stages.length > 1 && here.length > 0 && (
        <p>{t("Owed so far for this: {amounts}", { amounts: here.map(earnedOf).join("; ") })}</p>
      )}
      <p className={stages.length > 1 ? "small t3" : undefined}>
        {stages.length > 1
          ? t("Owed so far for all stages: {amounts}", { amounts: totals.map(earnedOf).join("; ") })
          : t("Owed so far: {amounts}", { amounts: totals.map(earnedOf).join("; ") })}
      </p>
    </div>
  );
}

/** When what is done at a later stage is owed for good. */
function whenOwed(stage: Stage): string {
  if (stage === "exam") return t("Owed for each answer, right or wrong, and for good at once.");
  if (stage === "audit") return t("Owed for each answer, and for good at once: nobody rejects an auditor’s answer.");
  return t("Owed each time a task is judged, and for good at once, also where an appeal overturns the verdict later.");
}

/** How many digits stand behind the point, as the browser knows it; 2 for what it does not know, which the server refuses. */
function digitsOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
