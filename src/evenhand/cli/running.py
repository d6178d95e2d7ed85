"""`up` and `serve`: PostgreSQL, the schema, and the web processes under one supervisor that keeps them running."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, ClassVar

import typer

from evenhand.cli import embedded
from evenhand.cli.listening import listen
from evenhand.cli.settings import settings_for
from evenhand.cli.tls import require_certificate, trust_in_ourselves
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.postgres import PostgresServer, watch
from evenhand.vault.keyfile import open_key_file, refuse_inside, require_divided, require_key_of

# A child that dies again at once is started again after a pause that grows up to this.
_PAUSE_SECONDS_MAX = 2.0
_SOUND_SECONDS = 10.0
WORKER = "worker"
# In the environment of a web process: the descriptor of the socket that its supervisor opened.
SOCKET = "EVENHAND_TEST_FD"
METRICS = "PROMETHEUS_MULTIPROC_DIR"
# For TLS 1.2, as deploy/nginx.conf has them: forward secrecy and AEAD. Those of TLS 1.3 are all so.
TLS_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


@dataclass(eq=False)
class NoDatabaseUrl(PlatformError):
    """This process needs a database that runs already."""

    code: ClassVar[str] = "no-database-url"
    hint: ClassVar[str] = (
        "Set DATABASE_URL, or run `evenhand up`, which starts a database, the web server and the worker."
    )


@dataclass(eq=False)
class BrokerBesideEmbedded(PlatformError):
    """A broker logs in to the database as a role of its own, which the embedded PostgreSQL does not have."""

    code: ClassVar[str] = "broker-beside-embedded"
    hint: ClassVar[str] = "Set DATABASE_URL to a PostgreSQL of your own, or start without EVENHAND_BROKER."


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

    from evenhand.bootstrap import make_web_app

    settings = settings_for(port=port, host=host)
    require_certificate(settings)
    asyncio.run(_require_ready(settings))
    app = make_web_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=75,
        forwarded_allow_ips=settings.trusted_proxies,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        ssl_ciphers=TLS_CIPHERS,
    )
    inherited = os.environ.get(SOCKET)
    # Given as a socket and not as a descriptor: of a bare one uvicorn believes it is a Unix socket, and the event loop then
    # leaves Nagle's algorithm on, which costs every answer 40 ms.
    sockets = [socket.socket(fileno=int(inherited))] if inherited else None
    server = uvicorn.Server(config)
    leave = server.handle_exit

    def end_streams_and_leave(sig: int, frame: FrameType | None) -> None:
        """Requests in flight are answered; streams, which would go on for ever, end now."""
        asyncio.get_running_loop().call_soon_threadsafe(app.state.end_streams)
        leave(sig, frame)

    server.handle_exit = end_streams_and_leave  # type: ignore[method-assign]
    server.run(sockets=sockets)


def worker() -> None:
    """Run one worker against DATABASE_URL: counts and tells what happened, takes back leases that ran out."""
    from evenhand.bootstrap import work_on

    _run_until_stopped(work_on)


def sequencer() -> None:
    """Run the sequencer of the logs alone against DATABASE_URL, where EVENHAND_SEPARATE_SEQUENCER keeps it out of the worker."""
    from evenhand.bootstrap import sequence_on

    _run_until_stopped(sequence_on)


def _run_until_stopped(run: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    async def until_stopped() -> None:
        settings = settings_for()
        await _require_ready(settings)
        task = asyncio.ensure_future(run(settings))
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
        settings = self._settings
        watching: asyncio.Task[None] | None = None
        # What is quick to find out comes before what takes a second: a taken port is said at once.
        refuse_inside(settings.key_path, settings.data)
        require_certificate(settings)
        if settings.broker is not None and settings.database_url is None:
            raise BrokerBesideEmbedded()
        listening = listen(settings.host, settings.port)
        listening.set_inheritable(True)
        try:
            embedded.prepare_data_folder(settings.data)
            _clear_metrics(settings.data)
            self._start_ahead(settings, listening)
            if settings.database_url is None:
                self._server = embedded.server_of(settings)
                settings = await embedded.start(self._server, settings, self._progress)
                watching = asyncio.create_task(watch(self._server, _say_event))
            is_first = await _prepare_database(settings)
            settings = settings.model_copy(update={"port": listening.getsockname()[1]})
            made = await self._go(settings, listening, is_first=is_first)
            await self._until_ready(settings)
            self._announce(settings, made)
            await self._keep(settings, listening)
        finally:
            listening.close()
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
            self._stop_children()
            if self._server is not None:
                await asyncio.to_thread(self._server.stop)

    def _start_ahead(self, settings: Settings, listening: socket.socket) -> None:
        """Start the processes, which import what they need while the database starts, and wait for `_go`."""
        # The library that counts looks for its folder when it is imported.
        environment = {**os.environ, METRICS: str(_metrics_folder(settings.data))}
        for number in range(settings.web_processes):
            self._start_child(f"web-{number + 1}", environment, listening, "evenhand.cli.ahead", stdin=subprocess.PIPE)
        self._start_child(
            WORKER, environment, listening, "evenhand.cli.ahead", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    async def _go(self, settings: Settings, listening: socket.socket, *, is_first: bool) -> dict[str, Any] | None:
        """Tell the processes what to serve. The worker makes the installation, if it is new; what is shown once of that."""
        environment = _environment(settings)
        worker = self._children[WORKER]
        made: dict[str, Any] | None = None
        _tell(worker, environment, is_first=is_first)
        if is_first:
            assert worker.stdout is not None
            line = await asyncio.to_thread(worker.stdout.readline)
            if not line:
                raise typer.Exit(1)
            made = json.loads(line)
        if worker.stdout is not None:
            worker.stdout.close()
        for name, child in self._children.items():
            if name != WORKER:
                _tell(child, {**environment, SOCKET: str(listening.fileno())}, is_first=False)
        return made

    def _start_child(
        self, name: str, environment: dict[str, str], listening: socket.socket, module: str = "evenhand", **pipes: Any
    ) -> None:
        if name == WORKER:
            command = [sys.executable, "-m", module, "worker"]
            self._children[name] = subprocess.Popen(command, env=environment, **pipes)  # noqa: S603 -- no shell, our own module
            return
        descriptor = listening.fileno()
        self._children[name] = subprocess.Popen(  # noqa: S603 -- no shell, our own module
            [sys.executable, "-m", module, "serve"],
            env={**environment, SOCKET: str(descriptor)},
            pass_fds=[descriptor],
            **pipes,
        )

    async def _until_ready(self, settings: Settings) -> None:
        deadline = time.monotonic() + 60
        trust = trust_in_ourselves(settings)
        while time.monotonic() < deadline and not self._stopping.is_set():
            if any(child.poll() is not None for child in self._children.values()):
                raise typer.Exit(1)
            if await asyncio.to_thread(_answers, settings.host, settings.port, trust):
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
        pauses: dict[str, _Pause] = {}
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)
            for name, child in list(self._children.items()):
                if child.poll() is None or self._stopping.is_set():
                    continue
                if pauses.setdefault(name, _Pause()).is_over(time.monotonic()):
                    _say({"event": "process.restarted", "name": name, "exit_code": child.returncode})
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


class _Pause:
    """How long to wait before a process is started again: not at all after a sound run, else ever longer."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._found_dead_at: float | None = None
        self._started_at = float("-inf")

    def is_over(self, now: float) -> bool:
        """Whether to start it again now. Asked again and again while the process is dead."""
        if self._found_dead_at is None:
            self._found_dead_at = now
            is_sound = now - self._started_at > _SOUND_SECONDS
            self._seconds = 0.0 if is_sound else min(max(self._seconds * 2, 0.1), _PAUSE_SECONDS_MAX)
        if now - self._found_dead_at < self._seconds:
            return False
        self._found_dead_at, self._started_at = None, now
        return True


async def _require_ready(settings: Settings) -> None:
    """See before serving that schema, role and key are right, so that what is not is one line and no page of an error."""
    if settings.database_url is None:
        raise NoDatabaseUrl()
    app = await schema.connect(settings.database_url)
    try:
        reference = await schema.key_reference(app)
        if reference is None:
            raise schema.DatabaseEmpty(address=schema.place_of(settings.database_url))
        await schema.require_current(app)
        await schema.require_walls(app)
    finally:
        await app.close()
    keys = open_key_file(settings.key_path, settings.data, may_create=False)
    require_key_of(keys, reference, settings.key_path)
    if settings.broker is not None:
        require_divided(keys, settings.key_path)


async def _prepare_database(settings: Settings) -> bool:
    """The schema, the rights of the role that serves, and the key; whether no installation was ever made in this database.

    Raises what `schema` raises, KeyFileMissing for a database that has a key already, WrongKeyFile.
    """
    assert settings.database_url is not None
    app = await schema.connect(settings.database_url)
    try:
        # Before anything is made, for a role that is too strong; after it, for one that owns what was made.
        await schema.require_walls(app)
        if settings.database_owner_url is not None:
            await schema.prepare(settings.database_owner_url, app_role=schema.user_of(settings.database_url))
        await schema.require_walls(app)
        reference = await schema.key_reference(app)
    finally:
        await app.close()
    if reference is None and settings.database_owner_url is None:
        raise embedded.NoOwnerUrl()
    # Beside a broker none is made: it would be a whole one, and the broker would not have it.
    keys = open_key_file(settings.key_path, settings.data, may_create=reference is None and settings.broker is None)
    if settings.broker is not None:
        require_divided(keys, settings.key_path)
    if reference is not None:
        require_key_of(keys, reference, settings.key_path)
    await embedded.see_to_sequencer(settings, keys.sequencer_password)
    return reference is None


def _environment(settings: Settings) -> dict[str, str]:
    """The settings, as the environment of a child process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    given = settings.model_dump(mode="json", exclude_none=True)
    given["public_url"] = settings.address
    given["key_file"] = str(settings.key_path)
    own = {f"EVENHAND_{name.upper()}": _as_text(value) for name, value in given.items()}
    return {**kept, METRICS: str(_metrics_folder(settings.data)), **own}


def _metrics_folder(data: Path) -> Path:
    """Where the processes of this machine share their counters."""
    return data.absolute() / "metrics"


def _clear_metrics(data: Path) -> None:
    """Counters begin anew with each start, as those of a single process do."""
    folder = _metrics_folder(data)
    folder.mkdir(exist_ok=True, mode=0o700)
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def _as_text(value: Any) -> str:
    """A setting as people write it in the environment: lists by commas."""
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _tell(child: subprocess.Popen[bytes], environment: dict[str, str], *, is_first: bool) -> None:
    """Let a process that waits begin. One that has died meanwhile is found by `_until_ready`."""
    assert child.stdin is not None
    line = json.dumps({"environment": environment, "is_first": is_first})
    with contextlib.suppress(BrokenPipeError), child.stdin as waiting:
        waiting.write(line.encode() + b"\n")


def _answers(host: str, port: int, trust: ssl.SSLContext | None) -> bool:
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=2)
    if trust is not None:
        connection = http.client.HTTPSConnection(host, port, timeout=2, context=trust)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _say_event(event: object) -> None:
    _say({"event": f"postgres.{type(event).__name__.lower()}"})


def _say(facts: dict[str, Any]) -> None:
    """One line of JSON on standard error, where the processes' own lines go."""
    print(json.dumps(facts), file=sys.stderr, flush=True)
