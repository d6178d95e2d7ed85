/** Agreement on parts of the answers: batch by batch, or under each version of the guidelines. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { QualitySlice, QuestionQuality } from "../../api/contract";
import { number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { AgreementCells, AgreementHead, leastOf } from "./AgreementCells";

interface TabProps {
  project: string;
  question: QuestionQuality;
  dimension: "batch" | "guideline";
}

export function SlicesTab({ project, question, dimension }: TabProps) {
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
        const names = new Map(batches.data?.items.map((batch) => [batch.id, batch.name]));
        const named = (slice: QualitySlice): string =>
          dimension === "batch"
            ? (names.get(slice.subject) ?? slice.subject.slice(-8))
            : slice.subject === "0"
              ? t("before there were any")
              : t("version {version}", { version: slice.subject });
        return <Listed slices={slices} dimension={dimension} named={named} />;
      }}
    </Faces>
  );
}

function Listed({
  slices,
  dimension,
  named,
}: {
  slices: QualitySlice[];
  dimension: "batch" | "guideline";
  named: (slice: QualitySlice) => string;
}) {
  const least = leastOf(slices);
  const isBatch = dimension === "batch";
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{isBatch ? t("Agreement by batch") : t("Agreement by version of the guidelines")}</h2>
        <span className="small t3">
          {isBatch
            ? t("Krippendorff’s alpha and Gwet’s coefficient, each with its 95 % interval")
            : t("of answers given under the same version; a task that was answered under two counts in each")}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <AgreementHead first={isBatch ? t("Batch") : t("Guidelines")} least={least} />
          <tbody>
            {slices.map((slice) => (
              <tr key={slice.subject}>
                <td className="b">{named(slice)}</td>
                <AgreementCells name={named(slice)} alpha={slice.alpha} gwet={slice.gwet} least={least} />
                <td className="r num">{number(slice.answers)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
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
