/** What was said about a task, and a word more. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { Threads } from "../data/Threads";

interface CommentsProps {
  project: Id;
  task: Id;
  /** The part that a new comment is about; "" is the task. */
  on: string;
  /** That part in a person's words. */
  onWord: string;
  onClose: () => void;
}

export function Comments({ project, task, on, onWord, onClose }: CommentsProps) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const path = { project, task };
  const queryKey = ["comments", task];
  const comments = useQuery({
    queryKey,
    queryFn: () => call("GET /projects/{project}/tasks/{task}/comments", { path }),
  });
  const add = useMutation({
    mutationFn: () => call("POST /projects/{project}/tasks/{task}/comments", { path, body: { on, text: text.trim() } }),
    onSuccess: () => {
      setText("");
      void client.invalidateQueries({ queryKey });
    },
  });
  const send = (): void => {
    if (text.trim() && !add.isPending) add.mutate();
  };
  return (
    <Dialog
      title={t("Comments on this task")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button look="primary" chord="Mod+Enter" aria-disabled={!text.trim()} isBusy={add.isPending} onClick={send}>
            {t("Add the comment")}
          </Button>
        </>
      }
    >
      {comments.isPending ? (
        <Skeleton lines={3} />
      ) : comments.error ? (
        <ProblemNotice problem={comments.error} onRetry={() => comments.refetch()} />
      ) : comments.data.items.length === 0 ? (
        <p className="t3">{t("Nobody has said anything yet. The project's people read what you write here.")}</p>
      ) : (
        <Threads
          project={project}
          task={task}
          comments={comments.data.items}
          onChange={() => void client.invalidateQueries({ queryKey })}
        />
      )}
      {add.error && <ProblemNotice problem={add.error} onRetry={send} />}
      <label className="col g6">
        <span className="b">{on ? t("Your comment on {part}", { part: onWord }) : t("Your comment")}</span>
        <textarea
          className="area"
          rows={3}
          dir="auto"
          maxLength={10_000}
          autoFocus
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
          }}
        />
      </label>
    </Dialog>
  );
}
