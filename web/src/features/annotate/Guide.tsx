/** The guidelines, one key away, at the rule that the active question names. They stand where the questions stand. */
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Markdown } from "../../kit/Markdown";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";

interface GuideProps {
  project: Id;
  version: number;
  /** The heading to open at, as questions name it: guideline#wrong-dose. */
  anchor: string | null;
  onClose: () => void;
}

/** Fetched when the task is, so that the key opens it without a wait. */
export function useGuideline(project: Id, version: number | null) {
  return useQuery({
    queryKey: ["guideline", project, version],
    queryFn: () =>
      call("GET /projects/{project}/guidelines", { path: { project }, query: { version: version ?? undefined } }),
    enabled: Boolean(version),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A heading's name in links: “Wrong dose” is wrong-dose. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** The rule that a question's help names. */
export function anchorIn(help: string): string | null {
  return /guideline#([\p{L}\p{N}._-]+)/u.exec(help)?.[1] ?? null;
}

export function Guide({ project, version, anchor, onClose }: GuideProps) {
  const guideline = useGuideline(project, version);
  const body = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLElement>(null);
  const markdown = guideline.data?.markdown;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the text is there
  useEffect(() => {
    const timer = setTimeout(() => {
      const headings = [...(body.current?.querySelectorAll("h1, h2, h3, h4, h5, h6") ?? [])];
      const wanted = headings.find((heading) => slugOf(heading.textContent ?? "") === anchor);
      if (wanted) wanted.scrollIntoView({ block: "start" });
    }, 30);
    return () => clearTimeout(timer);
  }, [anchor, markdown]);
  return (
    <aside className="guide" aria-label={t("Guidelines")} ref={panel}>
      <header>
        <h2 className="grow" style={{ fontSize: 15 }}>
          {t("Guidelines v{version}", { version })}
        </h2>
        <IconButton name={t("Close the guidelines")} chord="G" onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keys */}
      <div className="body" ref={body} tabIndex={0}>
        {guideline.isPending ? (
          <Skeleton lines={10} />
        ) : guideline.error ? (
          <ProblemNotice problem={guideline.error} onRetry={() => guideline.refetch()} />
        ) : (
          <Markdown source={guideline.data.markdown} />
        )}
      </div>
    </aside>
  );
}
