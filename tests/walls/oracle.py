"""A slow second opinion on walls, by other ways than the product's: repeated sums to a fixed point, thresholds tried one by one,
and verdicts over plain lists. It shares no line with what it checks; docs/reference/wall-documents.md is what both implement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

SHARES = {
    *("shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome"),
    "rightToProfitOrIncomeFromAssets",
}
Matrix = dict[str, dict[str, Decimal]]
ONE, ZERO = Decimal(1), Decimal(0)


def worth(interest: dict[str, Any]) -> Decimal:
    """The most that an interest may be, as a fraction."""
    share = interest.get("share")
    if interest.get("type") in SHARES | {"unknownInterest", "unpublishedInterest", None} and share:
        if "exact" in share:
            return Decimal(str(share["exact"])) / 100
        tops = [Decimal(str(share[name])) for name in ("maximum", "exclusiveMaximum") if name in share]
        if tops:
            return min(tops) / 100
    return ONE


def links(statements: list[tuple[str, dict[str, Any]]], today: date) -> tuple[Matrix, set[str]]:
    """(what holds what, who is a person) of (declarer, statement)s in force, one party for each record."""
    persons = {each["recordId"] for _, each in statements if each["recordType"] == "person"}
    nominations = {
        each["recordId"]
        for _, each in statements
        if each["recordType"] == "entity" and each["recordDetails"]["entityType"]["type"] == "arrangement"
    }
    summed: dict[tuple[str, str, str, str], Decimal] = {}
    claims: dict[tuple[str, str], Decimal] = {}
    for declarer, each in statements:
        if each["recordType"] != "relationship":
            continue
        holder, held = each["recordDetails"]["interestedParty"], each["recordDetails"]["subject"]
        if holder == held:
            continue
        for interest in each["recordDetails"]["interests"]:
            if "endDate" in interest and date.fromisoformat(interest["endDate"]) <= today:
                continue
            if interest["type"] == "nominee" and held in nominations:
                summed[held, holder, declarer, "nominee"] = ONE
            elif interest["directOrIndirect"] == "direct":
                at = (holder, held, declarer, interest["type"])
                summed[at] = min(ONE, summed.get(at, ZERO) + worth(interest))
            else:
                claims[holder, held] = max(claims.get((holder, held), ZERO), worth(interest))
    found: Matrix = {}
    for (holder, held, _, _), weight in summed.items():
        row = found.setdefault(holder, {})
        row[held] = max(row.get(held, ZERO), weight)
    before = {holder: dict(row) for holder, row in found.items()}
    for (holder, held), claim in claims.items():
        missing = claim - multiplied(before, holder).get(held, ZERO)
        if missing > 0:
            row = found.setdefault(holder, {})
            row[held] = min(ONE, row.get(held, ZERO) + missing)
    return found, persons


def multiplied(matrix: Matrix, source: str) -> dict[str, Decimal]:
    """Add up every chain, round after round, until nothing changes in the twentieth place."""
    with localcontext() as context:
        context.prec = 40
        held: dict[str, Decimal] = {source: ONE}
        for _ in range(20_000):
            now: dict[str, Decimal] = {source: ONE}
            for holder, share in held.items():
                for subject, weight in matrix.get(holder, {}).items():
                    if subject != source:
                        now[subject] = now.get(subject, ZERO) + share * weight
            now = {party: min(ONE, share) for party, share in now.items()}
            if now.keys() == held.keys() and max(abs(now[party] - held[party]) for party in now) < Decimal("1e-20"):
                break
            held = now
    return {party: share for party, share in held.items() if party != source and share > 0}


def rolled(matrix: Matrix, source: str) -> dict[str, Decimal]:
    """For every weight that occurs, who is reached by links of at least that."""
    found: dict[str, Decimal] = {}
    for least in sorted({weight for row in matrix.values() for weight in row.values() if weight > 0}):
        seen, waiting = {source}, [source]
        while waiting:
            for subject, weight in matrix.get(waiting.pop(0), {}).items():
                if weight >= least and subject not in seen:
                    seen.add(subject)
                    waiting.append(subject)
        for party in seen - {source}:
            found[party] = least
    return found


def dominated(matrix: Matrix, source: str) -> dict[str, Decimal]:
    """Let the group grow by whoever it holds more than half of, until it grows no more."""
    group = {source}
    while True:
        together: dict[str, Decimal] = {}
        for member in group:
            for subject, weight in matrix.get(member, {}).items():
                together[subject] = together.get(subject, ZERO) + weight
        grown = group | {party for party, share in together.items() if share > Decimal("0.5")}
        if grown == group:
            return {party: min(ONE, share) for party, share in together.items() if party != source and share > 0}
        group = grown


def tie(statements: list[tuple[str, dict[str, Any]]], today: date) -> dict[tuple[str, str], Decimal]:
    """How strongly every two parties are tied, in percent, both ways."""
    matrix, persons = links(statements, today)
    parties = sorted({*matrix, *(subject for row in matrix.values() for subject in row)})
    h: dict[tuple[str, str], Decimal] = {}
    for a in parties:
        for row in (multiplied(matrix, a), rolled(matrix, a), dominated(matrix, a)):
            for b, share in row.items():
                h[a, b] = max(h.get((a, b), ZERO), share)
    quarter = Decimal("0.25") - Decimal("1e-12")

    def strength(v: str, r: str) -> Decimal:
        best = max(h.get((v, r), ZERO), h.get((r, v), ZERO))
        for x in parties:
            if x in (v, r):
                continue
            above, also = h.get((x, v), ZERO), h.get((x, r), ZERO)
            if x in persons:
                best = max(best, min(above, also))
            if also >= quarter:
                best = max(best, min(above, also))
            if above >= quarter:
                best = max(best, min(above, also))
            below, beside = h.get((v, x), ZERO), h.get((r, x), ZERO)
            if beside >= quarter:
                best = max(best, below)
            if below >= quarter:
                best = max(best, beside)
        return best * 100

    return {(v, r): strength(v, r) for v in parties for r in parties if v != r}


@dataclass
class Terms:
    """A customer's. conflicts: party to (basis, until). waivers: (party, person, rival, until)."""

    party: str
    percent: float = 10.0
    days: int = 180
    on_change: str = "block"
    conflicts: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    waivers: list[tuple[str | None, str | None, str | None, datetime]] = field(default_factory=list)


@dataclass
class Person:
    """Whom a person works and worked for, what she has seen, what she has at stake: (party, kind, percent, until)."""

    vendor: str
    left: dict[str, datetime] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    stakes: list[tuple[str, str, float, datetime | None]] = field(default_factory=list)


@dataclass
class Oracle:
    """The whole state, and the verdict over it."""

    customers: dict[str, Terms]
    people: dict[str, Person]
    party_of: dict[str, str]
    statements: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ties: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def solve(self, today: date) -> None:
        self.ties = tie(self.statements, today)

    def near(self, a: str, b: str, percent: float) -> bool:
        return float(self.ties.get((a, b), ZERO)) >= percent - 1e-7

    def reasons(self, who: str, at: str, terms: Terms, now: datetime) -> Iterable[tuple[str, str]]:
        person = self.people[who]
        if person.vendor != at:
            yield "vendor", self.party_of[person.vendor]
        for vendor, until in person.left.items():
            if vendor != at and until + timedelta(days=terms.days) > now:
                yield "employer", self.party_of[vendor]
        for customer in person.seen:
            if customer != at:
                yield "history", self.party_of[customer]
        for party, kind, percent, until in person.stakes:
            if kind == "shares" and percent < terms.percent:
                continue
            if until is not None and until + timedelta(days=terms.days if kind == "employment" else 0) <= now:
                continue
            yield "interest", party

    def verdict(self, who: str, at: str, now: datetime) -> str | None:
        """The word that keeps a person away from a customer; the first of the alphabet, of its own conflicts before others'."""
        own = self.customers[at]
        found = []
        for word, party in self.reasons(who, at, own, now):
            for rival, (basis, until) in own.conflicts.items():
                if until is not None and until <= now:
                    continue
                is_tied = self.near(party, rival, own.percent) and not (word == "vendor" and own.on_change == "notify")
                if party != rival and not is_tied:
                    continue
                if any(
                    end > now and which in (None, rival) and (waived == party or someone == who)
                    for waived, someone, which, end in own.waivers
                ):
                    continue
                found.append(f"{word}:{basis}")
        if found:
            return min(found)
        others = []
        for name, terms in self.customers.items():
            if name == at:
                continue
            for rival, (_, until) in terms.conflicts.items():
                if until is not None and until <= now:
                    continue
                if rival != own.party and not self.near(own.party, rival, terms.percent):
                    continue
                if any(
                    end > now and someone == who and which in (None, rival) for _, someone, which, end in terms.waivers
                ):
                    continue
                others += [
                    word
                    for word, party in self.reasons(who, at, terms, now)
                    if party == terms.party or self.near(party, terms.party, terms.percent)
                ]
        return min(others, default=None)
