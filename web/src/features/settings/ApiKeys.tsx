/** API keys: for the SDK, the command line and scripts. A key's secret is shown once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { ApiKey } from "../../api/contract";
import { useSession } from "../../api/session";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Field } from "../../kit/Field";
import { toast } from "../../kit/Toasts";
import { ListCard } from "./ListCard";
import { MakeDialog } from "./MakeDialog";

const DAYS = [7, 30, 90, 365] as const;

export function ApiKeys() {
  const client = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const keys = useQuery({ queryKey: ["api-keys"], queryFn: () => call("GET /api-keys") });
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => call("DELETE /api-keys/{key}", { path: { key: key.id } }),
    onSuccess: (_, key) => {
      setRevoking(null);
      void client.invalidateQueries({ queryKey: ["api-keys"] });
      toast(t("“{name}” opens nothing any more.", { name: key.name }));
    },
  });
  return (
    <ListCard
      title={t("API keys")}
      add={t("Make a key")}
      onAdd={() => setMaking(true)}
      query={keys}
      empty={{
        title: t("No key yet"),
        words: t("The SDK, the command line and scripts show a key instead of a password."),
      }}
      head={
        <>
          <th>{t("Name")}</th>
          <th>{t("Begins with")}</th>
          <th>{t("May")}</th>
          <th className="r">{t("Ends")}</th>
        </>
      }
      row={(each) => (
        <tr key={each.id}>
          <td className="b">{each.name}</td>
          <td className="mono small">{each.prefix}…</td>
          <td className="small t2" title={each.scopes?.join(", ")}>
            {each.scopes === null
              ? t("all its maker may")
              : t("{count, plural, one {# thing} other {# things}}", { count: each.scopes.length })}
          </td>
          <td className="r nowrap">
            {Date.parse(each.expires_at) < Date.now() ? (
              <span className="cau">{t("ended {day}", { day: day(each.expires_at) })}</span>
            ) : (
              <span className="t2">{day(each.expires_at)}</span>
            )}
          </td>
          <td className="r">
            <Button size="s" look="quiet" onClick={() => setRevoking(each)}>
              {t("Revoke")}
            </Button>
          </td>
        </tr>
      )}
    >
      {isMaking && <MakeKey onClose={() => setMaking(false)} />}
      {revoking && (
        <Confirm
          title={t("Revoke “{name}”", { name: revoking.name })}
          action={t("Revoke the key")}
          isBusy={revoke.isPending}
          problem={revoke.error}
          onConfirm={() => revoke.mutate(revoking)}
          onClose={() => setRevoking(null)}
        >
          <p>{t("Whatever shows this key is refused from its next request on. It cannot be brought back.")}</p>
        </Confirm>
      )}
    </ListCard>
  );
}

function MakeKey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { permissions } = useSession();
  const [name, setName] = useState("");
  const [days, setDays] = useState<number>(90);
  const [scopes, setScopes] = useState<ReadonlySet<string> | null>(null);
  const make = useMutation({
    mutationFn: () =>
      call("POST /api-keys", {
        body: {
          name,
          scopes: scopes && [...scopes],
          expires_at: new Date(Date.now() + days * 86_400_000).toISOString(),
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  const made = make.data;
  const toggle = (scope: string, is: boolean): void => {
    const after = new Set(scopes);
    if (is) after.add(scope);
    else after.delete(scope);
    setScopes(after);
  };
  return (
    <MakeDialog
      title={t("Make a key")}
      verb={t("Make the key")}
      isBusy={make.isPending}
      problem={make.error}
      made={
        made && {
          title: t("The key “{name}”", { name }),
          label: t("API key"),
          secret: made.secret,
          words: t("It opens until {day}.", { day: day(made.expires_at) }),
        }
      }
      onMake={() => make.mutate()}
      onClose={onClose}
    >
      <Field label={t("What it is for")} hint={t("To know it again in this list.")}>
        <input
          className="input"
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={t("It opens for")}>
        <select className="input" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {each === 365 ? t("a year") : t("{count} days", { count: each })}
            </option>
          ))}
        </select>
      </Field>
      <fieldset className="col g8">
        <legend className="b">{t("It may do")}</legend>
        <label className="row g8">
          <input
            type="checkbox"
            checked={scopes === null}
            onChange={(event) => setScopes(event.target.checked ? null : new Set())}
          />
          {t("All that you may, now and later")}
        </label>
        {scopes !== null && (
          <div className="checks">
            {permissions.map((scope) => (
              <label key={scope} className="mono small">
                <input
                  type="checkbox"
                  checked={scopes.has(scope)}
                  onChange={(event) => toggle(scope, event.target.checked)}
                />
                {scope}
              </label>
            ))}
          </div>
        )}
      </fieldset>
    </MakeDialog>
  );
}
