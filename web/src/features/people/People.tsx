/** The people of the organization: who they are, what they may do, and how to invite more. */
import { IconCertificate, IconSearch, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { call } from "../../api/client";
import type { Person, Role } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { wordOfRole } from "../../app/AccountMenu";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { day, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Keys } from "../../kit/Keys";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import { InviteDialog } from "./InviteDialog";
import { ROLES } from "./roles";

export default function People() {
  const may = useMay();
  const [inviting, setInviting] = useState<{ email: string; role: Role } | null>(null);
  const [words, setWords] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people") });
  const items = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return (people.data?.items ?? []).filter((each) => {
      const known = `${each.name ?? ""} ${each.email ?? ""} ${each.pseudonym} ${each.role}`.toLowerCase();
      return wanted.every((word) => known.includes(word));
    });
  }, [people.data, words]);
  useWalk({ ids: items.map(({ id }) => id), search: () => field.current?.focus() });
  return (
    <>
      <Crumbs trail={[]} here={t("People")}>
        <Link className="btn" to="/skills">
          <IconCertificate size={16} stroke={1.75} aria-hidden="true" />
          {t("Skills")}
        </Link>
        {may("people.write") && (
          <Button
            look="primary"
            icon={<IconUserPlus size={16} stroke={1.75} aria-hidden="true" />}
            onClick={() => setInviting({ email: "", role: "annotator" })}
          >
            {t("Invite somebody")}
          </Button>
        )}
      </Crumbs>
      <div className="page">
        <div className="row g12">
          <div className="searchbox" style={{ width: 280 }}>
            <IconSearch size={16} stroke={1.75} aria-hidden="true" />
            <input
              ref={field}
              className="input s"
              type="search"
              aria-label={t("Search people")}
              placeholder={t("Name, address, pseudonym or role")}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
            {words === "" && <Keys chord="/" />}
          </div>
          <span className="small t3">
            {t("{count, plural, one {# person} other {# people}}", { count: items.length })}
          </span>
        </div>
        <Faces query={people}>
          {() => (
            <div className="card clip">
              {items.length === 0 ? (
                <Empty
                  title={t("Try fewer words")}
                  action={<Button onClick={() => setWords("")}>{t("Show all")}</Button>}
                >
                  {t("Nobody here has that name, address, pseudonym or role.")}
                </Empty>
              ) : (
                <div className="scroll-x">
                  <table className="tbl walk">
                    <thead>
                      <tr>
                        <th>{t("Name")}</th>
                        <th>{t("Pseudonym")}</th>
                        <th>{t("Role")}</th>
                        <th>{t("State")}</th>
                        <th className="r">{t("Joined")}</th>
                        <th className="r">{t("Last seen")}</th>
                        <th aria-label={t("Actions")} />
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((each) => (
                        <Row person={each} key={each.id} onInvite={setInviting} />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </div>
          )}
        </Faces>
        <p className="small t3">
          {t(
            "Answers, looks and releases name people by their pseudonym. What they see of a project depends on their role.",
          )}
        </p>
      </div>
      {inviting && <InviteDialog {...inviting} onClose={() => setInviting(null)} />}
    </>
  );
}

interface RowProps {
  person: Person;
  onInvite: (whom: { email: string; role: Role }) => void;
}

function Row({ person, onInvite }: RowProps) {
  const client = useQueryClient();
  const may = useMay();
  const session = useSession();
  const [isRemoving, setRemoving] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const again = () => client.invalidateQueries({ queryKey: ["people"] });
  const named = person.name ?? person.pseudonym;
  const change = useMutation({
    mutationFn: (role: Role) => call("PATCH /people/{person}", { path: { person: person.id }, body: { role } }),
    onSuccess: (_, role) => {
      void again();
      const before = person.role;
      toast(t("{name} is {role} now.", { name: named, role: wordOfRole(role) }), {
        word: t("Undo"),
        run: () =>
          void call("PATCH /people/{person}", { path: { person: person.id }, body: { role: before } }).then(
            again,
            again,
          ),
      });
    },
  });
  const remove = useMutation({
    mutationFn: () => call("DELETE /people/{person}", { path: { person: person.id } }),
    onSuccess: () => {
      setRemoving(false);
      void again();
      toast(t("{name} is out.", { name: named }));
    },
  });
  const endSessions = useMutation({
    mutationFn: () => call("DELETE /people/{person}/sessions", { path: { person: person.id } }),
    onSuccess: () => {
      setEnding(false);
      toast(t("{name} is signed out everywhere in this organization.", { name: named }));
    },
  });
  const isSelf = session.person.id === person.id;
  const canChange = may("people.write") && !isSelf && (person.role !== "owner" || session.role === "owner");
  return (
    <tr>
      <td data-walk={person.id} tabIndex={-1}>
        <span className="b">{person.name ?? t("not known here")}</span> <span className="t3">{person.email}</span>
        {isSelf && <span className="t3"> · {t("you")}</span>}
        {change.error && (
          <div className="small dan" role="alert">
            {change.error.message}
          </div>
        )}
      </td>
      <td className="mono small nowrap">{person.pseudonym}</td>
      <td>
        {canChange ? (
          <select
            className="input s"
            style={{ width: "auto" }}
            aria-label={t("Role of {name}", { name: named })}
            value={change.isPending ? change.variables : person.role}
            onChange={(event) => change.mutate(event.target.value as Role)}
          >
            {ROLES.filter(({ role }) => role !== "owner" || session.role === "owner").map(({ role }) => (
              <option key={role} value={role}>
                {wordOfRole(role)}
              </option>
            ))}
          </select>
        ) : (
          wordOfRole(person.role)
        )}
      </td>
      <td>
        <StateTag state={person.state === "active" ? "member" : person.state} />
      </td>
      <td className="r t2 nowrap">{day(person.joined_at)}</td>
      <td className="r t2 nowrap">{person.last_seen_at ? when(person.last_seen_at) : "–"}</td>
      <td className="r nowrap">
        {canChange && person.state === "invited" && person.email && (
          <Button size="s" look="quiet" onClick={() => onInvite({ email: person.email ?? "", role: person.role })}>
            {t("New link")}
          </Button>
        )}
        {canChange && person.state === "active" && (
          <Button size="s" look="quiet" onClick={() => setEnding(true)}>
            {t("Sign out")}
          </Button>
        )}
        {isEnding && (
          <Confirm
            title={t("Sign {name} out", { name: named })}
            action={t("End their sessions here")}
            isBusy={endSessions.isPending}
            problem={endSessions.error}
            onConfirm={() => endSessions.mutate()}
            onClose={() => setEnding(false)}
          >
            <p>
              {t(
                "Their sessions in this organization end at once, on every device, and it is on record. They may sign in again; their keys stay.",
              )}
            </p>
          </Confirm>
        )}
        {canChange && person.role !== "owner" && (
          <Button size="s" look="quiet" onClick={() => setRemoving(true)}>
            {t("Remove")}
          </Button>
        )}
        {isRemoving && (
          <Confirm
            title={t("Remove {name}", { name: named })}
            action={t("Remove from the organization")}
            isBusy={remove.isPending}
            problem={remove.error}
            onConfirm={() => remove.mutate()}
            onClose={() => setRemoving(false)}
          >
            <p>
              {t("Their sessions and keys end at once, and what they hold goes back to the queue. Their answers stay.")}
            </p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
