/** A changed guideline, read before the next task: what is new, what is gone, and one key to say that it was read. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, pictureAddress } from "../../api/client";
import type { Id } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Markdown } from "../../kit/Markdown";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import { changesIn, GuidelineDiff } from "../guidelines/GuidelineDiff";

const readIt = defineCommand<{ agree: () => void }>({
  id: "guideline.read",
  title: () => t("I have read them"),
  context: "consent",
  keys: ["Mod+Enter"],
  run: ({ agree }) => agree(),
});
const commands = [readIt];

interface ConsentProps {
  project: Id;
  version: number | null;
  onDone: () => void;
}

export function Consent({ project, version, onDone }: ConsentProps) {
  const path = { project };
  const [shows, setShows] = useState<"changes" | "whole">("changes");
  const versions = useQuery({
    queryKey: ["guideline-changes", project, version],
    queryFn: async () => {
      const query = version === null ? undefined : { version };
      const now = await call("GET /projects/{project}/guidelines", { path, query });
      // What this person has read is what it is compared with, however many versions ago that was.
      const read = Math.min(now.consented_version, now.version - 1);
      const before =
        read > 0 ? await call("GET /projects/{project}/guidelines", { path, query: { version: read } }) : null;
      return { now, read, before: before?.markdown ?? "" };
    },
    // Which version was read last is asked anew each time.
    gcTime: 0,
  });
  const consent = useMutation({
    mutationFn: (read: number) =>
      call("POST /projects/{project}/guidelines/consent", { path, body: { version: read } }),
    onSuccess: onDone,
  });
  const agree = (): void => {
    if (versions.data && !consent.isPending) consent.mutate(versions.data.now.version);
  };
  useCommands(commands, { agree });
  if (versions.isPending) return <Skeleton lines={10} />;
  if (versions.error) {
    return (
      <div className="empty">
        <ProblemNotice problem={versions.error} onRetry={() => versions.refetch()} />
      </div>
    );
  }
  const { now, read, before } = versions.data;
  const isFirst = read === 0;
  const summaries = now.versions.filter(
    (each) => each.version > read && each.version <= now.version && each.summary !== "",
  );
  return (
    <div className="consent">
      <header className="row between g16">
        <div>
          <h2>{t("Read the guidelines before your next task")}</h2>
          <p className="t2 mt4">
            {isFirst
              ? t("Version {version}. They say what each answer means here.", { version: now.version })
              : t(
                  "Version {version}: {count, plural, one {# passage} other {# passages}} changed since v{read}, which you read last.",
                  { version: now.version, read, count: changesIn(before, now.markdown) },
                )}
          </p>
        </div>
        <Button look="primary" size="l" isBusy={consent.isPending} chord={chordFor(readIt as never)} onClick={agree}>
          {t("I have read them")}
        </Button>
      </header>
      {consent.error && <ProblemNotice problem={consent.error} onRetry={agree} />}
      {!isFirst && summaries.length > 0 && (
        <ul className="summaries">
          {summaries.map((each) => (
            <li key={each.version}>
              <span className="b">{t("v{version}:", { version: each.version })}</span> {each.summary}
            </li>
          ))}
        </ul>
      )}
      {!isFirst && (
        <Segmented
          label={t("Show")}
          value={shows}
          options={[
            ["changes", t("What changed")],
            ["whole", t("The whole text")],
          ]}
          onChange={setShows}
        />
      )}
      <div className="card p20 guideline">
        {isFirst ? (
          <Markdown source={now.markdown} pictureAt={pictureAddress(project)} />
        ) : (
          <GuidelineDiff project={project} before={before} after={now.markdown} isBrief={shows === "changes"} />
        )}
      </div>
    </div>
  );
}
