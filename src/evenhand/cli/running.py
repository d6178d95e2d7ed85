"""`up` and `serve`: PostgreSQL, the schema, and the web processes under one supervisor that keeps them running."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from evenhand.cli.settings import settings_for
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.postgres import PostgresServer, find_binaries, watch
from evenhand.vault.keyfile import open_key_file

_OWNER, _APP, _DATABASE = "evenhand_owner", "evenhand_runtime", "evenhand"


def up(
    data: Annotated[Path | None, typer.Option(help="The data folder; made when missing.")] = None,
    port: Annotated[int | None, typer.Option(help="The web server's port; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    key_file: Annotated[Path | None, typer.Option(help="The key file; outside the data folder.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
) -> None:
    """Start everything on this machine: PostgreSQL, the schema, the web server and the worker. Stop with Ctrl C."""
    settings = settings_for(data=data, port=port, host=host, key_file=key_file)
    asyncio.run(Supervisor(settings, as_json=json_).run())


def serve(
    port: Annotated[int | None, typer.Option(help="The port.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
) -> None:
    """Run one web process against DATABASE_URL; `up` and larger installations start it."""
    import uvicorn

    settings = settings_for(port=port, host=host)
    config = uvicorn.Config(
        "evenhand.bootstrap:make_web_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=75,
    )
    inherited = os.environ.get("EVENHAND_TEST_FD")
    # Given as a socket and not as a descriptor: of a bare one uvicorn believes it is a Unix socket, and the event loop then
    # leaves Nagle's algorithm on, which costs every answer 40 ms.
    sockets = [socket.socket(fileno=int(inherited))] if inherited else None
    uvicorn.Server(config).run(sockets=sockets)


def worker() -> None:
    """Run one worker against DATABASE_URL: counts and tells what happened, takes back leases that ran out."""
    from evenhand.bootstrap import work_on

    async def until_stopped() -> None:
        task = asyncio.ensure_future(work_on(settings_for()))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_stopped())


class Supervisor:
    """Starts what an installation needs, in order, restarts what dies, and stops it in the opposite order."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        self._settings = settings
        self._as_json = as_json
        self._server: PostgresServer | None = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        watching: asyncio.Task[None] | None = None
        settings = self._settings
        # PostgreSQL runs under another account when we are root, and must be able to pass through.
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        is_new = not (settings.data / "postgres").exists()
        try:
            open_key_file(settings.key_path, settings.data, may_create=is_new and settings.database_url is None)
            if settings.database_url is None:
                settings = await self._embedded(settings)
                assert self._server is not None
                watching = asyncio.create_task(watch(self._server, _say_event))
            elif settings.database_owner_url is not None:
                await schema.prepare(settings.database_owner_url, app_role=_user_of(settings.database_url))
            listening = _listen(settings.host, settings.port)
            settings = settings.model_copy(update={"port": listening.getsockname()[1]})
            made = await asyncio.to_thread(_first_start, settings)
            self._start_children(settings, listening)
            await self._until_ready(settings)
            self._announce(settings, made)
            await self._keep(settings, listening)
        finally:
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
            self._stop_children()
            if self._server is not None:
                await asyncio.to_thread(self._server.stop)

    async def _embedded(self, settings: Settings) -> Settings:
        binaries = await asyncio.to_thread(find_binaries, settings.postgres_binaries)
        self._server = PostgresServer(settings.data / "postgres", binaries, settings.postgres_run_as)
        address = await asyncio.to_thread(self._server.start, self._progress)
        passwords = _passwords(settings.data / "logins.json")
        superuser = await asyncpg.connect(address.tcp_url)
        try:
            await _logins(superuser, passwords)
        finally:
            await superuser.close()
        here = address.in_database(_DATABASE)
        owner = here.as_user(_OWNER, passwords[_OWNER]).tcp_url
        await schema.prepare(owner, app_role=_APP)
        app = here.as_user(_APP, passwords[_APP]).tcp_url
        return settings.model_copy(update={"database_url": app, "database_owner_url": owner})

    def _start_children(self, settings: Settings, listening: socket.socket) -> None:
        environment = _environment(settings)
        for number in range(settings.web_processes):
            self._start_child(f"web-{number + 1}", environment, listening)
        self._start_child("worker", environment, listening)

    def _start_child(self, name: str, environment: dict[str, str], listening: socket.socket) -> None:
        if name == "worker":
            self._children[name] = subprocess.Popen([sys.executable, "-m", "evenhand", "worker"], env=environment)
            return
        descriptor = listening.fileno()
        self._children[name] = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve"],
            env={**environment, "EVENHAND_TEST_FD": str(descriptor)},
            pass_fds=[descriptor],
        )

    async def _until_ready(self, settings: Settings) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self._stopping.is_set():
            if any(child.poll() is not None for child in self._children.values()):
                raise typer.Exit(1)
            if await asyncio.to_thread(_answers, settings.host, settings.port):
                return
            await asyncio.sleep(0.03)

    def _announce(self, settings: Settings, made: dict[str, Any] | None) -> None:
        url = settings.address
        if self._as_json:
            line: dict[str, Any] = {"url": url}
            if made:
                line["admin_key"] = made["admin_key"]
            print(json.dumps(line), flush=True)
            return
        print(f"Evenhand runs at {url}", flush=True)
        if made:
            print(f"  Sign in as {made['email']} with {made['password']} (shown once; change it under Settings).")
            print(f"  API key of the owner (shown once): {made['admin_key']}")
            print(f"  Key file: {settings.key_path}. Keep a copy elsewhere: without it nothing opens.", flush=True)

    async def _keep(self, settings: Settings, listening: socket.socket) -> None:
        """Restart processes that die; the listening socket is ours, so no connection is refused meanwhile."""
        environment = _environment(settings)
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)
            for name, child in list(self._children.items()):
                if child.poll() is not None and not self._stopping.is_set():
                    self._start_child(name, environment, listening)

    def _stop_children(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self._children.values():
            try:
                child.wait(25)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _progress(self, seconds: float, saying: str) -> None:
        if seconds > 2 and not self._as_json:
            print(f"PostgreSQL: {saying} ({seconds:.0f} s)", file=sys.stderr, flush=True)


def _environment(settings: Settings) -> dict[str, str]:
    """The settings, as the environment of a child process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    given = settings.model_dump(mode="json", exclude_none=True)
    given["public_url"] = settings.address
    given["key_file"] = str(settings.key_path)
    return {**kept, **{f"EVENHAND_{name.upper()}": _as_text(value) for name, value in given.items()}}


def _as_text(value: Any) -> str:
    """A setting as people write it in the environment: lists by commas."""
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _first_start(settings: Settings) -> dict[str, Any] | None:
    """In a process of its own: what it imports and opens is not kept in the supervisor's memory."""
    done = subprocess.run(
        [sys.executable, "-m", "evenhand.bootstrap"], env=_environment(settings), stdout=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        raise typer.Exit(1)
    made: dict[str, Any] | None = json.loads(done.stdout)
    return made


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        print(f"Port {port} of {host} cannot be used: {error.strerror}. Take another with --port.", file=sys.stderr)
        raise typer.Exit(1) from None
    listening.listen(1024)
    listening.set_inheritable(True)
    return listening


def _answers(host: str, port: int) -> bool:
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _passwords(path: Path) -> dict[str, str]:
    """The database's own logins: no key to content, so they lie with the data."""
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    made = {name: secrets.token_urlsafe(24) for name in (_OWNER, _APP)}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file)
    return made


async def _logins(superuser: asyncpg.Connection, passwords: dict[str, str]) -> None:
    for name, rights in ((_OWNER, "createrole"), (_APP, "nocreaterole")):
        if not await superuser.fetchval("select exists (select from pg_roles where rolname = $1)", name):
            await superuser.execute(f"create role {name} login nosuperuser nobypassrls {rights}")
        await superuser.execute(f"alter role {name} password '{passwords[name]}'")
    if not await superuser.fetchval("select exists (select from pg_database where datname = $1)", _DATABASE):
        await superuser.execute(f"create database {_DATABASE} owner {_OWNER}")


def _user_of(url: str) -> str | None:
    from urllib.parse import unquote, urlsplit

    user = urlsplit(url).username
    return unquote(user) if user else None


def _say_event(event: object) -> None:
    print(json.dumps({"event": f"postgres.{type(event).__name__.lower()}"}), file=sys.stderr, flush=True)
