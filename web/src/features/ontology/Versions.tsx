/** Every version of the ontology: when, what its change meant, and what became of the one before. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { OntologyVersionFacts } from "../../api/contract";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { ClassTag } from "./ClassTag";
import { lineDiff } from "./line-diff";

interface VersionsProps {
  project: string;
  versions: OntologyVersionFacts[];
  /** Begins a draft from an older version. */
  onTake: (version: number) => void;
}

export function Versions({ project, versions, onTake }: VersionsProps) {
  const newest = versions[0]?.version ?? 1;
  const [chosen, setChosen] = useState(newest);
  const [against, setAgainst] = useState<number | null>(null);
  const base = against ?? Math.max(1, chosen - 1);
  return (
    <div className="versions">
      <ol className="versions-list" aria-label={t("Versions, newest first")}>
        {versions.map(({ version, change, created_at }) => (
          <li key={version}>
            <button
              type="button"
              className={version === chosen ? "version on" : "version"}
              aria-pressed={version === chosen}
              onClick={() => {
                setChosen(version);
                setAgainst(null);
              }}
            >
              <span className="row g8">
                <span className="b">{t("Version {version}", { version })}</span>
                {version === newest && <span className="chip flat">{t("in use")}</span>}
              </span>
              <span className="row g8 small">
                <ClassTag name={change} />
                <span className="t3 push">{when(created_at)}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <section
        className="versions-diff"
        aria-label={t("What changed")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also for those who have no mouse
        tabIndex={0}
      >
        <header className="row g8">
          <h2 className="h3 grow">
            {chosen === base
              ? t("Version {version}", { version: chosen })
              : t("From version {from} to {to}", { from: base, to: chosen })}
          </h2>
          {versions.length > 1 && (
            <label className="row g6 small t2">
              {t("compared with")}
              <select className="input s" value={base} onChange={({ target }) => setAgainst(Number(target.value))}>
                {versions
                  .filter(({ version }) => version !== chosen)
                  .map(({ version }) => (
                    <option key={version} value={version}>
                      {t("version {version}", { version })}
                    </option>
                  ))}
              </select>
            </label>
          )}
          {chosen !== newest && (
            <Button size="s" onClick={() => onTake(chosen)}>
              {t("Edit from here")}
            </Button>
          )}
        </header>
        <Difference project={project} from={base} to={chosen} />
      </section>
    </div>
  );
}

/** A version never changes: it is asked for once. */
function useVersion(project: string, version: number) {
  return useQuery({
    queryKey: ["ontology", project, version],
    queryFn: () => call("GET /projects/{project}/ontology", { path: { project }, query: { version } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Difference({ project, from, to }: { project: string; from: number; to: number }) {
  const [before, after] = [useVersion(project, from), useVersion(project, to)];
  const problem = before.error ?? after.error;
  if (problem) return <ProblemNotice problem={problem} />;
  if (!before.data || !after.data) return <Skeleton />;
  const text = (body: unknown): string => JSON.stringify(body, null, 2);
  const lines =
    from === to ? lineDiff("", text(after.data.body)) : lineDiff(text(before.data.body), text(after.data.body));
  return (
    <div className="line-diff mono" role="group">
      {lines.map((line, index) => {
        if (line.kind === "fold") {
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of two fixed versions never move
            <div key={index} className="line-fold small t3">
              {t("{count, plural, one {# equal line} other {# equal lines}}", { count: line.count ?? 0 })}
            </div>
          );
        }
        const isSame = from === to || line.kind === "same";
        const words = isSame ? "" : line.kind === "gone" ? "del" : "ins";
        const sign = isSame ? "" : line.kind === "gone" ? "−" : "+";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of two fixed versions never move
          <div key={index} className={isSame ? "line" : `line ${line.kind}`}>
            <span aria-hidden="true">{sign}</span>
            {/^\s*/.exec(line.text)?.[0]}
            <span className={words}>{line.text.trimStart()}</span>
          </div>
        );
      })}
    </div>
  );
}
