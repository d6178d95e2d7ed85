/** Agreement on parts of the answers: batch by batch, day by day, vendor by vendor, or under each version of the guidelines. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { InPart, QualitySlice, QuestionQuality } from "../../api/contract";
import { useSession } from "../../api/session";
import { day, number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { AgreementCells, AgreementHead, leastOf } from "./AgreementCells";
import { pace } from "./figures";

/** A vendor by the name that the public register has for it; where it has none, by the end of its id. */
export function vendorWord({ subject, name }: Pick<QualitySlice, "subject" | "name">, own: string): string {
  if (subject === own) return t("your own people");
  return name ?? t("vendor {id}", { id: subject.slice(-8) });
}

export type Dimension = "batch" | "day" | "vendor" | "guideline";
interface TabProps {
  project: string;
  question: QuestionQuality;
  dimension: Dimension;
}

export function SlicesTab({ project, question, dimension }: TabProps) {
  const { organization } = useSession();
  const detail = useQuery({
    queryKey: ["quality", project, "question", question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/questions/{question}", { path: { project, question: question.question } }),
  });
  const batches = useQuery({
    queryKey: ["batches", project],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project } }),
    enabled: dimension === "batch",
  });
  return (
    <Faces query={detail} lines={6}>
      {(data) => {
        const slices = data.slices.filter((each) => each.dimension === dimension);
        if (dimension === "guideline" && slices.every(({ subject }) => subject === "0")) {
          return <NoGuidelines project={project} />;
        }
        if (slices.length === 0) return <NoPart />;
        const names = new Map(batches.data?.items.map((batch) => [batch.id, batch.name]));
        const named = (slice: QualitySlice): string => {
          const { subject } = slice;
          if (dimension === "batch") return names.get(subject) ?? subject.slice(-8);
          if (dimension === "day") return day(`${subject}T12:00:00Z`);
          if (dimension === "vendor") return vendorWord(slice, organization.id);
          return subject === "0" ? t("before there were any") : t("version {version}", { version: subject });
        };
        return <Listed slices={slices} dimension={dimension} named={named} />;
      }}
    </Faces>
  );
}

interface ListedProps {
  slices: QualitySlice[];
  dimension: Dimension;
  named: (slice: QualitySlice) => string;
}

function Listed({ slices, dimension, named }: ListedProps) {
  const least = leastOf(slices);
  const words: Record<Dimension, [title: string, first: string, hint: string]> = {
    batch: [
      t("Agreement by batch"),
      t("Batch"),
      t("Krippendorff’s alpha and Gwet’s coefficient, each with its 95 % interval"),
    ],
    day: [
      t("Agreement by day"),
      t("Day"),
      t("of answers given on the same day (UTC), newest first; a task answered on two counts in each"),
    ],
    vendor: [t("Agreement by vendor"), t("Vendor"), t("of answers by each vendor’s own people")],
    guideline: [
      t("Agreement by version of the guidelines"),
      t("Guidelines"),
      t("of answers given under the same version; a task that was answered under two counts in each"),
    ],
  };
  const [title, first, hint] = words[dimension];
  const shown = dimension === "day" ? [...slices].sort((a, b) => b.subject.localeCompare(a.subject)) : slices;
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{title}</h2>
        <span className="small t3">{hint}</span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <AgreementHead first={first} least={least}>
            <th style={{ minWidth: 120 }}>{t("People are right")}</th>
            <th className="r">{t("A task")}</th>
          </AgreementHead>
          <tbody>
            {shown.map((slice) => (
              <tr key={slice.subject}>
                <td className="b">{named(slice)}</td>
                <AgreementCells name={named(slice)} alpha={slice.alpha} gwet={slice.gwet} least={least} />
                <td className="r num">{number(slice.answers)}</td>
                <td>{slice.people && <Right name={named(slice)} of={slice.people} />}</td>
                <td className="r num t2">{slice.people?.active_ms ? pace(slice.people.active_ms) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** How often people are right in a part, as a band. */
export function Right({ name, of }: { name: string; of: InPart }) {
  const { accuracy, checked } = of;
  if (!accuracy) return null;
  return (
    <Interval
      name={t("People are right, {part}", { part: name })}
      value={accuracy.mean}
      low={accuracy.low}
      high={accuracy.high}
      count={checked}
      scale={[0.5, 1]}
    />
  );
}

function NoPart() {
  return (
    <div className="card">
      <Empty title={t("Nothing to compare yet")}>
        {t("Agreement is told part by part once answers to this question were fitted.")}
      </Empty>
    </div>
  );
}

function NoGuidelines({ project }: { project: string }) {
  return (
    <div className="card">
      <Empty
        title={t("There are no guidelines yet")}
        action={
          <Link className="btn" to="/projects/$project/guidelines" params={{ project }}>
            {t("Write guidelines")}
          </Link>
        }
      >
        {t("Once there are, agreement is told version by version.")}
      </Empty>
    </div>
  );
}
