/** The builder: what is shown and what is asked as a list that opens line by line; beside it, what annotators will see. */
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { call } from "../../api/client";
import type { Defect, Item, OntologyBody, Question } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { EditedLanguage } from "../../kinds/parts/language";
import { inputNames, type Kinds, loadKinds, questionNames } from "../../kinds/registry";
import { IconButton } from "../../kit/IconButton";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import {
  addInput,
  addPage,
  addQuestion,
  languagesOf,
  moveInput,
  moveQuestion,
  pagesOf,
  putInput,
  putPage,
  putQuestion,
  removeInput,
  removePage,
  removeQuestion,
  rename,
} from "./draft";
import { InputForm } from "./InputForm";
import { LanguageBar } from "./LanguageBar";
import { AddMenu, OutlineLine } from "./OutlineLine";
import { Preview } from "./Preview";
import { ProblemLines } from "./Problems";
import { QuestionForm } from "./QuestionForm";
import { canBeAsked, type Facts, firstTarget } from "./targets";
import { type Draft, problemsAt } from "./useDraft";
import { WordsField } from "./WordsField";
import "./ontology.css";

interface BuilderProps {
  draft: Draft;
  problems: readonly Defect[];
  /** Names that stored answers and tasks use already. */
  stored: ReadonlySet<string>;
  /** A real item to preview with, where there is one. */
  item: Item | null;
  /** Stands at the end of the preview's head: where items come from. */
  source?: ReactNode;
}

/** What the server and this interface know of the kinds. */
export function useKinds(): { kinds: Kinds | null; facts: Facts | null; problem: unknown } {
  const known = useQuery({ queryKey: ["kinds"], queryFn: () => call("GET /kinds"), staleTime: 600_000 });
  const [kinds, setKinds] = useState<Kinds | null>(null);
  useEffect(() => {
    void loadKinds({ questions: questionNames, inputs: inputNames }).then(setKinds);
  }, []);
  const facts = known.data && {
    inputs: Object.fromEntries(known.data.inputs.map((each) => [each.name, each])),
    questions: Object.fromEntries(known.data.questions.map((each) => [each.name, each])),
  };
  return { kinds, facts: facts ?? null, problem: known.error };
}

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function Builder({ draft, problems, stored, item, source }: BuilderProps) {
  const { kinds, facts, problem } = useKinds();
  const { body, put } = draft;
  const [open, setOpen] = useState<string | null>(null);
  const [language, setLanguage] = useState(body.language);
  const edited = languagesOf(body).includes(language) ? language : body.language;
  if (problem) return <ProblemNotice problem={problem} />;
  if (!kinds || !facts) return <Skeleton />;
  const toggle = (name: string): void => setOpen(open === name ? null : name);
  const follow = (from: string, to: string): void => {
    put(rename(body, from, to));
    setOpen(to);
  };
  const pages = pagesOf(body);
  const hasPages = (body.pages?.length ?? 0) > 0;
  const shared = { body, put, problems, stored, kinds, facts, language: edited, open, toggle, follow };
  return (
    <EditedLanguage.Provider value={{ own: body.language, edited }}>
      <div className="builder">
        <div className="outline">
          <LanguageBar body={body} edited={edited} onEdit={setLanguage} onChange={put} />
          <ProblemLines problems={problems.filter(({ pointer }) => !/^\/(inputs|questions)\/\d/.test(pointer))} />
          <section aria-label={t("What is shown")}>
            <header className="outline-head">
              <h2 className="h3">{t("What is shown")}</h2>
              <AddMenu
                word={t("Add")}
                label={t("Add something that is shown")}
                choices={Object.values(kinds.inputs)
                  .filter(({ name }) => facts.inputs[name])
                  .map(({ name, title, initial }) => ({
                    name,
                    title: title(),
                    add: () => put(addInput(body, name, initial)),
                  }))}
                onAdded={() => setOpen(null)}
              />
            </header>
            {body.inputs.map((input, index) => (
              <OutlineLine
                key={input.name}
                title={wordsOf(input.text, edited, input.name)}
                note={kinds.inputs[input.kind]?.title() ?? input.kind}
                isOpen={open === input.name}
                onToggle={() => toggle(input.name)}
                problems={problemsAt(problems, `/inputs/${index}`)}
                up={index > 0 ? () => put(moveInput(body, index, index - 1)) : null}
                down={index < body.inputs.length - 1 ? () => put(moveInput(body, index, index + 1)) : null}
                onRemove={body.inputs.length > 1 ? () => put(removeInput(body, index)) : null}
              >
                <InputForm
                  input={input}
                  body={body}
                  kind={kinds.inputs[input.kind]}
                  isStored={stored.has(input.name)}
                  onChange={(change, merge) => put(putInput(body, index, change), merge)}
                  onRename={(name) => follow(input.name, name)}
                />
              </OutlineLine>
            ))}
          </section>
          <section aria-label={t("What is asked")}>
            <header className="outline-head">
              <h2 className="h3">{t("What is asked")}</h2>
              <AddMenu
                word={t("Add")}
                label={t("Add a question")}
                choices={Object.values(kinds.questions)
                  .filter(({ name }) => facts.questions[name])
                  .map(({ name, title, initial }) => ({
                    name,
                    title: title(),
                    isOff: !canBeAsked(facts.questions[name] as never, body, facts),
                    add: () => {
                      const target = firstTarget(facts.questions[name] as never, body, facts);
                      const next = addQuestion(body, name, { settings: initial, target });
                      put(next);
                      setOpen(next.questions.at(-1)?.name ?? null);
                    },
                  }))}
                onAdded={() => undefined}
              />
            </header>
            {pages.map((page, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a page has no name; its place is its identity
              <div key={at} className={hasPages ? "outline-page" : undefined}>
                {hasPages && (
                  <div className="outline-page-head">
                    <WordsField
                      label={t("Page {number}", { number: at + 1 })}
                      words={page.title}
                      placeholder={t("no title")}
                      onChange={(title) => put(putPage(body, at, { title }), `page ${at}`)}
                    />
                    <IconButton
                      name={t("Remove the page, keep its questions")}
                      onClick={() => put(removePage(body, at))}
                    >
                      <IconTrash {...ICON} />
                    </IconButton>
                  </div>
                )}
                {page.questions.map((name) => (
                  <QuestionLine key={name} name={name} {...shared} />
                ))}
                {page.questions.length === 0 && <p className="small t3 outline-none">{t("No question yet.")}</p>}
              </div>
            ))}
            <button type="button" className="btn s quiet outline-more" onClick={() => put(addPage(body))}>
              <IconPlus {...ICON} />
              {hasPages ? t("Add a page") : t("Group them on pages")}
            </button>
          </section>
        </div>
        <Preview body={body} kinds={kinds} item={item} language={edited} source={source} problems={problems} />
      </div>
    </EditedLanguage.Provider>
  );
}

interface QuestionLineProps {
  name: string;
  body: OntologyBody;
  put: Draft["put"];
  problems: readonly Defect[];
  stored: ReadonlySet<string>;
  kinds: Kinds;
  facts: Facts;
  language: string;
  open: string | null;
  toggle: (name: string) => void;
  follow: (from: string, to: string) => void;
}

function QuestionLine(props: QuestionLineProps) {
  const { name, body, put, problems, stored, kinds, facts, language, open, toggle, follow } = props;
  const index = body.questions.findIndex((each) => each.name === name);
  const question = body.questions[index];
  if (!question) return null;
  const here = problemsAt(problems, `/questions/${index}`);
  const up = moveQuestion(body, index, -1);
  const down = moveQuestion(body, index, 1);
  const title = wordsOf(question.text, language, name);
  return (
    <OutlineLine
      title={title}
      note={kinds.questions[question.kind]?.title() ?? question.kind}
      mark={question.required === false ? t("optional") : undefined}
      isInner={isAboutRegions(question)}
      isOpen={open === name}
      onToggle={() => toggle(name)}
      problems={here}
      up={up === body || same(up, body) ? null : () => put(up)}
      down={same(down, body) ? null : () => put(down)}
      onCopy={() => {
        const { name: _, kind, ...rest } = question;
        const next = addQuestion(body, kind, {});
        put(putQuestion(next, next.questions.length - 1, rest));
        toggle(next.questions.at(-1)?.name ?? "");
      }}
      onRemove={body.questions.length > 1 ? () => put(removeQuestion(body, index)) : null}
    >
      <QuestionForm
        question={question}
        index={index}
        body={body}
        kinds={kinds.questions}
        facts={facts}
        language={language}
        isStored={stored.has(name)}
        problems={here}
        onChange={(change, merge) => put(putQuestion(body, index, change), merge)}
        onRename={(to) => follow(name, to)}
      />
    </OutlineLine>
  );
}

function isAboutRegions({ target }: Question): boolean {
  return typeof target === "object" && target !== null && "each" in target && target.each === "region";
}

function same(a: OntologyBody, b: OntologyBody): boolean {
  return JSON.stringify([a.questions, a.pages]) === JSON.stringify([b.questions, b.pages]);
}
