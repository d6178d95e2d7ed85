/** The organization's own settings: its name, how long it keeps what it no longer needs, and how people sign in. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Organization } from "../../api/contract";
import { SESSION } from "../../api/session";
import { bytes, number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import { PasskeyRule } from "./PasskeyRule";

export function OrganizationCard() {
  const organization = useQuery({ queryKey: ["organization"], queryFn: () => call("GET /organization") });
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Organization")}</h2>
      </div>
      <Faces query={organization} lines={3}>
        {(data) => (
          <>
            <Form organization={data} key={`${data.name} ${data.retention_days}`} />
            <PasskeyRule organization={data} />
          </>
        )}
      </Faces>
    </section>
  );
}

function Form({ organization }: { organization: Organization }) {
  const client = useQueryClient();
  const [name, setName] = useState(organization.name);
  const [days, setDays] = useState(organization.retention_days?.toString() ?? "");
  const save = useMutation({
    mutationFn: (settings: { name: string; retention_days: number | null }) =>
      call("PATCH /organization", { body: settings }),
    onSuccess: (saved) => {
      const { name, retention_days } = organization;
      client.setQueryData(["organization"], saved);
      void client.invalidateQueries({ queryKey: SESSION });
      toast(t("The organization is saved."), { word: t("Undo"), run: () => save.mutate({ name, retention_days }) });
    },
  });
  const { tasks, bytes: most } = organization.quota;
  return (
    <form
      className="p16 col g16"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ name, retention_days: days ? Number(days) : null });
      }}
    >
      <Field label={t("Name")}>
        <input
          className="input"
          required
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field
        label={t("Keep finished projects, days")}
        hint={t("Counted from when a project is archived. Empty: nothing is deleted by itself.")}
      >
        <input
          className="input"
          type="number"
          min={1}
          max={36500}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
      </Field>
      <p className="small t3">
        {t("At most: {tasks} tasks, {bytes} of files. The operator sets these.", {
          tasks: tasks === null ? t("any number of") : number(tasks),
          bytes: most === null ? t("any amount") : bytes(most),
        })}
      </p>
      {save.error && <ProblemNotice problem={save.error} />}
      <div>
        <Button type="submit" isBusy={save.isPending}>
          {t("Save the organization")}
        </Button>
      </div>
    </form>
  );
}
