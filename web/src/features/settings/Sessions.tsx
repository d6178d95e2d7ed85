/** Where this person is signed in; each can be ended from here. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { OwnSession } from "../../api/contract";
import { PasskeyLetBe } from "../../api/passkeys";
import { useSession } from "../../api/session";
import { day, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import { useConfirmed } from "./ConfirmWho";

export function Sessions() {
  const client = useQueryClient();
  const session = useSession();
  const confirmed = useConfirmed();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => call("GET /sessions") });
  const again = () => client.invalidateQueries({ queryKey: ["sessions"] });
  const end = useMutation({
    mutationFn: (each: OwnSession) =>
      confirmed.run(() => call("DELETE /sessions/{session}", { path: { session: each.id } })),
    onSuccess: again,
  });
  const endOthers = useMutation({
    mutationFn: () => confirmed.run(() => call("DELETE /sessions")),
    onSuccess: () => {
      void again();
      toast(t("Every other session has ended."));
    },
  });
  const refusal = end.error ?? endOthers.error;
  const problem = refusal instanceof PasskeyLetBe ? null : refusal;
  const nameOf = (id: string): string =>
    session.organizations.find((each) => each.id === id)?.name ?? t("another organization");
  const others = (sessions.data?.items ?? []).filter((each) => !each.is_current);
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("Where you are signed in")}</h2>
        {others.length > 1 && (
          <Button size="s" isBusy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t("End all others")}
          </Button>
        )}
      </div>
      <Faces query={sessions} lines={2}>
        {({ items }) => (
          <table className="tbl">
            <thead>
              <tr>
                <th>{t("Signed in")}</th>
                <th>{t("Organization")}</th>
                <th>{t("Ends by itself")}</th>
                <th aria-label={t("Actions")} />
              </tr>
            </thead>
            <tbody>
              {items.map((each) => (
                <tr key={each.id}>
                  <td>{when(each.opened_at)}</td>
                  <td className="t2">{nameOf(each.organization_id)}</td>
                  <td className="t2">{day(each.expires_at)}</td>
                  <td className="r">
                    {each.is_current ? (
                      <span className="small t3">{t("this one")}</span>
                    ) : (
                      <Button size="s" look="quiet" onClick={() => end.mutate(each)}>
                        {t("End it")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Faces>
      {problem && <ProblemNotice problem={problem} />}
      {confirmed.asking}
    </section>
  );
}
