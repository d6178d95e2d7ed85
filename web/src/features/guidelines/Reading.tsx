/** Guidelines as they stand or stood: the text with its pictures, what changed since any other version, what is discussed. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { pictureAddress } from "../../api/client";
import type { Guideline, Passage } from "../../api/contract";
import { useMay } from "../../api/session";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Markdown } from "../../kit/Markdown";
import { Segmented } from "../../kit/Segmented";
import { AskDialog } from "./AskDialog";
import { Discussions } from "./Discussions";
import { GuidelineDiff } from "./GuidelineDiff";
import { headingsIn, markedIn, rangeOf } from "./passages";
import { useDiscussions, useVersion } from "./useGuidelines";

interface ReadingProps {
  project: string;
  guideline: Guideline;
  onRestore: (version: number, markdown: string) => void;
  /** Look for tasks that were answered before a version. */
  onAffected: (version: number) => void;
}

export function Reading({ project, guideline, onRestore, onAffected }: ReadingProps) {
  const may = useMay();
  const [chosen, setChosen] = useState(guideline.version);
  const [against, setAgainst] = useState<number | null>(null);
  const [shows, setShows] = useState<"text" | "changes">("text");
  const [aside, setAside] = useState<"discussions" | "versions">("discussions");
  const [asking, setAsking] = useState<{ marked: Passage | null } | null>(null);
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const [flashes, setFlashes] = useState(0);
  const shown = useVersion(project, chosen);
  const other = against ?? chosen - 1;
  const before = useVersion(project, shows === "changes" ? other : 0);
  const versions = [...guideline.versions].reverse();
  const headings = useMemo(() => (root ? headingsIn(root).map((each) => each.textContent ?? "") : []), [root]);
  const passages = useOpenPassages(project);
  useHighlight(shows === "text" ? root : null, passages, flashes);
  const stands = useCallback((passage: Passage) => root !== null && rangeOf(root, passage) !== null, [root]);
  const isDrawn = shows === "text" && root !== null;
  const show = (passage: Passage): void => {
    const range = root && rangeOf(root, passage);
    if (!range) return;
    const element = range.startContainer.parentElement;
    element?.scrollIntoView({ block: "center" });
    document
      .getSelection()
      ?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
    setFlashes((count) => count + 1);
  };
  const ask = (): void => setAsking({ marked: root ? markedIn(root) : null });
  return (
    <div className="cols">
      <section className="card">
        <div className="cardhead">
          <h2 className="h3">
            {chosen === guideline.version
              ? t("As they stand, v{version}", { version: chosen })
              : t("As they were, v{version}", { version: chosen })}
          </h2>
          <div className="row g8 wrap">
            {shows === "changes" && guideline.version > 2 && (
              <label className="row g6 small">
                {t("since")}
                <select className="input s" value={other} onChange={({ target }) => setAgainst(Number(target.value))}>
                  {versions
                    .filter(({ version }) => version !== chosen)
                    .map(({ version }) => (
                      <option key={version} value={version}>
                        v{version}
                      </option>
                    ))}
                </select>
              </label>
            )}
            {guideline.version > 1 && (chosen > 1 || shows === "changes" || against !== null) && (
              <Segmented
                label={t("Show")}
                value={shows}
                options={[
                  ["text", t("Text")],
                  ["changes", t("Changes since v{version}", { version: other })],
                ]}
                onChange={setShows}
              />
            )}
            {chosen !== guideline.version && may("project.write") && shown.data && (
              <Button size="s" onClick={() => onRestore(chosen, shown.data.markdown)}>
                {t("Restore it…")}
              </Button>
            )}
            {chosen > 1 && may("task.read") && shows === "changes" && (
              <Button size="s" onClick={() => onAffected(chosen)}>
                {t("Affected tasks…")}
              </Button>
            )}
            {may("task.label") && shows === "text" && (
              // Taken on the way down, before the click lets go of what is marked.
              <Button size="s" onMouseDown={(event) => event.preventDefault()} onClick={ask}>
                {t("Ask…")}
              </Button>
            )}
          </div>
        </div>
        <div className="p20 guideline">
          <Faces query={shown}>
            {(data) =>
              shows === "changes" && other > 0 ? (
                <Faces query={before}>
                  {(old) => <GuidelineDiff project={project} before={old.markdown} after={data.markdown} />}
                </Faces>
              ) : (
                <Markdown
                  key={data.version}
                  source={data.markdown}
                  pictureAt={pictureAddress(project)}
                  onDrawn={setRoot}
                />
              )
            }
          </Faces>
        </div>
      </section>
      <section className="card clip start" aria-label={t("Discussions and versions")}>
        <div className="cardhead">
          <Segmented
            label={t("Show")}
            value={aside}
            options={[
              ["discussions", t("Discussions")],
              ["versions", t("Versions")],
            ]}
            onChange={setAside}
          />
        </div>
        {aside === "discussions" ? (
          <Discussions
            project={project}
            stands={isDrawn ? stands : null}
            // Before the text is drawn there is nothing to show it on.
            onShow={isDrawn ? show : undefined}
          />
        ) : (
          <ul className="guideversions">
            {versions.map((each) => (
              <li key={each.version}>
                <button
                  type="button"
                  className={each.version === chosen ? "on" : ""}
                  aria-pressed={each.version === chosen}
                  onClick={() => {
                    setChosen(each.version);
                    setAgainst(null);
                    if (each.version === 1) setShows("text");
                  }}
                >
                  <span className="row between g8">
                    <span className="b">v{each.version}</span>
                    <span className="small t3">{when(each.created_at)}</span>
                  </span>
                  {each.summary && <span>{each.summary}</span>}
                  <span className="small t3">
                    {each.consent === "required"
                      ? t("by {who}, read by everybody", { who: each.by })
                      : t("by {who}, nobody asked", { who: each.by })}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {asking && (
        <AskDialog
          project={project}
          version={chosen}
          marked={asking.marked}
          headings={headings}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}

function useOpenPassages(project: string): Passage[] {
  const { data } = useDiscussions(project, "open");
  return useMemo(() => data?.pages.flatMap((page) => page.items.map(({ passage }) => passage)) ?? [], [data]);
}

/** Underlines what is asked about, where the browser can without touching the text. The list beside it says the same in words. */
function useHighlight(root: HTMLElement | null, passages: Passage[], again: number): void {
  const last = useRef(again);
  useEffect(() => {
    last.current = again;
    if (!root || !("highlights" in CSS)) return;
    const ranges = passages.filter(({ quote }) => quote).map((passage) => rangeOf(root, passage));
    CSS.highlights.set("asked", new Highlight(...ranges.filter((each) => each !== null)));
    return () => void CSS.highlights.delete("asked");
  }, [root, passages, again]);
}
