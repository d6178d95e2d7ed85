"""`evenhand demo`: a whole installation on this machine with real material, loaded through the SDK like anybody would."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from evenhand.cli.connection import ApiKey, refuse
from evenhand.cli.drill_telling import tell_as_json, tell_in_words, wait_for_enter
from evenhand.cli.embedded import DATABASE
from evenhand.cli.running import Supervisor
from evenhand.cli.settings import settings_for
from evenhand.client.errors import EvenhandError
from evenhand.core.settings import Settings

_MARK = "demo.json"
# (url, what the first start made) -> what to print; called in a thread, once the server answers.
Load = Callable[[str, dict[str, Any]], dict[str, Any]]


def demo(
    data: Annotated[Path, typer.Option(help="The data folder; a second start keeps what is in it.")] = Path(
        ".demo/data"
    ),
    port: Annotated[int | None, typer.Option(help="The web server's port; 0 takes a free one.")] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Replay this folder's labels.csv instead of the demo's projects.")
    ] = None,
    up_to: Annotated[
        int | None, typer.Option(min=1, help="Replay so many tasks only, those with a known truth first.")
    ] = None,
    drill: Annotated[
        bool, typer.Option("--drill", help="Play a change of control and a forged record instead, act by act.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="Replay into this running server instead of starting one.")] = None,
    api_key: ApiKey = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
) -> None:
    """Start everything on this machine with real projects in it; prints the address and a login of every role.

    With --replay, real annotators' votes go through the API instead, and their majority is compared with the truth. With --drill,
    two customers share a vendor that a rival of one of them buys into, and a record is forged; each act begins when you press
    Enter. It listens on 127.0.0.1 only and runs until Ctrl C; the passwords are random and shown once.
    """
    load: Load = _load_projects if replay is None else _replaying(replay, up_to, is_quiet=json_)
    if url is not None:
        raise typer.Exit(_into_running(load, url, api_key, is_replay=replay is not None, as_json=json_))
    settings = settings_for(data=data, port=port, host="127.0.0.1")
    if settings.log_level == "info":
        # Whoever tries it out reads what it says to them, not each session that opens.
        settings = settings.model_copy(update={"log_level": "warning"})
    supervisor = DrillSupervisor(settings, as_json=json_) if drill else DemoSupervisor(settings, load, as_json=json_)
    asyncio.run(supervisor.run())
    if isinstance(supervisor.failure, EvenhandError):
        print(f"The demo was not loaded. Mend what the next line says, delete {data} and start again.", file=sys.stderr)
        refuse(supervisor.failure, as_json=json_)
    if supervisor.failure is not None:
        raise supervisor.failure


class DemoSupervisor(Supervisor):
    """A supervisor that loads the demo once the server answers for the first time."""

    def __init__(self, settings: Settings, load: Load, *, as_json: bool) -> None:
        super().__init__(settings, as_json=as_json)
        self._load = load
        self._loading: asyncio.Task[None] | None = None
        self.failure: Exception | None = None

    def _announce(self, settings: Settings, made: dict[str, Any] | None) -> None:
        self._loading = asyncio.get_running_loop().create_task(self._load_and_tell(settings, made))

    async def _load_and_tell(self, settings: Settings, made: dict[str, Any] | None) -> None:
        mark = settings.data / _MARK
        if made is None:
            self._tell_second_start(settings, mark)
            return
        if not self._as_json:
            print(f"Evenhand runs at {settings.address}. Loading …", flush=True)
        try:
            loaded = await asyncio.to_thread(self._load, settings.address, made)
        except Exception as error:
            self.failure = error
            self._stopping.set()
            return
        mark.write_text(json.dumps({"projects": loaded["projects"]}))
        shown = {"url": settings.address, "admin_key": made["admin_key"], **loaded}
        print(json.dumps(shown) if self._as_json else "\n".join(_told(shown)), flush=True)
        if self._load is _load_projects:
            await self._replay(settings.address, made["admin_key"])

    async def _replay(self, url: str, admin_key: str) -> None:
        """The answers of one project come in once everything can be looked at: nobody waits for them."""
        from evenhand.cli.demo_loading import replay

        try:
            await asyncio.to_thread(replay, url, admin_key)
        except Exception as error:
            if not self._stopping.is_set():
                print(f"The answers of one project did not all come in: {error}", file=sys.stderr, flush=True)

    def _tell_second_start(self, settings: Settings, mark: Path) -> None:
        if self._as_json:
            print(json.dumps({"url": settings.address, "kept": mark.exists()}), flush=True)
            return
        print(f"Evenhand runs at {settings.address}")
        if mark.exists():
            print("  The data of the first start is kept, and so are its logins; their passwords were shown then.")
        else:
            print(
                "  This folder holds another installation, or a demo whose loading was interrupted; nothing was loaded."
            )
        print(f"  For a fresh demo delete {settings.data} and {settings.key_path}, or take another folder with --data.")
        print("  Ctrl C stops it.", flush=True)


class DrillSupervisor(DemoSupervisor):
    """A supervisor that plays the drill on an installation that was just made."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        super().__init__(settings, _load_projects, as_json=as_json)

    async def _load_and_tell(self, settings: Settings, made: dict[str, Any] | None) -> None:
        from evenhand.cli.drill import Drill

        if made is None or self._server is None:
            print(
                f"The drill forges a record, so it wants an installation of its own: delete {settings.data} and"
                f" {settings.key_path}, or take another folder with --data.",
                file=sys.stderr,
            )
            self._stopping.set()
            return
        superuser = self._server.start().in_database(DATABASE).tcp_url
        tell = tell_as_json if self._as_json else tell_in_words
        acts = Drill(settings, settings.address, superuser, tell, wait_for_enter(is_quiet=self._as_json))
        try:
            await asyncio.to_thread(acts.run)
        except Exception as error:
            self.failure = error
            self._stopping.set()


def _load_projects(url: str, made: dict[str, Any]) -> dict[str, Any]:
    from evenhand.cli.demo_loading import load

    return load(url, made)


def _replaying(folder: Path, up_to: int | None, *, is_quiet: bool) -> Load:
    """The load that replays a folder; the folder is read first, so that a wrong one is refused before anything starts."""
    from evenhand.cli.crowd import NotACrowd, read_crowd

    try:
        crowd = read_crowd(folder)
    except NotACrowd as error:
        refuse(EvenhandError({"code": "malformed", "detail": str(error)}), as_json=is_quiet)
    chosen = crowd if up_to is None else crowd.first(up_to)

    def load(url: str, made: dict[str, Any]) -> dict[str, Any]:
        from evenhand.cli.replaying import replay

        tell = _silent if is_quiet else _Counter()
        outcome = asyncio.run(replay(url, made["admin_key"], f"Replay of {folder.resolve().name}", chosen, tell))
        return {"projects": [outcome.project_id], "skipped": [], "logins": [], "replay": outcome.as_json()}

    return load


def _into_running(load: Load, url: str, api_key: str | None, *, is_replay: bool, as_json: bool) -> int:
    """Load into a server that runs already; the exit code."""
    try:
        if not api_key or not is_replay:
            detail = "--url needs --replay and an API key." if not is_replay else "No API key is known."
            raise EvenhandError(
                {"code": "not-connected", "detail": detail, "hint": "Give --api-key or EVENHAND_API_KEY."}
            )
        loaded = load(url, {"admin_key": api_key})
    except EvenhandError as error:
        refuse(error, as_json=as_json)
    print(json.dumps(loaded["replay"]) if as_json else "\n".join(_replay_told(loaded["replay"])))
    return 1 if loaded["replay"]["differing"] else 0


def _told(shown: dict[str, Any]) -> list[str]:
    """What a reader sees when everything is loaded."""
    lines = [f"Ready: {shown['url']}"]
    if shown["logins"]:
        lines += ["", "Sign in as (passwords are random and shown once):"]
        lines += [f"  {each['role']:<10} {each['email']:<22} {each['password']}" for each in shown["logins"]]
    lines += [f"Left out: {each}" for each in shown["skipped"]]
    lines += _replay_told(shown["replay"]) if "replay" in shown else []
    return [
        *lines,
        "",
        f"API key of the owner (shown once): {shown['admin_key']}",
        "Ctrl C stops it; the data is kept.",
    ]


def _replay_told(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{found['votes']} votes of {found['workers']} people on {found['tasks']} tasks in {found['seconds']} s.",
        f"Majority of the answers against the truth: {found['accuracy']:.4f} [{found['low']:.4f}, {found['high']:.4f}],"
        f" {found['right']:g} of {found['of']} tasks (ties count by their fraction; Wilson's 95 % interval).",
        f"Straight from the file: {found['accuracy_of_file']:.4f}.",
    ]
    if found["differing"]:
        return [
            *lines,
            f"{len(found['differing'])} tasks have another majority than the file: {found['differing'][:10]}",
        ]
    return [*lines, "The majority of every task is the file's own."]


def _silent(_step: str, _done: int, _of: int) -> None:
    """Tells nobody: programs read one line."""


class _Counter:
    """Tells how far it is on one line of standard error, where somebody watches."""

    def __call__(self, step: str, done: int, of: int) -> None:
        if sys.stderr.isatty() and (done % 25 == 0 or done == of):
            print(f"\r{step}: {done} of {of}{os.linesep if done == of else ''}", end="", file=sys.stderr, flush=True)
