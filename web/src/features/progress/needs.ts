/** What wants a manager's eye, from what the progress page knows: each with its remedy. Pure. */
import type { Agreement, Progress, Project } from "../../api/contract";
import { day, number, t } from "../../i18n";

export interface Need {
  id: string;
  tone: "cau" | "dan" | "info";
  title: string;
  text: string;
  action: { word: string; to: string; search?: { state: "reported" | "asked" } };
}

/** Below it Krippendorff (2004, p. 241) draws no conclusions, not even tentative ones. */
export const ALPHA_FLOOR = 0.667;

export function isMeasured(
  each: Agreement,
): each is Agreement & Required<Pick<Agreement, "value" | "low" | "high" | "tasks" | "level">> {
  return each.value !== undefined && each.low !== undefined && each.high !== undefined;
}

export function needsOf(progress: Progress, project: Project, now = Date.now()): Need[] {
  const base = `/projects/${project.id}`;
  const { counts, forecast } = progress;
  const needs: Need[] = [];
  if (counts.reports > 0) {
    needs.push({
      id: "reports",
      tone: "dan",
      title: t("{count, plural, one {A problem was reported} other {# problems were reported}}", {
        count: counts.reports,
      }),
      text: t("Annotators say what is wrong with these tasks. The reason and their words stand beside each."),
      action: { word: t("See the reports"), to: `${base}/tasks`, search: { state: "reported" } },
    });
  }
  if (project.counts.questions_on_guidelines > 0) {
    needs.push({
      id: "questions-on-guidelines",
      tone: "cau",
      title: t("{count, plural, one {A question} other {# questions}} about the guidelines", {
        count: project.counts.questions_on_guidelines,
      }),
      text: t("Whoever asked may be guessing until somebody answers. Resolve what is settled."),
      action: { word: t("See the discussions"), to: `${base}/guidelines` },
    });
  }
  if (project.counts.questions_on_tasks > 0) {
    needs.push({
      id: "questions-on-tasks",
      tone: "cau",
      title: t("{count, plural, one {A discussion of a task is open} other {# discussions of tasks are open}}", {
        count: project.counts.questions_on_tasks,
      }),
      text: t("Answer in the task's comments, and resolve what is settled."),
      action: { word: t("See the tasks"), to: `${base}/tasks`, search: { state: "asked" } },
    });
  }
  for (const each of progress.agreement.filter(isMeasured)) {
    if (each.high >= ALPHA_FLOOR) continue;
    needs.push({
      id: `agreement-${each.question}`,
      tone: "cau",
      title: t("“{question}” is understood in several ways", { question: each.text || each.question }),
      text: t(
        "Alpha {value} ({low} to {high}) on {tasks} tasks, surely below 0.67. An example of a hard case helps most.",
        {
          value: two(each.value),
          low: two(each.low),
          high: two(each.high),
          tasks: number(each.tasks),
        },
      ),
      action: { word: t("Edit the guidelines"), to: `${base}/guidelines` },
    });
  }
  if (forecast && project.due_at && Date.parse(forecast.low) > Date.parse(project.due_at)) {
    needs.push({
      id: "late",
      tone: "cau",
      title: t("It will not be done by {day}", { day: day(project.due_at) }),
      text: t("At this pace it is finished between {low} and {high}.", {
        low: day(forecast.low),
        high: day(forecast.high),
      }),
      action: { word: t("Invite people"), to: "/people" },
    });
  }
  if (project.state === "paused" && counts.open > 0) {
    needs.push({
      id: "paused",
      tone: "cau",
      title: t("Work is paused"),
      text: t("{count, plural, one {# task waits} other {# tasks wait}}.", { count: counts.open }),
      action: { word: t("Resume it in the set-up"), to: `${base}/set-up` },
    });
  }
  if (project.state === "active" && counts.open > 0 && counts.answers > 0 && idleHours(progress, now) >= 24) {
    needs.push({
      id: "idle",
      tone: "cau",
      title: t("Nobody has answered since {day}", { day: day(lastAt(progress)) }),
      text: t("{count, plural, one {# task waits} other {# tasks wait}}.", { count: counts.open }),
      action: { word: t("Invite people"), to: "/people" },
    });
  }
  if (project.guideline_version === 0) {
    needs.push({
      id: "guideline",
      tone: "info",
      title: t("There are no guidelines yet"),
      text: t("Say what each label means, with the hard cases. Annotators have them one key away."),
      action: { word: t("Write guidelines"), to: `${base}/guidelines` },
    });
  }
  return needs;
}

function lastAt(progress: Progress): string {
  return (
    progress.pace.at(-1)?.at ??
    progress.annotators
      .map(({ last_at }) => last_at)
      .sort()
      .at(-1) ??
    new Date(0).toISOString()
  );
}

function idleHours(progress: Progress, now: number): number {
  return (now - Date.parse(lastAt(progress))) / 3_600_000;
}

/** 0.71 */
export function two(value: number): string {
  return number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Below so many tasks the interval is shown and the estimate is not. */
export const ENOUGH = 20;
