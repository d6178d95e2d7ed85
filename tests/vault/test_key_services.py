"""Key services: what each wraps comes back in its own place and nowhere else, and whatever misbehaves is contained.

One suite runs every kind against something real: a file, a Transit engine over HTTP, SoftHSM through PKCS#11, AWS KMS by moto.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer
from softhsm import PIN, new_token, softhsm
from transit_server import Engine, transit_server

from evenhand.vault.configured import KeyServicesRefused, kinds, read_key_services
from evenhand.vault.key_service import CALLS_AT_ONCE, Guarded, KeyServiceUnavailable, WrapDoesNotOpen

SECRET = bytes(range(32))
PLACE, ELSEWHERE = b"project-key/1" + bytes(60), b"project-key/1" + bytes(59) + b"\x01"
KINDS = ("aws_kms", "file", "pkcs11", "vault_transit")


@pytest.fixture(scope="module")
def hsm() -> Iterator[Path]:
    with softhsm() as folder:
        yield folder


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with transit_server() as started:
        yield started


@pytest.fixture
def settings_of(tmp_path, engine, request, monkeypatch) -> Callable[[str], dict[str, Any]]:
    """Settings of a service of a kind, each with a key that nobody else has."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")

    def made(kind: str) -> dict[str, Any]:
        if kind == "file":
            (tmp_path / "a.key").write_bytes(bytes(reversed(range(32))))
            return {"path": str(tmp_path / "a.key")}
        if kind == "pkcs11":
            return new_token(request.getfixturevalue("hsm"))
        if kind == "aws_kms":
            endpoint = request.getfixturevalue("aws")
            kms = boto3.client("kms", endpoint_url=endpoint, region_name="eu-central-1")
            arn = kms.create_key()["KeyMetadata"]["Arn"]
            kms.close()
            return {"key": arn, "endpoint": endpoint}
        (tmp_path / "token").write_text("a-token\n")
        return {"address": engine.address, "key": "evenhand", "token_file": str(tmp_path / "token")}

    return made


@pytest_asyncio.fixture
async def opened(settings_of) -> AsyncIterator[Callable[..., Guarded]]:
    """Services, closed when the test is over."""
    made: list[Guarded] = []

    def open_(kind: str, **bounds: float) -> Guarded:
        made.append(Guarded(kinds()[kind]("a-service", settings_of(kind)), "a-service", **bounds))
        return made[-1]

    yield open_
    for each in made:
        await each.close()


# ---------------------------------------------------------------------------------------------------- what each does --
def test_every_built_in_kind_is_in_this_suite():
    assert tuple(sorted(kinds().keys() - {"release_agent"})) == KINDS  # which wants a record: test_agent.py


@pytest.mark.parametrize("kind", KINDS)
async def test_a_key_comes_back_out_of_its_wrap_and_shows_nothing_of_itself_in_it(kind, opened):
    service = opened(kind)

    wrapped = await service.wrap(SECRET, PLACE)

    assert await service.unwrap(wrapped, PLACE) == SECRET
    assert SECRET not in wrapped
    assert wrapped != await service.wrap(SECRET, PLACE)
    await service.check()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrapped_key_opens_in_its_own_place_only(kind, opened):
    service = opened(kind)
    wrapped = await service.wrap(SECRET, PLACE)

    with pytest.raises(WrapDoesNotOpen):
        await service.unwrap(wrapped, ELSEWHERE)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrapped_key_opens_under_its_own_key_only(kind, settings_of, engine):
    settings, others = (
        settings_of(kind),
        settings_of(kind),
    )  # a new token ends the sessions of PKCS#11, so both come first
    one = kinds()[kind]("one", settings)
    wrapped = await one.wrap(SECRET, PLACE)
    if kind == "file":
        Path(others["path"]).write_bytes(bytes(32))
    elif kind == "vault_transit":
        engine.rotate("another")
        others["key"] = "another"
    other = kinds()[kind]("other", others)

    # AWS says IncorrectKeyException, moto "access denied": either way nothing comes out.
    refusals = (WrapDoesNotOpen, KeyServiceUnavailable) if kind == "aws_kms" else WrapDoesNotOpen
    try:
        with pytest.raises(refusals):
            await other.unwrap(wrapped, PLACE)
    finally:
        await one.close()
        await other.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_changed_does_not_open(kind, opened):
    service = opened(kind)
    wrapped = bytearray(await service.wrap(SECRET, PLACE))
    wrapped[-3] ^= 1

    with pytest.raises(WrapDoesNotOpen):
        await service.unwrap(bytes(wrapped), PLACE)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reference_is_the_same_after_a_start_and_says_no_secret(kind, settings_of):
    settings = settings_of(kind)
    one, again = kinds()[kind]("one", settings), kinds()[kind]("again", settings)

    assert one.reference == again.reference
    assert one.reference.partition(":")[0] in (kind, "local")
    assert not any(secret in one.reference for secret in ("a-token", "a-secret", PIN))
    await one.close()
    await again.close()


# --------------------------------------------------------------------------------------------------- Vault's contract --
async def test_a_rotated_key_still_opens_what_it_wrapped_before(opened, engine):
    service = opened("vault_transit")
    before = await service.wrap(SECRET, PLACE)
    engine.rotate("evenhand")

    after = await service.wrap(SECRET, PLACE)

    assert (before[:9], after[:9]) == (b"vault:v1:", b"vault:v2:")
    assert await service.unwrap(before, PLACE) == await service.unwrap(after, PLACE) == SECRET


async def test_a_version_that_the_customer_withdrew_is_refused_and_is_no_alarm(opened, engine):
    service = opened("vault_transit")
    before = await service.wrap(SECRET, PLACE)
    engine.rotate("evenhand")
    engine.least_version = 2

    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.unwrap(before, PLACE)

    assert refused.value.reason == "refused"


async def test_a_token_that_was_renewed_in_its_file_is_used_at_once(opened, engine, tmp_path):
    service = opened("vault_transit")
    engine.tokens = {"another"}
    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.check()
    assert refused.value.reason == "refused"

    (tmp_path / "token").write_text("another")

    await service.check()


async def test_a_key_in_aws_that_its_owner_disabled_is_refused(settings_of):
    settings = settings_of("aws_kms")
    service = Guarded(kinds()["aws_kms"]("a", settings), "a")
    wrapped = await service.wrap(SECRET, PLACE)
    kms = boto3.client("kms", endpoint_url=settings["endpoint"], region_name="eu-central-1")
    kms.disable_key(KeyId=settings["key"].rpartition("/")[2])
    kms.close()

    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.check()

    assert refused.value.reason == "refused"
    assert len(wrapped) > 32
    await service.close()


async def test_a_medium_that_was_pulled_has_revoked_the_key(opened, tmp_path):
    service = opened("file")
    wrapped = await service.wrap(SECRET, PLACE)
    (tmp_path / "a.key").unlink()

    with pytest.raises(KeyServiceUnavailable):
        await service.unwrap(wrapped, PLACE)


# ------------------------------------------------------------------------------------------- what misbehaves is contained --
@pytest.mark.parametrize(
    ("behaves", "reason"),
    [
        ("hang", "timeout"),
        ("garbage", "garbage"),
        ("sealed", "unreachable"),
        ("short", "garbage"),
        ("endless", "garbage"),
    ],
)
async def test_a_service_that_misbehaves_is_contained(behaves, reason, opened, engine):
    service = opened("vault_transit")
    wrapped = await service.wrap(SECRET, PLACE)
    service._call_seconds = 0.5
    engine.behaves = behaves

    with pytest.raises(KeyServiceUnavailable) as contained:
        await service.unwrap(wrapped, PLACE)

    assert contained.value.reason == reason
    assert contained.value.service == "a-service"


async def test_a_service_that_hangs_is_left_in_peace_for_a_while_and_then_tried_again(opened, engine):
    service = opened("vault_transit", rest_seconds=2.0)
    wrapped = await service.wrap(SECRET, PLACE)
    service._call_seconds = 0.3
    engine.behaves = "hang"
    with pytest.raises(KeyServiceUnavailable):
        await service.unwrap(wrapped, PLACE)
    asked = engine.asked["hang"]

    with pytest.raises(KeyServiceUnavailable) as resting:
        await service.unwrap(wrapped, PLACE)
    engine.behaves = "well"
    service._call_seconds = 30.0
    await asyncio.sleep(2.1)

    assert resting.value.reason == "unreachable"
    assert engine.asked["hang"] == asked, "it was asked while it rests"
    assert await service.unwrap(wrapped, PLACE) == SECRET


async def test_only_so_many_wait_for_a_service_that_hangs(opened, engine):
    service = opened("vault_transit", call_seconds=1.0)
    wrapped = await service.wrap(SECRET, PLACE)
    engine.behaves = "hang"

    answers = await asyncio.gather(*[service.unwrap(wrapped, PLACE) for _ in range(20)], return_exceptions=True)

    reasons = [each.reason for each in answers if isinstance(each, KeyServiceUnavailable)]
    assert len(reasons) == 20
    assert reasons.count("timeout") == CALLS_AT_ONCE
    assert reasons.count("overloaded") == 20 - CALLS_AT_ONCE


async def test_a_hung_service_without_the_guard_would_be_waited_for(settings_of, engine):
    """The saboteur of the bound: the service itself, without Guarded around it, does not come back in that time."""
    bare = kinds()["vault_transit"]("bare", settings_of("vault_transit"))
    engine.behaves = "hang"
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bare.check(), 1.5)

    assert time.monotonic() - began >= 1.4
    await bare.close()


async def test_a_service_that_is_gone_says_so_at_once(settings_of):
    nowhere = {**settings_of("vault_transit"), "address": "http://127.0.0.1:9"}
    service = Guarded(kinds()["vault_transit"]("gone", nowhere), "gone")

    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.check()

    assert refused.value.reason == "unreachable"
    await service.close()


# ----------------------------------------------------------------------------------------------------- the operator's file --
OURS, THEIRS = UUID(int=1), UUID(int=2)


def test_an_organization_is_open_to_what_names_it_and_to_nothing_else(tmp_path):
    (tmp_path / "a.key").write_bytes(bytes(32))
    file = tmp_path / "services.toml"
    file.write_text(f'[bank]\nkind = "file"\norganizations = ["{OURS}"]\npath = "{tmp_path / "a.key"}"\n')

    services = read_key_services(file, None)

    assert [each.name for each in services.open_to(OURS)] == ["bank"]
    assert services.open_to(THEIRS) == []
    assert services.named(OURS, "bank").reference.startswith("local:")
    for organization, name in ((THEIRS, "bank"), (OURS, "nothing")):
        with pytest.raises(KeyServiceUnavailable) as unknown:
            services.named(organization, name)
        assert unknown.value.reason == "unknown"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[", "the whole file"),
        ("bank = 1", "[bank]"),
        ("[bank]\nkind = 'abacus'", "[bank]"),
        ("[bank]\nkind = 'file'", "[bank]"),
        ("[bank]\nkind = 'file'\norganizations = ['x']", "[bank]"),
        ("[bank]\nkind = 'file'\norganizations = []", "[bank]"),
        ("[bank]\nkind = 'file'\norganizations = []\npath = '/nowhere'", "[bank]"),
        ("[bank]\nkind = 'file'\norganizations = []\ntimeout_seconds = 600\npath = '/nowhere'", "[bank]"),
        ("[bank]\nkind = 'vault_transit'\norganizations = []\naddress = 'gopher://x'", "[bank]"),
        ("[BANK/../]\nkind = 'file'", "the whole file"),
    ],
    ids=range(10),
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(text, place, tmp_path):
    (tmp_path / "services.toml").write_text(text)

    with pytest.raises(KeyServicesRefused) as refused:
        read_key_services(tmp_path / "services.toml", None)

    assert refused.value.place == place
