/** On my work: the newest of what was changed of one's answers, and of how many. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import { number, t } from "../../i18n";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { FeedbackItem } from "./FeedbackItem";
import { isChanged } from "./feedback";

const LOOKED_AT = 50;
const SHOWN = 4;

export function FeedbackCard({ projects }: { projects: ReadonlyMap<string, string> }) {
  const feedback = useQuery({
    queryKey: ["feedback", LOOKED_AT],
    queryFn: () => call("GET /work/feedback", { query: { limit: LOOKED_AT } }),
    refetchInterval: 60_000,
  });
  const items = feedback.data?.items ?? [];
  const changed = items.filter(isChanged);
  if (feedback.error && !feedback.data) {
    return <ProblemNotice problem={feedback.error} onRetry={() => void feedback.refetch()} />;
  }
  // Nobody has looked at an answer yet: there is nothing to be told of it.
  if (items.length === 0) return null;
  return (
    <section className="card" aria-label={t("What reviewers changed")}>
      <header>
        <h2 className="h3 grow">{t("What reviewers changed")}</h2>
        <span className="small t3 num">
          {t("{changed} of your last {count, plural, one {# judged answer} other {# judged answers}}", {
            changed: number(changed.length),
            count: items.length,
          })}
        </span>
        <Link className="small" to="/history">
          {t("All feedback")}
        </Link>
      </header>
      {changed.length > 0 ? (
        <ul>
          {changed.slice(0, SHOWN).map((each) => (
            <FeedbackItem key={each.id} feedback={each} project={projects.get(each.project_id)} isBrief />
          ))}
        </ul>
      ) : (
        <p className="p16 t2">{t("Nothing: they stand as you gave them.")}</p>
      )}
    </section>
  );
}
