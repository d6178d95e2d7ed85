/** What audits say, apart from every model: how many labels are wrong at most, what it took, and what saying more would cost. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Audit, AuditPrice } from "../../api/contract";
import { useMay } from "../../api/session";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { BoundChart } from "./BoundChart";

const DELTA = 0.05;
const SHARES = [0.01, 0.02, 0.05, 0.1];

const percent = (share: number): string => number(share, { style: "percent", maximumFractionDigits: 1 });

export function AuditsTab({ project }: { project: string }) {
  const may = useMay();
  const audits = useQuery({
    queryKey: ["audits", project],
    queryFn: () => call("GET /projects/{project}/quality/audits", { path: { project } }),
    refetchInterval: 30_000,
  });
  return (
    <Faces query={audits} lines={8}>
      {(data) => (
        <>
          {data.items.map((audit) => (
            <Said key={audit.id} audit={audit} />
          ))}
          {data.items.length === 0 && !may("task.manage") && (
            <div className="card">
              <Empty title={t("There is no audit yet")}>{t("A manager asks for one.")}</Empty>
            </div>
          )}
          {may("task.manage") && <Ask project={project} />}
        </>
      )}
    </Faces>
  );
}

/** One audit: its sentence, its assumption, its counts, and how the bound came to be what it is. */
function Said({ audit }: { audit: Audit }) {
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">
          {t("At most {upper} of {tasks} labels are wrong", {
            upper: percent(audit.upper),
            tasks: number(audit.tasks),
          })}
        </h2>
        <span className="small t3">{t("Audited: asked for {time}", { time: when(audit.asked_at) })}</span>
      </div>
      <div className="auditbody">
        <p className="t2">
          {t(
            "With {sure} probability this was never wrong and is not now, whatever annotators did, if the auditors are right. No model has a part in it, and it says nothing of tasks that were done later.",
            { sure: percent(1 - audit.delta) },
          )}
        </p>
        <p>
          {t("{audited} of {drawn} audits done, {errors, plural, one {# error} other {# errors}} found.", {
            audited: number(audit.audited),
            drawn: number(audit.drawn),
            errors: audit.errors,
          })}{" "}
          {audit.pending > 0 &&
            t("{pending, plural, one {# that waits counts} other {# that wait count}} as wrong until then.", {
              pending: audit.pending,
            })}
        </p>
        <BoundChart audit={audit} />
      </div>
    </section>
  );
}

/** What is to be said, what it costs, and the way to ask for it. */
function Ask({ project }: { project: string }) {
  const client = useQueryClient();
  const [share, setShare] = useState(0.05);
  const price = useQuery({
    queryKey: ["audit-price", project, share],
    queryFn: () =>
      call("GET /projects/{project}/quality/audit-price", { path: { project }, query: { share, delta: DELTA } }),
  });
  const ask = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/quality/audits", { path: { project }, body: { share, delta: DELTA } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["audits", project] }),
  });
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Ask for an audit")}</h2>
      </div>
      <div className="auditbody">
        <p className="t2">
          {t(
            "Tasks that are done are drawn by lot. Reviewers and managers who had no part in them answer them again, without seeing the answers; what they find is counted and changes no label.",
          )}
        </p>
        <div className="row g12 wrap">
          <Field label={t("It is to say: at most")}>
            <select
              className="input num"
              style={{ width: "auto" }}
              value={share}
              onChange={(event) => setShare(Number(event.target.value))}
            >
              {SHARES.map((each) => (
                <option key={each} value={each}>
                  {t("{share} wrong", { share: percent(each) })}
                </option>
              ))}
            </select>
          </Field>
          <Faces query={price} lines={1}>
            {(found) => <Price price={found} />}
          </Faces>
        </div>
        {ask.error && <ProblemNotice problem={ask.error} />}
        <div>
          <Button
            look="primary"
            onClick={() => ask.mutate()}
            isBusy={ask.isPending}
            disabled={!price.data || price.data.tasks === 0}
          >
            {t("Draw the tasks")}
          </Button>
        </div>
      </div>
    </section>
  );
}

function Price({ price }: { price: AuditPrice }) {
  if (price.tasks === 0) return <p className="t2">{t("No task is done yet.")}</p>;
  return (
    <p>
      <span className="bb num">
        {t("about {audits, plural, one {# audit} other {# audits}}", { audits: price.audits })}
      </span>{" "}
      <span className="t2">
        {t("of {tasks} tasks, if none of them finds an error; each error found asks for more.", {
          tasks: number(price.tasks),
        })}
      </span>
    </p>
  );
}
