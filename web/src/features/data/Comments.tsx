/** What people said about a task: comments, reports with their reason, the notes of skips. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Threads } from "./Threads";

export function Comments({ project, task }: { project: string; task: string }) {
  const client = useQueryClient();
  const path = { project, task };
  const comments = useQuery({
    queryKey: ["comments", project, task],
    queryFn: () => call("GET /projects/{project}/tasks/{task}/comments", { path }),
  });
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => call("POST /projects/{project}/tasks/{task}/comments", { path, body: { text, on: "" } }),
    onSuccess: () => {
      setText("");
      void client.invalidateQueries({ queryKey: ["comments", project, task] });
    },
  });
  return (
    <div className="mt12 col g12">
      <Faces query={comments} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="t3">{t("Nobody has said anything about this task.")}</p>
          ) : (
            <Threads
              project={project}
              task={task}
              comments={items}
              onChange={() => void client.invalidateQueries({ queryKey: ["comments", project, task] })}
            />
          )
        }
      </Faces>
      <form
        className="col g8"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) add.mutate();
        }}
      >
        <textarea
          className="area"
          rows={2}
          maxLength={10_000}
          aria-label={t("Your comment")}
          placeholder={t("Say something about this task. Whoever answers it can read it.")}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {add.error && <ProblemNotice problem={add.error} />}
        <div>
          <Button
            type="submit"
            isBusy={add.isPending}
            aria-disabled={!text.trim()}
            title={text.trim() ? undefined : t("Write something first")}
          >
            {t("Comment")}
          </Button>
        </div>
      </form>
    </div>
  );
}
