/** A failure: the remedy as title, the cause below, its code in small mono, and one button. */
import { Problem } from "../api/problem";
import { t } from "../i18n";
import { Button } from "./Button";
import { Notice } from "./Notice";

export function ProblemNotice({ problem, onRetry }: { problem: unknown; onRetry?: () => void }) {
  const known = problem instanceof Problem ? problem : null;
  const isOffline = !known && (problem as { code?: string } | null)?.code === "offline";
  const problems = known?.problems ?? [];
  const [first] = problems;
  // One problem about all that was sent is told as any other failure is; else each stands with its place.
  const whole = problems.length === 1 && first && ["", "/"].includes(first.pointer) && first.remedy ? first : null;
  const title =
    whole?.remedy ?? known?.hint ?? (isOffline ? t("Check the connection and try again.") : t("Try again."));
  const cause =
    whole?.message ??
    known?.message ??
    (isOffline ? t("The server did not answer.") : String((problem as Error)?.message ?? problem));
  return (
    <Notice
      tone="dan"
      action={
        onRetry && (
          <Button size="s" onClick={onRetry}>
            {t("Try again")}
          </Button>
        )
      }
    >
      <div className="b">{title}</div>
      {(whole || problems.length === 0) && <div className="t2">{cause}</div>}
      {(whole ? [] : problems.slice(0, 5)).map((each) => (
        <div className="small" key={each.pointer + each.code}>
          <span className="mono">{each.pointer || "/"}</span> {each.message} {each.remedy}
        </div>
      ))}
      <div className="mono small t3">{known?.code ?? (isOffline ? "offline" : "")}</div>
    </Notice>
  );
}
