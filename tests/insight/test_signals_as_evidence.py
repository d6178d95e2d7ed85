"""Signals that a ruling names are read by the server at that moment: what does not stand is refused, what stands is kept whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from test_how_answers_are_made import PASTED, TYPED, crowd_of_writers
from test_quality import swept

from evenhand.core.errors import Malformed, NotAllowed, NotFound
from evenhand.work.rulings import Item, Rulings
from world import Member, Project, World


async def answers(project: Project, who: Member) -> list[tuple[UUID, UUID]]:
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select task_id, annotation_id from annotation where project_id = $1 and person_id = $2 order by submitted_at",
            project.id,
            who.id,
        )
    return [(row["task_id"], row["annotation_id"]) for row in rows]


async def remove(project: Project, whom: Member, evidence: Sequence[Item], by: Member | None = None) -> UUID:
    rulings = project.world.services.work.rulings
    return await rulings.remove((by or project.owner).actor, project.id, whom.id, "spam", evidence)


async def refusal(project: Project, whom: Member, evidence: Sequence[Item]) -> Any:
    with pytest.raises(Malformed) as refused:
        await remove(project, whom, evidence)
    return refused.value.problems[0]


async def test_a_signal_is_kept_with_its_value_count_interval_and_fit_as_the_server_reads_it(world: World) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, PASTED])
    paster = people[3]
    [[_, answer], *_] = await answers(project, paster)
    rulings = world.services.work.rulings
    possible = await rulings.possible(project.owner.actor, project.id, paster.id)

    await remove(project, paster, [Item("answer", answer), Item("signal", signal="pasted")])

    quality = await world.services.insight.quality.manner(project.owner.actor, project.id)
    shown = next(each for each in quality["items"] if each["person_id"] == str(paster.id))["pasted"]
    [own] = (await rulings.against_me(paster.actor, None, 5))["items"]
    [_, signal] = own["evidence"]
    standing = signal["standing"]
    assert (signal["signal"], signal["count"], signal["out_of"]) == ("pasted", shown["shared_count"], shown["shared"])
    assert (standing["value"], standing["count"], standing["expected"]) == (1.0, 24, shown["expected"])
    assert 0.8 < standing["low"] < standing["high"] <= 1.0
    assert standing["fitted_at"] <= own["at"]
    assert standing in possible["signals"]
    assert [each["signal"] for each in possible["signals"]] == ["away", "pasted"]


async def test_a_signal_that_does_not_stand_is_refused_with_place_and_remedy(world: World) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, PASTED])
    typist, paster = people[0], people[3]
    [[task, typed], *_] = await answers(project, typist)
    [[_, pasted], *_] = await answers(project, paster)

    none = await refusal(project, typist, [Item("answer", typed), Item("signal", signal="pasted")])
    other = await refusal(project, paster, [Item("answer", pasted), Item("signal", signal="alike")])
    alone = await refusal(project, paster, [Item("signal", signal="pasted")])
    claimed = await refusal(
        project, paster, [Item("answer", pasted), Item("signal", signal="pasted", count=1, out_of=2)]
    )

    assert (none.pointer, none.remedy) == ("/evidence/1/signal", "None stands; name other evidence.")
    assert (other.pointer, other.remedy) == ("/evidence/1/signal", "Name one that stands: away, pasted.")
    assert (alone.pointer, "alone" in alone.message) == ("/evidence", True)
    assert claimed.pointer == "/evidence/1", "what a signal reads is not taken from whoever asks"
    rulings = world.services.work.rulings
    assert (await rulings.page(project.owner.actor, project.id, None, 5))["items"] == []
    await_more = [Item("answer", typed), Item("signal", signal="pasted")]
    with pytest.raises(Malformed):
        await rulings.reject(project.owner.actor, project.id, task, typed, "spam", await_more)


async def crowd_of_choosers(world: World) -> tuple[Project, list[Member]]:
    """Three know, but for a slip each; one says yes to everything at once; two say the same, wrong ones too. 48 tasks."""
    organization = await world.organization()
    project = await organization.project(tasks=48, opinions=6)
    people = await organization.members(6)
    order = await project.task_ids()
    for number, person in enumerate(people):
        for _ in order:
            task = await project.take(person)
            place = order.index(task)
            is_wrong = place % 16 == 5 * number if number < 3 else number > 3 and place * 7 % 12 < 4
            is_yes = number == 3 or (place % 2 == 0) != is_wrong
            await project.submit(person, task, "yes" if is_yes else "no", active_ms=300 if number == 3 else 9000)
    await swept(world)
    return project, people


async def test_runs_haste_and_alikeness_are_kept_with_the_servers_own_figures_where_they_stand(world: World) -> None:
    project, people = await crowd_of_choosers(world)
    known, hasty, copier = people[0], people[3], people[4]
    rulings, quality, owner = world.services.work.rulings, world.services.insight.quality, project.owner.actor
    named = {each.id: (await answers(project, each))[0][1] for each in (known, hasty, copier)}

    for signal in ("run", "fast", "alike"):
        none = await refusal(project, known, [Item("answer", named[known.id]), Item("signal", signal=signal)])
        assert (none.pointer, none.remedy) == ("/evidence/1/signal", "None stands; name other evidence.")
    other = await refusal(project, hasty, [Item("answer", named[hasty.id]), Item("signal", signal="alike")])
    assert other.remedy == "Name one that stands: fast, run."
    other = await refusal(project, copier, [Item("answer", named[copier.id]), Item("signal", signal="fast")])
    assert other.remedy == "Name one that stands: alike."

    for whom, signals in ((hasty, ["run", "fast"]), (copier, ["alike"])):
        shown = await quality.person(owner, project.id, whom.actor.pseudonym, "label")
        read = {each["kind"]: each for each in shown["signals"]}
        possible = {each["signal"]: each for each in (await rulings.possible(owner, project.id, whom.id))["signals"]}

        await remove(
            project, whom, [Item("answer", named[whom.id]), *(Item("signal", signal=each) for each in signals)]
        )

        [own] = (await rulings.against_me(whom.actor, None, 5))["items"]
        kept = {each["signal"]: each for each in own["evidence"][1:]}
        assert list(kept) == signals
        for signal, each in kept.items():
            figure = each["standing"]["value"] if signal == "fast" else each["count"]  # of haste the median time
            assert (figure, each["out_of"]) == (read[signal]["count"], read[signal]["of"])
            assert each["standing"] == possible[signal]
    assert (kept["alike"]["count"], kept["alike"]["out_of"]) == (48, 48)
    assert kept["alike"]["standing"]["expected"] < 40


async def test_whoever_may_not_read_quality_learns_nothing_by_naming_signals(world: World) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, PASTED])
    rita = await project.organization.member("reviewer")
    rulings = world.services.work.rulings

    for whom in (people[0], people[3]):
        [[task, answer], *_] = await answers(project, whom)
        with pytest.raises(NotAllowed):
            evidence = [Item("answer", answer), Item("signal", signal="pasted")]
            await rulings.reject(rita.actor, project.id, task, answer, "spam", evidence)

    stranger = (await world.organization("Clinic")).owner
    [[task, answer], *_] = await answers(project, people[3])
    with pytest.raises(NotFound):
        evidence = [Item("answer", answer), Item("signal", signal="pasted")]
        await rulings.reject(stranger.actor, project.id, task, answer, "spam", evidence)


async def test_without_the_reading_a_signal_that_does_not_stand_would_go_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, PASTED])
    [[_, answer], *_] = await answers(project, people[0])

    async def unread(_: Rulings, __: Any, ___: Any, ____: Any, evidence: Sequence[Item]) -> Any:
        return [
            Item("signal", signal=each.signal, count=9, out_of=10) if each.signal else each for each in evidence
        ], {}

    monkeypatch.setattr(Rulings, "_read_signals", unread)

    assert await remove(project, people[0], [Item("answer", answer), Item("signal", signal="pasted")])
