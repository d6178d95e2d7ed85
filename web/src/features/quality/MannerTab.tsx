/** How everybody's answers are made, in counts: pastes, time away, active time, edits; beside others on the same tasks. */
import { IconEye, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { PeopleManner, PersonManner } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { pace } from "./figures";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function MannerTab({ project, fitted }: { project: string; fitted: string | null }) {
  const people = useQuery({
    queryKey: ["quality", project, "manner", fitted],
    queryFn: () => call("GET /projects/{project}/quality/manner", { path: { project } }),
  });
  return (
    <Faces query={people} lines={12}>
      {(data) =>
        data.items.some(({ counted }) => counted > 0) ? (
          <Listed people={data} />
        ) : (
          <Uncounted project={project} isCounted={data.counts_manner} />
        )
      }
    </Faces>
  );
}

function Uncounted({ project, isCounted }: { project: string; isCounted: boolean }) {
  return (
    <div className="card">
      {isCounted ? (
        <Empty title={t("Nothing was counted yet")}>
          {t("Pastes, time away and edits of answers that come from now on are summed up here.")}
        </Empty>
      ) : (
        <Empty
          title={t("This project does not count how answers are made")}
          action={
            <Link className="btn" to="/projects/$project/set-up" params={{ project }}>
              {t("Open the set-up")}
            </Link>
          }
        >
          {t("It is worth it where people write: what is pasted may be somebody else’s, or a machine’s.")}
        </Empty>
      )}
    </div>
  );
}

function Listed({ people }: { people: PeopleManner }) {
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">
          {t("{count, plural, one {How answers are made by one person} other {How answers are made by # people}}", {
            count: people.items.length,
          })}
        </h2>
        <span className="small t3">
          {t("share of answers with its 95 % interval; the stroke is what others on the same tasks make likely")}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Person")}</th>
              <th style={{ minWidth: 120 }}>{t("Pasted into")}</th>
              <th className="r">{t("answers")}</th>
              <th className="r folds">{t("Characters pasted")}</th>
              <th style={{ minWidth: 120 }}>{t("Left the window in")}</th>
              <th className="r">{t("answers")}</th>
              <th className="r">{t("Then away")}</th>
              <th className="r">{t("A task")}</th>
              <th className="r folds">{t("Others")}</th>
              <th className="r folds">{t("Edits")}</th>
              <th>{t("Calls for a look")}</th>
            </tr>
          </thead>
          <tbody>
            {people.items.map((person) => (
              <Row key={person.pseudonym} person={person} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="row g8 small t3 p16 rule">
        <IconInfoCircle {...ICON} />
        <span>
          {t(
            "Counts that the workspace took, and annotators were told of: never what was pasted or typed. Scripts may send none. People have habits: a count is a reason to look at the answers, and nothing is done by itself.",
          )}
        </span>
      </p>
    </section>
  );
}

function Row({ person }: { person: PersonManner }) {
  const { pasted, left, pasted_characters, typed_characters } = person;
  const shown = person.name ?? person.pseudonym;
  const characters = pasted_characters + typed_characters;
  return (
    <tr>
      <td className="b nowrap">{shown}</td>
      {person.counted === 0 ? (
        <>
          <td colSpan={2} className="t3">
            {t("{count, plural, one {one answer, without counts} other {# answers, without counts}}", {
              count: person.answers,
            })}
          </td>
          <td className="folds" />
          <td colSpan={3} />
        </>
      ) : (
        <>
          <td>
            <Share name={t("{name} pasted", { name: shown })} of={pasted} />
          </td>
          <td className="num r t2 nowrap">
            {t("{count} of {of}", { count: number(pasted.count), of: number(pasted.of) })}
          </td>
          <td className="num r t2 folds">{characters > 0 ? percent(pasted_characters / characters) : ""}</td>
          <td>
            <Share name={t("{name} left the window", { name: shown })} of={left} />
          </td>
          <td className="num r t2 nowrap">
            {t("{count} of {of}", { count: number(left.count), of: number(left.of) })}
          </td>
          <td className="num r t2">{person.away_ms === null ? "" : pace(person.away_ms)}</td>
        </>
      )}
      <td className="num r t2">{person.active_ms === null ? "" : pace(person.active_ms)}</td>
      <td className="num r t3 folds">{person.active_ms_others === null ? "" : pace(person.active_ms_others)}</td>
      <td className="num r t2 folds">{person.edits === null ? "" : number(person.edits)}</td>
      <td>
        <span className="col g4">
          {person.signals.map((each) => (
            <span key={each.kind} className="state cau nowrap">
              <IconEye {...ICON} />
              {each.kind === "pasted" ? t("pastes more than others") : t("leaves more than others")}
            </span>
          ))}
        </span>
      </td>
    </tr>
  );
}

function Share({ name, of }: { name: string; of: PersonManner["pasted"] }) {
  return (
    <Interval
      name={name}
      value={of.count / of.of}
      low={of.low}
      high={of.high}
      count={of.of}
      target={of.shared > 0 ? of.expected / of.shared : undefined}
      tone={of.chance !== null && of.chance <= 0.001 ? "cau" : "mute"}
    />
  );
}
