"""The filter of system calls, asked inside the sandbox; and with a filter that lets everything through."""

from __future__ import annotations

import platform
import struct
from errno import EAFNOSUPPORT, ENOSYS, EPERM

import pytest
from attack import IN, OUT, inside, need_sandbox, says

from evenhand.checking import sandbox, syscalls
from evenhand.checking.syscalls import DENIED, NoFilterForMachine, seccomp_filter

COLUMN = 1 if platform.machine() == "aarch64" else 0
CALLS = {name: numbers[COLUMN] for name, numbers in DENIED.items() if numbers[COLUMN] >= 0}
ASK = "import ctypes\ncall = ctypes.CDLL(None, use_errno=True).syscall\n"


def errno_of(number: int, *arguments: int) -> int:
    """The error of one call; 0 where it succeeds, -1 where it ends the program."""
    said = says(
        f"{ASK}print(ctypes.get_errno() if call({', '.join(map(str, (number, *arguments, 0, 0, 0, 0)))}) < 0 else 0)"
    )
    return -1 if said == OUT else int(said)


@pytest.fixture
def no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter of one instruction: allow."""
    monkeypatch.setattr(sandbox, "seccomp_filter", lambda: struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000))


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    need_sandbox()


def test_every_call_on_the_list_is_refused() -> None:
    # In one program, each in a child, so that a call that got through would be seen and hurt nobody.
    program = (
        f"{ASK}import os\nfor name, number in {CALLS!r}.items():\n"
        " if os.fork() == 0: os._exit(ctypes.get_errno() if call(number, 0, 0, 0, 0, 0) < 0 else 0)\n"
        " print(name, os.waitstatus_to_exitcode(os.wait()[1]))"
    )

    said = dict(line.split() for line in inside(program).output.decode().splitlines())

    assert said == {name: str(EPERM) for name in CALLS}


def test_a_program_cannot_let_itself_be_traced() -> None:
    assert errno_of(CALLS["ptrace"]) == EPERM


def test_without_the_filter_it_can(no_filter: None) -> None:
    assert errno_of(CALLS["ptrace"]) == 0


CLONE, IOCTL, SOCKET = (220, 29, 198) if COLUMN else (56, 16, 41)
SIGCHLD = 17
NEW_USER = 0x10000000
VSOCK, NETLINK = 40, 16


def test_namespaces_cannot_be_made_by_clone_either() -> None:
    assert errno_of(CLONE, NEW_USER | SIGCHLD, 0, 0, 0, 0) == EPERM
    assert errno_of(435, 0, 0) == ENOSYS


def test_a_call_of_a_newer_kernel_is_not_there() -> None:
    assert errno_of(syscalls._NEWEST + 1) == ENOSYS


def test_nothing_can_be_typed_into_a_terminal() -> None:
    assert errno_of(IOCTL, 0, 0x5412, 0) == EPERM


def test_without_the_filter_only_the_missing_terminal_is_in_the_way(no_filter: None) -> None:
    assert errno_of(IOCTL, 0, 0x5412, 0) != EPERM


@pytest.mark.parametrize("family", [VSOCK, NETLINK, 17])
def test_sockets_past_the_namespace_of_the_network_are_refused(family: int) -> None:
    assert errno_of(SOCKET, family, 1, 0) == EAFNOSUPPORT


def test_without_the_filter_a_netlink_socket_opens(no_filter: None) -> None:
    assert errno_of(SOCKET, NETLINK, 2, 0) == 0


def test_sockets_of_a_local_file_and_of_the_loop_work() -> None:
    assert (
        says(f"import socket\na, b = socket.socketpair()\nsocket.create_server(('127.0.0.1', 0))\nprint('{IN}')") == IN
    )


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 takes calls of a second architecture")
@pytest.mark.parametrize(
    "code", [rb"\xb8\x14\x00\x00\x00\xcd\x80\xc3", rb"\xb8\x27\x00\x00\x40\x0f\x05\xc3"], ids=["i386", "x32"]
)
def test_calls_for_another_architecture_end_the_program(code: bytes) -> None:
    program = (
        "import ctypes, mmap\n"
        "page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        f"page.write(b'{code.decode()}')\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()\n"
        f"print('{IN}')"
    )

    ended = inside(program)

    assert ended.signal is not None
    assert ended.output == b""


def test_threads_and_processes_are_made_as_ever() -> None:
    program = (
        "import threading, subprocess\n"
        f"thread = threading.Thread(target=print, args=('{OUT}',)); thread.start(); thread.join()\n"
        f"print(subprocess.run(['echo', '{IN}'], stdout=subprocess.PIPE, text=True).stdout)"
    )

    assert says(program) == IN


def test_a_machine_without_a_filter_runs_nothing() -> None:
    with pytest.raises(NoFilterForMachine):
        seccomp_filter("riscv64")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_is_whole_instructions_and_every_jump_lands_in_it(machine: str) -> None:
    program = list(struct.iter_unpack("<HBBI", seccomp_filter(machine)))

    assert len(program) < 4096
    for at, (code, when, otherwise, _) in enumerate(program):
        if code & 0x07 == 0x05:
            assert at + 1 + max(when, otherwise) < len(program)
    assert program[-1] == (0x06, 0, 0, 0x7FFF0000)
