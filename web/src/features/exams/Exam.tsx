/** An exam: what it asks and grants, its tasks one after the other in the workspace, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { call } from "../../api/client";
import type { Id, MyExam } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Seated } from "../annotate/Seated";
import { Working } from "../annotate/Workspace";
import { Result } from "./Result";

/** The end of a sitting is the server's: it is asked while one goes on. */
const ASK_MS = 2_000;

export default function Exam() {
  const { project } = useParams({ strict: false }) as { project: Id };
  const [isBegun, setBegun] = useState(false);
  const exams = useQuery({
    queryKey: ["work", "exams"],
    queryFn: () => call("GET /work/exams"),
    refetchInterval: isBegun ? ASK_MS : false,
  });
  const exam = exams.data?.items.find((each) => each.project_id === project);
  const goesOn = exam?.state === "open" || exam?.state === "sitting";
  useEffect(() => {
    document.title = t("Exam · Evenhand");
  });
  if (isBegun && goesOn) {
    return (
      <Seated project={project} stage="exam" key={project}>
        {(seat) => <Working project={project} seat={seat} stage="exam" none={t("Your answers are being marked.")} />}
      </Seated>
    );
  }
  return (
    <div className="solo">
      <main className="mywork pad" id="content" tabIndex={-1}>
        <Link className="btn" to="/">
          {t("Back to my work")}
        </Link>
        <Faces query={exams}>
          {() =>
            exam ? (
              <>
                {exam.last && <Result exam={exam} last={exam.last} />}
                {goesOn && <Intro exam={exam} onBegin={() => setBegun(true)} />}
              </>
            ) : (
              <Empty title={t("There is no exam here")}>{t("Its project has none, or it is closed.")}</Empty>
            )
          }
        </Faces>
      </main>
    </div>
  );
}

function Intro({ exam, onBegin }: { exam: MyExam; onBegin: () => void }) {
  return (
    <section className="card pad">
      <h1>{t("Exam: {skill}", { skill: exam.skill })}</h1>
      <p>
        {t("{tasks, plural, one {# task} other {# tasks}} of “{project}”; {needed} right answers pass.", {
          tasks: exam.tasks,
          project: exam.project,
          needed: number(exam.needed),
        })}
      </p>
      <p className="t2">
        {t("A task that you skip or give back is wrong. What was right is told at the end, where the exam teaches it.")}
      </p>
      {exam.expires_at && (
        <p className="t2">{t("What you have now holds until {time}.", { time: when(exam.expires_at) })}</p>
      )}
      <Button look="primary" size="l" onClick={onBegin}>
        {exam.state === "sitting" ? t("Go on: {answered} answered", { answered: number(exam.answered) }) : t("Begin")}
      </Button>
    </section>
  );
}
