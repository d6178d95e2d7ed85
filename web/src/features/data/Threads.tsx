/** What was said about a task, discussion by discussion: what began it, the replies, and whether it is settled. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Comment, Id } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Said } from "./Said";

interface ThreadsProps {
  project: Id;
  task: Id;
  comments: Comment[];
  onChange: () => void;
}

/** Each with its replies, in the order in which they began. A reply whose beginning is hidden from this person stands alone. */
export function threadsOf(comments: Comment[]): { begun: Comment; replies: Comment[] }[] {
  const ids = new Set(comments.map(({ id }) => id));
  return comments
    .filter(({ reply_to }) => reply_to === null || !ids.has(reply_to))
    .map((begun) => ({ begun, replies: comments.filter(({ reply_to }) => reply_to === begun.id) }));
}

export function Threads({ project, task, comments, onChange }: ThreadsProps) {
  return (
    <ul className="entries">
      {threadsOf(comments).map(({ begun, replies }) => (
        <Said key={begun.id} comment={begun}>
          {replies.length > 0 && (
            <ul className="replies">
              {replies.map((each) => (
                <Said key={each.id} comment={each} />
              ))}
            </ul>
          )}
          {begun.kind !== "skip" && begun.reply_to === null && (
            <Answering project={project} task={task} begun={begun} onChange={onChange} />
          )}
        </Said>
      ))}
    </ul>
  );
}

function Answering({ project, task, begun, onChange }: Omit<ThreadsProps, "comments"> & { begun: Comment }) {
  const client = useQueryClient();
  const may = useMay();
  const { pseudonym } = useSession();
  const [text, setText] = useState<string | null>(null);
  const { id, resolved_at, resolved_by } = begun;
  const reply = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/tasks/{task}/comments", {
        path: { project, task },
        body: { text: (text ?? "").trim(), on: "", reply_to: id },
      }),
    onSuccess: () => {
      setText(null);
      onChange();
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
    onSuccess: () => {
      onChange();
      void client.invalidateQueries({ queryKey: ["project", project] });
    },
  });
  const send = (): void => {
    if (text?.trim() && !reply.isPending) reply.mutate();
  };
  if (!may("task.label")) return null;
  return (
    <>
      {resolved_at && (
        <p className="small t3">
          {t("Resolved by {who}, {when}", { who: resolved_by ?? "", when: when(resolved_at) })}
        </p>
      )}
      {reply.error && <ProblemNotice problem={reply.error} onRetry={send} />}
      {settle.error && <ProblemNotice problem={settle.error} />}
      {text !== null && (
        <textarea
          className="area"
          rows={2}
          dir="auto"
          maxLength={10_000}
          // biome-ignore lint/a11y/noAutofocus: the person has just asked to write
          autoFocus
          aria-label={t("Your reply to {who}", { who: begun.who })}
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            // The same keys add a comment of one's own in the dialog around.
            event.stopPropagation();
            send();
          }}
        />
      )}
      <div className="row g8">
        {!resolved_at &&
          (text === null ? (
            <Button size="s" look="quiet" onClick={() => setText("")}>
              {t("Reply")}
            </Button>
          ) : (
            <Button size="s" isBusy={reply.isPending} aria-disabled={!text.trim()} onClick={send}>
              {t("Send the reply")}
            </Button>
          ))}
        {(begun.who === pseudonym || may("task.read")) && (
          <Button size="s" look="quiet" isBusy={settle.isPending} onClick={() => settle.mutate()}>
            {resolved_at ? t("Open it again") : t("Resolve")}
          </Button>
        )}
      </div>
    </>
  );
}
