/** Where an annotator works: the material, the questions, the keys. */
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import type { Content } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { useCommands } from "../../commands/scopes";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { shownOptions } from "../../kinds/parts/options";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Mark } from "../../kit/Mark";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { type Held, useTasks } from "./useTasks";
import "./workspace.css";

interface Given {
  submit: () => void;
}
const submitAndNext = defineCommand<Given>({
  id: "annotation.submit-and-next",
  title: () => t("Submit and open the next task"),
  context: "workspace",
  keys: ["Mod+Enter"],
  inText: true,
  run: ({ submit }) => submit(),
});
const commands = [submitAndNext];

function Task({ held, submit }: { held: Held; submit: () => void }) {
  const { editor, kinds, assignment } = held;
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const language = document.documentElement.lang;
  const { seed } = assignment;
  const asked = editor.asked();
  const active = asked.find(({ key }) => key === state.active) ?? asked[0];
  const kind = active && kinds.questions[active.question.kind];
  const mediaOf = (content: Content): string | undefined => content.url;
  const shared = { editor, state, language, seed, onPicked: () => undefined };
  useCommands(commands, { submit });
  useCommands(kind?.commands ?? [], {
    ...shared,
    asked: active,
    options: active ? shownOptions(active, seed) : [],
  } as never);
  return (
    <div className="wmid">
      <main className="stage">
        {editor.ontology.inputs.map((input) => {
          const Viewer = kinds.inputs[input.kind]?.Viewer;
          const content = assignment.item.inputs[input.name];
          return Viewer && content ? (
            <Viewer
              key={input.name}
              {...shared}
              input={input}
              content={content}
              isAlone
              kinds={kinds.questions}
              mediaOf={mediaOf}
            />
          ) : null;
        })}
      </main>
      <aside className="panel" aria-label={t("Questions")}>
        {asked.map((each) => {
          const QuestionEditor = kinds.questions[each.question.kind]?.Editor;
          return (
            <section className={each === active ? "q on" : "q"} key={each.key}>
              <div className="qh">
                <h4>{wordsOf(each.question.text, language, each.question.name)}</h4>
              </div>
              {QuestionEditor && <QuestionEditor {...shared} asked={each} isActive={each === active} />}
            </section>
          );
        })}
      </aside>
    </div>
  );
}

export default function Workspace() {
  const { project } = useParams({ strict: false }) as { project: string };
  const { current, status, problem, submit } = useTasks(project);
  return (
    <div className="work">
      <header className="wtop">
        <Link className="btn quiet icon s" to="/" aria-label={t("Back to my work")} title={t("Back to my work")}>
          <IconChevronLeft size={18} stroke={1.75} aria-hidden="true" />
        </Link>
        <Mark />
      </header>
      {current ? (
        <Task held={current} submit={submit} key={current.assignment.task_id} />
      ) : problem ? (
        <ProblemNotice problem={problem} />
      ) : status === "loading" || status === "ok" ? (
        <Skeleton />
      ) : (
        <Empty title={t("Nothing waits for you here")} />
      )}
      <footer className="wbot">
        <span className="grow" />
        <Button look="primary" chord="Mod+Enter" onClick={submit}>
          {t("Submit")}
        </Button>
      </footer>
    </div>
  );
}
