"""Row sealing: what is sealed opens as itself, in its own place, and nowhere else."""

from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from evenhand.vault import sealing
from evenhand.vault.sealing import NONCE_BYTES, TAG_BYTES, Kind, binding, seal, seal_rows, unseal

KEY = bytes(range(32))
PLACE = (UUID(int=1), UUID(int=2), UUID(int=3), Kind.TASK, 1)


@given(st.binary(max_size=2000))
def test_a_row_opens_as_it_was(content):
    assert unseal(KEY, seal(KEY, content, binding(*PLACE)), binding(*PLACE)) == content


@pytest.mark.parametrize(
    "other",
    [
        (UUID(int=9), *PLACE[1:]),
        (PLACE[0], UUID(int=9), *PLACE[2:]),
        (PLACE[0], None, *PLACE[2:]),
        (*PLACE[:2], UUID(int=9), *PLACE[3:]),
        (*PLACE[:3], Kind.ANNOTATION, 1),
        (*PLACE[:4], 2),
    ],
    ids=["tenant", "project", "no project", "object", "kind", "version"],
)
def test_a_row_moved_to_another_place_does_not_open(other):
    sealed = seal(KEY, b"content", binding(*PLACE))

    with pytest.raises(InvalidTag):
        unseal(KEY, sealed, binding(*other))


@given(st.binary(max_size=100), st.data())
def test_any_flipped_bit_is_refused(content, data):
    sealed = bytearray(seal(KEY, content, b"place"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << (bit % 8)

    with pytest.raises(InvalidTag):
        unseal(KEY, bytes(sealed), b"place")


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, NONCE_BYTES + TAG_BYTES])
def test_a_stump_is_refused_like_any_other_damage(length):
    with pytest.raises(InvalidTag):
        unseal(KEY, (b"\x01" + bytes(length))[:length], b"place")


def test_rows_sealed_in_bulk_open_one_by_one_and_share_no_nonce():
    contents = [b"same"] * 500
    places = [binding(UUID(int=1), None, uuid4(), Kind.TASK, 1) for _ in contents]

    sealed = seal_rows(KEY, contents, places)

    assert [unseal(KEY, row, place) for row, place in zip(sealed, places, strict=True)] == contents
    assert len({row[1 : 1 + NONCE_BYTES] for row in sealed}) == 500
    assert len(set(sealed)) == 500


def test_rows_and_places_of_different_number_are_refused():
    with pytest.raises(ValueError, match="zip"):
        seal_rows(KEY, [b"a", b"b"], [b"place"])


def test_numbers_of_kinds_stay_what_they_were():
    assert [kind.value for kind in (Kind.ORGANIZATION, Kind.TASK, Kind.ANNOTATION, Kind.MEDIA)] == [1, 8, 10, 16]


# --------------------------------------------------------------------------------------------------------- algorithms --
def test_rows_under_another_algorithm_lie_beside_those_under_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [seal(KEY, b"old", b"place"), *seal_rows(KEY, [b"old too"], [b"place"])]

    monkeypatch.setattr(sealing, "CIPHERS", {**sealing.CIPHERS, 2: ChaCha20Poly1305})
    monkeypatch.setattr(sealing, "SEALS_WITH", 2)
    new = [seal(KEY, b"new", b"place"), *seal_rows(KEY, [b"new too"], [b"place"])]

    assert [row[0] for row in (*old, *new)] == [1, 1, 2, 2]
    assert [unseal(KEY, row, b"place") for row in (*old, *new)] == [b"old", b"old too", b"new", b"new too"]


def test_a_row_says_its_algorithm_and_is_opened_as_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "CIPHERS", {**sealing.CIPHERS, 2: AESGCM})
    row = seal(KEY, b"content", b"place")

    for algorithm in (0, 2, 255):
        with pytest.raises(InvalidTag):
            unseal(KEY, bytes([algorithm]) + row[1:], b"place")
