/** The guidelines, one key away, at the rule that the active question names. They stand where the questions stand. */
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, pictureAddress } from "../../api/client";
import type { Id, Passage } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { Markdown } from "../../kit/Markdown";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { AskDialog } from "../guidelines/AskDialog";
import { Discussions } from "../guidelines/Discussions";
import { headingsIn, markedIn, rangeOf } from "../guidelines/passages";

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
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const [asking, setAsking] = useState<{ marked: Passage | null } | null>(null);
  const headings = root ? headingsIn(root) : [];
  const show = (passage: Passage): void => {
    const range = root && rangeOf(root, passage);
    range?.startContainer.parentElement?.scrollIntoView({ block: "center" });
    if (range)
      document
        .getSelection()
        ?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  };
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
          <Markdown source={guideline.data.markdown} pictureAt={pictureAddress(project)} onDrawn={setRoot} />
        )}
      </div>
      <footer className="rule">
        <details>
          <summary>{t("Discussions")}</summary>
          <Discussions
            project={project}
            stands={root ? (passage) => rangeOf(root, passage) !== null : null}
            onShow={show}
          />
        </details>
        <Button
          size="s"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => setAsking({ marked: root ? markedIn(root) : null })}
        >
          {t("Ask…")}
        </Button>
      </footer>
      {asking && (
        <AskDialog
          project={project}
          version={version}
          marked={asking.marked}
          headings={headings.map((each) => each.textContent ?? "")}
          heading={headings.find((each) => slugOf(each.textContent ?? "") === anchor)?.textContent ?? ""}
          onClose={() => setAsking(null)}
        />
      )}
    </aside>
  );
}
