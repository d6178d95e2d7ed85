/** Everybody's accuracy as bands on one scale, best estimate first; walked by keys, one person whole beside it. */
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconEye, IconHourglass, IconMinus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../../api/client";
import type { PeopleQuality, PersonQuality, Quality, QuestionQuality } from "../../api/contract";
import { useSession } from "../../api/session";
import { useWalk } from "../../commands/useWalk";
import { number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { Keys } from "../../kit/Keys";
import { Segmented } from "../../kit/Segmented";
import { bandOf, CHECKED_MIN, levelWithFirst, pace, scaleOf, signed, standingOf, two } from "./figures";
import { MannerTab } from "./MannerTab";
import { PersonDrawer } from "./PersonDrawer";
import { RegionsCard } from "./RegionsCard";
import { vendorWord } from "./SlicesTab";
import type { QualitySearch } from "./search";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface TabProps {
  project: string;
  quality: Quality;
  question: QuestionQuality;
  search: QualitySearch;
  onGo: (change: Partial<QualitySearch>) => void;
}

type PartProps = Omit<TabProps, "quality">;

export function PeopleTab(props: TabProps) {
  const { project, quality, question, search, onGo } = props;
  const isMarking = quality.regions.length > 0;
  const shown = search.manner ? "manner" : search.regions && isMarking ? "regions" : "accuracy";
  return (
    <>
      <Segmented
        label={t("What is shown of people")}
        value={shown}
        options={[
          ["accuracy", t("How often they are right")],
          ...(isMarking ? [["regions", t("What they mark")] as const] : []),
          ["manner", t("How answers are made")],
        ]}
        onChange={(next) =>
          onGo({
            manner: next === "manner" ? true : undefined,
            regions: next === "regions" ? true : undefined,
            person: undefined,
          })
        }
      />
      {shown === "manner" && <MannerTab project={project} fitted={question.fitted_at} />}
      {shown === "regions" && <RegionsCard project={project} questions={quality.regions} fitted={quality.fitted_at} />}
      {shown === "accuracy" && <Accuracies {...props} />}
    </>
  );
}

function Accuracies({ project, question, search, onGo }: PartProps) {
  const people = useQuery({
    queryKey: ["quality", project, "people", question.question, question.fitted_at, search.vendor, search.batch],
    queryFn: () =>
      call("GET /projects/{project}/quality/people", {
        path: { project },
        query: { question: question.question, vendor: search.vendor, batch: search.batch },
      }),
  });
  if (question.model === null) {
    return (
      <div className="card">
        <Empty title={t("Nobody is right or wrong here")}>
          {t(
            "Answers to this question are compared by how far they lie apart. How well people agree stands under Questions.",
          )}
        </Empty>
      </div>
    );
  }
  return (
    <>
      <Parts project={project} question={question} search={search} onGo={onGo} />
      <Faces query={people} lines={12}>
        {(data) => <Listed project={project} question={question} people={data} search={search} onGo={onGo} />}
      </Faces>
    </>
  );
}

/** Whose people are shown, and of which batch; nothing where there is one of each. */
function Parts({ project, question, search, onGo }: PartProps) {
  const { organization } = useSession();
  const detail = useQuery({
    queryKey: ["quality", project, "question", question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/questions/{question}", { path: { project, question: question.question } }),
  });
  const batches = useQuery({
    queryKey: ["batches", project],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project } }),
  });
  const slices = detail.data?.slices ?? [];
  const of = (dimension: string): string[] =>
    slices.filter((each) => each.dimension === dimension).map(({ subject }) => subject);
  const vendors = new Map(slices.filter(({ dimension }) => dimension === "vendor").map((each) => [each.subject, each]));
  const names = new Map(batches.data?.items.map((batch) => [batch.id, batch.name]));
  const choices = [
    { name: "vendor", word: t("Whose people"), every: t("everybody’s"), subjects: of("vendor") },
    { name: "batch", word: t("Batch"), every: t("all batches"), subjects: of("batch") },
  ] as const;
  const wordOf = (name: string, subject: string): string =>
    name === "vendor"
      ? vendorWord(vendors.get(subject) ?? { subject, name: null }, organization.id)
      : (names.get(subject) ?? subject.slice(-8));
  return (
    <div className="row g16 wrap">
      {choices
        .filter(({ name, subjects }) => subjects.length > 1 || search[name])
        .map(({ name, word, every, subjects }) => (
          <label className="row g8 small t2" key={name}>
            {word}
            <select
              className="input"
              style={{ width: "auto" }}
              value={search[name] ?? ""}
              onChange={(event) => onGo({ [name]: event.target.value || undefined, person: undefined })}
            >
              <option value="">{every}</option>
              {subjects.map((subject) => (
                <option key={subject} value={subject}>
                  {wordOf(name, subject)}
                </option>
              ))}
            </select>
          </label>
        ))}
    </div>
  );
}

function Listed({ project, question, people, search, onGo }: PartProps & { people: PeopleQuality }) {
  const shown = useMemo(
    () => (search.checked ? people.items.filter(({ checked }) => checked >= CHECKED_MIN) : people.items),
    [people, search.checked],
  );
  const ids = useMemo(() => shown.map(({ pseudonym }) => pseudonym), [shown]);
  const open = ids.includes(search.person ?? "") ? (search.person ?? null) : null;
  const walk = useWalk({
    ids,
    onOpen: (person) => onGo({ person }),
    onStep: (person) => open !== null && onGo({ person }),
  });
  const scale = scaleOf(people.items, people.target);
  const level = levelWithFirst(people.items);
  return (
    <div className={open ? "qualitysplit open" : "qualitysplit"}>
      <section className="card clip">
        <div className="cardhead">
          <h2 className="h3">
            {t("{count, plural, one {Accuracy of one person} other {Accuracy of # people}}", { count: people.total })}
          </h2>
          <button
            type="button"
            className={search.checked ? "chip on" : "chip"}
            aria-pressed={search.checked ?? false}
            onClick={() => onGo({ checked: search.checked ? undefined : true, person: undefined })}
          >
            {t("At least {count} checked", { count: CHECKED_MIN })}
          </button>
          <span className="small t3">
            {people.has_names
              ? t("Names are shown because you lead this project; each opening of this page is recorded")
              : t("By pseudonym")}
          </span>
        </div>
        {question.missing.length > 0 && <p className="p16 t2">{whatIsMissing(question.missing)}</p>}
        <div className="scroll-x">
          <table className="tbl walk">
            <thead>
              <tr>
                <th>{t("Person")}</th>
                <th style={{ minWidth: 150 }}>
                  <span className="row between num" dir="ltr">
                    <span>{two(scale[0])}</span>
                    <span>{t("Accuracy")}</span>
                    <span>{number(1)}</span>
                  </span>
                </th>
                <th>{t("95 % interval")}</th>
                <th className="r">{t("Checked")}</th>
                <th className="r folds">{t("Leans to")}</th>
                <th className="r">{t("A task")}</th>
                <th>{t("Trend")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((person) => (
                <Row
                  key={person.pseudonym}
                  person={person}
                  target={people.target}
                  scale={scale}
                  isOpen={person.pseudonym === open}
                  isAt={person.pseudonym === walk.at}
                  onOpen={() => {
                    walk.setAt(person.pseudonym);
                    onGo({ person: person.pseudonym });
                  }}
                />
              ))}
            </tbody>
          </table>
        </div>
        <div className="row g8 small t3 p16 rule wrap">
          <span className="grow">
            {level > 1
              ? t("Ranked by estimate. Where bands overlap, the order is not known: the first {count} are level.", {
                  count: level,
                })
              : t("Ranked by estimate. Where bands overlap, the order is not known.")}
            {people.total > people.items.length &&
              ` ${t("{count} more answered less.", { count: people.total - people.items.length })}`}
          </span>
          <span className="row g4">
            <Keys chord="J" />
            <Keys chord="K" />
            {t("walk")} <Keys chord="Enter" />
            {t("open")}
          </span>
        </div>
      </section>
      {open && (
        <PersonDrawer
          key={open}
          project={project}
          question={question}
          pseudonym={open}
          name={people.items.find(({ pseudonym }) => pseudonym === open)?.name ?? null}
          target={people.target}
          onClose={() => {
            walk.setAt(open);
            onGo({ person: undefined });
            requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-walk="${open}"]`)?.focus());
          }}
        />
      )}
    </div>
  );
}

interface RowProps {
  person: PersonQuality;
  target: number | null;
  scale: [number, number];
  isOpen: boolean;
  isAt: boolean;
  onOpen: () => void;
}

function Row({ person, target, scale, isOpen, isAt, onOpen }: RowProps) {
  const { accuracy } = person;
  const standing = standingOf(person, target);
  const shown = person.name ?? person.pseudonym;
  return (
    <tr className={isOpen ? "on" : isAt ? "at" : ""}>
      <td className="b nowrap">
        <button type="button" className="rowlink" data-walk={person.pseudonym} aria-expanded={isOpen} onClick={onOpen}>
          {shown}
        </button>
      </td>
      <td>
        {accuracy && (
          <Interval
            name={shown}
            value={accuracy.mean}
            low={accuracy.low}
            high={accuracy.high}
            count={person.checked}
            scale={scale}
            target={target ?? undefined}
            tone={bandOf(person, target)}
          />
        )}
      </td>
      <td className="num nowrap">
        {accuracy ? (
          <>
            {accuracy.mean !== null && <span className="bb">{two(accuracy.mean)} </span>}
            <span className="t2">{t("{low} to {high}", { low: two(accuracy.low), high: two(accuracy.high) })}</span>
          </>
        ) : (
          <span className="t3">{t("not known")}</span>
        )}
      </td>
      <td className="num r t2">{number(person.checked)}</td>
      <td className="num r nowrap folds">{person.lean ? leanOf(person) : ""}</td>
      <td className="num r t2">{person.active_ms ? pace(person.active_ms) : ""}</td>
      <td>
        <span className={`state ${standing.tone === "mute" ? "" : standing.tone}`}>
          <Sign person={person} tone={standing.tone} />
          {standing.word}
          {person.signals.length > 0 && (
            <span className="chip flat">
              {t("{count, plural, one {# signal} other {# signals}}", { count: person.signals.length })}
            </span>
          )}
        </span>
      </td>
    </tr>
  );
}

function Sign({ person, tone }: { person: PersonQuality; tone: string }) {
  if (person.accuracy?.mean == null) return <IconHourglass {...ICON} />;
  if (person.trend.kind === "falling") return <IconArrowDown {...ICON} />;
  if (tone === "dan") return <IconAlertTriangle {...ICON} />;
  if (tone === "cau") return <IconEye {...ICON} />;
  if (person.trend.kind === "rising") return <IconArrowUp {...ICON} />;
  return <IconMinus {...ICON} />;
}

/** “yes +0.24”; of comparisons the side, of scales the direction. */
function leanOf({ lean }: PersonQuality): string {
  if (!lean) return "";
  if (lean.kind === "class") return `${lean.text ?? ""} ${signed(lean.value)}`;
  if (lean.kind === "side")
    return lean.value < 0
      ? t("first {value}", { value: signed(-lean.value) })
      : t("second {value}", { value: signed(lean.value) });
  return signed(lean.value);
}

export function whatIsMissing(missing: readonly string[]): string {
  if (missing.includes("one-annotator")) {
    return t(
      "One person alone has answered. Whoever answers the same tasks next makes both comparable, and so does gold.",
    );
  }
  if (missing.includes("no-overlap")) {
    return t("No task has two answers yet, so nobody can be compared. Ask for more opinions a task, or make gold.");
  }
  return t("Answers of this kind have no classes: they are compared by how far they lie apart.");
}
