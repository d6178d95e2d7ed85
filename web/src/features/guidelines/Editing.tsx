/** Writing the next version beside its preview. Pictures are dropped, pasted or picked; what changes is shown before it stands. */
import { IconPhoto } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call, pictureAddress } from "../../api/client";
import type { Guideline } from "../../api/contract";
import { Problem } from "../../api/problem";
import { day, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Markdown } from "../../kit/Markdown";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { GuidelineDiff } from "./GuidelineDiff";
import { type Change, SaveDialog } from "./SaveDialog";
import { isPicture, PICTURE_TYPES, usePictures } from "./usePictures";

interface EditingProps {
  project: string;
  guideline: Guideline;
  /** What the text begins with: as it stands, or as an earlier version was. */
  begin: { markdown: string; summary: string };
  onDone: (saved: { version: number; consent: Change["consent"] } | null) => void;
}

export function Editing({ project, guideline, begin, onDone }: EditingProps) {
  const client = useQueryClient();
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(begin.markdown);
  const [shows, setShows] = useState<"preview" | "changes">("preview");
  const [isSaving, setSaving] = useState(false);
  const [isOver, setOver] = useState(false);
  const pictures = usePictures(project, area, () => setDraft(area.current?.value ?? draft));
  const isChanged = draft !== guideline.markdown;
  const next = guideline.version + 1;
  const save = useMutation({
    mutationFn: (change: Change) =>
      call("PUT /projects/{project}/guidelines", {
        path: { project },
        body: { markdown: draft, ...change },
        headers: { "If-Match": `"${guideline.version}"` },
      }),
    onSuccess: ({ version }, { consent }) => {
      onDone({ version, consent });
      void client.invalidateQueries({ queryKey: ["guidelines", project] });
      void client.invalidateQueries({ queryKey: ["project", project] });
      toast(
        consent === "required"
          ? t("Version {version} stands. Everybody reads it before their next task.", { version })
          : t("Version {version} stands. Nobody is asked to read it again.", { version }),
      );
    },
    onError: (error) => {
      if (isStale(error)) {
        setSaving(false);
        setShows("changes");
        void client.invalidateQueries({ queryKey: ["guidelines", project] });
      }
    },
  });
  const isAtRisk = isChanged && !save.isSuccess;
  const leaving = useBlocker({ shouldBlockFn: () => isAtRisk, enableBeforeUnload: () => isAtRisk, withResolver: true });
  const take = (files: FileList | null | undefined): boolean => {
    const found = [...(files ?? [])].filter(isPicture);
    if (found.length > 0) pictures.take(found);
    return found.length > 0;
  };
  const begins = (): void => {
    save.reset();
    setSaving(true);
  };
  return (
    <>
      {isStale(save.error) && (
        <Notice tone="cau">
          {t(
            "Somebody else saved version {version} meanwhile. What you wrote is still here, shown against theirs: bring it in and save again.",
            { version: guideline.version },
          )}
        </Notice>
      )}
      {pictures.problem !== null && <ProblemNotice problem={pictures.problem} onRetry={pictures.forgetProblem} />}
      <div className="writing">
        <section className="card col">
          <div className="cardhead">
            <h2 className="h3">
              <label htmlFor="guideline">{t("Version {version}, in Markdown", { version: next })}</label>
            </h2>
            <span className="row g8">
              <span className="small t3" role="status">
                {pictures.sending > 0
                  ? t("{count, plural, one {A picture is} other {# pictures are}} on the way…", {
                      count: pictures.sending,
                    })
                  : t("drop or paste pictures")}
              </span>
              <Button
                size="s"
                icon={<IconPhoto size={16} stroke={1.75} aria-hidden="true" />}
                onClick={() => picker.current?.click()}
              >
                {t("Picture…")}
              </Button>
              <input
                ref={picker}
                type="file"
                hidden
                multiple
                accept={PICTURE_TYPES}
                aria-label={t("Pictures to add")}
                onChange={({ target }) => {
                  take(target.files);
                  target.value = "";
                }}
              />
            </span>
          </div>
          <textarea
            ref={area}
            id="guideline"
            className={isOver ? "mono over-here" : "mono"}
            maxLength={400_000}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked to write
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onPaste={(event) => {
              // What comes with words too (a cell, a paragraph) is pasted as words.
              if (event.clipboardData.getData("text/plain") === "") take(event.clipboardData.files);
            }}
            onDragOver={(event) => {
              if (!event.dataTransfer.types.includes("Files")) return;
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              setOver(false);
              if (take(event.dataTransfer.files)) event.preventDefault();
            }}
          />
        </section>
        <section className="card col" aria-label={t("Preview")}>
          <div className="cardhead">
            <h2 className="h3">{shows === "preview" ? t("As annotators read it") : t("What changes")}</h2>
            {guideline.version > 0 && (
              <Segmented
                label={t("Show")}
                value={shows}
                options={[
                  ["preview", t("Preview")],
                  ["changes", t("Changes")],
                ]}
                onChange={setShows}
              />
            )}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keys */}
          <div className="p20 guideline" tabIndex={0}>
            {shows === "preview" ? (
              <Markdown source={draft} pictureAt={pictureAddress(project)} />
            ) : (
              <GuidelineDiff project={project} before={guideline.markdown} after={draft} />
            )}
          </div>
        </section>
      </div>
      <div className="row g8 wrap">
        <Button
          look="primary"
          aria-disabled={!isChanged}
          title={isChanged ? undefined : t("Change something first")}
          onClick={() => isChanged && begins()}
        >
          {t("Save version {version}…", { version: next })}
        </Button>
        <Button onClick={() => onDone(null)}>{t("Cancel")}</Button>
        {guideline.version > 0 && (
          <span className="small t3">
            {t("v{version} of {day} stays readable.", {
              version: guideline.version,
              day: day(guideline.created_at ?? ""),
            })}
          </span>
        )}
      </div>
      {isSaving && (
        <SaveDialog
          project={project}
          before={guideline.markdown}
          after={draft}
          version={next}
          summary={begin.summary || (guideline.version === 0 ? t("The first version") : "")}
          problem={save.error}
          isBusy={save.isPending}
          onSave={(change) => save.mutate(change)}
          onClose={() => setSaving(false)}
        />
      )}
      {leaving.status === "blocked" && (
        <Confirm
          title={t("Leave without saving")}
          action={t("Leave")}
          isBusy={false}
          onConfirm={leaving.proceed}
          onClose={leaving.reset}
        >
          <p>{t("What you wrote for version {version} would be lost.", { version: next })}</p>
        </Confirm>
      )}
    </>
  );
}

function isStale(error: unknown): boolean {
  return error instanceof Problem && error.code === "precondition-failed";
}
