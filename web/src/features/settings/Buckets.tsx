/** Connected buckets: where pictures are brought in from. What opens them is sealed, and never shown again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { call } from "../../api/client";
import type { Bucket } from "../../api/contract";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Field } from "../../kit/Field";
import { toast } from "../../kit/Toasts";
import { ListCard } from "./ListCard";
import { MakeDialog } from "./MakeDialog";

export function Buckets() {
  const client = useQueryClient();
  const [isConnecting, setConnecting] = useState(false);
  const [forgetting, setForgetting] = useState<Bucket | null>(null);
  const buckets = useQuery({ queryKey: ["buckets"], queryFn: () => call("GET /buckets") });
  const forget = useMutation({
    mutationFn: (bucket: Bucket) => call("DELETE /buckets/{bucket}", { path: { bucket: bucket.id } }),
    onSuccess: (_, bucket) => {
      setForgetting(null);
      void client.invalidateQueries({ queryKey: ["buckets"] });
      toast(t("“{name}” is forgotten, with what opened it.", { name: bucket.name }));
    },
  });
  return (
    <ListCard
      title={t("Buckets")}
      add={t("Connect a bucket")}
      onAdd={() => setConnecting(true)}
      query={buckets}
      empty={{
        title: t("No bucket yet"),
        words: t("Pictures in an S3 bucket of yours, or in what speaks like one, are copied in and sealed here."),
      }}
      head={
        <>
          <th>{t("Name")}</th>
          <th>{t("Address")}</th>
          <th className="r">{t("Since")}</th>
        </>
      }
      row={(each) => (
        <tr key={each.id}>
          <td className="b break">{each.name}</td>
          <td className="break">
            <div className="mono small">{each.url}</div>
            <div className="small t3">{each.endpoint || each.region}</div>
          </td>
          <td className="r t2 nowrap">{day(each.created_at)}</td>
          <td className="r">
            <Button size="s" look="quiet" onClick={() => setForgetting(each)}>
              {t("Forget…")}
            </Button>
          </td>
        </tr>
      )}
    >
      {isConnecting && <ConnectDialog onClose={() => setConnecting(false)} />}
      {forgetting && (
        <Confirm
          title={t("Forget “{name}”", { name: forgetting.name })}
          action={t("Forget the bucket")}
          isBusy={forget.isPending}
          problem={forget.error}
          onConfirm={() => forget.mutate(forgetting)}
          onClose={() => setForgetting(null)}
        >
          <p>{t("Its keys are destroyed here, and imports from it end. What came from it stays.")}</p>
        </Confirm>
      )}
    </ListCard>
  );
}

const BLANK = { name: "", url: "", region: "", endpoint: "", access_key_id: "", secret_access_key: "" };

function ConnectDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [given, setGiven] = useState(BLANK);
  // The same order sent again connects one bucket, whatever became of the first answer.
  const key = useRef(crypto.randomUUID());
  const connect = useMutation({
    mutationFn: () => {
      const { name, url, ...others } = given;
      const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== ""));
      return call("POST /buckets", { body: { name, url, ...said }, headers: { "Idempotency-Key": key.current } });
    },
    onSuccess: (bucket) => {
      void client.invalidateQueries({ queryKey: ["buckets"] });
      toast(t("“{name}” opens, and is connected.", { name: bucket.name }));
      onClose();
    },
    onError: () => {
      key.current = crypto.randomUUID();
    },
  });
  const field = (name: keyof typeof BLANK) => ({
    className: "input",
    value: given[name],
    onChange: ({ target }: { target: HTMLInputElement }) => setGiven({ ...given, [name]: target.value }),
  });
  return (
    <MakeDialog
      title={t("Connect a bucket")}
      verb={t("Connect it")}
      isBusy={connect.isPending}
      problem={connect.error}
      onMake={() => connect.mutate()}
      onClose={onClose}
    >
      <Field label={t("Name")} hint={t("To know it again in lists.")}>
        <input required maxLength={200} {...field("name")} />
      </Field>
      <Field label={t("Address of the bucket")} hint={t("With a folder, where only that one is meant.")}>
        <input
          required
          maxLength={1000}
          pattern="s3://.+"
          placeholder="s3://street-pictures/2026"
          spellCheck={false}
          {...field("url")}
        />
      </Field>
      <div className="twoup">
        <Field label={t("Region")} hint={t("As the store names it.")}>
          <input maxLength={40} placeholder="eu-central-1" spellCheck={false} {...field("region")} />
        </Field>
        <Field label={t("Server")} hint={t("Where it is not AWS.")}>
          <input maxLength={1000} type="url" placeholder="https://…" spellCheck={false} {...field("endpoint")} />
        </Field>
      </div>
      <div className="twoup">
        <Field label={t("Access key")} hint={t("None for a bucket that is open to all.")}>
          <input maxLength={500} autoComplete="off" spellCheck={false} {...field("access_key_id")} />
        </Field>
        <Field label={t("Its secret")} hint={t("Sealed, and never shown again.")}>
          <input maxLength={500} type="password" autoComplete="off" {...field("secret_access_key")} />
        </Field>
      </div>
    </MakeDialog>
  );
}
