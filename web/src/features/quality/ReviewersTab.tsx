/** Reviewers: how strict each is, how right on known work, and authors as a reviewer in the middle would judge them. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { FairAuthor, ReviewerQuality, ReviewersQuality } from "../../api/contract";
import { number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { CHECKED_MIN, signed, two } from "./figures";

export function ReviewersTab({ project }: { project: string }) {
  const reviewers = useQuery({
    queryKey: ["quality reviewers", project],
    queryFn: () => call("GET /projects/{project}/quality/reviewers", { path: { project } }),
  });
  return (
    <Faces query={reviewers} lines={8}>
      {(data) => (data.reviewers.length === 0 ? <Nobody /> : <Listed found={data} />)}
    </Faces>
  );
}

function Nobody() {
  return (
    <div className="card">
      <Empty title={t("Nobody has reviewed yet")}>
        {t("Reviewers are compared by their verdicts, and by gold that comes to them as if it were work.")}
      </Empty>
    </div>
  );
}

function Listed({ found }: { found: ReviewersQuality }) {
  const widest = Math.max(1, ...found.reviewers.flatMap(({ severity }) => [-severity.low, severity.high]));
  return (
    <>
      <section className="card clip">
        <div className="cardhead">
          <h2 className="h3">{t("Reviewers")}</h2>
          <span className="small t3">{t("Severity in logits: 0 is the mean, to the right is stricter")}</span>
        </div>
        <div className="scroll-x">
          <table className="tbl">
            <thead>
              <tr>
                <th>{t("Person")}</th>
                <th style={{ minWidth: 140 }}>{t("Severity")}</th>
                <th className="r">{t("Estimate")}</th>
                <th className="r">{t("Accepted")}</th>
                <th className="r">{t("Right answers accepted")}</th>
                <th className="r">{t("Flaws caught")}</th>
                <th className="r">{t("Known work")}</th>
              </tr>
            </thead>
            <tbody>
              {found.reviewers.map((each) => (
                <Reviewer key={each.pseudonym} reviewer={each} widest={widest} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="card clip mt16">
        <div className="cardhead">
          <h2 className="h3">{t("Authors, severity set aside")}</h2>
          <span className="small t3">{t("The share of answers that a reviewer in the middle would accept")}</span>
        </div>
        <div className="scroll-x">
          <table className="tbl">
            <thead>
              <tr>
                <th>{t("Person")}</th>
                <th style={{ minWidth: 140 }}>{t("Fair share")}</th>
                <th className="r">{t("Estimate")}</th>
                <th className="r">{t("Accepted")}</th>
                <th className="r">{t("Reviewers")}</th>
              </tr>
            </thead>
            <tbody>
              {found.authors.map((each) => (
                <Author key={each.pseudonym} author={each} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

function Reviewer({ reviewer, widest }: { reviewer: ReviewerQuality; widest: number }) {
  const { severity, accepted } = reviewer;
  const words = { severe: t("strict"), lenient: t("lenient"), middle: t("in the middle") };
  return (
    <tr>
      <td>{reviewer.name ?? reviewer.pseudonym}</td>
      <td>
        <Interval
          name={t("Severity")}
          value={severity.value}
          low={severity.low}
          high={severity.high}
          count={accepted.total + reviewer.right.total}
          countMin={0}
          scale={[-widest, widest]}
          tone={severity.kind === "middle" ? "" : "cau"}
        />
      </td>
      <td className="r num">
        {signed(severity.value)} <span className="t3">{words[severity.kind]}</span>
      </td>
      <td className="r num">{ofSo(accepted)}</td>
      <td className="r num">{ofSo(reviewer.right_accepted)}</td>
      <td className="r num">{ofSo(reviewer.flaws_caught)}</td>
      <td className="r num">{number(reviewer.rate, { style: "percent" })}</td>
    </tr>
  );
}

function Author({ author }: { author: FairAuthor }) {
  const { fair, accepted } = author;
  return (
    <tr>
      <td>{author.name ?? author.pseudonym}</td>
      <td>
        <Interval
          name={t("Fair share")}
          value={fair.mean}
          low={fair.low}
          high={fair.high}
          count={accepted.total}
          countMin={CHECKED_MIN}
        />
      </td>
      <td className="r num">{fair.mean === null ? "–" : two(fair.mean)}</td>
      <td className="r num">{ofSo(accepted)}</td>
      <td className="r num">{number(author.reviewers)}</td>
    </tr>
  );
}

function ofSo({ right, total }: { right: number; total: number }): string {
  return total === 0 ? "–" : t("{right} of {total}", { right: number(right), total: number(total) });
}
