"""The key tree and the key file: each key opens only in its own place, and the file never lies beside the data."""

import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from evenhand.vault.key_service import WrapDoesNotOpen
from evenhand.vault.keyfile import (
    KeyFileInside,
    KeyFileMissing,
    KeyFileUnreadable,
    make_key_file,
    open_key_file,
    parse_key_file,
)
from evenhand.vault.keyring import (
    ChunkKey,
    WrappedChunk,
    WrappedMonth,
    chunk_binding,
    direct_binding,
    new_secret,
    unwrap_chunk_key,
    wrap_chunk_key,
)

MONTH = WrappedMonth(UUID(int=1), UUID(int=2), UUID(int=3), date(2026, 3, 1), "local:x", b"wrapped")
MONTH_SECRET, SECRET, CHUNK_ID = new_secret(), new_secret(), UUID(int=4)


def chunk(wrapped: bytes, month: WrappedMonth = MONTH, id_: UUID = CHUNK_ID) -> WrappedChunk:
    return WrappedChunk(id_, month, None, wrapped)


def test_a_chunk_key_comes_back_out_of_its_wrap():
    wrapped = wrap_chunk_key(MONTH_SECRET, MONTH, CHUNK_ID, SECRET)

    assert unwrap_chunk_key(MONTH_SECRET, chunk(wrapped)) == SECRET


ELSEWHERE = [
    {"organization_id": UUID(int=9)},
    {"id": UUID(int=9)},
    {"project_id": UUID(int=9)},
    {"project_id": None},
    {"month": date(2026, 4, 1)},
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=str)
async def test_a_months_key_unwraps_for_its_own_tenant_project_and_month_only(elsewhere):
    service = make_key_file().service
    wrapped = await service.wrap(MONTH_SECRET, MONTH.binding)

    assert await service.unwrap(wrapped, MONTH.binding) == MONTH_SECRET
    with pytest.raises(WrapDoesNotOpen):
        await service.unwrap(wrapped, replace(MONTH, **elsewhere).binding)


def test_a_chunk_key_unwraps_under_its_own_month_and_id_only():
    wrapped = wrap_chunk_key(MONTH_SECRET, MONTH, CHUNK_ID, SECRET)

    with pytest.raises(InvalidTag):
        unwrap_chunk_key(MONTH_SECRET, chunk(wrapped, replace(MONTH, id=UUID(int=9))))
    with pytest.raises(InvalidTag):
        unwrap_chunk_key(MONTH_SECRET, chunk(wrapped, replace(MONTH, organization_id=UUID(int=9))))
    with pytest.raises(InvalidTag):
        unwrap_chunk_key(MONTH_SECRET, chunk(wrapped, id_=UUID(int=9)))
    with pytest.raises(InvalidTag):
        unwrap_chunk_key(new_secret(), chunk(wrapped))


def test_no_two_places_share_a_binding():
    months = [MONTH, *(replace(MONTH, **elsewhere) for elsewhere in ELSEWHERE)]
    bindings = [each.binding for each in months]
    bindings += [chunk_binding(each, id_) for each in months for id_ in (CHUNK_ID, UUID(int=5))]
    bindings += [direct_binding(each, id_) for each in months for id_ in (CHUNK_ID, UUID(int=5))]

    # A chunk's binding names its month by id, and the month's own binding says what that id is.
    same_month = {(each.organization_id, each.id) for each in months}
    assert len(set(bindings)) == len(months) + 2 * 2 * len(same_month)


def test_no_secret_shows_in_a_repr():
    keys = make_key_file()

    key = ChunkKey(UUID(int=1), CHUNK_ID, None, SECRET)
    for secret, holder in ((MONTH.wrapped, MONTH), (SECRET, key), (keys.customer_key, keys)):
        assert repr(secret) not in repr(holder)
    assert keys.customer_key.hex() not in keys.reference


@pytest.fixture
def places(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    return tmp_path / "keys" / "evenhand.key", data


def test_the_first_start_makes_a_private_file_and_later_ones_read_it(places):
    path, data = places

    made = open_key_file(path, data, may_create=True)

    assert open_key_file(path, data, may_create=False) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert len({made.customer_key, made.lookup_key, made.signing_seed}) == 3


def test_a_missing_file_is_not_silently_replaced_by_a_new_key(places):
    path, data = places

    with pytest.raises(KeyFileMissing) as refused:
        open_key_file(path, data, may_create=False)

    assert "escrow" in refused.value.hint
    assert not path.exists()


@pytest.mark.parametrize("inside", ["evenhand.key", "deep/er/evenhand.key", "x/../evenhand.key"])
def test_a_key_file_inside_the_data_folder_is_refused(places, inside):
    _, data = places

    with pytest.raises(KeyFileInside):
        open_key_file(data / inside, data, may_create=True)
    assert not list(data.rglob("*.key"))


def test_a_symbolic_link_does_not_hide_that_it_lies_inside(places):
    path, data = places
    path.parent.symlink_to(data, target_is_directory=True)

    with pytest.raises(KeyFileInside):
        open_key_file(path, data, may_create=True)


def test_a_data_folder_that_is_itself_a_link_is_followed(places, tmp_path):
    _, data = places
    link = tmp_path / "link"
    link.symlink_to(data, target_is_directory=True)

    with pytest.raises(KeyFileInside):
        open_key_file(data / "evenhand.key", link, may_create=True)


def broken(change):
    body = json.loads(make_key_file().as_json())
    change(body)
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        broken(lambda body: body.update(format="evenhand-key/9")),
        broken(lambda body: body.pop("lookup_key")),
        broken(lambda body: body.update(customer_key="c2hvcnQ=")),
        broken(lambda body: body.update(customer_key="not base64!")),
        broken(lambda body: body.update(customer_key=7)),
    ],
)
def test_a_file_that_is_no_key_file_is_refused_with_advice(content):
    with pytest.raises(KeyFileUnreadable) as refused:
        parse_key_file(content, Path("evenhand.key"))

    assert "escrow" in refused.value.hint


def test_a_lookup_finds_the_same_text_in_one_tenant_and_domain_only():
    keys, tenant = make_key_file(), UUID(int=1)

    found = keys.lookup(tenant, "email", "ana@example.org")

    assert found == keys.lookup(tenant, "email", "ana@example.org")
    others = [
        keys.lookup(UUID(int=2), "email", "ana@example.org"),
        keys.lookup(None, "email", "ana@example.org"),
        keys.lookup(tenant, "external-id", "ana@example.org"),
        keys.lookup(tenant, "email", "ana@example.com"),
        make_key_file().lookup(tenant, "email", "ana@example.org"),
    ]
    assert found not in others
    assert len(found) == 16
