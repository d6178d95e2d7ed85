/** A chain as it is drawn and said: the words of the standard's code list in the reader's own language. */
import type { Hold } from "../../api/contract";
import { day, listed, number, t } from "../../i18n";

export type Tie = Hold["ties"][number];
type Drawn = Tie["links"][number];

export interface Party {
  id: string;
  name: string;
  /** What it is to the customer. */
  part: string;
}
export interface Link {
  from: string;
  to: string;
  /** A share; empty for what has none. */
  amount: string;
  words: string;
  isOffice: boolean;
  /** The whole of it as a sentence. */
  said: string;
  statements: string[];
}
export interface Chain {
  rival: string;
  reached: string;
  parties: Party[];
  links: Link[];
  percent: number;
  limit: number;
  rule: string;
}

export function chainsOf({ ties }: Pick<Hold, "ties">): Chain[] {
  return ties.map((tie) => {
    const names = new Map(tie.parties.map((party) => [party.id, nameOf(party)]));
    return {
      rival: tie.rival,
      reached: tie.party,
      parties: [...names].map(([id, name]) => ({ id, name, part: partOf(id, tie) })),
      links: tie.links.map((link) => linkOf(link, names)),
      percent: tie.percent,
      limit: tie.limit,
      rule: tie.rule,
    };
  });
}

function nameOf({ id, name, kind }: Tie["parties"][number]): string {
  if (name) return name;
  return kind === "person" ? t("A person") : id;
}

function partOf(id: string, tie: Tie): string {
  if (id === tie.rival) return t("in conflict with you");
  if (id === tie.party) return tie.kind === "operator" ? t("runs this installation") : t("works for you");
  const kind = tie.parties.find((party) => party.id === id)?.kind;
  if (kind === "person") return t("not named here");
  return kind === "arrangement" ? t("an arrangement") : t("between them");
}

function linkOf(link: Drawn, names: ReadonlyMap<string, string>): Link {
  const amount = amountOf(link);
  const kinds = listed(link.interests.filter((each) => each !== VOTES || link.votes === null).map(wordOfInterest));
  const more = [votesOf(link), link.ended && t("until {day}", { day: day(link.ended) })].filter(Boolean).join(", ");
  const [from, to] = [names.get(link.holder) ?? link.holder, names.get(link.held) ?? link.held];
  const isPlain = link.interests.every((each) => each === "shareholding" || each === VOTES);
  return {
    from: link.holder,
    to: link.held,
    amount,
    words: [isPlain ? "" : kinds, more].filter(Boolean).join(", "),
    isOffice: !link.is_share,
    said: link.is_share
      ? t("{from} holds {amount} of {to} ({kinds}).", { from, amount, to, kinds: more ? `${kinds}, ${more}` : kinds })
      : t("{from}: {kinds} at {to}{more}.", { from, kinds, to, more: more && `, ${more}` }),
    statements: link.statements,
  };
}

const VOTES = "votingRights";

function votesOf({ votes }: Drawn): string {
  if (votes === null) return "";
  return votes === 0 ? t("no votes") : t("{percent} % of the votes", { percent: number(votes) });
}

function amountOf({ is_share, percent }: Drawn): string {
  if (!is_share) return "";
  return percent === null ? t("share unknown") : t("{percent} %", { percent: number(percent) });
}

/** The words of BODS 0.4, codelist interestType. */
export function wordOfInterest(interest: string): string {
  const words: Record<string, () => string> = {
    shareholding: () => t("shares"),
    votingRights: () => t("votes"),
    appointmentOfBoard: () => t("may appoint the board"),
    otherInfluenceOrControl: () => t("other influence"),
    seniorManagingOfficial: () => t("senior officer"),
    boardMember: () => t("board member"),
    boardChair: () => t("chair of the board"),
    rightsToSurplusAssetsOnDissolution: () => t("rights to what is left"),
    rightsToProfitOrIncome: () => t("rights to profit"),
    rightsGrantedByContract: () => t("rights by contract"),
    conditionalRightsGrantedByContract: () => t("rights by contract, conditional"),
    controlViaCompanyRulesOrArticles: () => t("control by its articles"),
    controlByLegalFramework: () => t("control by law"),
    settlor: () => t("settlor"),
    trustee: () => t("trustee"),
    protector: () => t("protector"),
    beneficiaryOfLegalArrangement: () => t("beneficiary"),
    nominee: () => t("nominee"),
    nominator: () => t("nominator"),
    unpublishedInterest: () => t("an interest that is not published"),
    enjoymentAndUseOfAssets: () => t("use of assets"),
    rightToProfitOrIncomeFromAssets: () => t("income from assets"),
  };
  return words[interest]?.() ?? t("an interest that is not known");
}

/** The whole chain as one sentence: what the drawing shows to those who see it. */
export function sentenceOf(chain: Chain, organization: string): string {
  const rival = chain.parties.find(({ id }) => id === chain.rival)?.name ?? chain.rival;
  return [
    ...chain.links.map(({ said }) => said),
    t("{rival} is in conflict with {organization}.", { rival, organization }),
  ].join(" ");
}

export function wordsOfRule(rule: string): string {
  const words: Record<string, () => string> = {
    "holds by multiplication": () => t("shares multiplied along the chain"),
    "holds by rolling": () => t("the least link of the widest chain"),
    "holds by dominance": () => t("what a party and all that it dominates hold together"),
    "common holder": () => t("one holder or officer of both"),
    "common holding": () => t("a holding of both"),
    "same party": () => t("one and the same party"),
  };
  return words[rule]?.() ?? rule;
}

export function limitOf({ limit }: Chain): string {
  return t("walls begin at {limit} %", { limit: number(limit) });
}
