/** What spans and shapes tell of people: how much each misses and invents, and where they place edges; opened when it is asked for. */
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Id, Quality, RegionPerson, RegionsQuality } from "../../api/contract";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { tenth, two } from "./figures";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface RegionsCardProps {
  project: Id;
  questions: Quality["regions"];
  fitted: string | null;
}

export function RegionsCard({ project, questions, fitted }: RegionsCardProps) {
  const [chosen, choose] = useState(questions[0]?.question ?? "");
  const [isAsked, ask] = useState(false);
  const regions = useQuery({
    queryKey: ["quality", project, "regions", chosen, fitted],
    queryFn: () =>
      call("GET /projects/{project}/quality/questions/{question}/regions", { path: { project, question: chosen } }),
    enabled: isAsked,
  });
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("What people mark, compared")}</h2>
        {questions.length > 1 && (
          <label className="row g8 small t2">
            {t("Question")}
            <select
              className="input"
              style={{ width: "auto" }}
              value={chosen}
              onChange={(event) => {
                ask(false);
                choose(event.target.value);
              }}
            >
              {questions.map((each) => (
                <option key={each.question} value={each.question}>
                  {each.text || each.question}
                </option>
              ))}
            </select>
          </label>
        )}
        {isAsked ? (
          regions.data && <span className="small t3">{readFrom(regions.data)}</span>
        ) : (
          <>
            <Button size="s" onClick={() => ask(true)}>
              {t("Compare it")}
            </Button>
            <span className="small t3">
              {t("opens the newest 2,000 tasks and their answers, and records each look")}
            </span>
          </>
        )}
      </div>
      {isAsked && <Faces query={regions}>{(data) => <Compared found={data} />}</Faces>}
    </section>
  );
}

function readFrom(found: RegionsQuality): string {
  const said = t("{regions} marks in {answers} answers to {tasks} tasks", {
    regions: number(found.regions),
    answers: number(found.answers),
    tasks: number(found.compared),
  });
  return found.is_partial ? `${said} · ${t("older tasks were not read")}` : said;
}

function Compared({ found }: { found: RegionsQuality }) {
  const { people, undefined: why } = found;
  if (why !== null) {
    return (
      <p className="p16 t2">
        {why === "no-regions"
          ? t("This question marks nothing.")
          : t("No task has two answers yet, so nobody can be compared. Ask for more opinions a task.")}
      </p>
    );
  }
  return (
    <>
      <Rates people={people} />
      {found.edge_unit && people.some(({ edges }) => edges.length > 0) && <Edges found={found} />}
      <p className="row g8 small t3 p16 rule">
        <IconInfoCircle {...ICON} />
        <span>
          {t(
            "What is there is taken from the people themselves: what several mark is likelier there, and weighs more from those who rarely invent. About {unseen} things a task were marked by nobody.",
            { unseen: two(found.unseen) },
          )}{" "}
          {t("What everybody misses, or places alike, nobody sees here.")}
        </span>
      </p>
    </>
  );
}

function Rates({ people }: { people: readonly RegionPerson[] }) {
  const most = Math.max(0.5, Math.ceil(Math.max(...people.map(({ alarms }) => alarms.high)) * 2) / 2);
  return (
    <div className="scroll-x">
      <table className="tbl">
        <thead>
          <tr>
            <th>{t("Person")}</th>
            <th style={{ minWidth: 150 }}>
              <Scale ends={[number(0), t("Misses, of what is there"), number(1)]} />
            </th>
            <th>{t("95 % interval")}</th>
            <th className="r">{t("Things")}</th>
            <th style={{ minWidth: 150 }}>
              <Scale ends={[number(0), t("False alarms an answer"), number(most)]} />
            </th>
            <th>{t("95 % interval")}</th>
            <th className="r">{t("Answers")}</th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => {
            const name = person.name ?? person.pseudonym;
            const { missed, alarms } = person;
            return (
              <tr key={person.pseudonym}>
                <td className="b nowrap">{name}</td>
                <td>
                  <Interval
                    name={t("{name} misses", { name })}
                    {...missed}
                    count={Math.round(person.things)}
                    countMin={1}
                    tone={missed.low > middle(people, "missed") ? "cau" : ""}
                  />
                </td>
                <Ends {...missed} say={two} />
                <td className="num r t2">{number(Math.round(person.things))}</td>
                <td>
                  <Interval
                    name={t("False alarms of {name}", { name })}
                    {...alarms}
                    count={person.answers}
                    countMin={1}
                    scale={[0, most]}
                    tone={alarms.low > middle(people, "alarms") ? "cau" : ""}
                  />
                </td>
                <Ends {...alarms} say={two} />
                <td className="num r t2">{number(person.answers)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Where each person places each edge, against the crowd; the same scale for all, with 0 in the middle. */
function Edges({ found }: { found: RegionsQuality }) {
  const people = found.people.filter(({ edges }) => edges.length > 0);
  const widest = Math.max(1, ...people.flatMap(({ edges }) => edges.map(({ offset }) => farthest(offset))));
  const end = Math.ceil(widest);
  const names = people[0]?.edges.map(({ edge }) => edge) ?? [];
  return (
    <>
      <div className="cardhead rule">
        <h3 className="h3">{t("Where edges are placed")}</h3>
        <span className="small t3">
          {found.edge_unit === "pixels"
            ? t("pixels from where the crowd has it: right and down are above 0; ± is how far single marks wander")
            : t("characters from where the crowd has it: later is above 0; ± is how far single marks wander")}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Person")}</th>
              {names.map((edge) => (
                <th key={edge} style={{ minWidth: 170 }}>
                  <Scale ends={[tenth(-end), edgeWord(edge), tenth(end)]} />
                </th>
              ))}
              <th className="r">{t("Marks compared")}</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => {
              const name = person.name ?? person.pseudonym;
              return (
                <tr key={person.pseudonym}>
                  <td className="b nowrap">{name}</td>
                  {person.edges.map(({ edge, offset, spread }) => (
                    <td key={edge}>
                      <span className="row g8">
                        <span className="grow">
                          <Interval
                            name={t("{name}, {edge}", { name, edge: edgeWord(edge) })}
                            {...offset}
                            count={person.placed}
                            countMin={1}
                            scale={[-end, end]}
                            target={0}
                            tone={offset.low > 0 || offset.high < 0 ? "cau" : "mute"}
                          />
                        </span>
                        <span
                          className="num nowrap small t2"
                          title={t("wanders by {value}, 95 % interval {low} to {high}", {
                            value: number(spread.value, { maximumFractionDigits: 1 }),
                            low: number(spread.low, { maximumFractionDigits: 1 }),
                            high: number(spread.high, { maximumFractionDigits: 1 }),
                          })}
                        >
                          <span className="bb">{tenth(offset.value)}</span>{" "}
                          {`± ${number(spread.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}`}
                        </span>
                      </span>
                    </td>
                  ))}
                  <td className="num r t2">{number(person.placed)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Scale({ ends: [low, word, high] }: { ends: [string, string, string] }) {
  return (
    <span className="row between num" dir="ltr">
      <span>{low}</span>
      <span>{word}</span>
      <span>{high}</span>
    </span>
  );
}

function Ends({ value, low, high, say }: RegionPerson["missed"] & { say: (value: number) => string }) {
  return (
    <td className="num nowrap">
      <span className="bb">{say(value)} </span>
      <span className="t2">{t("{low} to {high}", { low: say(low), high: say(high) })}</span>
    </td>
  );
}

/** The middle person's figure: whoever lies above it for sure is worth a look. */
function middle(people: readonly RegionPerson[], figure: "missed" | "alarms"): number {
  const sorted = people.map((person) => person[figure].value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function farthest({ low, high }: { low: number; high: number }): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

function edgeWord(edge: RegionPerson["edges"][number]["edge"]): string {
  const words = {
    start: t("Start"),
    end: t("End"),
    left: t("Left"),
    top: t("Top"),
    right: t("Right"),
    bottom: t("Bottom"),
  };
  return words[edge];
}
