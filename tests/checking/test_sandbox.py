"""The sandbox attacked for real; each wall taken away once, to see the attack get through."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attack import IN, OUT, inside, need_sandbox, says, seeing_the_hosts_processes, without, without_limit

from evenhand.checking import sandbox, watching
from evenhand.checking.sandbox import Limits, Packed, TooMuchToPack
from evenhand.checking.watching import Used, Watch
from evenhand.ontology.open_task import is_inside

MEGABYTE = 1 << 20
Sabotage = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    need_sandbox()


# ----------------------------------------------------------------------------------------------------------- a plain run --
def test_a_command_runs_on_its_files_and_its_end_is_told() -> None:
    program = "import sys; print(open('data/in.txt').read()); print('Straße', file=sys.stderr); sys.exit(3)"

    ended = inside(program, Packed("data/in.txt", b"42"))

    assert (ended.exit, ended.signal, ended.limit) == (3, None, None)
    assert (ended.output, ended.errors) == (b"42\n", "Straße\n".encode())
    assert ended.wall_seconds > 0
    assert ended.output_digest.startswith("sha256:")


def test_a_command_is_an_array_and_no_shell_reads_it() -> None:
    ended = sandbox.run(["echo", "$(id)", ";", "ls"], [], Limits())

    assert ended.output == b"$(id) ; ls\n"


def test_a_signal_is_told_apart_from_a_code() -> None:
    ended = inside("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")

    assert (ended.exit, ended.signal, ended.limit) == (None, signal.SIGSEGV, None)


def test_a_command_begins_in_its_folder() -> None:
    ended = sandbox.run(["cat", "b.txt"], [Packed("a/b.txt", b"here")], Limits(), folder="a")

    assert ended.output == b"here"


def test_processor_time_is_counted() -> None:
    ended = inside("import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass")

    assert 0.2 <= ended.cpu_seconds <= 1.0


def test_the_program_has_the_processors_it_may_use_and_cannot_take_more() -> None:
    program = (
        "import os\nprint(len(os.sched_getaffinity(0)))\n"
        "try:\n os.sched_setaffinity(0, range(64)); print('IN')\nexcept OSError: print('OUT')"
    )

    assert inside(program, cores=1).output.split() == [b"1", b"OUT"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a//b", "./a", "", "a/", "x\0y"])
def test_a_path_that_leaves_the_folder_is_no_path(path: str) -> None:
    assert not is_inside(path)


def test_more_files_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(TooMuchToPack):
        inside("", Packed("big", bytes(2 * MEGABYTE)), disk_bytes=MEGABYTE)


# --------------------------------------------------------------------------------------------------------------- network --
@pytest.fixture
def listening() -> Iterator[int]:
    """A port of the host that answers."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made.getsockname()[1]


def reach(port: int) -> str:
    """Connect to the host."""
    return says(
        f"import socket\ntry:\n socket.create_connection(('127.0.0.1', {port}), 2); print('{IN}')\n"
        f"except OSError: print('{OUT}')"
    )


def test_the_network_is_not_there(listening: int) -> None:
    assert reach(listening) == OUT


def test_without_a_network_of_its_own_the_host_is_reached(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "--unshare-net")

    assert reach(listening) == IN


# ------------------------------------------------------------------------------------------------------- other processes --
@pytest.fixture
def neighbor() -> Iterator[str]:
    """The command line of a process of the host."""
    marker = f"neighbor-{os.getpid()}"
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", marker]) as process:
        yield marker
        process.kill()


def look_for(marker: str) -> str:
    """Look through all processes that can be seen."""
    return says(
        "import glob\nseen = b''.join(open(each, 'rb').read() for each in glob.glob('/proc/[0-9]*/cmdline'))\n"
        f"print('{IN}' if b'{marker}' in seen else '{OUT}')"
    )


def test_other_processes_are_not_to_be_seen(neighbor: str) -> None:
    assert look_for(neighbor) == OUT


def test_without_a_namespace_of_processes_they_are(neighbor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seeing_the_hosts_processes(monkeypatch)

    assert look_for(neighbor) == IN


# -------------------------------------------------------------------------------------------------------------- fork bomb --
BOMB = f"""
import os, time
made = []
try:
    for _ in range(60):
        child = os.fork()
        if child == 0:
            time.sleep(60)
        made.append(child)
except OSError:
    pass
print('{IN}' if len(made) == 60 else '{OUT}')
"""


def test_a_fork_bomb_stops_at_the_limit() -> None:
    assert says(BOMB, processes=20) == OUT


def test_a_fork_bomb_in_a_hurry_is_ended_with_everything_it_made() -> None:
    started = time.monotonic()

    ended = inside("import os\nwhile True:\n try: os.fork()\n except OSError: pass", processes=20, wall_seconds=1.0)

    assert ended.limit == "wall"
    assert time.monotonic() - started < 10


def test_without_the_limit_of_processes_it_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limit(monkeypatch, "--nproc")

    assert says(BOMB, processes=20) == IN


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can stay root")
def test_as_root_the_limit_of_processes_would_not_bind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "identity", dict)

    assert says(BOMB, processes=20) == IN


# ------------------------------------------------------------------------------------------------------------------- disk --
def fill(folder: str) -> str:
    """Write far more than may lie there."""
    return (
        f"try:\n with open('{folder}/flood', 'wb') as file:\n  for _ in range(40): file.write(bytes({MEGABYTE}))\n"
        f" print('{IN}')\nexcept OSError: print('{OUT}')"
    )


DISKS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("/task", ("--size", "*", "--tmpfs", "/task"), ("--tmpfs", "/task")),
    ("/tmp", ("--size", "*", "--tmpfs", "/tmp"), ("--tmpfs", "/tmp")),
    ("/dev/shm", ("--size", "*", "--tmpfs", "/dev/shm"), ("--tmpfs", "/dev/shm")),
    ("/dev", ("--remount-ro", "/dev"), ()),
    ("", ("--remount-ro", "/"), ()),
]


@pytest.mark.parametrize("folder", [each[0] for each in DISKS])
def test_the_disk_cannot_be_filled(folder: str) -> None:
    assert says(fill(folder), disk_bytes=MEGABYTE) == OUT


@pytest.mark.parametrize(("folder", "wall", "instead"), DISKS)
def test_without_its_bound_a_folder_can_be_filled(
    folder: str, wall: tuple[str, ...], instead: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, *wall, instead=instead)

    assert says(fill(folder), disk_bytes=MEGABYTE) == IN


def test_a_flood_of_empty_files_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FILES_AT_ONCE_MAX", 500)
    flood = f"import time\nfor n in range(1000): open(f'f{{n}}', 'w').close()\ntime.sleep(0.5)\nprint('{IN}')"

    assert inside(flood).limit == "disk"

    monkeypatch.setattr(watching, "holds_too_many_files", lambda first: False)
    assert says(flood) == IN


def test_the_hosts_own_files_are_not_taken_for_those_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # A run is looked at from its first moment, when its root is still ours: then a full disk of the host would end it.
    monkeypatch.setattr(watching, "FILES_AT_ONCE_MAX", 0)

    assert not watching.holds_too_many_files(os.getpid())


# ----------------------------------------------------------------------------------------------------------------- memory --
HOARD = f"try:\n held = bytearray({400 * MEGABYTE}); print('{IN}')\nexcept MemoryError: print('{OUT}')"
HOARD_TOGETHER = f"""
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(os.urandom({MEGABYTE}) * 60)
        time.sleep(3)
        os._exit(0)
for _ in range(6): os.wait()
print('{IN}')
"""


def test_a_process_gets_no_more_memory_than_it_may() -> None:
    assert says(HOARD, memory_bytes=200 * MEGABYTE) == OUT


def test_without_the_limit_of_memory_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limit(monkeypatch, "--as")
    monkeypatch.setattr(watching, "family", lambda first, before: Used(1, 0, 0.0))

    assert says(HOARD, memory_bytes=200 * MEGABYTE) == IN


def test_processes_together_get_no_more_memory_than_they_may() -> None:
    ended = inside(HOARD_TOGETHER, memory_bytes=200 * MEGABYTE)

    assert ended.limit == "memory"
    assert IN.encode() not in ended.output


def test_without_the_look_at_them_all_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "family", lambda first, before: Used(1, 0, 0.0))

    assert says(HOARD_TOGETHER, memory_bytes=200 * MEGABYTE) == IN


# -------------------------------------------------------------------------------------------------- the host's files, keys --
@pytest.fixture
def secret() -> Iterator[Path]:
    """A file of the host that anybody there may read."""
    with tempfile.TemporaryDirectory(prefix="host-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "key")
        file.write_text(IN)
        file.chmod(0o644)
        yield file


def follow(secret: Path) -> str:
    """Read it by its name, and through a link that was made in the work folder."""
    return says(
        f"import os\ntry:\n os.symlink('{secret}', 'link'); print(open('link').read(), open('{secret}').read())\n"
        f"except OSError: print('{OUT}')"
    )


def test_no_file_of_the_host_can_be_read_not_through_a_link_either(secret: Path) -> None:
    assert follow(secret) == OUT


def test_with_the_hosts_folder_it_can(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "--size", "*", "--tmpfs", "/tmp", instead=("--ro-bind", "/tmp", "/tmp"))
    monkeypatch.setattr(watching, "holds_too_many_files", lambda first: False)

    assert follow(secret) == IN


@pytest.mark.parametrize(
    "place", ["/root", "/home", "/var", "/run", "/srv", "/opt/evenhand-data", "/sys", "/etc/shadow", "/boot"]
)
def test_what_no_program_needs_is_not_there(place: str) -> None:
    assert says(f"import os; print('{IN}' if os.path.lexists('{place}') else '{OUT}')") == OUT


@pytest.mark.parametrize("place", ["/usr/x", "/etc/x", "/x", "/dev/x", "/bin/x", "/opt/evenhand/x"])
def test_nothing_but_the_work_folders_can_be_written_to(place: str) -> None:
    assert says(f"try:\n open('{place}', 'w'); print('{IN}')\nexcept OSError: print('{OUT}')") == OUT


SPY = f"""
import glob
seen = b''
for each in glob.glob('/proc/[0-9]*/environ'):
    try: seen += open(each, 'rb').read()
    except OSError: pass
print('{IN}' if b'evh-marked' in seen else '{OUT}')
"""


def test_no_environment_of_the_host_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "evh-marked")

    assert says(SPY) == OUT


def test_with_the_hosts_environment_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "evh-marked")
    monkeypatch.setattr(sandbox, "outer_environment", lambda: dict(os.environ))
    without(monkeypatch, "--clearenv")

    assert says(SPY) == IN


def test_no_descriptor_of_ours_is_open_inside() -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        seen = inside("import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:-1])").output
    finally:
        os.close(reading)
        os.close(writing)

    assert seen == b"['0', '1', '2']\n"


def test_a_program_has_no_rights_and_cannot_get_any() -> None:
    program = (
        "wanted = ('CapEff', 'CapBnd', 'NoNewPrivs')\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith(wanted)])"
    )

    assert inside(program).output == b"['0000000000000000', '0000000000000000', '1']\n"


# ------------------------------------------------------------------------------------------------------------- after the end --
def daemon(marker: str) -> str:
    """Leave a process behind that has left the session and holds nothing open."""
    return (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
        "  for each in range(3): os.close(each)\n"
        f"  os.execv('/usr/bin/env', ['env', '{marker}=1', 'sleep', '20'])\n os._exit(0)\ntime.sleep(0.3)"
    )


def alive(marker: str) -> list[int]:
    """Processes of the host whose environment has the marker."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{marker}=1".encode() in place.read_bytes():
                found.append(int(place.parts[2]))
        except OSError:
            continue
    return found


def test_nothing_lives_on_after_the_end() -> None:
    marker = f"LEFT_{os.getpid()}"

    assert inside(daemon(marker)).exit == 0

    assert alive(marker) == []


def test_without_a_namespace_of_processes_something_would(monkeypatch: pytest.MonkeyPatch) -> None:
    marker = f"STAYED_{os.getpid()}"
    seeing_the_hosts_processes(monkeypatch)

    inside(daemon(marker))

    left = alive(marker)
    for each in left:
        os.kill(each, signal.SIGKILL)
    assert len(left) == 1


# --------------------------------------------------------------------------------------------------------- flood and hanging --
FLOOD = f"import sys\nfor _ in range(1000): sys.stdout.write('x' * 4096)\nprint('\\n{IN}')"
HANG = f"import time; time.sleep(2.5); print('{IN}')"


def test_a_flood_is_cut_off_and_ended() -> None:
    ended = inside(FLOOD, output_bytes=65536)

    assert ended.limit == "output"
    assert len(ended.output) + len(ended.errors) == 65536


def test_without_the_limit_of_output_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "output_bytes_max", lambda self: 1 << 30)

    assert says(FLOOD, output_bytes=65536) == IN


def test_what_hangs_is_ended() -> None:
    ended = inside(HANG, wall_seconds=0.5)

    assert (ended.limit, ended.exit, ended.signal) == ("wall", None, signal.SIGKILL)
    assert ended.wall_seconds < 2.5


def test_without_a_time_it_hangs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "wall_seconds_max", lambda self: 60.0)

    assert says(HANG, wall_seconds=0.5) == IN


# --------------------------------------------------------------------------------------------------------------- fixed files --
def overwrite(path: str) -> str:
    """Put something else in the place of a file, in every way."""
    return (
        f"import os\nfor way in (lambda: open('{path}', 'w').write('x'), lambda: os.remove('{path}'),"
        f" lambda: os.rename('{path}', 'y')):\n try:\n  way(); print('{IN}'); break\n except OSError: pass\nelse: print('{OUT}')"
    )


def test_a_fixed_file_cannot_be_changed() -> None:
    assert says(overwrite("tests/hidden.py"), Packed("tests/hidden.py", b"1", is_fixed=True)) == OUT


def test_another_file_can() -> None:
    assert says(overwrite("tests/hidden.py"), Packed("tests/hidden.py", b"1")) == IN


def test_a_fixed_file_stands_over_what_was_put_in_its_place() -> None:
    files = [Packed("hidden.py", b"forged"), Packed("hidden.py", b"real", is_fixed=True)]

    assert inside("print(open('hidden.py').read())", *files).output == b"real\n"
