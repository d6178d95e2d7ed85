"""Weak orders (rankings with ties and silence): their distance K^(1/2) and their Kemeny consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

EXACT_MAX = 8
_CLOSE = 1e-9
_OPTIMA_MAX = 4
_SWEEPS_MAX = 100

Groups = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class WeakOrder:
    """groups: best first, each a set of equals. rest: items without a place; below all when `rest_is_last`, else silence."""

    groups: Groups
    rest: frozenset[str] = frozenset()
    rest_is_last: bool = False

    def places(self) -> dict[str, int]:
        """Item -> its group's number, 0 is best; unplaced items are absent."""
        return {item: place for place, group in enumerate(self.groups) for item in group}

    def relation(self, places: Mapping[str, int], a: str, b: str) -> int | None:
        """-1 when a stands above b, 1 below, 0 equal, None when the order is silent about them."""
        first, second = places.get(a), places.get(b)
        if first is None and second is None:
            return None
        if first is None or second is None:
            if not self.rest_is_last:
                return None
            return 1 if first is None else -1
        return (first > second) - (first < second)


def kendall_half(a: WeakOrder, b: WeakOrder) -> float:
    """K^(1/2) over all pairs, 0..1: opposite orders 1, a tie against an order 1/2, silence of one side 1/2, of both 0.

    Fagin, Kumar, Mahdian, Sivakumar, Vee, 2006, "Comparing partial rankings", doi:10.1137/05063088X (p = 1/2, a metric).
    """
    here, there = a.places(), b.places()
    items = sorted({*here, *there, *a.rest, *b.rest})
    if len(items) < 2:
        return 0.0
    total = 0.0
    for first, second in combinations(items, 2):
        total += _disagreement(a.relation(here, first, second), b.relation(there, first, second))
    return total / (len(items) * (len(items) - 1) / 2)


def _disagreement(one: int | None, other: int | None) -> float:
    if one == other:
        return 0.0
    if one is None or other is None or one == 0 or other == 0:
        return 0.5
    return 1.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Weights of what the orders say of each ordered pair: above[a, b] a over b, equal[a, b] a tie (symmetric)."""

    above: Mapping[tuple[str, str], float]
    equal: Mapping[tuple[str, str], float]

    def cost_above(self, a: str, b: str) -> float:
        """Weighted K^(1/2) cost of placing a over b; silence costs the same in every order and is left out."""
        return self.above[b, a] + self.equal[a, b] / 2

    def cost_equal(self, a: str, b: str) -> float:
        """Weighted cost of a tie."""
        return (self.above[a, b] + self.above[b, a]) / 2

    def share(self, a: str, b: str, weight: float) -> float:
        """`weight` as a share of all that was said of the pair; 0 when nothing was."""
        said = self.above[a, b] + self.above[b, a] + self.equal[a, b]
        return weight / said if said > 0 else 0.0


def pairs_of(orders: Sequence[WeakOrder], weights: Sequence[float], items: Sequence[str]) -> Pairs:
    """The weighted statements of several orders about each pair."""
    above = {(a, b): 0.0 for a in items for b in items}
    equal = dict(above)
    for order, weight in zip(orders, weights, strict=True):
        places = order.places()
        for a, b in combinations(items, 2):
            relation = order.relation(places, a, b)
            if relation == 0:
                equal[a, b] += weight
                equal[b, a] += weight
            elif relation is not None:
                above[(a, b) if relation < 0 else (b, a)] += weight
    return Pairs(above, equal)


def kemeny(pairs: Pairs, items: Sequence[str], *, ties: bool) -> list[Groups]:
    """The orders with the least summed distance to all answers, coarsest first; more than one is a tie.

    Exact up to eight items; beyond, a local search from the Borda order, which returns one order.
    """
    if not items:
        return [()]
    if len(items) <= EXACT_MAX:
        found = _exact(pairs, tuple(items), ties)
        return sorted(found, key=lambda groups: (len(groups), [sorted(group) for group in groups]))
    return [_searched(pairs, items, ties)]


def least_share(pairs: Pairs, groups: Groups) -> float:
    """The weakest link of an order: the least share of weight behind what it says of any pair.

    Pairs far apart count too: in a cycle it is the first over the last that hardly anyone said.
    """
    shares = [pairs.share(a, b, pairs.equal[a, b]) for group in groups for a, b in combinations(sorted(group), 2)]
    for upper, lower in combinations(groups, 2):
        shares.extend(pairs.share(a, b, pairs.above[a, b]) for a in upper for b in lower)
    return min(shares, default=1.0)


def _exact(pairs: Pairs, items: tuple[str, ...], ties: bool) -> list[Groups]:
    """Dynamic programme over the set already placed: 3^n steps with ties, n 2^n without; up to four optima."""
    full = (1 << len(items)) - 1

    def members(mask: int) -> list[str]:
        return [item for index, item in enumerate(items) if mask >> index & 1]

    @cache
    def step(group: int, rest: int) -> float:
        inside, below = members(group), members(rest)
        cost = sum(pairs.cost_equal(a, b) for a, b in combinations(inside, 2))
        return cost + sum(pairs.cost_above(a, b) for a in inside for b in below)

    @cache
    def best(left: int) -> tuple[float, tuple[tuple[int, ...], ...]]:
        if not left:
            return 0.0, ((),)
        least = float("inf")
        optima: list[tuple[int, ...]] = []
        group = left
        while group:
            if ties or group & (group - 1) == 0:
                cost, tails = best(left ^ group)
                cost += step(group, left ^ group)
                if cost < least - _CLOSE:
                    least, optima = cost, []
                if cost <= least + _CLOSE:
                    optima.extend((group, *tail) for tail in tails)
            group = (group - 1) & left
        optima.sort(key=len)
        return least, tuple(optima[:_OPTIMA_MAX])

    return [tuple(frozenset(members(group)) for group in groups) for groups in best(full)[1]]


def _searched(pairs: Pairs, items: Sequence[str], ties: bool) -> Groups:
    """Borda's order, then single items moved to their best place until none gains."""
    losses = {a: sum(pairs.cost_above(a, b) for b in items if b != a) for a in items}
    groups: list[set[str]] = []
    for item in sorted(items, key=lambda each: (losses[each], each)):
        if ties and groups and abs(losses[item] - losses[next(iter(groups[-1]))]) <= _CLOSE:
            groups[-1].add(item)
        else:
            groups.append({item})
    for _ in range(_SWEEPS_MAX):
        if sum(_moved(pairs, groups, item, ties) for item in sorted(items)) == 0:
            break
    return tuple(frozenset(group) for group in groups)


def _moved(pairs: Pairs, groups: list[set[str]], item: str, ties: bool) -> bool:
    """Move one item, in place, to the gap or group that costs least; whether that was a gain."""
    at = next(index for index, group in enumerate(groups) if item in group)
    was_alone = len(groups[at]) == 1
    groups[at].discard(item)
    if was_alone:
        del groups[at]
    over = [sum(pairs.cost_above(item, each) for each in group) for group in groups]
    under = [sum(pairs.cost_above(each, item) for each in group) for group in groups]
    beside = [sum(pairs.cost_equal(item, each) for each in group) for group in groups]
    gaps = [sum(under[:index]) + sum(over[index:]) for index in range(len(groups) + 1)]
    joins = [sum(under[:index]) + beside[index] + sum(over[index + 1 :]) for index in range(len(groups))]
    before = gaps[at] if was_alone else joins[at]
    gap, join = min(gaps), min(joins, default=float("inf")) if ties else float("inf")
    if before <= min(gap, join) + _CLOSE:
        if was_alone:
            groups.insert(at, {item})
        else:
            groups[at].add(item)
        return False
    if join <= gap:
        groups[joins.index(join)].add(item)
    else:
        groups.insert(gaps.index(gap), {item})
    return True
