"""The key services of an installation: a file that the operator writes says which there are, and whose each is.

A TOML file (`EVENHAND_KEY_SERVICES`), one table a service; secrets are not in it but in the files that it names. It is read by the
process that unwraps and by nobody else. An organization chooses among the services that name it, so that no address or path in it
comes from a request.

    [bank]
    kind = "vault_transit"
    organizations = ["0195…"]
    address = "https://vault.bank.example:8200"
    key = "evenhand"
    token_file = "/etc/evenhand-broker/bank.token"
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ValidationError

from evenhand.core.errors import PlatformError
from evenhand.vault import services
from evenhand.vault.key_service import CALL_SECONDS, Guarded, KeyService, KeyServiceUnavailable, Prove

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
Opener = Callable[[str, Mapping[str, Any]], KeyService]


@dataclass(eq=False)
class KeyServicesRefused(PlatformError):
    """The file of key services cannot be used as it is."""

    file: str
    place: str
    reason: str
    code: ClassVar[str] = "key-services-refused"
    hint: ClassVar[str] = "docs/how-to/bring-your-own-key.md shows the file; mend the place that is named."

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.reason}."


@cache
def kinds() -> dict[str, Opener]:
    """How each kind of service is made: built-in by place, then plug-ins of the group `evenhand.key_services`."""
    found: dict[str, Opener] = {}
    for module in pkgutil.iter_modules(services.__path__):
        built_in = importlib.import_module(f"{services.__name__}.{module.name}")
        found[built_in.kind] = built_in.open_service
    for entry in entry_points(group="evenhand.key_services"):
        found.setdefault(entry.name, entry.load())
    return found


@dataclass(frozen=True, slots=True)
class Configured:
    """One service by name, and the organizations it may serve."""

    name: str
    kind: str
    organizations: frozenset[UUID]
    service: Guarded


class KeyServices:
    """Every key that this process may use, by name and by reference."""

    def __init__(
        self,
        own: KeyService | None,
        configured: Iterator[Configured] = iter(()),
        former: Sequence[KeyService] = (),
    ) -> None:
        """own: the installation's key. former: those that it had before, which unwrap what is not wrapped anew yet."""
        self._by_name = {each.name: each for each in configured}
        self._by_reference: dict[str, KeyService] = {
            each.service.reference: each.service for each in self._by_name.values()
        }
        self._own = own
        self._own_references = {each.reference for each in (own, *former) if each is not None}
        self._by_reference.update({each.reference: each for each in (own, *former) if each is not None})

    def own(self) -> KeyService:
        """The installation's own key. Raises KeyServiceUnavailable in a process that does not hold it."""
        if self._own is None:
            raise KeyServiceUnavailable(service="the key file", reason="unknown")
        return self._own

    def is_own(self, reference: str) -> bool:
        """Whether this is the installation's own key, or was."""
        return reference in self._own_references

    def of(self, reference: str) -> KeyService:
        """The service that wrapped something. Raises KeyServiceUnavailable when it is not set up here."""
        service = self._by_reference.get(reference)
        if service is None:
            raise KeyServiceUnavailable(service=reference.partition(":")[0], reason="unknown")
        return service

    def named(self, organization_id: UUID, name: str) -> Guarded:
        """A service that an organization may choose. Another's is as unknown as one that is not there."""
        found = self._by_name.get(name)
        if found is None or organization_id not in found.organizations:
            raise KeyServiceUnavailable(service=name, reason="unknown")
        return found.service

    def open_to(self, organization_id: UUID) -> list[Configured]:
        """What an organization may choose among, by name."""
        return sorted(
            (each for each in self._by_name.values() if organization_id in each.organizations),
            key=lambda each: each.name,
        )

    def let_prove(self, prove: Prove) -> None:
        """Give services that want to see the record the way to it."""
        for each in self._by_name.values():
            each.service.let_prove(prove)

    async def close(self) -> None:
        """Close every one."""
        for each in self._by_name.values():
            await each.service.close()


def read_key_services(path: Path, own: KeyService | None, former: Sequence[KeyService] = ()) -> KeyServices:
    """The services of a file. Raises KeyServicesRefused, naming the place."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeyServicesRefused(file=str(path), place="the whole file", reason=str(error)) from None
    return KeyServices(own, iter([_configured(path, name, table) for name, table in tables.items()]), former)


def _configured(path: Path, name: str, table: Any) -> Configured:
    def refused(reason: str) -> KeyServicesRefused:
        return KeyServicesRefused(file=str(path), place=f"[{name}]", reason=reason)

    if not _NAME.fullmatch(name) or not isinstance(table, dict):
        raise refused("a service is a table whose name is of a-z, 0-9 and -")
    settings = dict(table)
    kind, seconds = settings.pop("kind", None), settings.pop("timeout_seconds", CALL_SECONDS)
    if kind not in kinds():
        raise refused(f"its kind is one of {', '.join(sorted(kinds()))}")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.1 <= seconds <= CALL_SECONDS:
        raise refused(f"timeout_seconds is between 0.1 and {CALL_SECONDS:g}")
    try:
        organizations = frozenset(UUID(each) for each in settings.pop("organizations"))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise refused("organizations is a list of ids of organizations") from None
    try:
        service = kinds()[kind](name, settings)
    except ValidationError as error:
        first = error.errors()[0]
        raise refused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except KeyServiceUnavailable as error:
        raise refused(str(error).rstrip(".")) from None
    return Configured(name, kind, organizations, Guarded(service, name, call_seconds=float(seconds)))
