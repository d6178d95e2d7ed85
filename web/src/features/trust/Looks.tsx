/** Who saw what, when and why, newest first; each row with its entry and the file that proves it. */
import { IconBan, IconCertificate, IconHourglass, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { BASE, call } from "../../api/client";
import type { RecordedLook } from "../../api/contract";
import { useWalk } from "../../commands/useWalk";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Keys } from "../../kit/Keys";
import { boundsOf, PURPOSES, wordOfPurpose, wordOfRefusal, wordOfWhat, wordOfWho } from "./words";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface Wanted {
  who: string;
  purpose: string;
  object: string;
  day: string;
  isDenied: boolean;
  isSoftwareToo: boolean;
}
const ALL: Wanted = { who: "", purpose: "", object: "", day: "", isDenied: false, isSoftwareToo: false };

export function Looks() {
  const [wanted, setWanted] = useState<Wanted>(ALL);
  const field = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const looks = useInfiniteQuery({
    queryKey: ["looks", wanted],
    queryFn: ({ pageParam }) =>
      call("GET /ledger/looks", {
        query: {
          who: wanted.who || null,
          purpose: (wanted.purpose || null) as (typeof PURPOSES)[number] | null,
          object_id: wanted.object || null,
          denied: wanted.isDenied || undefined,
          people: !wanted.isSoftwareToo || undefined,
          ...(wanted.day ? boundsOf(wanted.day) : {}),
          cursor: pageParam,
          limit: 25,
        },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = looks.data?.pages.flatMap((page) => page.items) ?? [];
  useWalk({
    ids: items.map(({ entry_id }) => entry_id),
    search: () => field.current?.focus(),
    filter: () => first.current?.focus(),
  });
  const isAll = Object.entries(ALL).every(([name, value]) => wanted[name as keyof Wanted] === value);
  return (
    <section className="card clip" aria-labelledby="looks-title">
      <header>
        <h2 id="looks-title" className="h3 grow">
          {t("Who saw what")}
        </h2>
      </header>
      <div className="row wrap g8 p12">
        <Filters
          wanted={wanted}
          onChange={(change) => setWanted({ ...wanted, ...change })}
          field={field}
          first={first}
          known={[...new Set(items.flatMap((each) => each.who ?? []))].sort()}
        />
      </div>
      <Faces query={looks} lines={6}>
        {() =>
          items.length === 0 && !looks.hasNextPage ? (
            <Empty
              title={isAll ? t("Nobody has looked at anything yet") : t("Ask for less")}
              action={!isAll && <Button onClick={() => setWanted(ALL)}>{t("Show all looks")}</Button>}
            >
              {isAll
                ? t("The first look is listed here before anything is shown to anybody.")
                : t("No look on record is like that.")}
            </Empty>
          ) : (
            <div className="scroll-x">
              <table className="tbl walk looks">
                <thead>
                  <tr>
                    <th>{t("When")}</th>
                    <th>{t("Who")}</th>
                    <th>{t("From")}</th>
                    <th>{t("What")}</th>
                    <th>{t("Why")}</th>
                    <th className="r">{t("Entry")}</th>
                    <th>{t("Proof")}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((each) => (
                    <Row look={each} key={each.entry_id || `${each.at} ${each.object_id}`} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Faces>
      <footer className="row wrap g12 rule small t3" style={{ padding: "9px 16px" }}>
        <span className="grow">
          {t("A person who has seen an item can remember it: no record prevents that. People are named by pseudonyms.")}
        </span>
        {looks.hasNextPage && (
          <Button size="s" look="quiet" isBusy={looks.isFetchingNextPage} onClick={() => void looks.fetchNextPage()}>
            {t("Look further back")}
          </Button>
        )}
      </footer>
    </section>
  );
}

interface FiltersProps {
  wanted: Wanted;
  onChange: (change: Partial<Wanted>) => void;
  field: React.RefObject<HTMLInputElement | null>;
  first: React.RefObject<HTMLInputElement | null>;
  /** Pseudonyms in the rows that are shown, to choose from: asking for everybody's would itself be a look. */
  known: string[];
}

function Filters({ wanted, onChange, field, first, known }: FiltersProps) {
  const list = useId();
  const [text, setText] = useState("");
  const isWrong = text !== "" && !ID.test(text.trim());
  return (
    <>
      <form
        role="search"
        className="searchbox"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWrong) return;
          onChange({ object: text.trim() });
          // The hand goes on walking the list.
          field.current?.blur();
        }}
      >
        <IconSearch {...ICON} />
        <input
          ref={field}
          className="input s"
          type="search"
          style={{ width: 190 }}
          aria-label={t("Search by the id of a task or file")}
          aria-invalid={isWrong || undefined}
          placeholder={t("Id of a task or file")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value === "") onChange({ object: "" });
          }}
        />
        {text === "" && <Keys chord="/" />}
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          first.current?.blur();
        }}
      >
        <input
          ref={first}
          className="input s narrowed"
          type="search"
          list={list}
          spellCheck={false}
          aria-label={t("Person, by the pseudonym")}
          placeholder={t("Pseudonym")}
          defaultValue={wanted.who}
          onBlur={(event) => onChange({ who: event.target.value.trim() })}
        />
        <datalist id={list}>
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </form>
      <select
        className="input s narrowed"
        aria-label={t("Purpose")}
        value={wanted.purpose}
        onChange={(event) => onChange({ purpose: event.target.value })}
      >
        <option value="">{t("Any purpose")}</option>
        {PURPOSES.map((each) => (
          <option key={each} value={each}>
            {wordOfPurpose(each)}
          </option>
        ))}
      </select>
      <input
        className="input s narrowed"
        type="date"
        aria-label={t("Day")}
        value={wanted.day}
        onChange={(event) => onChange({ day: event.target.value })}
      />
      <button
        type="button"
        className="btn s"
        aria-pressed={wanted.isDenied}
        onClick={() => onChange({ isDenied: !wanted.isDenied })}
      >
        <IconBan {...ICON} />
        {t("Refused only")}
      </button>
      <button
        type="button"
        className="btn s"
        aria-pressed={wanted.isSoftwareToo}
        onClick={() => onChange({ isSoftwareToo: !wanted.isSoftwareToo })}
      >
        {t("Software too")}
      </button>
    </>
  );
}

function Row({ look }: { look: RecordedLook }) {
  const isRefused = look.decision === "deny";
  return (
    <tr>
      <td className="num t2">{when(look.at)}</td>
      <td className="b nowrap">{wordOfWho(look)}</td>
      <td className="t2 nowrap">
        {look.vendor_id ? (
          <span className="mono small" title={look.vendor_id}>
            {t("vendor {id}", { id: look.vendor_id.slice(-6) })}
          </span>
        ) : look.is_visitor ? (
          t("the operator")
        ) : look.is_person ? (
          t("own people")
        ) : (
          t("software")
        )}
      </td>
      <td className="nowrap">
        {isRefused ? (
          <span className="t3">{t("nothing shown")}</span>
        ) : (
          <span className={look.objects > 1 ? "" : "mono small"} title={wordOfWhat(look)}>
            {look.objects > 1 ? wordOfWhat(look) : wordOfWhat(look).slice(-12)}
          </span>
        )}
      </td>
      <td className="nowrap">
        {isRefused ? (
          <span className="state dan">
            <IconBan {...ICON} />
            {wordOfRefusal(look.rule)}
          </span>
        ) : (
          <span className="t2">{wordOfPurpose(look.purpose)}</span>
        )}
      </td>
      <td className="num r t2">{look.entry === null ? "–" : number(look.entry)}</td>
      <td className="nowrap">
        {look.entry_id ? (
          <a
            className="state"
            data-walk={look.entry_id}
            href={`${BASE}/ledger/entries/${look.entry_id}/receipt`}
            download={`${look.entry_id}.${look.is_published ? "tlog-proof" : "promise.txt"}`}
            aria-label={
              look.is_published
                ? t("Download the proof of entry {entry}", { entry: number(look.entry ?? 0) })
                : t("Download the signed promise of this entry")
            }
          >
            {look.is_published ? <IconCertificate {...ICON} /> : <IconHourglass {...ICON} />}
            {look.is_published ? t("proof") : t("promise")}
          </a>
        ) : (
          <span className="state">
            <IconHourglass {...ICON} />
            {t("in a moment")}
          </span>
        )}
      </td>
    </tr>
  );
}
