/** What this organization claims of the ownership of others, with its source and what became of it. Nothing where it claims nothing. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { day, t } from "../../i18n";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { wordOfChallenge } from "./words";

export function Challenges() {
  const challenges = useQuery({ queryKey: ["challenges"], queryFn: () => call("GET /walls/challenges") });
  if (challenges.error) {
    return <ProblemNotice problem={challenges.error} onRetry={() => void challenges.refetch()} />;
  }
  const items = challenges.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <ul className="rule" aria-label={t("What you claim of the ownership of others")}>
      {items.map((each) => (
        <li key={each.id} className="row wrap g8" style={{ padding: "8px 20px" }}>
          <span className="b">{t("Your challenge")}</span>
          <span className="t2 grow break">{each.source}</span>
          <span className="small">{wordOfChallenge(each.state)}</span>
          <span className="small t3 num">{day(each.filed_at)}</span>
          {each.note && (
            <span className="small t2 break" style={{ flexBasis: "100%" }}>
              {each.note}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
