"""SQL lives in `.sql` files: each query has a name that is used, takes what it is given, and nothing newer than PostgreSQL 15."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from evenhand.store.queries import Queries
from house import ROOT, called, modules, read_house

HOUSE = read_house()
VERBS = ("rows", "copied", "row", "value", "run")

# Statements that are written in Python, each with its reason.
WRITTEN_IN_PYTHON = {
    "evenhand.bootstrap": "the installation's one row, written as the owner on the first start",
    "evenhand.cli.doctor": "questions about the catalogue, on a connection of their own",
    "evenhand.cli.embedded": "logins and the database of the embedded server, before there is a schema",
    "evenhand.cli.running": "logins and the database of the embedded server, before there is a schema",
    "evenhand.store.database": "begin and the tenant in one trip, commit, rollback",
    "evenhand.store.backup": "hands functions over to the roles whose names stand in a manifest",
    "evenhand.store.schema": "the runner of the .sql files",
    "evenhand.store.postgres.server": "asks whether the server is durable",
    "evenhand.http.health": "`select 1`",
    "evenhand.insight.events": "`select 1`",
    "evenhand.work.relay": "pg_notify",
    "evenhand.work.parquet": "DuckDB reads Parquet",
    "evenhand.delivery.formats.parquet": "DuckDB writes Parquet",
    "evenhand.delivery.building": "the lock of a release that is being built",
}
# Queries that stand ready for a reader to come.
NOT_YET_ASKED = {("work", "holds")}
_STATEMENT = re.compile(
    r"^\s*(select\s.+|insert\s+into\s.+|update\s+\w+\s+set\s.+|delete\s+from\s.+|with\s+\w+\s+as\s*\(.+|"
    r"(create|alter|drop|grant|revoke)\s+\w+\s.+|begin|commit|rollback|copy\s.+\sto\s.+)$",
    re.IGNORECASE | re.DOTALL,
)
# What came after 15 and would be refused there.
_NEWER = re.compile(
    r"\b(uuidv7|uuidv4|json_table|merge_action|any_value|json_array\s*\(|json_object\s*\(|json_scalar|json_serialize|is\s+json|"
    r"array_shuffle|array_sample|random_normal|without\s+overlaps|virtual|returning\s+old|returning\s+new|old\.\*|pg_maintain|"
    r"xmltext|to_bin|to_oct|date_add|date_subtract|casefold|crc32c?|system_user)\b",
    re.IGNORECASE,
)


def written_in_python(sources: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(module, statement): literals that are run as SQL."""
    for module in modules(sources):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or called(node).rpartition(".")[2] not in _RUN:
                continue
            for each in node.args[:1]:
                text = _literal(each)
                if text is not None and _STATEMENT.match(text):
                    yield module.name, text


_RUN = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "prepare"})


def _literal(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def test_sql_is_written_in_sql_files() -> None:
    found = {name for name, _ in written_in_python(HOUSE)}

    assert found - WRITTEN_IN_PYTHON.keys() == set()


def test_a_statement_in_a_room_is_found() -> None:
    sly = {**HOUSE, "evenhand.work.sly": "async def f(c):\n    await c.fetch('SELECT * FROM task')"}

    assert ("evenhand.work.sly", "SELECT * FROM task") in list(written_in_python(sly))


# ----------------------------------------------------------------------------------------------------- named queries --
def rooms_with_queries() -> dict[str, Queries]:
    """The queries of each room that has some."""
    return {file.parent.name: Queries(file.read_text("utf-8")) for file in sorted(ROOT.glob("*/queries.sql"))}


def uses(sources: Mapping[str, str]) -> Iterator[tuple[str, str, frozenset[str] | None, int]]:
    """(room, query, the names it is given or None when they are unpacked, line) of every use of a named query."""
    for module in modules(sources):
        if not (ROOT / module.room / "queries.sql").is_file():
            continue
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            owner, _, verb = called(node).rpartition(".")
            if owner != "_queries" or verb not in VERBS:
                continue
            given = None
            if all(keyword.arg for keyword in node.keywords):
                given = frozenset(str(keyword.arg) for keyword in node.keywords)
            for name in _names(node.args[1], module.tree):
                yield module.room, name, given, node.lineno


def _names(node: ast.expr, tree: ast.Module) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _names(node.body, tree) + _names(node.orelse, tree)
    if isinstance(node, ast.JoinedStr):
        # f"limit_{of}" speaks of every query that begins so.
        start = str(node.values[0].value) if isinstance(node.values[0], ast.Constant) else ""
        return [
            query.name for queries in rooms_with_queries().values() for query in queries if query.name.startswith(start)
        ]
    # `for name in ("a", "b"): run(connection, name, …)`
    assert isinstance(node, ast.Name), ast.unparse(node)
    loops = [each for each in ast.walk(tree) if isinstance(each, ast.For) and ast.unparse(each.target) == node.id]
    return [str(each.value) for loop in loops for each in ast.walk(loop.iter) if isinstance(each, ast.Constant)]


def test_every_query_has_a_name_of_its_own_in_the_words_of_the_house() -> None:
    for room, queries in rooms_with_queries().items():
        names = [query.name for query in queries]

        assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names), room
        text = (ROOT / room / "queries.sql").read_text("utf-8")
        assert len(re.findall(r"^-- \w+ --$", text, re.MULTILINE)) == len(set(names)), room


def test_every_query_is_used_and_every_use_has_its_query() -> None:
    used = {(room, name) for room, name, _, _ in uses(HOUSE)}
    written = {(room, query.name) for room, queries in rooms_with_queries().items() for query in queries}

    assert used - written == set()
    assert written - used <= NOT_YET_ASKED


def test_every_query_is_given_exactly_what_it_takes() -> None:
    queries = rooms_with_queries()
    for room, name, given, line in uses(HOUSE):
        if given is not None:
            assert given == set(queries[room][name].parameters), f"{room}:{line} {name}"


def test_a_query_that_does_not_exist_is_found() -> None:
    sly = {**HOUSE, "evenhand.work.sly": "async def f(c):\n    await _queries.rows(c, 'no_such', now=1)"}

    assert ("work", "no_such", frozenset({"now"}), 2) in list(uses(sly))


# ---------------------------------------------------------------------------------------------------- the sql itself --
def test_nothing_newer_than_postgresql_15_is_used() -> None:
    for file in sorted(ROOT.rglob("*.sql")):
        code = re.sub(r"--[^\n]*", "", file.read_text("utf-8"))

        assert _NEWER.findall(code) == [], file


def test_something_newer_is_found() -> None:
    assert _NEWER.findall("select uuidv7(), any_value(x) from t")


def test_every_sql_file_says_in_its_first_line_what_it_is_about() -> None:
    for file in sorted(ROOT.rglob("*.sql")):
        first = file.read_text("utf-8").splitlines()[0]

        assert first.startswith("-- ") or "migrations" in file.parts, file


def test_a_function_that_runs_with_more_rights_says_where_it_looks_for_names() -> None:
    """Without a search_path of its own, whoever calls it could put a table of theirs in front."""
    for file in sorted(ROOT.rglob("*.sql")):
        code = re.sub(r"--[^\n]*", "", file.read_text("utf-8"))
        for head in re.findall(r"create (?:or replace )?function\b.*?\bas\s+\$", code, re.DOTALL | re.IGNORECASE):
            if re.search(r"security\s+definer", head, re.IGNORECASE):
                assert "set search_path = pg_catalog, evenhand, pg_temp" in " ".join(head.split()), head[:120]
