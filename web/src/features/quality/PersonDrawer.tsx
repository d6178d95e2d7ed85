/** One person whole: accuracy over time with its band and the moment of a change, what they confuse, what calls for a look. */
import { IconArrowDown, IconArrowUp, IconInfoCircle, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { PersonDetail, PersonQuality, QuestionQuality } from "../../api/contract";
import { useCommands } from "../../commands/scopes";
import { day, number, percent, t } from "../../i18n";
import { Avatar } from "../../kit/Avatar";
import { Faces } from "../../kit/Faces";
import { IconButton } from "../../kit/IconButton";
import { drawerCommands } from "../data/commands";
import { Remove } from "../offers/Remove";
import { ConfusionTable } from "./ConfusionTable";
import { pace, signed, two } from "./figures";
import { Right } from "./SlicesTab";
import { TrendChart } from "./TrendChart";

interface DrawerProps {
  project: string;
  question: QuestionQuality;
  pseudonym: string;
  name: string | null;
  target: number | null;
  onClose: () => void;
}

export function PersonDrawer({ project, question, pseudonym, name, target, onClose }: DrawerProps) {
  const person = useQuery({
    queryKey: ["quality", project, "person", pseudonym, question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/people/{pseudonym}", {
        path: { project, pseudonym },
        query: { question: question.question },
      }),
  });
  useCommands(drawerCommands, { close: onClose });
  const shown = name ?? pseudonym;
  return (
    <aside className="card clip person" aria-label={t("Quality of {name}", { name: shown })}>
      <header>
        <Avatar name={shown} />
        <h2 className="h3 grow cut">{shown}</h2>
        <IconButton name={t("Close")} chord="Escape" onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      <Faces query={person}>
        {(data) => (
          <>
            <Body person={data} shown={shown} target={target} />
            <div className="personbody">
              <Remove project={project} person={data} name={shown} />
            </div>
          </>
        )}
      </Faces>
    </aside>
  );
}

function Body({ person, shown, target }: { person: PersonDetail; shown: string; target: number | null }) {
  const { accuracy, change, confusion } = person;
  return (
    <div className="personbody">
      {change && <Changed change={change} />}
      <p className="num">
        {accuracy ? (
          <>
            {accuracy.mean !== null && <span className="bb">{two(accuracy.mean)} </span>}
            <span className="t2">{t("{low} to {high}", { low: two(accuracy.low), high: two(accuracy.high) })}</span>
            <span className="t3">
              {" · "}
              {t("{checked} of {votes} answers checked", {
                checked: number(person.checked),
                votes: number(person.votes),
              })}
            </span>
          </>
        ) : (
          <span className="t2">
            {t("None of {votes} answers could be checked: nobody else answered those tasks, and none is gold.", {
              votes: number(person.votes),
            })}
          </span>
        )}
      </p>
      {person.windows.length > 1 && (
        <div>
          <h3 className="h4">{t("Over time, with 95 % band")}</h3>
          <TrendChart name={shown} windows={person.windows} change={change} target={target} />
        </div>
      )}
      {person.days.length > 1 && <Days person={person} shown={shown} />}
      {confusion && (
        <div>
          <h3 className="h4">{t("What is confused with what")}</h3>
          <ConfusionTable
            confusion={confusion}
            caption={t("Rows: what is true. Columns: the answer of {name}. Per cent of the row, {tasks} tasks.", {
              name: shown,
              tasks: number(Math.round(confusion.tasks)),
            })}
          />
        </div>
      )}
      {person.lean && <p className="t2">{leanSentence(person)}</p>}
      {person.spread && (
        <p className="t2">
          {t("Scatters by {value} ({low} to {high}) around that.", {
            value: two(person.spread.value),
            low: two(person.spread.low),
            high: two(person.spread.high),
          })}
        </p>
      )}
      {person.active_ms !== null && person.active_ms_others !== null && (
        <p className="t2">
          {t("Time a task: {own}; everybody on the same tasks: {others}.", {
            own: pace(person.active_ms),
            others: pace(person.active_ms_others),
          })}
        </p>
      )}
      {person.signals.length > 0 && (
        <div>
          <h3 className="h4">{t("What calls for a look")}</h3>
          <ul className="entries">
            {person.signals.map((signal) => (
              <li key={`${signal.kind}-${signal.who ?? ""}`}>{signalSentence(signal)}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="row g6 small t3">
        <IconInfoCircle size={14} stroke={1.75} aria-hidden="true" />
        {t("Signals are evidence for you. Nothing is done to a person automatically.")}
      </p>
    </div>
  );
}

/** Day by day (UTC), newest first: how often right, with the interval, and how long a task took. */
function Days({ person, shown }: { person: PersonDetail; shown: string }) {
  return (
    <div>
      <h3 className="h4">{t("Day by day")}</h3>
      <table className="tbl">
        <thead>
          <tr>
            <th>{t("Day")}</th>
            <th style={{ minWidth: 100 }}>{t("Accuracy")}</th>
            <th className="r">{t("Checked")}</th>
            <th className="r">{t("A task")}</th>
          </tr>
        </thead>
        <tbody>
          {[...person.days].reverse().map((each) => (
            <tr key={each.subject}>
              <td className="nowrap">{day(`${each.subject}T12:00:00Z`)}</td>
              <td>
                <Right name={`${shown}, ${each.subject}`} of={each} />
              </td>
              <td className="num r t2">{number(each.checked)}</td>
              <td className="num r t2">{each.active_ms === null ? "" : pace(each.active_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Changed({ change }: { change: NonNullable<PersonDetail["change"]> }) {
  const { before, after } = change;
  const isDown = after.mean < before.mean;
  const facts = { before: two(before.mean), after: two(after.mean) };
  return (
    <div className={isDown ? "note cau" : "note"}>
      {isDown ? (
        <IconArrowDown size={16} stroke={1.75} aria-hidden="true" />
      ) : (
        <IconArrowUp size={16} stroke={1.75} aria-hidden="true" />
      )}
      <span>
        <span className="b">
          {isDown
            ? t("Accuracy fell from {before} to {after}", facts)
            : t("Accuracy rose from {before} to {after}", facts)}
        </span>{" "}
        {t("({low} to {high}) after {day}.", { low: two(after.low), high: two(after.high), day: day(change.at) })}
        {before.active_ms !== null &&
          after.active_ms !== null &&
          ` ${t("Time a task: {earlier}, now {now}.", { earlier: pace(before.active_ms), now: pace(after.active_ms) })}`}
      </span>
    </div>
  );
}

function leanSentence({ lean }: PersonQuality): string {
  if (!lean) return "";
  const facts = { value: signed(lean.value), low: signed(lean.low), high: signed(lean.high) };
  if (lean.kind === "class") {
    return t("Answers “{text}” more often than is true by {value} ({low} to {high}).", {
      ...facts,
      text: lean.text ?? "",
    });
  }
  if (lean.kind === "side") return t("Leans to the second of the two by {value} ({low} to {high}).", facts);
  if (lean.kind === "amount")
    return t("Answers too high by {value} ({low} to {high}), in the unit of the question.", facts);
  return t("Answers higher on the scale than is true by {value} levels ({low} to {high}).", facts);
}

function signalSentence(signal: PersonQuality["signals"][number]): string {
  const facts = { count: number(signal.count), of: number(signal.of) };
  if (signal.kind === "alike") {
    return t("The same answer as {who} on {count} of {of} shared tasks; their skill alone explains {expected}.", {
      ...facts,
      who: signal.who ?? "",
      expected: number(Math.round(signal.expected ?? 0)),
    });
  }
  if (signal.kind === "pasted" || signal.kind === "away") {
    const more = { ...facts, expected: number(signal.expected ?? 0, { maximumFractionDigits: 1 }) };
    return signal.kind === "pasted"
      ? t("Pasted into {count} of {of} answers; others on the same tasks make {expected} likely.", more)
      : t("Left the window in {count} of {of} answers; others on the same tasks make {expected} likely.", more);
  }
  if (signal.kind === "run") {
    return t("“{text}” {count} times in a row, of {of} answers; by chance so long a run comes to {chance} of people.", {
      ...facts,
      text: signal.text ?? "",
      chance: (signal.chance ?? 0) < 0.0001 ? t("less than 0.01 %") : percent(signal.chance ?? 0, 2),
    });
  }
  return t("A median of {own} a task, where everybody needs {others} on the same tasks.", {
    own: pace(signal.count),
    others: pace(signal.expected ?? 0),
  });
}
