"""The ownership graph: what statements say as links between parties, and how strongly two parties are tied. Pure.

docs/reference/wall-documents.md states the same rules for whoever recomputes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from evenhand.core.canonical import canonical_json
from evenhand.walls import solving

# A group is one organization: whoever holds this much of several ties them.
GROUP = 0.25
# Ties weaker than a policy can name are not kept.
WEAKEST = 0.01
# A tie names at most this many links; of more the strongest.
LINKS_SHOWN = 32
# So many common holders are solved exactly for a graph; of further ones their upper bound counts, which is stricter.
_HOLDERS_SOLVED = 64

COUNTABLE = frozenset(
    {
        *("shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome"),
        "rightToProfitOrIncomeFromAssets",
    }
)
UNKNOWN = frozenset({"unknownInterest", "unpublishedInterest"})


@dataclass(frozen=True, slots=True)
class Filed:
    """One statement in force. declared_by: whose records its recordId is one of."""

    statement: Mapping[str, Any]
    declared_by: str


@dataclass(slots=True)
class Link:
    """What one party holds of another. high, low: fractions, with the unknown counted as all and as nothing.

    kind: `share`, `governance`, `unknown`, `nominee` or `indirect`, whichever makes it as high as it is.
    """

    high: float = 0.0
    low: float = 0.0
    kind: str = "share"
    statements: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tie:
    """Two parties, and why they count as one for walls. low, high: percent. chain: the links that make it, strongest first."""

    a: str
    b: str
    rule: str
    low: float
    high: float
    chain: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Graph:
    """Links between parties, by number. names: number of each record; records of one identifier have one number."""

    names: dict[str, int]
    links: dict[int, dict[int, Link]]
    persons: frozenset[int]

    @cached_property
    def records(self) -> dict[int, list[str]]:
        """The records of each party, in order."""
        found: dict[int, list[str]] = {}
        for name in sorted(self.names):
            found.setdefault(self.names[name], []).append(name)
        return found

    @cached_property
    def high(self) -> dict[int, dict[int, float]]:
        """What walls are computed with."""
        return {
            u: {v: link.high for v, link in subjects.items() if link.high > 0} for u, subjects in self.links.items()
        }

    @cached_property
    def low(self) -> dict[int, dict[int, float]]:
        """What is known to be held at least."""
        return {u: {v: link.low for v, link in subjects.items() if link.low > 0} for u, subjects in self.links.items()}

    @property
    def sha256(self) -> bytes:
        """The digest of the links, whatever order the statements came in."""
        rows = [
            [self.records[u][0], self.records[v][0], link.high, link.low, sorted(link.statements)]
            for u, subjects in self.links.items()
            for v, link in subjects.items()
        ]
        return hashlib.sha256(canonical_json(sorted(rows))).digest()

    def holdings(self, source: int) -> dict[int, tuple[float, str]]:
        """H: how much a party holds of every other, by the strictest test, and which one that is."""
        return solving.strictest(
            (
                ("multiplication", solving.multiplied(self.high, source)),
                ("rolling", solving.widest(self.high, source)[0]),
                ("dominance", solving.dominated(self.high, source)),
            )
        )


# --------------------------------------------------------------------------------------------------------- reading --
def read_graph(filed: Iterable[Filed], today: date) -> Graph:
    """The links of statements in force: one statement a record and declarer, ended records left out by the caller."""
    statements = sorted(filed, key=lambda each: str(each.statement["statementId"]))
    names, persons, arrangements = _parties(statements)
    direct: dict[tuple[int, int, str, str], Link] = {}
    claims: dict[tuple[int, int], Link] = {}
    for each in statements:
        if each.statement["recordType"] != "relationship":
            continue
        details = each.statement["recordDetails"]
        holder, subject = details.get("interestedParty"), details.get("subject")
        if not isinstance(holder, str) or not isinstance(subject, str):
            continue
        u, v = (names.setdefault(name, len(names)) for name in (holder, subject))
        if u == v:
            continue
        id_ = str(each.statement["statementId"])
        for interest in details.get("interests") or [{}]:
            if _has_ended(interest, today):
                continue
            link, is_direct = _link(interest, is_arrangement=v in arrangements)
            if link.kind == "nominee" and v in arrangements:
                _greatest(direct.setdefault((v, u, each.declared_by, "nominee"), Link(kind="nominee")), link, id_)
            elif is_direct:
                type_ = str(interest.get("type"))
                _add(direct.setdefault((u, v, each.declared_by, type_), Link(kind=link.kind)), link, id_)
            else:
                _greatest(claims.setdefault((u, v), Link(kind="indirect")), link, id_)
    links: dict[int, dict[int, Link]] = {}
    for (u, v, _, _), link in direct.items():
        _merge(links.setdefault(u, {}).setdefault(v, Link()), link)
    _claim(links, claims)
    return Graph(names, links, frozenset(persons))


def _parties(statements: Iterable[Filed]) -> tuple[dict[str, int], set[int], set[int]]:
    """(number of each record, which are natural persons, which are nominations); one identifier is one party."""
    names: dict[str, int] = {}
    by_identifier: dict[tuple[str, str], int] = {}
    persons: set[int] = set()
    arrangements: set[int] = set()
    same: dict[int, int] = {}

    def root(number: int) -> int:
        while number in same:
            number = same[number]
        return number

    for each in statements:
        kind, details = each.statement["recordType"], each.statement["recordDetails"]
        if kind == "relationship":
            continue
        number = root(names.setdefault(str(each.statement["recordId"]), len(names)))
        for identifier in details.get("identifiers") or ():
            scheme, id_ = identifier.get("scheme"), identifier.get("id")
            if scheme and id_:
                other = root(by_identifier.setdefault((scheme, id_), number))
                if other != number:
                    same[max(number, other)] = min(number, other)
                    number = min(number, other)
        if kind == "person":
            persons.add(number)
        elif (details.get("entityType") or {}).get("type") == "arrangement":
            arrangements.add(number)
    return (
        {name: root(number) for name, number in names.items()},
        {root(number) for number in persons},
        {root(number) for number in arrangements},
    )


def _has_ended(interest: Mapping[str, Any], today: date) -> bool:
    """By its endDate. What only begins counts already: a sale that is announced is a reason."""
    end = interest.get("endDate")
    try:
        return end is not None and date.fromisoformat(str(end)[:10]) <= today
    except ValueError:
        return False


def _link(interest: Mapping[str, Any], *, is_arrangement: bool) -> tuple[Link, bool]:
    """(what one interest makes, whether it is a direct one)."""
    type_, share = interest.get("type"), interest.get("share")
    is_direct = interest.get("directOrIndirect") == "direct"
    if type_ == "nominee" and is_arrangement:
        return Link(1.0, 0.0, "nominee"), True
    if type_ is None or type_ in UNKNOWN:
        high, low, known = _bounds(share)
        return (Link(high, low, "share") if known else Link(1.0, 0.0, "unknown")), is_direct
    if type_ not in COUNTABLE:
        return Link(1.0, 0.0, "governance"), is_direct
    high, low, known = _bounds(share)
    return Link(high, low, "share" if known else "unknown"), is_direct


def _bounds(share: Any) -> tuple[float, float, bool]:
    """(at most, at least, whether the former is known), as fractions."""
    if not isinstance(share, Mapping):
        return 1.0, 0.0, False
    if (exact := share.get("exact")) is not None:
        return exact / 100, exact / 100, True
    tops = [share[key] for key in ("maximum", "exclusiveMaximum") if share.get(key) is not None]
    bottoms = [share[key] for key in ("minimum", "exclusiveMinimum") if share.get(key) is not None]
    high = min(tops) / 100 if tops else 1.0
    low = min(max(bottoms, default=0) / 100, high)
    return high, low, bool(tops)


def _add(into: Link, link: Link, statement: str) -> None:
    """Shares of one type by one declarer add up."""
    if link.high > 0 and link.kind != "share":
        into.kind = link.kind
    into.high, into.low = min(1.0, into.high + link.high), min(1.0, into.low + link.low)
    if statement not in into.statements:
        into.statements.append(statement)


def _greatest(into: Link, link: Link, statement: str) -> None:
    into.high, into.low = max(into.high, link.high), max(into.low, link.low)
    if statement not in into.statements:
        into.statements.append(statement)


def _merge(into: Link, link: Link) -> None:
    """Of different types and declarers the greatest counts; all are named."""
    if link.high > into.high or not into.statements:
        into.high, into.kind = max(into.high, link.high), link.kind
    into.low = max(into.low, link.low)
    into.statements += [each for each in link.statements if each not in into.statements]


def _claim(links: dict[int, dict[int, Link]], claims: Mapping[tuple[int, int], Link]) -> None:
    """A declared indirect figure: where it is more than the links make, the difference becomes one. The greatest, never the sum."""
    high = {u: {v: link.high for v, link in subjects.items()} for u, subjects in links.items()}
    low = {u: {v: link.low for v, link in subjects.items()} for u, subjects in links.items()}
    made: list[tuple[int, int, Link]] = []
    for u in sorted({u for u, _ in claims}):
        of_high, of_low = solving.multiplied(high, u), solving.multiplied(low, u)
        for (holder, v), link in claims.items():
            if holder == u:
                more = Link(
                    link.high - of_high.get(v, 0.0),
                    max(0.0, link.low - of_low.get(v, 0.0)),
                    "indirect",
                    link.statements,
                )
                if more.high > 0:
                    made.append((u, v, more))
    for u, v, more in made:
        into = links.setdefault(u, {}).setdefault(v, Link(kind="indirect"))
        into.high, into.low = min(1.0, into.high + more.high), min(1.0, into.low + more.low)
        into.statements += [each for each in more.statements if each not in into.statements]


# ------------------------------------------------------------------------------------------------------------ ties --
def ties(graph: Graph, points: Collection[str]) -> list[Tie]:
    """How strongly those parties that verdicts ask about are tied to each other, each pair once, `a` before `b`.

    points: records. A tie is through what one holds of the other, through a common holder that has one of them in its group (for a
    natural person: in both, however much), or through a common holding in the group of one. Ties are not chained.
    """
    numbers = sorted({graph.names[point] for point in points if point in graph.names})
    asked = set(points)
    rows = {number: graph.holdings(number) for number in numbers}
    best: dict[tuple[int, int], tuple[float, str, int | None]] = {}
    for p in numbers:
        for q in numbers:
            if p != q and q in rows[p]:
                _better(best, p, q, rows[p][q][0], f"holds by {rows[p][q][1]}", None)
    _common_holdings(best, rows, numbers)
    _common_holders(best, graph, rows, numbers)
    found = [
        _tie(graph, rows, asked, pair, high, rule, through) for pair, (high, rule, through) in sorted(best.items())
    ]
    return [tie for each in found for tie in each] + _same(graph, asked)


def _better(
    best: dict[tuple[int, int], tuple[float, str, int | None]],
    p: int,
    q: int,
    high: float,
    rule: str,
    through: int | None,
) -> None:
    pair = (min(p, q), max(p, q))
    if high >= WEAKEST - 1e-12 and high > best.get(pair, (0.0, "", None))[0] + 1e-12:
        best[pair] = (high, rule, through)


def _common_holdings(
    best: dict[tuple[int, int], tuple[float, str, int | None]],
    rows: Mapping[int, Mapping[int, tuple[float, str]]],
    numbers: list[int],
) -> None:
    holders: dict[int, list[int]] = {}
    for p in numbers:
        for party, (value, _) in rows[p].items():
            if value >= WEAKEST:
                holders.setdefault(party, []).append(p)
    for party, several in sorted(holders.items()):
        for p in several:
            if rows[p][party][0] >= GROUP - 1e-12:
                for q in several:
                    if q not in (p, party) and p != party:
                        _better(best, p, q, rows[q][party][0], "common holding", party)


def _common_holders(
    best: dict[tuple[int, int], tuple[float, str, int | None]],
    graph: Graph,
    rows: Mapping[int, Mapping[int, tuple[float, str]]],
    numbers: list[int],
) -> None:
    """Through every party that holds of two: those asked about are solved already, of others an upper bound says whether to."""
    for g in numbers:
        _through(best, graph, g, {p: value for p, (value, _) in rows[g].items() if p in rows})
    bounds = _upper_bounds(graph, numbers)
    solved = 0
    for g in sorted(bounds, key=lambda g: (-sorted(bounds[g].values())[-2], g)):
        hoped: dict[tuple[int, int], tuple[float, str, int | None]] = dict(best)
        _through(hoped, graph, g, bounds[g])
        if hoped == best:
            continue
        if solved < _HOLDERS_SOLVED:
            solved += 1
            _through(best, graph, g, {p: value for p, (value, _) in graph.holdings(g).items() if p in rows})
        else:
            best.update(hoped)


def _through(
    best: dict[tuple[int, int], tuple[float, str, int | None]], graph: Graph, g: int, held: Mapping[int, float]
) -> None:
    parties = sorted(party for party in held if party != g)
    for index, p in enumerate(parties):
        for q in parties[index + 1 :]:
            least, most = sorted((held[p], held[q]))
            if g in graph.persons or most >= GROUP - 1e-12:
                _better(best, p, q, least, "common holder", g)


def _upper_bounds(graph: Graph, numbers: list[int]) -> dict[int, dict[int, float]]:
    """For each party that is not asked about and reaches two that are: no less than it holds of them by any test."""
    back = solving.turned(graph.high)
    found: dict[int, dict[int, float]] = {}
    dominating = {u for u, subjects in graph.high.items() if any(weight > 0.5 for weight in subjects.values())}
    for p in numbers:
        # Seen from below, y counts each chain up to the first visit of p, and loops through the holder besides: never too little.
        by_chains = solving.multiplied(back, p)
        rolling = solving.widest(back, p)[0]
        most = min(1.0, sum(back.get(p, {}).values()))
        for g in rolling:
            bound = max(by_chains.get(g, 0.0), rolling[g], most if g in dominating else 0.0)
            if bound >= WEAKEST and g not in numbers:
                found.setdefault(g, {})[p] = bound
    return {g: held for g, held in found.items() if len(held) > 1}


def _tie(
    graph: Graph,
    rows: Mapping[int, Mapping[int, tuple[float, str]]],
    asked: Collection[str],
    pair: tuple[int, int],
    high: float,
    rule: str,
    through: int | None,
) -> list[Tie]:
    p, q = pair
    if through is None:
        ends = [(p, q)] if rows[p].get(q, (0.0, ""))[0] >= rows[q].get(p, (0.0, ""))[0] else [(q, p)]
    elif rule == "common holder":
        ends = [(through, p), (through, q)]
    else:
        ends = [(p, through), (q, through)]
    drawn = {(link["holder"], link["subject"]): link for end in ends for link in links_between(graph, *end)}
    chain = tuple(drawn.values())
    low = max(_at_least(graph, p, q), _at_least(graph, q, p)) if through is None else 0.0
    names = [[name for name in graph.records[number] if name in asked] for number in pair]
    return [
        Tie(min(a, b), max(a, b), rule, round(low * 100, 9), round(high * 100, 9), chain)
        for a in names[0]
        for b in names[1]
    ]


def _at_least(graph: Graph, holder: int, subject: int) -> float:
    return solving.multiplied(graph.low, holder).get(subject, 0.0)


def _same(graph: Graph, asked: Collection[str]) -> list[Tie]:
    """Records that are one party by an identifier."""
    found = []
    for records in graph.records.values():
        names = [name for name in records if name in asked]
        found += [Tie(a, b, "same party", 100.0, 100.0) for i, a in enumerate(names) for b in names[i + 1 :]]
    return found


def links_between(graph: Graph, holder: int, subject: int) -> list[dict[str, Any]]:
    """The links by which one party holds of another, from the top down; of very many the strongest."""
    below = {holder, *solving.reached(graph.high, holder)}
    back = {
        v: {u: w for u, w in holders.items() if u in below}
        for v, holders in solving.turned(graph.high).items()
        if v in below
    }
    between = below & {subject, *solving.reached(back, subject), holder}
    rolling, via = solving.widest(graph.high, holder)
    on_chain: set[tuple[int, int]] = set()
    at = subject
    while at != holder and at in via:
        on_chain.add((via[at], at))
        at = via[at]
    width = {**rolling, holder: 1.0}
    found = [(u, v) for u in between for v in graph.high.get(u, {}) if v in between and v != holder and u != subject]
    found.sort(key=lambda pair: ((pair not in on_chain), -width.get(pair[0], 0) * graph.high[pair[0]][pair[1]], pair))
    depth = {holder: 0}
    for u in (queue := [holder]):
        for v in graph.high.get(u, {}):
            if v in between and v not in depth:
                depth[v] = depth[u] + 1
                queue.append(v)
    shown = sorted(found[:LINKS_SHOWN], key=lambda pair: (depth[pair[0]], depth[pair[1]], pair))
    return [
        {
            "holder": graph.records[u][0],
            "subject": graph.records[v][0],
            "kind": graph.links[u][v].kind,
            "low": round(graph.links[u][v].low * 100, 9),
            "high": round(graph.links[u][v].high * 100, 9),
            "statements": list(graph.links[u][v].statements),
        }
        for u, v in shown
    ]
