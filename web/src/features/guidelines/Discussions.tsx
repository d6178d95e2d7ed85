/** What is discussed about the guidelines: questions with the passage that they are about, replies, and whether it is settled. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Discussion, Passage } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { useDiscussions } from "./useGuidelines";

interface DiscussionsProps {
  project: string;
  /** Whether the words of a passage stand in the text that is shown; null where no text is. */
  stands: ((passage: Passage) => boolean) | null;
  onShow?: (passage: Passage) => void;
}

export function Discussions({ project, stands, onShow }: DiscussionsProps) {
  const [state, setState] = useState<"open" | "resolved">("open");
  const discussions = useDiscussions(project, state);
  return (
    <>
      <div className="p16">
        <Segmented
          label={t("Show")}
          value={state}
          options={[
            ["open", t("Open")],
            ["resolved", t("Resolved")],
          ]}
          onChange={setState}
        />
      </div>
      <Faces query={discussions} lines={3}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? (
            <p className="t3 p16">
              {state === "open"
                ? t("Nothing is open. Mark a passage, or choose a heading, and ask.")
                : t("Nothing was resolved yet.")}
            </p>
          ) : (
            <ul className="discussions">
              {items.map((each) => (
                <One key={each.id} project={project} discussion={each} stands={stands} onShow={onShow} />
              ))}
            </ul>
          );
        }}
      </Faces>
      {discussions.hasNextPage && (
        <div className="p12 rule">
          <Button look="quiet" isBusy={discussions.isFetchingNextPage} onClick={() => void discussions.fetchNextPage()}>
            {t("Show earlier ones")}
          </Button>
        </div>
      )}
    </>
  );
}

interface OneProps extends DiscussionsProps {
  discussion: Discussion;
}

function One({ project, discussion, stands, onShow }: OneProps) {
  const client = useQueryClient();
  const may = useMay();
  const session = useSession();
  const [text, setText] = useState("");
  const { id, passage, resolved_at, resolved_by, replies } = discussion;
  const fresh = (): void => {
    void client.invalidateQueries({ queryKey: ["discussions", project] });
    void client.invalidateQueries({ queryKey: ["project", project] });
  };
  const reply = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/guidelines/discussions/{discussion}/replies", {
        path: { project, discussion: id },
        body: { text: text.trim() },
      }),
    onSuccess: () => {
      setText("");
      fresh();
    },
  });
  const settle = useMutation({
    mutationFn: () =>
      call(
        resolved_at
          ? "POST /projects/{project}/discussions/{discussion}/reopen"
          : "POST /projects/{project}/discussions/{discussion}/resolve",
        { path: { project, discussion: id } },
      ),
    onSuccess: fresh,
  });
  const mine = session.pseudonym === discussion.who;
  const isGone = stands !== null && passage.quote !== "" && !stands(passage);
  const send = (): void => {
    if (text.trim() && !reply.isPending) reply.mutate();
  };
  return (
    <li>
      <div className="about">
        {passage.quote ? (
          <q dir="auto">{passage.quote}</q>
        ) : (
          <span className="b">{passage.heading || t("All of it")}</span>
        )}
        {isGone ? (
          <span className="small t3">{t("about an earlier text, v{version}", { version: discussion.version })}</span>
        ) : (
          onShow &&
          (passage.quote || passage.heading) && (
            <Button size="s" look="quiet" onClick={() => onShow(passage)}>
              {t("Show it")}
            </Button>
          )
        )}
      </div>
      <Words who={discussion.who} at={discussion.at} text={discussion.text} />
      {replies.length > 0 && (
        <ul className="replies">
          {replies.map((each) => (
            <li key={each.id}>
              <Words who={each.who} at={each.at} text={each.text} />
            </li>
          ))}
        </ul>
      )}
      {resolved_at && (
        <p className="small t3">
          {t("Resolved by {who}, {when}", { who: resolved_by ?? "", when: when(resolved_at) })}
        </p>
      )}
      {reply.error && <ProblemNotice problem={reply.error} onRetry={send} />}
      {settle.error && <ProblemNotice problem={settle.error} />}
      {may("task.label") && (
        <form
          className="col g6"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          {!resolved_at && (
            <textarea
              className="area"
              rows={1}
              dir="auto"
              maxLength={10_000}
              aria-label={t("Your reply to {who}", { who: discussion.who })}
              placeholder={t("Reply")}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
              }}
            />
          )}
          <div className="row g8">
            {text.trim() !== "" && (
              <Button type="submit" size="s" look="primary" chord="Mod+Enter" isBusy={reply.isPending}>
                {t("Reply")}
              </Button>
            )}
            {(mine || may("task.read")) && (
              <Button size="s" look="quiet" isBusy={settle.isPending} onClick={() => settle.mutate()}>
                {resolved_at ? t("Open it again") : t("Resolve")}
              </Button>
            )}
          </div>
        </form>
      )}
    </li>
  );
}

function Words({ who, at, text }: { who: string; at: string; text: string }) {
  return (
    <>
      <div className="row between g8">
        <span className="b">{who}</span>
        <span className="small t3">{when(at)}</span>
      </div>
      <p className="pre" dir="auto">
        {text}
      </p>
    </>
  );
}
