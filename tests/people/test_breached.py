"""A password that was stolen elsewhere is refused, by a list that lies on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.errors import Malformed
from evenhand.core.settings import SettingRefused
from evenhand.people.breached import Breached
from evenhand.people.service import People, Place
from world import World

# Neither short nor made of frequent words: nothing but the list knows it.
STOLEN = "zqv-umbral kestrel 47 ophidian"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def listed(folder: Path, passwords: list[str], line: str = "{}:3\n") -> Path:
    path = folder / "breached.txt"
    path.write_text("".join(line.format(each) for each in sorted(map(digest, passwords))))
    return path


@pytest.mark.parametrize("line", ["{}:12\n", "{}\n", "{}:7\r\n"], ids=["with counts", "bare", "of another system"])
def test_what_is_in_the_list_is_found_and_nothing_beside_it(tmp_path: Path, line: str) -> None:
    stolen = [f"stolen {number}" for number in range(500)]
    breached = Breached(listed(tmp_path, stolen, line))

    assert all(breached.holds(each) for each in stolen)
    assert not any(breached.holds(f"mine {number}") for number in range(500))


@given(st.sets(st.text(min_size=1, max_size=20), min_size=1, max_size=40), st.text(max_size=20), st.data())
def test_halving_finds_what_reading_it_all_finds(tmp_path_factory, stolen: set[str], other: str, data) -> None:
    lengths = {each: data.draw(st.integers(0, 10**9)) for each in sorted(map(digest, stolen))}
    path = tmp_path_factory.mktemp("lists") / "breached.txt"
    path.write_text("".join(f"{each}:{count}\n" for each, count in lengths.items()))
    breached = Breached(path)

    assert all(breached.holds(each) for each in stolen)
    assert breached.holds(other) == (other in stolen)


async def test_no_way_to_set_a_password_takes_a_stolen_one(world: World, tmp_path: Path) -> None:
    services = world.services
    place = Place("http://localhost:8420", breached=listed(tmp_path, [STOLEN, "another"]))
    people = People(services.database, services.vault, services.grants, world.clock, place)
    bank = await world.organization()
    member = await bank.member("annotator", "four words are enough")
    made = await people.links.make_reset(member.email)
    assert made is not None

    with pytest.raises(Malformed) as refused:
        await people.links.accept(made.token, STOLEN, None, "10.0.0.1")

    assert [problem.code for problem in refused.value.problems] == ["breached_password"]
    await people.links.accept(made.token, STOLEN + "!", None, "10.0.0.1")


@pytest.mark.parametrize("content", [b"", b"password\n", b"ABC:1\n"], ids=["empty", "in clear", "cut off"])
def test_what_is_no_such_list_is_refused_at_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "breached.txt").write_bytes(content)

    with pytest.raises(SettingRefused):
        Breached(tmp_path / "breached.txt")


def test_a_list_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused) as refused:
        Breached(tmp_path / "nowhere.txt")

    assert refused.value.setting == "EVENHAND_BREACHED_PASSWORDS"
