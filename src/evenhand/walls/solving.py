"""How much one party holds of others, by three tests: multiplication with every cycle, rolling, dominance. Pure.

Weights are fractions: `weights[u][v]` is what u holds of v. Every function looks down from one source and answers {party: 0..1}
for the parties it reaches, the source itself left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping

Weights = Mapping[int, Mapping[int, float]]

# A pivot smaller than this counts as none: the cycle feeds itself in full, and what enters it fills it.
_NOTHING = 1e-12
# What solving one knot by elimination may cost, in links made; one that is tied more densely is iterated from above.
_FILL_MAX = 300_000
_SWEEPS_MAX = 20_000


def reached(weights: Weights, source: int, within: Collection[int] | None = None) -> set[int]:
    """The parties below a source, without it; `within`: going through these alone."""
    found: set[int] = set()
    stack = [source]
    while stack:
        for subject, weight in weights.get(stack.pop(), {}).items():
            if weight > 0 and subject not in found and subject != source and (within is None or subject in within):
                found.add(subject)
                stack.append(subject)
    return found


def multiplied(weights: Weights, source: int, within: Collection[int] | None = None) -> dict[int, float]:
    """The least y with y(source) = 1 and y(v) = min(1, sum of y(u) * w(u, v)): all chains, all cycles, never above one.

    Knots (strongly connected parties) are solved one by one from the source down, each exactly: by elimination without any
    subtraction but of a party's hold on itself, so that nothing cancels (Grassmann, Taksar, Heyman, 1985, "Regenerative analysis
    and steady state distributions for Markov chains", doi:10.1287/opre.33.5.1107).
    """
    below = reached(weights, source, within)
    held: dict[int, float] = {source: 1.0}
    into: dict[int, float] = dict.fromkeys(below, 0.0)
    for subject, weight in weights.get(source, {}).items():
        if subject in into:
            into[subject] += weight
    for knot in _knots(weights, below):
        if len(knot) == 1 and weights.get(knot[0], {}).get(knot[0], 0.0) == 0.0:
            held[knot[0]] = min(1.0, into[knot[0]])
        else:
            inside = set(knot)
            links = {u: {v: w for v, w in weights.get(u, {}).items() if v in inside and w > 0} for u in knot}
            held.update(_solved(links, {u: into[u] for u in knot}))
        for holder in knot:
            for subject, weight in weights.get(holder, {}).items():
                if subject in into and subject not in held:
                    into[subject] += held[holder] * weight
    del held[source]
    return held


def _knots(weights: Weights, parties: Collection[int]) -> list[list[int]]:
    """Strongly connected components, those that hold before those that are held (Tarjan, 1972, without recursion)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    inside = set(parties)
    for root in sorted(inside):
        if root in number:
            continue
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(weights.get(root, {})))]
        while work:
            party, subjects = work[-1]
            for subject in subjects:
                if subject not in inside:
                    continue
                if subject not in number:
                    number[subject] = low[subject] = len(number)
                    stack.append(subject)
                    on_stack.add(subject)
                    work.append((subject, iter(weights.get(subject, {}))))
                    break
                if subject in on_stack:
                    low[party] = min(low[party], number[subject])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[party])
                if low[party] == number[party]:
                    knot: list[int] = []
                    while not knot or knot[-1] != party:
                        knot.append(stack.pop())
                    on_stack.difference_update(knot)
                    found.append(knot)
    return found[::-1]


def _solved(links: dict[int, dict[int, float]], into: dict[int, float]) -> dict[int, float]:
    """One knot: the least y with y(v) = min(1, into(v) + sum of y(u) * links(u, v)).

    The whole knot is tied and something enters it, so that there is one such y and no other (the map is monotone and concave).
    Solved without the bound first; where that is more than one, the full ones are held at one and the rest is solved again, until
    none of the full ones would be less: from above, so that whatever is left unfinished is too strict and never too lax.
    """
    if not any(value > 0 for value in into.values()):
        return dict.fromkeys(into, 0.0)
    try:
        return _solved_exactly(links, into)
    except _TooDense:
        return _iterated(links, into)


def _solved_exactly(links: dict[int, dict[int, float]], into: dict[int, float]) -> dict[int, float]:
    free = _eliminated(links, into, set(links))
    if free is not None and max(free.values()) <= 1.0:
        return free
    loose = {party for party, value in free.items() if value < 1.0} if free else set()
    if free is None:
        loose = {v for v, value in _entering(links, into, dict.fromkeys(links, 1.0)).items() if value < 1 - _NOTHING}
    for _ in range(64):
        full = links.keys() - loose
        fixed = dict(into)
        for holder in full:
            for subject, weight in links[holder].items():
                fixed[subject] += weight
        solved = _eliminated(links, fixed, loose) if loose else {}
        if solved is None:
            break
        held = {party: min(1.0, solved.get(party, 1.0)) for party in links}
        now = {party for party, value in _entering(links, into, held).items() if value < 1 - _NOTHING}
        if now <= loose:
            return held
        loose |= now
    return _iterated(links, into)


class _TooDense(Exception):
    """Elimination would cost more than it may."""


def _entering(links: dict[int, dict[int, float]], into: dict[int, float], held: dict[int, float]) -> dict[int, float]:
    found = dict(into)
    for holder, subjects in links.items():
        for subject, weight in subjects.items():
            found[subject] += held[holder] * weight
    return found


def _eliminated(
    links: dict[int, dict[int, float]], into: dict[int, float], parties: Collection[int]
) -> dict[int, float] | None:
    """y(v) = into(v) + sum over `parties` of y(u) * links(u, v), without a bound; None where a cycle feeds itself in full.

    Raises _TooDense.
    """
    inside = set(parties)
    out = {u: {v: w for v, w in links[u].items() if v in inside} for u in inside}
    back: dict[int, dict[int, float]] = {u: {} for u in inside}
    for u, subjects in out.items():
        for v, w in subjects.items():
            back[v][u] = w
    given = {u: into[u] for u in inside}
    queue = [(len(out[u]) * len(back[u]), u) for u in inside]
    heapq.heapify(queue)
    order: list[tuple[int, float, dict[int, float]]] = []
    cost = 0
    while queue:
        degree, party = heapq.heappop(queue)
        if party not in inside:
            continue
        now = len(out[party]) * len(back[party])
        if now > degree:
            heapq.heappush(queue, (now, party))
            continue
        inside.discard(party)
        itself = out[party].pop(party, 0.0)
        back[party].pop(party, None)
        if 1.0 - itself < _NOTHING:
            return None
        scale = 1.0 / (1.0 - itself)
        cost += now + 1
        if cost > _FILL_MAX:
            raise _TooDense
        holders, subjects = back.pop(party), out.pop(party)
        order.append((party, scale, holders))
        for v, w in subjects.items():
            del back[v][party]
            given[v] += given[party] * scale * w
        for u, x in holders.items():
            row = out[u]
            del row[party]
            for v, w in subjects.items():
                value = row.get(v, 0.0) + x * scale * w
                row[v] = back[v][u] = value
    held: dict[int, float] = {}
    for party, scale, holders in reversed(order):
        held[party] = scale * (given[party] + sum(held[u] * x for u, x in holders.items()))
    return held


def _iterated(links: dict[int, dict[int, float]], into: dict[int, float]) -> dict[int, float]:
    """The same from above, step by step: where it stops it is too strict by less than a billionth, or by what the steps left."""
    held = dict.fromkeys(links, 1.0)
    for _ in range(_SWEEPS_MAX):
        now = {party: min(1.0, value) for party, value in _entering(links, into, held).items()}
        step = max(held[party] - now[party] for party in links)
        held = now
        if step < 1e-13:
            break
    return held


def widest(weights: Weights, source: int) -> tuple[dict[int, float], dict[int, int]]:
    """Rolling: for each party the greatest, over all chains, of the least link; and from whom its chain comes."""
    found: dict[int, float] = {}
    via: dict[int, int] = {}
    queue: list[tuple[float, int, int]] = [(-1.0, source, source)]
    while queue:
        width, party, holder = heapq.heappop(queue)
        if party in found:
            continue
        found[party] = -width
        via[party] = holder
        for subject, weight in weights.get(party, {}).items():
            if subject not in found and weight > 0:
                heapq.heappush(queue, (max(width, -weight), subject, party))
    del found[source], via[source]
    return found, via


def dominated(weights: Weights, source: int) -> dict[int, float]:
    """Dominance: what a source and all that it dominates hold together; dominated is whoever is held so by more than half."""
    held: dict[int, float] = {}
    queue = [source]
    seen = {source}
    while queue:
        for subject, weight in weights.get(queue.pop(), {}).items():
            held[subject] = held.get(subject, 0.0) + weight
            if held[subject] > 0.5 and subject not in seen:
                seen.add(subject)
                queue.append(subject)
    held.pop(source, None)
    return {party: min(1.0, value) for party, value in held.items() if value > 0}


def turned(weights: Weights) -> dict[int, dict[int, float]]:
    """The same links seen from below: `turned[v][u]` is what u holds of v."""
    found: dict[int, dict[int, float]] = {}
    for holder, subjects in weights.items():
        for subject, weight in subjects.items():
            found.setdefault(subject, {})[holder] = weight
    return found


def strictest(rows: Iterable[tuple[str, Mapping[int, float]]]) -> dict[int, tuple[float, str]]:
    """For each party the greatest of several tests, and which it was; of equals the first."""
    found: dict[int, tuple[float, str]] = {}
    for name, row in rows:
        for party, value in row.items():
            if value > found.get(party, (0.0, ""))[0]:
                found[party] = (value, name)
    return found
