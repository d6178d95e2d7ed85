/** Webhooks: addresses that are told of events, what was sent to them, and a way to send it again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Delivery, Webhook, WebhookEvent } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { CopyField } from "../../kit/CopyField";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import { ListCard } from "./ListCard";
import { MakeDialog } from "./MakeDialog";

const EVENTS: readonly { event: WebhookEvent; words: () => string }[] = [
  { event: "annotation.created", words: () => t("an answer came in") },
  { event: "annotation.changed", words: () => t("an answer was changed") },
  { event: "task.done", words: () => t("a task is done") },
  { event: "task.reviewed", words: () => t("a task was reviewed") },
  { event: "task.adjudicated", words: () => t("a task was adjudicated") },
  { event: "task.sent-back", words: () => t("a task was sent back") },
  { event: "task.reopened", words: () => t("a task was opened again") },
  { event: "task.skipped", words: () => t("a task was skipped") },
  { event: "task.reported", words: () => t("a problem was reported") },
  { event: "batch.imported", words: () => t("tasks were added") },
  { event: "tasks.trashed", words: () => t("tasks went into the trash") },
  { event: "tasks.restored", words: () => t("tasks came back from the trash") },
  { event: "project.changed", words: () => t("a project was changed") },
  { event: "release.ready", words: () => t("a release is ready") },
  { event: "hold.opened", words: () => t("work was put on hold") },
  { event: "hold.ended", words: () => t("work goes on") },
  { event: "silence.began", words: () => t("somebody owes a statement of who owns it") },
  { event: "silence.ended", words: () => t("it has made its statement") },
];

const useAgain = () => {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["webhooks"] });
};

export function Webhooks() {
  const [isMaking, setMaking] = useState(false);
  const [open, setOpen] = useState<Webhook | null>(null);
  const webhooks = useQuery({ queryKey: ["webhooks"], queryFn: () => call("GET /webhooks") });
  return (
    <ListCard
      title={t("Webhooks")}
      add={t("Add an address")}
      onAdd={() => setMaking(true)}
      query={webhooks}
      empty={{
        title: t("Nobody is told yet"),
        words: t(
          "An address of yours can be told when answers come in or a release is ready: ids and counts, signed, never content.",
        ),
      }}
      head={
        <>
          <th>{t("Address")}</th>
          <th>{t("State")}</th>
          <th className="r">{t("Events")}</th>
        </>
      }
      row={(each) => (
        <tr key={each.id}>
          <td className="break">
            <div className="b">{each.description || each.url}</div>
            {each.description && <div className="small t3">{each.url}</div>}
          </td>
          <td>
            <WebhookState webhook={each} />
          </td>
          <td className="r num" title={each.events.join(", ")}>
            {number(each.events.length)}
          </td>
          <td className="r">
            <Button size="s" look="quiet" onClick={() => setOpen(each)}>
              {t("Open")}
            </Button>
          </td>
        </tr>
      )}
    >
      {isMaking && <AddAddress onClose={() => setMaking(false)} />}
      {open && (
        <OneDialog
          webhook={webhooks.data?.items.find(({ id }) => id === open.id) ?? open}
          onClose={() => setOpen(null)}
        />
      )}
    </ListCard>
  );
}

function WebhookState({ webhook }: { webhook: Webhook }) {
  if (webhook.state === "disabled") return <StateTag state="failed" word={t("Switched off after failures")} />;
  if (webhook.failing_since) {
    return <StateTag state="failed" word={t("Failing since {time}", { time: when(webhook.failing_since) })} />;
  }
  return (
    <StateTag
      state={webhook.state === "paused" ? "paused" : "ready"}
      word={webhook.state === "paused" ? undefined : t("On")}
    />
  );
}

function AddAddress({ onClose }: { onClose: () => void }) {
  const again = useAgain();
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState<ReadonlySet<WebhookEvent>>(new Set(["release.ready"]));
  const make = useMutation({
    mutationFn: () => call("POST /webhooks", { body: { url, description, events: [...events] } }),
    onSuccess: again,
  });
  const made = make.data;
  return (
    <MakeDialog
      title={t("Add an address")}
      verb={t("Add it")}
      isBusy={make.isPending}
      problem={make.error}
      why={events.size === 0 ? t("Choose an event first") : undefined}
      made={
        made && {
          title: t("Its signing secret"),
          label: t("Signing secret"),
          secret: made.secret,
          words: t("Whoever receives the events checks their signature with it (Standard Webhooks)."),
        }
      }
      onMake={() => make.mutate()}
      onClose={onClose}
    >
      <Field label={t("Address")} hint={t("https, and not in a private network unless the operator allows it.")}>
        <input
          className="input"
          type="url"
          required
          maxLength={2000}
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
      </Field>
      <Field label={t("What it is for")}>
        <input
          className="input"
          maxLength={200}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
      </Field>
      <fieldset className="col g8">
        <legend className="b">{t("Tell it when")}</legend>
        <div className="checks">
          {EVENTS.map(({ event, words }) => (
            <label key={event}>
              <input
                type="checkbox"
                checked={events.has(event)}
                onChange={({ target }) => {
                  const after = new Set(events);
                  if (target.checked) after.add(event);
                  else after.delete(event);
                  setEvents(after);
                }}
              />
              {words()}
            </label>
          ))}
        </div>
      </fieldset>
    </MakeDialog>
  );
}

function OneDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const again = useAgain();
  const client = useQueryClient();
  const path = { webhook: webhook.id };
  const [isRemoving, setRemoving] = useState(false);
  const log = useQuery({
    queryKey: ["deliveries", webhook.id],
    queryFn: () => call("GET /webhooks/{webhook}/deliveries", { path, query: { limit: 20 } }),
    refetchInterval: 5000,
  });
  const relog = () => client.invalidateQueries({ queryKey: ["deliveries", webhook.id] });
  const turn = useMutation({
    mutationFn: (state: "active" | "paused") => call("PATCH /webhooks/{webhook}", { path, body: { state } }),
    onSuccess: again,
  });
  const test = useMutation({ mutationFn: () => call("POST /webhooks/{webhook}/test", { path }), onSuccess: relog });
  const renew = useMutation({ mutationFn: () => call("POST /webhooks/{webhook}/secret", { path }) });
  const resend = useMutation({
    mutationFn: (each: Delivery) =>
      call("POST /webhooks/{webhook}/deliveries/{delivery}/resend", { path: { ...path, delivery: each.id } }),
    onSuccess: relog,
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /webhooks/{webhook}", { path }),
    onSuccess: () => {
      void again();
      onClose();
      toast(t("The address is told nothing any more."));
    },
  });
  const isOn = webhook.state === "active";
  if (isRemoving) {
    return (
      <Confirm
        title={t("Remove the address")}
        action={t("Remove it")}
        isBusy={remove.isPending}
        problem={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setRemoving(false)}
      >
        <p className="break">
          {t("{url} is told nothing any more, and what was sent to it is forgotten.", { url: webhook.url })}
        </p>
      </Confirm>
    );
  }
  return (
    <Dialog title={webhook.description || t("Webhook")} onClose={onClose} shape="wide">
      <p className="mono small break">{webhook.url}</p>
      <div className="row g8 wrap">
        <WebhookState webhook={webhook} />
        <span className="grow" />
        <Button size="s" isBusy={test.isPending} onClick={() => test.mutate()}>
          {t("Send a test")}
        </Button>
        <Button size="s" isBusy={turn.isPending} onClick={() => turn.mutate(isOn ? "paused" : "active")}>
          {isOn ? t("Pause it") : t("Switch it on")}
        </Button>
        <Button size="s" isBusy={renew.isPending} onClick={() => renew.mutate()}>
          {t("Make a new secret")}
        </Button>
        <Button size="s" look="danger" onClick={() => setRemoving(true)}>
          {t("Remove…")}
        </Button>
      </div>
      {renew.data && (
        <>
          <Notice tone="pos">{t("Copy it now. It is shown only here. For a day both secrets sign.")}</Notice>
          <CopyField label={t("Signing secret")} value={renew.data.secret} />
        </>
      )}
      {(turn.error || test.error || renew.error || resend.error) && (
        <ProblemNotice problem={turn.error ?? test.error ?? renew.error ?? resend.error} />
      )}
      <h3>{t("What was sent")}</h3>
      <Faces query={log} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="t3">{t("Nothing yet. Send a test to see that it arrives.")}</p>
          ) : (
            <table className="tbl">
              <thead>
                <tr>
                  <th>{t("Event")}</th>
                  <th>{t("State")}</th>
                  <th>{t("Answer")}</th>
                  <th className="r">{t("Tries")}</th>
                  <th className="r">{t("When")}</th>
                  <th aria-label={t("Actions")} />
                </tr>
              </thead>
              <tbody>
                {items.map((each) => (
                  <tr key={each.id}>
                    <td className="mono small">{each.event}</td>
                    <td>
                      <StateTag
                        state={each.state === "delivered" ? "ready" : each.state === "failed" ? "failed" : "building"}
                        word={
                          each.state === "delivered"
                            ? t("Arrived")
                            : each.state === "failed"
                              ? t("Given up")
                              : t("Waiting")
                        }
                      />
                    </td>
                    <td className="small t2 break">{each.problem ?? each.status ?? "–"}</td>
                    <td className="r num">{number(each.attempts)}</td>
                    <td className="r t2 nowrap">{when(each.last_at ?? each.at)}</td>
                    <td className="r">
                      <Button size="s" look="quiet" onClick={() => resend.mutate(each)}>
                        {t("Send again")}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
    </Dialog>
  );
}
