/** The walls in force: each tie with its chain drawn, said and sourced; the customer's own terms and what it waives below. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Walls } from "../../api/contract";
import { useSession } from "../../api/session";
import { day, listed, number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Segmented } from "../../kit/Segmented";
import { ChainGraph } from "../holds/ChainGraph";
import { type Chain, chainsOf, limitOf, sentenceOf, wordsOfRule } from "../holds/chain";
import "../holds/holds.css";
import { Sources } from "../holds/Sources";
import { Challenges } from "./Challenges";

export function useWalls() {
  return useQuery({ queryKey: ["walls"], queryFn: () => call("GET /walls"), refetchInterval: 60_000 });
}

export function WallsCard() {
  const walls = useWalls();
  return (
    <section className="card clip" aria-labelledby="walls-title">
      <Faces query={walls} lines={4}>
        {(found) => <Found walls={found} />}
      </Faces>
    </section>
  );
}

/** The ties as chains to be drawn, in the form that holds have. */
export function chainsOfWalls({ ties, policy }: Walls): Shown[] {
  const drawn = ties.map(({ drawn: links, ...tie }) => ({
    ...tie,
    links,
    percent: tie.high,
    limit: tie.effect === "wall" ? policy.wall_percent : policy.notice_percent,
  }));
  return chainsOf({ ties: drawn }).map((chain, at) => ({ ...chain, isWall: ties[at]?.effect === "wall" }));
}

function Found({ walls }: { walls: Walls }) {
  const chains = chainsOfWalls(walls);
  const [at, setAt] = useState("0");
  const shown = chains[Number(at)] ?? chains[0];
  const isSmall = chains.length > 1 && chains.length <= 4;
  return (
    <>
      <header className="wrap">
        <h2 id="walls-title" className="h3 grow">
          {t("Walls in force")}
        </h2>
        {isSmall && (
          <Segmented
            label={t("Which wall is drawn")}
            value={at}
            options={chains.map((chain, index) => [String(index), `${index + 1} ${nameOf(chain)}`] as const)}
            onChange={setAt}
          />
        )}
        {chains.length > 4 && (
          <select
            className="input s"
            style={{ width: "auto" }}
            aria-label={t("Which wall is drawn")}
            value={at}
            onChange={(event) => setAt(event.target.value)}
          >
            {chains.map((chain, index) => (
              <option key={chain.reached + chain.rival} value={index}>
                {`${index + 1} ${nameOf(chain)}`}
              </option>
            ))}
          </select>
        )}
      </header>
      {shown ? (
        <Drawing chain={shown} />
      ) : (
        <Empty title={t("Nobody who works for you is tied to a rival")}>
          {walls.conflicts.length === 0
            ? t("Walls rise against parties that you declare a conflict with; you have declared none.")
            : t("By what is filed in the register today. What is filed tomorrow raises a wall at once.")}
        </Empty>
      )}
      <div className="halves rule">
        {shown && <Counted chain={shown} />}
        <Terms walls={walls} />
      </div>
      <Challenges />
      <Waived walls={walls} />
    </>
  );
}

function nameOf({ parties, reached }: Chain): string {
  return parties.find(({ id }) => id === reached)?.name ?? reached;
}

type Shown = Chain & { isWall: boolean };

function Drawing({ chain }: { chain: Shown }) {
  const { organization } = useSession();
  const sentence = sentenceOf(chain, organization.name);
  return (
    <>
      <div style={{ padding: "20px 20px 6px" }}>
        <ChainGraph
          chain={chain}
          organization={organization.name}
          words={sentence}
          bar={chain.isWall ? t("wall") : t("notice")}
        />
      </div>
      <p style={{ padding: "0 20px 14px", maxWidth: "90ch" }}>
        {sentence} <span className="t3">{t("Solid: shares. Dashed: offices and people.")}</span>
      </p>
    </>
  );
}

function Counted({ chain }: { chain: Shown }) {
  return (
    <div>
      <dl className="kv" style={{ padding: "12px 20px" }}>
        <dt>{t("Rule that fired")}</dt>
        <dd>{wordsOfRule(chain.rule)}</dd>
        <dt>{t("Counted as, and your limit")}</dt>
        <dd className="num">
          <span className="bb">{t("{percent} %", { percent: number(chain.percent) })}</span>{" "}
          <span className="t3">
            {chain.isWall ? limitOf(chain) : t("you are told from {limit} %", { limit: number(chain.limit) })}
          </span>
        </dd>
      </dl>
      <Sources links={chain.links} />
    </div>
  );
}

function Terms({ walls: { policy, conflicts } }: { walls: Walls }) {
  const onChange: Record<Walls["policy"]["on_change"], () => string> = {
    hold: () => t("work stops until you countersign"),
    block: () => t("whoever is tied is kept away, work goes on"),
    notify: () => t("you are told, work goes on"),
  };
  return (
    <dl className="kv" style={{ padding: "12px 20px" }}>
      <dt>{t("You are in conflict with")}</dt>
      <dd className="break">{conflicts.length ? listed(conflicts.map(({ party }) => party)) : t("nobody")}</dd>
      <dt>{t("You are told from, and walled from")}</dt>
      <dd className="num">
        {t("{notice} % and {wall} %", { notice: number(policy.notice_percent), wall: number(policy.wall_percent) })}
      </dd>
      <dt>{t("A tie that has ended counts on for")}</dt>
      <dd className="num">{t("{days, plural, one {# day} other {# days}}", { days: policy.cool_off_days })}</dd>
      <dt>{t("When control changes")}</dt>
      <dd>{onChange[policy.on_change]()}</dd>
    </dl>
  );
}

function Waived({ walls: { waivers, epoch } }: { walls: Walls }) {
  return (
    <>
      {waivers.length > 0 && (
        <ul className="rule" aria-label={t("Waivers")}>
          {waivers.map((each) => (
            <li key={each.id} className="row wrap g8" style={{ padding: "8px 20px" }}>
              <span className="b break">
                {t("{party} may pass", { party: each.party ?? t("one person") })}
                {each.rival && ` · ${t("tied to {rival}", { rival: each.rival })}`}
              </span>
              <span className="t2 grow break">{each.reason}</span>
              <span className="small t3 num">
                {each.until ? t("until {day}", { day: day(each.until) }) : t("until you end it")}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="rule small t3" style={{ padding: "9px 20px" }}>
        {t("Register version {epoch}. Every change of these terms is in your log with its digest.", {
          epoch: String(epoch),
        })}
      </p>
    </>
  );
}
