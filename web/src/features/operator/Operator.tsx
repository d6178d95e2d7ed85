/** The operator's side of break-glass: ask to see a customer's data, approve with a passkey, come in, leave. */
import { IconDoorEnter, IconFingerprint, IconKey } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { BreakGlass } from "../../api/contract";
import { hasPasskeys, PasskeyLetBe, showPasskey } from "../../api/passkeys";
import { Problem } from "../../api/problem";
import { Crumbs } from "../../app/Crumbs";
import { useEnter } from "../../app/entering";
import { useWalk } from "../../commands/useWalk";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import { isGoing, StateOfVisit } from "../trust/BreakGlassCard";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
const KEY = ["operator", "break-glass"];

export default function Operator() {
  const [isAsking, setAsking] = useState(false);
  const asked = useQuery({
    queryKey: KEY,
    queryFn: () => call("GET /operator/break-glass"),
    refetchInterval: 15_000,
    retry: (count, error) => count < 2 && !(error instanceof Problem),
  });
  useWalk({ ids: asked.data?.items.map(({ id }) => id) ?? [] });
  return (
    <>
      <Crumbs trail={[]} here={t("Let in to a customer’s data")}>
        <Button look="primary" icon={<IconDoorEnter {...ICON} />} onClick={() => setAsking(true)}>
          {t("Ask to be let in")}
        </Button>
      </Crumbs>
      <div className="page">
        <Notice tone="plain">
          {t(
            "You see no customer’s content from here. When you must, ask with a reason; two of your people approve with a passkey, and you are in for an hour. The customer reads the reason, is told at once, and can put you out.",
          )}
        </Notice>
        <Faces query={asked}>
          {({ items }) => (
            <section className="card clip" aria-label={t("What was asked")}>
              {items.length === 0 ? (
                <Empty title={t("Nobody has asked")}>
                  {t("What you ask for is listed here, with who approved how often.")}
                </Empty>
              ) : (
                <ul>
                  {items.map((each) => (
                    <One visit={each} key={each.id} />
                  ))}
                </ul>
              )}
            </section>
          )}
        </Faces>
      </div>
      {isAsking && <Ask onClose={() => setAsking(false)} />}
    </>
  );
}

function One({ visit }: { visit: BreakGlass }) {
  const client = useQueryClient();
  const enter = useEnter();
  const put = (changed: BreakGlass): void => {
    client.setQueryData<{ items: BreakGlass[] }>(
      KEY,
      (before) => before && { ...before, items: before.items.map((each) => (each.id === changed.id ? changed : each)) },
    );
  };
  const approve = useMutation({
    mutationFn: async () => {
      const path = { break_glass: visit.id };
      const credential = await showPasskey(await call("POST /operator/break-glass/{break_glass}/options", { path }));
      return call("POST /operator/break-glass/{break_glass}/approve", { path, body: { credential } });
    },
    onSuccess: (changed) => {
      put(changed);
      toast(
        changed.state === "open" ? t("Open. The customer has been told.") : t("Approved. One more person is needed."),
      );
    },
  });
  const end = useMutation({
    mutationFn: () => call("POST /operator/break-glass/{break_glass}/end", { path: { break_glass: visit.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: KEY });
      toast(t("Over. The customer sees that it is."));
    },
  });
  const going = useMutation({ mutationFn: () => enter(visit.organization_id) });
  const problem = [approve.error, end.error, going.error].find((each) => each && !(each instanceof PasskeyLetBe));
  const needsKey = problem instanceof Problem && problem.code === "not-found";
  return (
    <li className="rule first row wrap top g12" style={{ padding: "12px 16px" }}>
      <div className="grow" data-walk={visit.id} tabIndex={-1}>
        <div className="b break">{visit.reason}</div>
        <div className="small t2">
          <span className="mono">{visit.organization_id}</span>
          {" · "}
          {t("asked {when}", { when: when(visit.asked_at) })}
          {" · "}
          {t("{count, plural, =0 {nobody approved} one {# person approved} other {# people approved}}", {
            count: visit.approvals,
          })}
        </div>
        {problem && <ProblemNotice problem={problem} />}
        {needsKey && (
          <Link to="/settings" className="row g4">
            <IconKey {...ICON} />
            {t("Approving takes a passkey: add one in the settings")}
          </Link>
        )}
      </div>
      <StateOfVisit visit={visit} />
      {visit.state === "asked" && !visit.has_approved && (
        <Button
          size="s"
          icon={<IconFingerprint {...ICON} />}
          isBusy={approve.isPending}
          disabled={!hasPasskeys()}
          title={hasPasskeys() ? undefined : t("Browsers offer passkeys over TLS alone")}
          onClick={() => approve.mutate()}
        >
          {t("Approve with a passkey")}
        </Button>
      )}
      {visit.state === "asked" && visit.has_approved && <span className="small t2">{t("you have approved")}</span>}
      {visit.state === "open" && visit.is_own && (
        <Button size="s" look="primary" isBusy={going.isPending} onClick={() => going.mutate()}>
          {t("Go in")}
        </Button>
      )}
      {isGoing(visit) && (
        <Button size="s" isBusy={end.isPending} onClick={() => end.mutate()}>
          {visit.state === "open" ? t("Leave") : t("Take it back")}
        </Button>
      )}
    </li>
  );
}

function Ask({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [customer, setCustomer] = useState("");
  const [reason, setReason] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      call("POST /operator/break-glass", { body: { organization_id: customer.trim(), reason: reason.trim() } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: KEY });
      toast(t("Asked. Two people approve with a passkey within the hour."));
      onClose();
    },
  });
  return (
    <Dialog
      title={t("Ask to be let in")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="ask-in" isBusy={ask.isPending}>
            {t("Ask")}
          </Button>
        </>
      }
    >
      <form
        id="ask-in"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <Field
          label={t("Id of the customer")}
          hint={t("As they see it in their settings, or as your own command lists it.")}
        >
          <input
            className="input mono"
            required
            spellCheck={false}
            value={customer}
            onChange={(event) => setCustomer(event.target.value)}
          />
        </Field>
        <Field label={t("Reason")} hint={t("The customer reads this, word for word.")}>
          <textarea
            className="area"
            required
            rows={3}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        {ask.error && <ProblemNotice problem={ask.error} />}
      </form>
    </Dialog>
  );
}
