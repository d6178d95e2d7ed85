/** The skills of the organization: who has which until when; named, granted by hand, taken away with a reason. */
import { IconCircleCheck, IconCircleX, IconHourglass, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import type { Id, Skill } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;
const REASONS = ["work-quality", "guideline-changed", "misconduct", "not-needed"] as const;
type Reason = (typeof REASONS)[number];
type Holder = Skill["holders"][number];
type Act =
  | { kind: "name" }
  | { kind: "grant"; skill: Skill; holder?: Holder }
  | { kind: "revoke"; skill: Skill; holder: Holder };

export default function Skills() {
  const may = useMay();
  const [act, setAct] = useState<Act | null>(null);
  const skills = useQuery({ queryKey: ["skills"], queryFn: () => call("GET /skills") });
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people") });
  const names = useMemo(
    () => new Map((people.data?.items ?? []).map(({ id, name, pseudonym }) => [id, name ?? pseudonym])),
    [people.data],
  );
  const ids = useMemo(
    () => (skills.data?.items ?? []).flatMap(({ id, holders }) => holders.map(({ person_id }) => `${id} ${person_id}`)),
    [skills.data],
  );
  useWalk({ ids });
  const canChange = may("people.write");
  return (
    <>
      <Crumbs trail={[{ to: "/people", word: t("People") }]} here={t("Skills")}>
        {canChange && (
          <Button
            look="primary"
            icon={<IconPlus size={16} stroke={1.75} aria-hidden="true" />}
            onClick={() => setAct({ kind: "name" })}
          >
            {t("Name a skill")}
          </Button>
        )}
      </Crumbs>
      <div className="page">
        <Faces query={skills} lines={6}>
          {({ items }) =>
            items.length === 0 ? (
              <div className="card">
                <Empty
                  title={t("There is no skill yet")}
                  action={canChange && <Button onClick={() => setAct({ kind: "name" })}>{t("Name a skill")}</Button>}
                >
                  {t(
                    "A skill is what somebody can do. Exams grant it for a time, or you do; projects ask for it before they deal work.",
                  )}
                </Empty>
              </div>
            ) : (
              items.map((skill) => (
                <section className="card clip" key={skill.id} aria-label={skill.name}>
                  <div className="cardhead">
                    <h2 className="h3">{skill.name}</h2>
                    <div className="row g12">
                      <span className="small t3">
                        {t("{count, plural, =0 {nobody has it} one {one person has it} other {# people have it}}", {
                          count: skill.holders.filter(({ state }) => state === "valid").length,
                        })}
                      </span>
                      {canChange && (
                        <Button size="s" onClick={() => setAct({ kind: "grant", skill })}>
                          {t("Grant it…")}
                        </Button>
                      )}
                    </div>
                  </div>
                  {skill.holders.length > 0 && (
                    <div className="scroll-x">
                      <table className="tbl walk">
                        <thead>
                          <tr>
                            <th>{t("Person")}</th>
                            <th>{t("State")}</th>
                            <th>{t("Since")}</th>
                            <th>{t("Granted by")}</th>
                            <th>
                              <span className="hidden-visually">{t("What can be done")}</span>
                            </th>
                          </tr>
                        </thead>
                        <tbody>
                          {skill.holders.map((holder) => (
                            <tr key={holder.person_id}>
                              <td className="b" data-walk={`${skill.id} ${holder.person_id}`} tabIndex={-1}>
                                {names.get(holder.person_id) ?? holder.annotator}{" "}
                                <span className="mono small t3">{holder.annotator}</span>
                              </td>
                              <td>
                                <HolderState holder={holder} />
                              </td>
                              <td className="t2 nowrap">{day(holder.granted_at)}</td>
                              <td className="t2">{holder.by_exam ? t("an exam") : t("a manager")}</td>
                              <td className="r nowrap">
                                {canChange && (
                                  <>
                                    <Button
                                      size="s"
                                      look="quiet"
                                      onClick={() => setAct({ kind: "grant", skill, holder })}
                                    >
                                      {holder.state === "valid" ? t("Change the end…") : t("Grant again…")}
                                    </Button>
                                    {holder.state !== "revoked" && (
                                      <Button
                                        size="s"
                                        look="quiet"
                                        onClick={() => setAct({ kind: "revoke", skill, holder })}
                                      >
                                        {t("Take away…")}
                                      </Button>
                                    )}
                                  </>
                                )}
                              </td>
                            </tr>
                          ))}
                        </tbody>
                      </table>
                    </div>
                  )}
                </section>
              ))
            )
          }
        </Faces>
      </div>
      {act?.kind === "name" && <NameDialog onClose={() => setAct(null)} />}
      {act?.kind === "grant" && <GrantDialog {...act} names={names} onClose={() => setAct(null)} />}
      {act?.kind === "revoke" && (
        <RevokeDialog
          {...act}
          name={names.get(act.holder.person_id) ?? act.holder.annotator}
          onClose={() => setAct(null)}
        />
      )}
    </>
  );
}

function HolderState({ holder: { state, expires_at, reason } }: { holder: Holder }) {
  if (state === "revoked") {
    return (
      <span className="state dan">
        <IconCircleX {...ICON} />
        {t("taken away: {reason}", { reason: wordOfReason(reason as Reason) })}
      </span>
    );
  }
  if (state === "expired") {
    return (
      <span className="state cau">
        <IconHourglass {...ICON} />
        {t("expired {day}", { day: expires_at ? day(expires_at) : "" })}
      </span>
    );
  }
  return (
    <span className="state pos">
      <IconCircleCheck {...ICON} />
      {expires_at ? t("until {day}", { day: day(expires_at) }) : t("for good")}
    </span>
  );
}

function wordOfReason(reason: Reason): string {
  const words: Record<Reason, string> = {
    "work-quality": t("the quality of the work"),
    "guideline-changed": t("the guidelines changed"),
    misconduct: t("misconduct"),
    "not-needed": t("it is not needed any more"),
  };
  return words[reason] ?? reason;
}

function NameDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: () => call("POST /skills", { body: { name } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["skills"] });
      onClose();
    },
  });
  return (
    <Asked title={t("Name a skill")} verb={t("Add it")} mutation={add} onClose={onClose}>
      <Field label={t("What somebody can do")} hint={t("“Reads German contracts”")}>
        <input
          className="input"
          required
          maxLength={200}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
    </Asked>
  );
}

interface GrantProps {
  skill: Skill;
  holder?: Holder;
  names: ReadonlyMap<Id, string>;
  onClose: () => void;
}

function GrantDialog({ skill, holder, names, onClose }: GrantProps) {
  const client = useQueryClient();
  const [person, setPerson] = useState<Id>(holder?.person_id ?? "");
  const [until, setUntil] = useState(holder?.expires_at?.slice(0, 10) ?? "");
  const grant = useMutation({
    mutationFn: () =>
      call("PUT /people/{person}/skills", {
        path: { person },
        body: { skill_id: skill.id, expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["skills"] });
      toast(t("{name} has the skill “{skill}”.", { name: names.get(person) ?? "", skill: skill.name }));
      onClose();
    },
  });
  return (
    <Asked title={t("Grant “{skill}”", { skill: skill.name })} verb={t("Grant it")} mutation={grant} onClose={onClose}>
      <Field label={t("Person")}>
        <select className="input" required value={person} onChange={({ target }) => setPerson(target.value)}>
          <option value="">{t("choose")}</option>
          {[...names].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t("Until the end of")} hint={t("Empty: it does not expire. It is on record that you granted it.")}>
        <input className="input" type="date" value={until} onChange={({ target }) => setUntil(target.value)} />
      </Field>
    </Asked>
  );
}

function RevokeDialog({
  skill,
  holder,
  name,
  onClose,
}: {
  skill: Skill;
  holder: Holder;
  name: string;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [reason, setReason] = useState<Reason>("work-quality");
  const revoke = useMutation({
    mutationFn: () =>
      call("PUT /people/{person}/skills/{skill}/revocation", {
        path: { person: holder.person_id, skill: skill.id },
        body: { reason },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["skills"] });
      toast(t("Taken away: the next claim that needs it is refused."));
      onClose();
    },
  });
  return (
    <Asked
      title={t("Take “{skill}” away from {name}", { skill: skill.name, name })}
      verb={t("Take it away")}
      isDanger
      mutation={revoke}
      onClose={onClose}
    >
      <Field label={t("Reason")} hint={t("They read it. What they hold already they may finish.")}>
        <select className="input" value={reason} onChange={({ target }) => setReason(target.value as Reason)}>
          {REASONS.map((each) => (
            <option key={each} value={each}>
              {wordOfReason(each)}
            </option>
          ))}
        </select>
      </Field>
    </Asked>
  );
}

interface AskedProps {
  title: string;
  verb: string;
  isDanger?: boolean;
  mutation: { mutate: () => void; isPending: boolean; error: unknown };
  onClose: () => void;
  children: React.ReactNode;
}

function Asked({ title, verb, isDanger, mutation, onClose, children }: AskedProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look={isDanger ? "danger" : "primary"} type="submit" form="skill" isBusy={mutation.isPending}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        id="skill"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          mutation.mutate();
        }}
      >
        {children}
        {mutation.error !== null && <ProblemNotice problem={mutation.error} />}
      </form>
    </Dialog>
  );
}
