"""One door to content: nothing turns sealed bytes into plaintext but `vault.open`, and nothing makes a Grant but `walls.grant`.

This half reads the source and the OpenAPI document; `tests/work/test_looks.py` stands at the door while everything is read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from evenhand.bootstrap import make_web_app
from evenhand.core.settings import Settings
from evenhand.http.contract import operations
from house import called, functions, modules, read_house

HOUSE = read_house()

# Inside the vault, who may turn ciphertext into plaintext, and what that plaintext is.
UNSEALERS = {
    "evenhand.vault.sealing": "the primitive: rows",
    "evenhand.vault.stream": "the primitive: media",
    "evenhand.vault.keyring": "unwraps keys, no content",
    "evenhand.vault.services.local_file": "unwraps keys, no content",
    "evenhand.vault.holder": "unwraps keys, no content",
    "evenhand.vault.service": "the door",
    "evenhand.vault.spool": "what this process put aside a moment ago, under a key of its own memory",
}
# Who else speaks of AES, and why it opens nothing of ours.
CIPHERS = {"evenhand.vault.sealing", "evenhand.vault.stream"}
# Who may say `Grant(`: after the statement that recorded it has committed.
MINTERS = {"evenhand.walls.grant"}
# Who reads the key file: the process that makes the vault, and the commands about the file itself.
KEY_READERS = {
    "evenhand.bootstrap": "makes the vault and the signer of releases",
    "evenhand.cli.running": "makes the file on the first start; refuses one inside the data folder",
    "evenhand.cli.embedded": "the same, for the commands that start PostgreSQL of our own",
    "evenhand.cli.keys": "writes the file to escrow and back",
    "evenhand.vault.keyfile": "the file itself",
    "evenhand.vault.escrow": "the file, sealed to age recipients",
    "evenhand.cli.backups": "a backup comes back only where its own key file is",
    "evenhand.cli.doctor_data": "says whether it is the one of this database, and opens nothing with it",
}
_PRIMITIVES = {"unseal", "open_media", "MediaReader", "unwrap_chunk_key", "unwrap_project_key"}
_DOORS = {"open", "open_one", "open_file"}
_KEYS = ("evenhand.vault.keyring", "evenhand.vault.stream")
# What others may hold, to hand it back to the vault: a key is sealed with, never looked into.
_TYPES = {"ChunkKey"}


def other_doors(sources: Mapping[str, str]) -> Iterator[str]:
    """Every place that could lead to plaintext beside the door."""
    for module in modules(sources):
        for node in ast.walk(module.tree):
            at = f"{module.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call):
                name = called(node).rpartition(".")[2]
                if name in _PRIMITIVES and module.name not in UNSEALERS:
                    yield f"{at} calls {name}"
                if name == "Grant" and module.name not in MINTERS:
                    yield f"{at} makes a Grant"
                if name in ("replace", "_replace") and any(
                    "grant" in ast.unparse(each).lower() for each in node.args[:1]
                ):
                    yield f"{at} changes a grant"
                if name in ("open_key_file", "parse_key_file") and module.name not in KEY_READERS:
                    yield f"{at} reads the key file"
            if isinstance(node, ast.Attribute) and node.attr in ("_unwrapped", "_read", "_open_one"):
                owner = ast.unparse(node.value)
                if "vault" in owner:
                    yield f"{at} reaches into the vault: {ast.unparse(node)}"
            if isinstance(node, ast.Attribute) and node.attr in ("secret", "customer_key") and module.room != "vault":
                yield f"{at} takes a key's secret"
            if isinstance(node, ast.ImportFrom) and node.module in _KEYS and module.room != "vault":
                yield from (f"{at} imports {each.name}" for each in node.names if each.name not in _TYPES)
        for each in module.imports:
            if ".ciphers" in each.target and module.name not in CIPHERS:
                yield f"{module.name}:{each.line} imports a cipher"


def test_nothing_opens_content_but_the_vault_and_nothing_mints_a_grant_but_the_walls() -> None:
    assert list(other_doors(HOUSE)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from evenhand.vault.sealing import unseal\n\ndef f(key, row):\n    return unseal(key, row, b'')",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
        "from evenhand.ledger.grant import Grant\n\ndef f(org, objects):\n    return Grant('0.0', org, None, 'browse', objects)",
        "from dataclasses import replace\n\ndef f(grant, more):\n    return replace(grant, objects=more)",
        "async def f(vault, org, ids):\n    return await vault._unwrapped(org, ids)",
        "async def f(vault, org, id):\n    return (await vault.key_for(org, id)).secret",
        "from evenhand.vault.keyfile import open_key_file\n\ndef f(path, data):\n    return open_key_file(path, data)",
        "from evenhand.vault.keyring import ChunkKey, unwrap_chunk_key",
    ],
)
def test_a_second_door_is_found(source: str) -> None:
    assert len(list(other_doors({**HOUSE, "evenhand.insight.sly": source}))) >= 1


# ------------------------------------------------------------------------------------------------- what is shown to it --
_MINTED = ("to_person", "to_software", "of_claim")


def unminted(sources: Mapping[str, str]) -> Iterator[str]:
    """Calls of the door whose grant was not minted in that function and is no parameter of type Grant."""
    for module in modules(sources):
        for function in functions(module):
            minted = {
                ast.unparse(target)
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and _is_minted(node.value)
                for target in node.targets
            }
            arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            minted |= {each.arg for each in arguments if each.annotation and ast.unparse(each.annotation) == "Grant"}
            for node in _own_calls(function):
                owner, _, verb = called(node).rpartition(".")
                if verb in _DOORS and owner.rpartition(".")[2] in ("vault", "_vault"):
                    shown = node.args[0]
                    if ast.unparse(shown) not in minted and not _is_minted(shown):
                        yield f"{module.name}:{node.lineno} shows {ast.unparse(shown)}"


def _is_minted(node: ast.AST) -> bool:
    if isinstance(node, ast.Await):
        node = node.value
    return isinstance(node, ast.Call) and called(node).rpartition(".")[2] in _MINTED


def _own_calls(function: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _own_calls(child)


def test_every_reader_shows_the_door_a_grant_that_was_minted_for_it() -> None:
    assert list(unminted(HOUSE)) == []


def test_there_are_readers() -> None:
    """Or the test above would hold of nothing."""
    readers = {
        module.room
        for module in modules(HOUSE)
        for function in functions(module)
        for node in _own_calls(function)
        if called(node).endswith(("vault.open", "vault.open_one"))
    }

    assert readers >= {"people", "work", "delivery"}


def test_a_grant_out_of_nowhere_is_found() -> None:
    sly = "class S:\n    async def f(self, sealed):\n        return await self._vault.open(self._old_grant, [sealed])"

    assert list(unminted({**HOUSE, "evenhand.insight.sly": sly})) == ["evenhand.insight.sly:3 shows self._old_grant"]


# -------------------------------------------------------------------------------------------------- where it is minted --
def minted_inside_transactions(sources: Mapping[str, str]) -> Iterator[str]:
    """Grants minted while a transaction of one's own is open: rolled back, they would be looks without a record."""
    for module in modules(sources):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncWith) and any(".tenant(" in ast.unparse(item) for item in node.items):
                for call in _own_calls(node):
                    if called(call).rpartition(".")[2] in ("to_person", "to_software"):
                        yield f"{module.name}:{call.lineno}"


def test_no_grant_is_minted_inside_a_transaction() -> None:
    assert list(minted_inside_transactions(HOUSE)) == []


def test_a_grant_inside_a_transaction_is_found() -> None:
    sly = (
        "class S:\n    async def f(self, actor):\n        async with self._database.tenant(actor.organization_id) as c:\n"
        "            grant = await self._grants.to_person(actor, 'browse', [])"
    )

    assert list(minted_inside_transactions({**HOUSE, "evenhand.insight.sly": sly})) == ["evenhand.insight.sly:4"]


# ------------------------------------------------------------------------------------------------- the OpenAPI document --
# The verbs about an organization's keys: where they live and when they are destroyed. They open nothing.
ABOUT_KEYS = ("evenhand.vault.policies", "evenhand.vault.shapes")


def ways_past_the_services(sources: Mapping[str, str]) -> Iterator[str]:
    """Operations whose handler could reach keys, rows or the vault by itself instead of asking a service."""
    app = make_web_app(Settings())
    by_name = {module.name: module for module in modules(sources)}
    published = {operation["operationId"] for _, _, operation in operations(app.openapi())}
    handlers = {
        context.original_route.operation_id: context.original_route.endpoint.__module__
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
    }
    for name in sorted(published):
        module = by_name[handlers[name]]
        for each in module.imports:
            if each.target.startswith(
                ("evenhand.vault", "evenhand.store", "evenhand.walls.grant", "asyncpg", "cryptography")
            ) and not each.target.startswith(ABOUT_KEYS):
                yield f"{name} ({module.name}) imports {each.target}"


def test_no_operation_of_the_contract_has_a_way_of_its_own_to_content() -> None:
    assert list(ways_past_the_services(HOUSE)) == []


def test_a_handler_that_opens_by_itself_is_found() -> None:
    sly = {**HOUSE, "evenhand.delivery.routes": "from evenhand.vault.service import Vault"}

    assert "get_release (evenhand.delivery.routes) imports evenhand.vault.service" in list(ways_past_the_services(sly))
