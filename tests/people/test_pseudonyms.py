"""Pseudonyms: nobody in an organization shares one, and a taken one is never what an invitation fails of."""

from __future__ import annotations

import itertools

import pytest

from evenhand.people import model
from world import World


async def test_a_pseudonym_that_somebody_has_is_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = await world.organization()
    draws = itertools.chain(["Fenel-1000"] * 12, itertools.repeat("Fenel-1001"))
    monkeypatch.setattr(model, "pseudonym", lambda _random: next(draws))

    first = await organization.member()
    second = await organization.member()

    assert [first.actor.pseudonym, second.actor.pseudonym] == ["Fenel-1000", "Fenel-1001"]
