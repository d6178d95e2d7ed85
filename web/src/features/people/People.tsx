/** The people of the organization: who they are, what they may do, and how to invite more. */
import { IconCopy, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Person, Role } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";

const ROLES: [Role, () => string][] = [
  ["annotator", () => t("Annotator: labels")],
  ["reviewer", () => t("Reviewer: labels and reads tasks")],
  ["manager", () => t("Manager: makes and runs projects")],
  ["auditor", () => t("Auditor: reads records, no names")],
  ["owner", () => t("Owner: everything")],
];

export default function People() {
  const may = useMay();
  const [isInviting, setInviting] = useState(false);
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people") });
  return (
    <>
      <Crumbs trail={[]} here={t("People")}>
        {may("people.write") && (
          <Button
            look="primary"
            icon={<IconUserPlus size={16} stroke={1.75} aria-hidden="true" />}
            onClick={() => setInviting(true)}
          >
            {t("Invite somebody")}
          </Button>
        )}
      </Crumbs>
      <div className="page">
        {people.isPending ? (
          <div className="card">
            <Skeleton />
          </div>
        ) : people.error ? (
          <ProblemNotice problem={people.error} onRetry={() => people.refetch()} />
        ) : (
          <div className="card" style={{ overflow: "hidden" }}>
            <table className="tbl">
              <thead>
                <tr>
                  <th>{t("Name")}</th>
                  <th>{t("Pseudonym")}</th>
                  <th>{t("Role")}</th>
                  <th>{t("State")}</th>
                  <th className="r">{t("Last seen")}</th>
                  <th aria-label={t("Actions")} />
                </tr>
              </thead>
              <tbody>
                {people.data.items.map((each) => (
                  <Row person={each} key={each.id} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function Row({ person }: { person: Person }) {
  const client = useQueryClient();
  const may = useMay();
  const session = useSession();
  const [isRemoving, setRemoving] = useState(false);
  const again = () => client.invalidateQueries({ queryKey: ["people"] });
  const change = useMutation({
    mutationFn: (role: Role) => call("PATCH /people/{person}", { path: { person: person.id }, body: { role } }),
    onSuccess: () => {
      void again();
      toast(t("{name} has another role now.", { name: person.name ?? person.pseudonym }));
    },
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /people/{person}", { path: { person: person.id } }),
    onSuccess: () => {
      setRemoving(false);
      void again();
    },
  });
  const isSelf = session.person.id === person.id;
  return (
    <tr>
      <td>
        <span className="b">{person.name ?? "–"}</span> <span className="t3">{person.email}</span>
        {change.error && <div className="small dan">{(change.error as Error).message}</div>}
      </td>
      <td className="mono">{person.pseudonym}</td>
      <td>
        {may("people.write") && !isSelf ? (
          <select
            className="input s"
            aria-label={t("Role of {name}", { name: person.name ?? person.pseudonym })}
            value={person.role}
            onChange={(event) => change.mutate(event.target.value as Role)}
          >
            {ROLES.map(([role]) => (
              <option key={role} value={role}>
                {role}
              </option>
            ))}
          </select>
        ) : (
          person.role
        )}
      </td>
      <td>
        <StateTag state={person.state} word={person.state === "active" ? t("Member") : undefined} />
      </td>
      <td className="r t2">{person.last_seen_at ? when(person.last_seen_at) : "–"}</td>
      <td className="r">
        {may("people.write") && !isSelf && (
          <Button size="s" look="quiet" onClick={() => setRemoving(true)}>
            {t("Remove")}
          </Button>
        )}
        {isRemoving && (
          <Dialog
            title={t("Remove {name}", { name: person.name ?? person.pseudonym })}
            onClose={() => setRemoving(false)}
            footer={
              <>
                <Button onClick={() => setRemoving(false)}>{t("Keep")}</Button>
                <Button look="danger" isBusy={remove.isPending} onClick={() => remove.mutate()}>
                  {t("Remove from the organization")}
                </Button>
              </>
            }
          >
            <p>
              {t("Their sessions and keys end at once, and what they hold goes back to the queue. Their answers stay.")}
            </p>
            {remove.error && <ProblemNotice problem={remove.error} />}
          </Dialog>
        )}
      </td>
    </tr>
  );
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const invite = useMutation({
    mutationFn: () => call("POST /invitations", { body: { email, role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["people"] }),
  });
  const link = invite.data?.link;
  return (
    <Dialog
      title={t("Invite somebody")}
      onClose={onClose}
      footer={
        link ? (
          <Button look="primary" onClick={onClose}>
            {t("Done")}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t("Cancel")}</Button>
            <Button look="primary" type="submit" form="invite" isBusy={invite.isPending}>
              {t("Make the link")}
            </Button>
          </>
        )
      }
    >
      {link ? (
        <div className="col g12">
          <Notice tone="pos">{t("Send this link. It works once, for seven days, and is shown only here.")}</Notice>
          <div className="row g8">
            <input className="input grow mono" readOnly value={link} aria-label={t("Invitation link")} />
            <Button
              icon={<IconCopy size={16} stroke={1.75} aria-hidden="true" />}
              onClick={() => void navigator.clipboard?.writeText(link)}
            >
              {t("Copy")}
            </Button>
          </div>
        </div>
      ) : (
        <form
          id="invite"
          className="col g16"
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <Field label={t("E-mail address")}>
            <input
              className="input"
              type="email"
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Field label={t("Role")}>
            <select className="input" value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {ROLES.map(([each, words]) => (
                <option key={each} value={each}>
                  {words()}
                </option>
              ))}
            </select>
          </Field>
          {invite.error && <ProblemNotice problem={invite.error} />}
        </form>
      )}
    </Dialog>
  );
}
