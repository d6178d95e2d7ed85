/** Settings: how it looks for you, your API keys, the organization. */
import { IconCopy } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { ApiKey, Theme } from "../../api/contract";
import { SESSION, useMay, usePreferences, useSession } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import "../progress/progress.css";

export default function Settings() {
  const may = useMay();
  return (
    <>
      <Crumbs trail={[]} here={t("Settings")} />
      <div className="page">
        <Look />
        {may("organization.write") && <OrganizationCard />}
        {may("key.manage") && <Keys />}
      </div>
    </>
  );
}

function Look() {
  const { preferences, prefer } = usePreferences();
  const session = useSession();
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h3>{t("For you")}</h3>
        <span className="t3">{session.person.email}</span>
      </div>
      <div className="p20 col g16">
        <div className="row between">
          <span>{t("Theme")}</span>
          <Segmented<Theme>
            label={t("Theme")}
            value={preferences.theme ?? "system"}
            options={[
              ["system", t("As the system")],
              ["light", t("Light")],
              ["dark", t("Dark")],
            ]}
            onChange={(theme) => prefer({ theme })}
          />
        </div>
        <div className="row between">
          <span>{t("Rows")}</span>
          <Segmented
            label={t("Rows")}
            value={preferences.density ?? "usual"}
            options={[
              ["compact", t("Compact")],
              ["usual", t("Usual")],
              ["roomy", t("Roomy")],
            ]}
            onChange={(density) => prefer({ density })}
          />
        </div>
        <div className="row between">
          <label htmlFor="text-size">{t("Size of the material, px")}</label>
          <input
            id="text-size"
            className="input s"
            style={{ width: 80 }}
            type="number"
            min={13}
            max={20}
            value={preferences.text_size ?? 15}
            onChange={(event) => {
              const size = Number(event.target.value);
              if (size >= 13 && size <= 20) prefer({ text_size: size });
            }}
          />
        </div>
        <div className="row between">
          <span>{t("Language")}</span>
          <Segmented
            label={t("Language")}
            value={preferences.language ?? "en"}
            options={[
              ["en", "English"],
              ["pseudo", t("Pseudo (for testing)")],
            ]}
            onChange={(language) => prefer({ language })}
          />
        </div>
      </div>
    </section>
  );
}

function OrganizationCard() {
  const client = useQueryClient();
  const organization = useQuery({ queryKey: ["organization"], queryFn: () => call("GET /organization") });
  const [name, setName] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (changed: string) => call("PATCH /organization", { body: { name: changed } }),
    onSuccess: () => {
      setName(null);
      void client.invalidateQueries({ queryKey: ["organization"] });
      void client.invalidateQueries({ queryKey: SESSION });
    },
  });
  if (organization.isPending) return <Skeleton lines={2} />;
  if (organization.error) return <ProblemNotice problem={organization.error} onRetry={() => organization.refetch()} />;
  return (
    <section className="card narrow">
      <div className="cardhead">
        <h3>{t("Organization")}</h3>
      </div>
      <form
        className="p20 col g16"
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== null) save.mutate(name);
        }}
      >
        <Field label={t("Name")}>
          <input
            className="input"
            required
            value={name ?? organization.data.name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {save.error && <ProblemNotice problem={save.error} />}
        <div>
          <Button type="submit" disabled={name === null || name === organization.data.name} isBusy={save.isPending}>
            {t("Save the name")}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Keys() {
  const client = useQueryClient();
  const keys = useQuery({ queryKey: ["api-keys"], queryFn: () => call("GET /api-keys") });
  const [name, setName] = useState("");
  const make = useMutation({
    mutationFn: () => call("POST /api-keys", { body: { name } }),
    onSuccess: () => {
      setName("");
      void client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const remove = useMutation({
    mutationFn: (key: ApiKey) => call("DELETE /api-keys/{key}", { path: { key: key.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  return (
    <section className="card narrow" style={{ overflow: "hidden" }}>
      <div className="cardhead">
        <h3>{t("API keys")}</h3>
        <span className="small t3">{t("for the SDK and the command line")}</span>
      </div>
      {make.data?.secret && (
        <div className="p16">
          <Notice tone="pos">
            <div className="b">{t("Copy the key now. It is shown only here.")}</div>
            <div className="row g8 mt4">
              <code className="mono break grow">{make.data.secret}</code>
              <Button
                size="s"
                icon={<IconCopy size={14} stroke={1.75} aria-hidden="true" />}
                onClick={() => void navigator.clipboard?.writeText(make.data.secret ?? "")}
              >
                {t("Copy")}
              </Button>
            </div>
          </Notice>
        </div>
      )}
      {keys.isPending ? (
        <Skeleton lines={2} />
      ) : keys.error ? (
        <ProblemNotice problem={keys.error} onRetry={() => keys.refetch()} />
      ) : (
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Name")}</th>
              <th>{t("Begins with")}</th>
              <th className="r">{t("Ends")}</th>
              <th aria-label={t("Actions")} />
            </tr>
          </thead>
          <tbody>
            {keys.data.items.map((each) => (
              <tr key={each.id}>
                <td className="b">{each.name}</td>
                <td className="mono small">{each.prefix}…</td>
                <td className="r t2">{each.expires_at ? day(each.expires_at) : "–"}</td>
                <td className="r">
                  <Button size="s" look="quiet" onClick={() => remove.mutate(each)}>
                    {t("Revoke")}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <form
        className="row g8 p16"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <input
          className="input grow"
          aria-label={t("Name of the new key")}
          placeholder={t("What it is for")}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" isBusy={make.isPending}>
          {t("Make a key")}
        </Button>
      </form>
      {make.error && <ProblemNotice problem={make.error} />}
    </section>
  );
}
