/** A changed guideline, read before the next task: what is new, what is gone, and one key to say that it was read. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { chordFor, useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Markdown } from "../../kit/Markdown";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { changedBlocks } from "./changes";

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
  const versions = useQuery({
    queryKey: ["guideline-changes", project, version],
    queryFn: async () => {
      const query = version === null ? undefined : { version };
      const now = await call("GET /projects/{project}/guidelines", { path, query });
      const earlier = now.version > 1 ? { version: now.version - 1 } : null;
      const before = earlier
        ? (await call("GET /projects/{project}/guidelines", { path, query: earlier })).markdown
        : "";
      return { now, before };
    },
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
  const { now, before } = versions.data;
  const isFirst = before === "";
  const blocks = changedBlocks(before, now.markdown);
  const changes = blocks.filter(({ change }) => change !== "same").length;
  return (
    <div className="consent">
      <header className="row between g16">
        <div>
          <h2>{t("Read the guidelines before your next task")}</h2>
          <p className="t2 mt4">
            {isFirst
              ? t("Version {version}. They say what each answer means here.", { version: now.version })
              : t(
                  "Version {version}: {count, plural, one {# passage} other {# passages}} changed since the last one.",
                  {
                    version: now.version,
                    count: changes,
                  },
                )}
          </p>
        </div>
        <Button look="primary" size="l" isBusy={consent.isPending} chord={chordFor(readIt as never)} onClick={agree}>
          {t("I have read them")}
        </Button>
      </header>
      {consent.error && <ProblemNotice problem={consent.error} onRetry={agree} />}
      <div className="card p20">
        {isFirst ? (
          <Markdown source={now.markdown} />
        ) : (
          blocks.map(({ text, change }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of two fixed versions never change places
            <div key={index} className={change === "same" ? undefined : `block-${change}`}>
              {change !== "same" && (
                <div className={change === "new" ? "over pos" : "over dan"}>
                  {change === "new" ? t("New") : t("Gone")}
                </div>
              )}
              <Markdown source={text} />
            </div>
          ))
        )}
      </div>
    </div>
  );
}
