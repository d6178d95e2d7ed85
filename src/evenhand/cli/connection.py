"""Which server a command speaks to: options, environment, profile file; and how its results are shown."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar, get_type_hints
from uuid import UUID

import typer
from rich.console import Console

from evenhand.client.content import ProgressCallback
from evenhand.client.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.client import Client

Verb = TypeVar("Verb", bound=Callable[..., None])
Url = Annotated[
    str | None,
    typer.Option("--url", envvar="EVENHAND_URL", help="The server. Default: the profile's.", show_envvar=True),
]
ApiKey = Annotated[
    str | None, typer.Option("--api-key", envvar="EVENHAND_API_KEY", help="Your API key. Default: the profile's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class NotConnected(EvenhandError):
    """No server or no key was named."""

    code = "not-connected"

    def __init__(self, missing: str) -> None:
        hint = "Give --url and --api-key, set EVENHAND_URL and EVENHAND_API_KEY, or run `evenhand login`."
        super().__init__({"code": self.code, "detail": f"No {missing} is known.", "hint": hint})


class Terminal:
    """What a command works with: a client made when first used, and the choice between tables and JSON."""

    def __init__(self, url: str | None, api_key: str | None, *, as_json: bool) -> None:
        self._url = url
        self._api_key = api_key
        self._client: Client | None = None
        self.as_json = as_json
        self.console = Console(highlight=False, soft_wrap=True)

    @property
    def client(self) -> Client:
        """The SDK, connected as options, environment or profile say. Raises NotConnected."""
        if self._client is None:
            profile = read_profile()
            # A profile's key is for the profile's server: it is never sent to another address.
            is_own = self._url is None or self._url.rstrip("/") == str(profile.get("url", "")).rstrip("/")
            url, key = self._url or profile.get("url"), self._api_key or (profile.get("api_key") if is_own else None)
            if not url or not key:
                raise NotConnected("server" if not url else "API key")
            # The servers start through this command line too, and should not carry an HTTP client in memory.
            from evenhand.client import Client

            self._client = Client(url, key)
        return self._client

    def close(self) -> None:
        """Close the client, if one was made."""
        if self._client is not None:
            self._client.close()

    def project(self, id_or_name: str) -> str:
        """A project's id. A name works too, when exactly one project of any state but the trash has it."""
        if _is_id(id_or_name):
            return id_or_name
        listed = self.client.projects.list(states=["active", "paused", "archived"])
        found = [each["id"] for each in listed if each["name"] == id_or_name]
        if len(found) == 1:
            return found[0]
        count = "No project has" if not found else f"{len(found)} projects have"
        hint = "`evenhand project list` shows ids and names."
        raise EvenhandError({"code": "not-found", "detail": f"{count} the name {id_or_name!r}.", "hint": hint})

    def show(self, value: Any, *, lines: Iterable[str] = ()) -> None:
        """One result: JSON, or its lines for a reader."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False))
            return
        for line in lines:
            self.console.print(line, markup=False)

    def table(self, items: Iterable[Mapping[str, Any]], columns: Sequence[str], *, none: str) -> None:
        """A list: one JSON object a line, or a table. columns: keys of the items; a dot goes one level down."""
        if self.as_json:
            for item in items:
                print(json.dumps(item, ensure_ascii=False))
            return
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for column in columns:
            table.add_column(column.rpartition(".")[2].replace("_", " "), overflow="fold")
        for item in items:
            table.add_row(*[_shown(item, column) for column in columns])
        if table.row_count:
            Console(highlight=False, markup=False).print(table)
        else:
            self.console.print(none, markup=False)

    @contextmanager
    def progress(self, what: str) -> Iterator[ProgressCallback]:
        """A bar on standard error while bytes flow; silent with --json and where nobody watches."""
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        watcher = Console(stderr=True)
        with Progress(*columns, console=watcher, disable=self.as_json or not watcher.is_terminal) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    @contextmanager
    def counter(self, what: str) -> Iterator[Callable[[int, int | None], None]]:
        """A bar on standard error while things are counted; silent with --json and where nobody watches."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        watcher = Console(stderr=True)
        with Progress(*columns, console=watcher, disable=self.as_json or not watcher.is_terminal) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def connected(verb: Verb) -> Callable[..., None]:
    """Give a command the options of a connection; its first parameter becomes the Terminal that they make."""
    hints = get_type_hints(verb, include_extras=True)
    _terminal, *own = inspect.signature(verb).parameters.values()

    @functools.wraps(verb)
    def command(*, url: str | None, api_key: str | None, json: bool, **given: Any) -> None:
        terminal = Terminal(url, api_key, as_json=json)
        try:
            verb(terminal, **given)
        except EvenhandError as error:
            refuse(error, as_json=json)
        finally:
            terminal.close()

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [each.replace(kind=keyword, annotation=hints[each.name]) for each in own]
    parameters += [
        inspect.Parameter("url", keyword, default=None, annotation=Url),
        inspect.Parameter("api_key", keyword, default=None, annotation=ApiKey),
        inspect.Parameter("json", keyword, default=False, annotation=AsJson),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def refuse(error: EvenhandError, *, as_json: bool) -> NoReturn:
    """Say an error in one line on standard error (or as its problem document) and leave with its exit code."""
    if as_json:
        print(json.dumps({"code": error.code, **error.document}, ensure_ascii=False), file=sys.stderr)
    else:
        places = "; ".join(
            f"{each.get('pointer') or '/'}: {each.get('message', '')} {each.get('remedy', '')}".strip()
            for each in error.problems[:3]
        )
        line = f"{error.detail} {places} {error.hint}" if places and places not in error.detail else str(error)
        print(" ".join(line.split()), file=sys.stderr)
    raise typer.Exit(3 if error.code in ("unreachable", "unavailable") else 1)


def profile_path() -> Path:
    """Where the profile is kept."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "evenhand" / "profile.json"


def read_profile() -> dict[str, str]:
    """The profile: url and api_key; {} when there is none."""
    try:
        content = json.loads(profile_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        hint = "Remove it, then run `evenhand login` again."
        document = {"code": "profile", "detail": f"{profile_path()} cannot be read: {error}.", "hint": hint}
        raise EvenhandError(document) from None
    return content if isinstance(content, dict) else {}


def write_profile(url: str, api_key: str) -> Path:
    """Keep a connection for later commands, readable by its owner only; where it is."""
    path = profile_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "api_key": api_key}, file)
    return partial.replace(path)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _shown(item: Mapping[str, Any], column: str) -> str:
    value: Any = item
    for step in column.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
