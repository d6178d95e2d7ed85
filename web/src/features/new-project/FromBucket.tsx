/** Pictures of a connected bucket, or of a folder in it, brought in by the worker. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";

export function FromBucket({ project }: { project: string }) {
  const buckets = useQuery({ queryKey: ["buckets"], queryFn: () => call("GET /buckets") });
  return (
    <Faces query={buckets} lines={3}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty
            title={t("Connect a bucket first")}
            action={
              <Link className="btn" to="/settings">
                {t("Open the settings")}
              </Link>
            }
          >
            {t("A bucket is connected once for the whole organization; every project can take pictures from it.")}
          </Empty>
        ) : (
          <Order project={project} buckets={items} />
        )
      }
    </Faces>
  );
}

function Order({ project, buckets }: { project: string; buckets: { id: string; name: string; url: string }[] }) {
  const client = useQueryClient();
  const [bucket, setBucket] = useState(buckets[0]?.id ?? "");
  const [prefix, setPrefix] = useState("");
  const [batch, setBatch] = useState("");
  const key = useRef(crypto.randomUUID());
  const chosen = buckets.find(({ id }) => id === bucket);
  const begin = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/imports", {
        path: { project },
        body: { bucket, prefix: prefix.trim(), batch: batch.trim() || prefix.trim() || (chosen?.name ?? "") },
        headers: { "Idempotency-Key": key.current },
      }),
    onSettled: () => {
      key.current = crypto.randomUUID();
      void client.invalidateQueries({ queryKey: ["imports", project] });
    },
  });
  return (
    <form
      className="col g16"
      onSubmit={(event) => {
        event.preventDefault();
        if (!begin.isPending) begin.mutate();
      }}
    >
      <Field label={t("Bucket")} hint={chosen?.url}>
        <select className="input" value={bucket} onChange={(event) => setBucket(event.target.value)}>
          {buckets.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t("Folder in it")} hint={t("All pictures below it; the whole bucket if left empty.")}>
        <input
          className="input"
          maxLength={1000}
          spellCheck={false}
          value={prefix}
          onChange={(event) => setPrefix(event.target.value)}
        />
      </Field>
      <Field label={t("Batch")} hint={t("A name to find these tasks by; the folder’s own if left empty.")}>
        <input className="input" maxLength={200} value={batch} onChange={(event) => setBatch(event.target.value)} />
      </Field>
      <p className="small t3">
        {t("Pictures that the project has already, by their names, are not taken again. You can leave this page.")}
      </p>
      {begin.error && <ProblemNotice problem={begin.error} />}
      <div>
        <Button look="primary" type="submit" isBusy={begin.isPending}>
          {t("Bring the pictures in")}
        </Button>
      </div>
    </form>
  );
}
