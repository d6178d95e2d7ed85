/** The chain that was computed, drawn: boxes and arrows, shares on the lines, offices dashed, the wall as a double bar. */
import { useId } from "react";
import { t } from "../../i18n";
import type { Chain, Link, Party } from "./chain";
import { linesOf, type Placed, placed } from "./layout";

const BOX = { width: 158, height: 44 } as const;
const GAP = 118;
const ROW = 108;
const TOP = 8;
const LEFT = 2;
const WALL = 40;
const SMALL_LETTERS = 21;

interface GraphProps {
  chain: Chain;
  /** Whose data it is about, which stands at the end, behind the wall. */
  organization: string;
  /** The whole as a sentence. */
  words: string;
  /** What stands between: a hold, or a wall. */
  bar?: string;
}

export function ChainGraph({ chain, organization, words, bar = t("hold") }: GraphProps) {
  const arrow = useId();
  const ids = chain.parties.map(({ id }) => id);
  const places = new Map(placed(ids, chain.links, chain.rival, chain.reached).map((each) => [each.id, each]));
  const last = Math.max(...[...places.values()].filter(({ row }) => row === 0).map(({ column }) => column));
  const wall = LEFT + last * (BOX.width + GAP) + BOX.width + WALL / 2;
  const height = TOP * 2 + Math.max(...[...places.values()].map(({ row }) => row)) * ROW + BOX.height + 24;
  const width = wall + WALL / 2 + BOX.width + LEFT;
  return (
    <div className="scroll-x">
      <svg
        className="chain"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={words}
      >
        <defs>
          <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0L8 4L0 8Z" className="head" />
          </marker>
        </defs>
        {chain.links.map((link) => (
          <Line
            key={`${link.from} ${link.to} ${link.statements.join()}`}
            link={link}
            from={places.get(link.from) as Placed}
            to={places.get(link.to) as Placed}
            arrow={`url(#${arrow})`}
          />
        ))}
        {chain.parties.map((party) => (
          <Box key={party.id} party={party} at={places.get(party.id) as Placed} chain={chain} />
        ))}
        <g className="wall">
          <path d={`M${wall - 4} ${TOP - 6}v${BOX.height + 12}M${wall + 4} ${TOP - 6}v${BOX.height + 12}`} />
          <text x={wall} y={TOP + BOX.height + 22} textAnchor="middle">
            {bar}
          </text>
        </g>
        <g className="party you" transform={`translate(${wall + WALL / 2} ${TOP})`}>
          <rect width={BOX.width} height={BOX.height} rx="6" />
          <text className="n" x="12" y="19">
            {cut(organization)}
          </text>
          <text className="s" x="12" y="35">
            {t("you")}
          </text>
        </g>
      </svg>
    </div>
  );
}

const xOf = ({ column }: Placed): number => LEFT + column * (BOX.width + GAP);
const yOf = ({ row }: Placed): number => TOP + row * ROW;

function Box({ party, at, chain }: { party: Party; at: Placed; chain: Chain }) {
  const role = party.id === chain.rival ? "rival" : "";
  return (
    <g className={`party ${role}`} transform={`translate(${xOf(at)} ${yOf(at)})`}>
      <rect width={BOX.width} height={BOX.height} rx="6" />
      <text className="n" x="12" y="19">
        {cut(party.name)}
        <title>{party.name}</title>
      </text>
      <text className="s" x="12" y="35">
        {cut(party.part)}
      </text>
    </g>
  );
}

function Line({ link, from, to, arrow }: { link: Link; from: Placed; to: Placed; arrow: string }) {
  const isBeside = from.row === to.row && Math.abs(from.column - to.column) === 1;
  return isBeside ? (
    <Straight link={link} from={from} to={to} arrow={arrow} />
  ) : (
    <Elbow link={link} from={from} to={to} arrow={arrow} />
  );
}

type LineProps = Parameters<typeof Line>[0];

function Straight({ link, from, to, arrow }: LineProps) {
  const y = yOf(from) + BOX.height / 2;
  const isForward = from.column < to.column;
  const start = xOf(from) + (isForward ? BOX.width : 0);
  const end = xOf(to) + (isForward ? 0 : BOX.width);
  const middle = (start + end) / 2;
  return (
    <g className={link.isOffice ? "line office" : "line"}>
      <path d={`M${start} ${y}H${end + (isForward ? -2 : 2)}`} markerEnd={arrow} />
      <text className="n" x={middle} y={y - 8} textAnchor="middle">
        {link.amount}
      </text>
      <text className="s" textAnchor="middle">
        {linesOf(link.words, 18).map((line, index) => (
          <tspan key={line} x={middle} y={y + 15 + index * 14}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}

/** From a party below to one above, or around the boxes between them. */
function Elbow({ link, from, to, arrow }: LineProps) {
  const below = from.row >= to.row ? from : to;
  const above = below === from ? to : from;
  const isLeft = above.column <= below.column;
  const x = xOf(above) + BOX.width / 2 + (above.column === below.column && above.row !== below.row ? 0 : 0);
  const y = yOf(below) + BOX.height / 2;
  const side = xOf(below) + (isLeft ? 0 : BOX.width);
  const foot = yOf(above) + BOX.height;
  const isStraightUp = above.column === below.column;
  const path = isStraightUp ? `M${x} ${yOf(below)}V${foot + 2}` : `M${side} ${y}H${x}V${foot + 2}`;
  const lines = [link.amount, ...linesOf(link.words, SMALL_LETTERS)].filter(Boolean);
  return (
    <g className={link.isOffice ? "line office" : "line"}>
      <path d={path} markerEnd={below === from ? arrow : undefined} markerStart={below === from ? undefined : arrow} />
      <text className="s" textAnchor={isLeft ? "start" : "end"}>
        {lines.map((line, index) => (
          <tspan key={line} x={x + (isLeft ? 10 : -10)} y={foot + 20 + index * 14}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}

/** A name in a box; whole in its title, in the sentence and in the list. */
function cut(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}
