/** Every time that the operator asked to see this organization's data; the one that is open is ended here, and all of it forbidden. */
import { IconCircleCheck, IconDoorEnter, IconHourglass } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { BreakGlass } from "../../api/contract";
import { useMay } from "../../api/session";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function useBreakGlass() {
  return useQuery({ queryKey: ["break-glass"], queryFn: () => call("GET /break-glass"), refetchInterval: 15_000 });
}

export function isGoing({ state }: BreakGlass): boolean {
  return state !== "over";
}

interface CardProps {
  /** The one that somebody is about to end. */
  ending: BreakGlass | null;
  onEnd: (which: BreakGlass | null) => void;
}

export function BreakGlassCard({ ending, onEnd }: CardProps) {
  const may = useMay();
  const visits = useBreakGlass();
  return (
    <section className="card clip" aria-labelledby="visits-title">
      <header className="wrap">
        <h2 id="visits-title" className="h3 grow">
          {t("The operator, let in")}
        </h2>
        <Policy />
      </header>
      <Faces query={visits} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("The operator never asked to see your data")}>
              {t(
                "When two of its people approve with a passkey, one of them is let in for an hour, and you are told at once.",
              )}
            </Empty>
          ) : (
            <ul>
              {items.map((each) => (
                <One visit={each} key={each.id} onEnd={may("people.write") ? () => onEnd(each) : null} />
              ))}
            </ul>
          )
        }
      </Faces>
      {ending && <Ending visit={ending} onClose={() => onEnd(null)} />}
    </section>
  );
}

export function StateOfVisit({ visit }: { visit: BreakGlass }) {
  const { state, until, lapses_at, closed_at, closed_by } = visit;
  if (state === "open" && until) {
    return (
      <span className="state dan">
        <IconDoorEnter {...ICON} />
        {t("open until {when}", { when: when(until) })}
      </span>
    );
  }
  if (state === "asked") {
    return (
      <span className="state cau">
        <IconHourglass {...ICON} />
        {t("asked, lapses {when}", { when: when(lapses_at) })}
      </span>
    );
  }
  const by: Record<NonNullable<BreakGlass["closed_by"]>, () => string> = {
    operator: () => t("ended by the operator"),
    customer: () => t("ended by the customer"),
    time: () => t("over by itself"),
  };
  return (
    <span className="state">
      <IconCircleCheck {...ICON} />
      {by[closed_by ?? "time"]()} {closed_at ? when(closed_at) : ""}
    </span>
  );
}

function One({ visit, onEnd }: { visit: BreakGlass; onEnd: (() => void) | null }) {
  return (
    <li className="rule first row wrap top g12" style={{ padding: "10px 16px" }}>
      <div className="grow">
        <div className="break">{visit.reason}</div>
        <div className="small t3">
          {t("asked {when}", { when: when(visit.asked_at) })}
          {" · "}
          {t("{count, plural, =0 {nobody approved} one {# person approved} other {# people approved}}", {
            count: visit.approvals,
          })}
          {visit.pseudonym && ` · ${t("as {who}", { who: visit.pseudonym })}`}
        </div>
      </div>
      <StateOfVisit visit={visit} />
      {onEnd && isGoing(visit) && (
        <Button size="s" chord="Shift+E" onClick={onEnd}>
          {visit.state === "open" ? t("End it") : t("Refuse it")}
        </Button>
      )}
    </li>
  );
}

function Ending({ visit, onClose }: { visit: BreakGlass; onClose: () => void }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => call("POST /break-glass/{break_glass}/end", { path: { break_glass: visit.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["break-glass"] });
      toast(t("Nobody of the operator is in."));
      onClose();
    },
  });
  return (
    <Confirm
      title={visit.state === "open" ? t("Put the visitor out") : t("Refuse the visit")}
      action={visit.state === "open" ? t("End the visit") : t("Refuse the visit")}
      isBusy={end.isPending}
      problem={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      <p>
        {t(
          "It ends at once. What was seen until now stays seen; each look is in your log. The operator may ask again, unless you forbid it.",
        )}
      </p>
    </Confirm>
  );
}

/** Whether the operator may be let in at all: the owner's word, with a way back. */
function Policy() {
  const client = useQueryClient();
  const may = useMay();
  const organization = useQuery({ queryKey: ["organization"], queryFn: () => call("GET /organization") });
  const [isAsking, setAsking] = useState(false);
  const save = useMutation({
    mutationFn: (allows: boolean) =>
      call("PATCH /organization", {
        body: {
          name: organization.data?.name ?? "",
          retention_days: organization.data?.retention_days ?? null,
          allows_break_glass: allows,
        },
      }),
    onSuccess: (saved) => {
      client.setQueryData(["organization"], saved);
      void client.invalidateQueries({ queryKey: ["break-glass"] });
      setAsking(false);
      const allows = saved.allows_break_glass;
      toast(allows ? t("The operator may ask to be let in.") : t("The operator is let in no more."), {
        word: t("Undo"),
        run: () => save.mutate(!allows),
      });
    },
  });
  if (!organization.data) return null;
  const allows = organization.data.allows_break_glass;
  return (
    <>
      <span className="small t2">{allows ? t("allowed, with two passkeys") : t("forbidden")}</span>
      {may("organization.write") && (
        <Button size="s" isBusy={save.isPending} onClick={() => (allows ? setAsking(true) : save.mutate(true))}>
          {allows ? t("Forbid it") : t("Allow it")}
        </Button>
      )}
      {save.error && !isAsking && <ProblemNotice problem={save.error} />}
      {isAsking && (
        <Confirm
          title={t("Let nobody of the operator in")}
          action={t("Forbid it")}
          isBusy={save.isPending}
          problem={save.error}
          onConfirm={() => save.mutate(false)}
          onClose={() => setAsking(false)}
        >
          <p>
            {t(
              "Whoever is in is put out at once, and nobody can ask again until you allow it. When something of yours fails, the operator has to help without seeing it.",
            )}
          </p>
        </Confirm>
      )}
    </>
  );
}
