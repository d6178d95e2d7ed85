/** A project's quality: who is how often right, on what people agree, what gold says; every figure with its interval and count. */
import { IconTarget } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { call } from "../../api/client";
import type { Quality as Whole } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Notice } from "../../kit/Notice";
import { Tabs } from "../../kit/Tabs";
import { GoldBoard } from "../gold/GoldBoard";
import { AuditsTab } from "./AuditsTab";
import { two } from "./figures";
import { MannerTab } from "./MannerTab";
import { PeopleTab } from "./PeopleTab";
import { QuestionsTab } from "./QuestionsTab";
import { RegionsCard } from "./RegionsCard";
import { ReviewersTab } from "./ReviewersTab";
import { SlicesTab } from "./SlicesTab";
import type { QualitySearch, Tab } from "./search";
import { TargetDialog } from "./TargetDialog";
import "./quality.css";

export default function Quality() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const search = useSearch({ strict: false }) as QualitySearch;
  const navigate = useNavigate();
  const may = useMay();
  const [isAsking, ask] = useState(false);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const quality = useQuery({
    queryKey: ["quality", id],
    queryFn: () => call("GET /projects/{project}/quality", { path: { project: id } }),
    // Until the first fit is there, and while answers come: the sweep takes seconds.
    refetchInterval: (query) => (query.state.data?.state === "waiting" ? 2_000 : 30_000),
  });
  const go = (change: Partial<QualitySearch>): void =>
    void navigate({
      to: "/projects/$project/quality",
      params: { project: id },
      search: { ...search, ...change },
      replace: true,
    });
  const target = quality.data?.target ?? null;

  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Quality")}
      >
        {quality.data && <Fitted quality={quality.data} />}
        {may("project.write") && quality.data && (
          <Button onClick={() => ask(true)}>
            <IconTarget size={16} stroke={1.75} aria-hidden="true" />
            {target === null ? t("Ask for an accuracy") : t("Asked: {target}", { target: two(target) })}
          </Button>
        )}
      </Crumbs>
      <div className="page quality">
        <Faces query={quality} lines={12}>
          {(data) =>
            data.questions.length === 0 ? (
              <>
                {data.state === "fitted" && data.regions.length > 0 ? (
                  <RegionsCard project={id} questions={data.regions} fitted={data.fitted_at} />
                ) : (
                  <Nothing project={id} quality={data} tasks={project.data?.counts.tasks ?? 0} />
                )}
                {data.is_current && <MannerTab project={id} fitted={null} />}
              </>
            ) : (
              <Body project={id} quality={data} search={search} onGo={go} />
            )
          }
        </Faces>
      </div>
      {isAsking && <TargetDialog project={id} target={target} onClose={() => ask(false)} />}
    </>
  );
}

/** When it was fitted, from how many answers, by which model. */
function Fitted({ quality }: { quality: Whole }) {
  if (!quality.fitted_at) return null;
  const model = quality.questions.find(({ model }) => model !== null)?.model;
  const facts = { time: when(quality.fitted_at), answers: number(quality.votes) };
  return (
    <span className="small t3">
      {model
        ? t("Fitted {time} from {answers} answers · {model}", { ...facts, model })
        : t("Counted {time} from {answers} answers", facts)}
      {!quality.is_current && ` · ${t("answers came since")}`}
    </span>
  );
}

function Nothing({ project, quality, tasks }: { project: string; quality: Whole; tasks: number }) {
  const may = useMay();
  return (
    <div className="card">
      {quality.state === "waiting" ? (
        <Empty title={t("The first fit is on its way")}>{t("It takes a few seconds after the first answers.")}</Empty>
      ) : quality.state === "failed" ? (
        <Empty title={t("The fit is tried again")}>
          {t("It was not possible just now: {cause}.", { cause: quality.cause ?? "" })}
        </Empty>
      ) : (
        <Empty
          title={t("Quality begins with the first answers")}
          action={
            tasks === 0 && may("task.import") ? (
              <Link className="btn primary" to="/projects/$project/add" params={{ project }}>
                {t("Add tasks")}
              </Link>
            ) : may("people.write") ? (
              <Link className="btn primary" to="/people">
                {t("Invite people to answer")}
              </Link>
            ) : (
              <Link className="btn" to="/projects/$project" params={{ project }}>
                {t("See how far it is")}
              </Link>
            )
          }
        >
          {t("People are compared where two of them answer the same task, or where the answer is known.")}
        </Empty>
      )}
    </div>
  );
}

interface BodyProps {
  project: string;
  quality: Whole;
  search: QualitySearch;
  onGo: (change: Partial<QualitySearch>) => void;
}

function Body({ project, quality, search, onGo }: BodyProps) {
  const may = useMay();
  const tab = search.tab ?? "people";
  const judged = quality.questions.filter(({ model }) => model !== null);
  const question =
    quality.questions.find((each) => each.question === search.question) ?? judged[0] ?? quality.questions[0];
  if (!question) return null;
  const panels: Record<Tab, () => ReactNode> = {
    people: () => <PeopleTab project={project} quality={quality} question={question} search={search} onGo={onGo} />,
    questions: () => <QuestionsTab project={project} quality={quality} question={question} onGo={onGo} />,
    reviewers: () => <ReviewersTab project={project} />,
    gold: () => <GoldBoard project={project} />,
    audits: () => <AuditsTab project={project} />,
    batches: () => <SlicesTab project={project} question={question} dimension="batch" />,
    days: () => <SlicesTab project={project} question={question} dimension="day" />,
    vendors: () => <SlicesTab project={project} question={question} dimension="vendor" />,
    guidelines: () => <SlicesTab project={project} question={question} dimension="guideline" />,
  };
  const tabs: { name: Tab; word: string }[] = [
    { name: "people", word: t("People") },
    { name: "questions", word: t("Questions") },
    { name: "reviewers", word: t("Reviewers") },
    ...(may("task.manage") ? [{ name: "gold" as const, word: t("Gold") }] : []),
    { name: "audits", word: t("Audits") },
    { name: "batches", word: t("Batches") },
    { name: "days", word: t("Days") },
    { name: "vendors", word: t("Vendors") },
    { name: "guidelines", word: t("Guideline versions") },
  ];
  return (
    <>
      {quality.state === "failed" && (
        <Notice tone="cau">
          {t("The newest fit was not possible ({cause}); it is tried again. What you see is from {time}.", {
            cause: quality.cause ?? "",
            time: quality.fitted_at ? when(quality.fitted_at) : "",
          })}
        </Notice>
      )}
      <Tabs
        label={t("Quality by")}
        value={tab}
        tabs={tabs}
        onChange={(name) => onGo({ tab: name === "people" ? undefined : name, person: undefined })}
      >
        <div className="tabpanel col g16">
          {quality.questions.length > 1 && !["gold", "reviewers", "audits"].includes(tab) && (
            <label className="row g8 small t2">
              {t("Question")}
              <select
                className="input"
                style={{ width: "auto" }}
                value={question.question}
                onChange={(event) => onGo({ question: event.target.value, person: undefined })}
              >
                {quality.questions.map((each) => (
                  <option key={each.question} value={each.question}>
                    {each.text || each.question}
                  </option>
                ))}
              </select>
            </label>
          )}
          {panels[tab]()}
        </div>
      </Tabs>
    </>
  );
}
