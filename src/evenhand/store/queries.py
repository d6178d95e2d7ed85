"""Named SQL: a room's `queries.sql`, cut at `-- name --` lines, its `%(parameter)s` compiled to the driver's numbers.

The first comment line after a name is the query's sentence; whatever else stands there is for the reader. What several queries
share stands once, between `-- part name --` and `-- end of part --`, and goes to where a line says `-- use name --`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import asyncpg

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_PART = re.compile(r"^-- part (\w+) --\n(.*?)^-- end of part --\n", re.MULTILINE | re.DOTALL)
_USE = re.compile(r"^[ ]*-- use (\w+) --$", re.MULTILINE)
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement and the order in which its named parameters go to the driver."""

    name: str
    sql: str
    parameters: tuple[str, ...]

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """The values in the driver's order. A missing or a surplus name is a mistake of ours."""
        if given.keys() != set(self.parameters):
            raise TypeError(f"query {self.name} takes {sorted(self.parameters)}, given {sorted(given)}")
        return [given[name] for name in self.parameters]


class Queries:
    """The statements of one room, by name."""

    def __init__(self, text: str) -> None:
        self._queries = {query.name: query for query in _cut(text)}

    @classmethod
    def of(cls, package: str) -> Queries:
        """The `queries.sql` beside the modules of `package`."""
        return cls(files(package).joinpath("queries.sql").read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> Query:
        return self._queries[name]

    def __iter__(self) -> Any:
        return iter(self._queries.values())

    async def rows(self, connection: Connection, name: str, /, **given: Any) -> list[asyncpg.Record]:
        """Every row of the answer."""
        query = self._queries[name]
        return list(await connection.fetch(query.sql, *query.arguments(given)))

    async def copied(self, connection: Connection, name: str, /, **given: Any) -> bytearray:
        """The answer as PostgreSQL's binary COPY sends it: for many rows of few columns, none of which becomes an object."""
        query = self._queries[name]
        received = bytearray()

        async def receive(part: bytes) -> None:
            received.extend(part)

        await connection.copy_from_query(
            query.sql.rstrip().rstrip(";"), *query.arguments(given), output=receive, format="binary"
        )
        return received

    async def row(self, connection: Connection, name: str, /, **given: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        query = self._queries[name]
        return await connection.fetchrow(query.sql, *query.arguments(given))

    async def value(self, connection: Connection, name: str, /, **given: Any) -> Any:
        """The first column of the first row, or None."""
        query = self._queries[name]
        return await connection.fetchval(query.sql, *query.arguments(given))

    async def run(self, connection: Connection, name: str, /, **given: Any) -> int:
        """Run it for its effect; the number of rows it touched."""
        query = self._queries[name]
        status: str = await connection.execute(query.sql, *query.arguments(given))
        return int(status.rsplit(" ", 1)[-1]) if status and status[-1].isdigit() else 0


def _cut(text: str) -> list[Query]:
    parts = {name: body.rstrip("\n") for name, body in _PART.findall(text)}
    pieces = _NAME.split(_USE.sub(lambda found: parts[found[1]], _PART.sub("", text)))
    return [_compile(name, body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)]


def _compile(name: str, body: str) -> Query:
    parameters: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in parameters:
            parameters.append(match[1])
        return f"${parameters.index(match[1]) + 1}"

    statement = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip().rstrip(";")
    return Query(name, _PARAMETER.sub(number, statement), tuple(parameters))
