/** Exams that one may take, and the skills one has. Nothing where there are neither. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { MyExam, MySkill } from "../../api/contract";
import { day, t, when } from "../../i18n";

function stateOf(exam: MyExam): string {
  const at = { time: exam.retry_at ? when(exam.retry_at) : "" };
  const words: Record<MyExam["state"], string> = {
    open: t("You may take it"),
    sitting: t("Begun: {answered} of {tasks} answered", { answered: exam.answered, tasks: exam.tasks }),
    passed: t("Passed"),
    wait: t("Again from {time}", at),
    "no-tasks-left": t("You have had all its tasks"),
    closed: t("Closed"),
  };
  return words[exam.state];
}

function heldAs(skill: MySkill): string {
  if (skill.state === "revoked") return t("taken away");
  if (skill.state === "expired") return t("expired {day}", { day: day(skill.expires_at ?? skill.granted_at) });
  return skill.expires_at ? t("until {day}", { day: day(skill.expires_at) }) : t("for good");
}

export function ExamsCard() {
  const exams = useQuery({ queryKey: ["work", "exams"], queryFn: () => call("GET /work/exams") });
  const skills = useQuery({ queryKey: ["work", "skills"], queryFn: () => call("GET /work/skills") });
  const offered = exams.data?.items ?? [];
  const held = skills.data?.items ?? [];
  if (offered.length === 0 && held.length === 0) return null;
  return (
    <section className="card clip" aria-label={t("Exams and skills")}>
      <ul className="offers">
        {offered.map((exam) => {
          const isOpen = exam.state === "open" || exam.state === "sitting";
          return (
            <li className="offer" key={exam.project_id}>
              <div className="grow">
                <span className="b">{t("Exam: {skill}", { skill: exam.skill })}</span>
                <div className="small t2 mt4">{stateOf(exam)}</div>
              </div>
              <div className="go later">
                {(isOpen || exam.last) && (
                  <Link className="btn" to="/projects/$project/exam" params={{ project: exam.project_id }}>
                    {isOpen ? t("Take the exam") : t("See the result")}
                  </Link>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      {held.length > 0 && (
        <p className="row g8 wrap small rule kept">
          <span className="t2">{t("Your skills")}</span>
          {held.map((skill) => (
            <span className="chip flat" key={skill.id}>
              {skill.name}, {heldAs(skill)}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}
