"""The system calls that a checked program may not make, as a seccomp filter in classic BPF.

The layout of `struct seccomp_data` and the return values: Linux, include/uapi/linux/seccomp.h; the instructions: linux/filter.h.
"""

from __future__ import annotations

import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EAFNOSUPPORT, ENOSYS, EPERM
from typing import ClassVar

from evenhand.core.errors import PlatformError

_LOAD, _EQUAL, _ABOVE, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# Offsets in seccomp_data: the call's number, the architecture, the lower half of the first and of the second argument.
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
# Calls made as if for another architecture have other numbers: x32 sets this bit.
_X32 = 0x40000000
# The newest call whose meaning we know (futex_requeue, Linux 6.7). What comes later does not exist here.
_NEWEST = 456
# mount, cgroup, uts, ipc, user, pid and net namespaces: linux/sched.h.
_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# Typing into a terminal for somebody else: TIOCSTI, TIOCLINUX.
_TYPING = (0x5412, 0x541C)
# Sockets of a local file, of IPv4 and IPv6. Others (vsock, netlink, packet, …) are not all bound to a network namespace.
_FAMILIES = (1, 2, 10)

# The calls that are refused: name, its number on x86_64, its number on aarch64 (-1: it is not there).
_REFUSED = """
# other processes
ptrace 101 117 / process_vm_readv 310 270 / process_vm_writev 311 271 / kcmp 312 272 / pidfd_getfd 438 438
process_madvise 440 440 / process_mrelease 448 448
# mounts and roots
mount 165 40 / umount2 166 39 / pivot_root 155 41 / chroot 161 51 / open_tree 428 428 / move_mount 429 429
fsopen 430 430 / fsconfig 431 431 / fsmount 432 432 / fspick 433 433 / mount_setattr 442 442 / name_to_handle_at 303 264
open_by_handle_at 304 265
# namespaces
unshare 272 97 / setns 308 268
# keys of the kernel, programs in the kernel, modules, another kernel
add_key 248 217 / request_key 249 218 / keyctl 250 219 / bpf 321 280 / perf_event_open 298 241 / userfaultfd 323 282
fanotify_init 300 262 / init_module 175 105 / finit_module 313 273 / delete_module 176 106 / create_module 174 -1
get_kernel_syms 177 -1 / query_module 178 -1 / kexec_load 246 104 / kexec_file_load 320 294
# queues that do file and network calls past this filter
io_uring_setup 425 425 / io_uring_enter 426 426 / io_uring_register 427 427
# the machine: clocks, names, swap, accounting, ports, quotas, restart
settimeofday 164 170 / clock_settime 227 112 / adjtimex 159 171 / clock_adjtime 305 266 / sethostname 170 161
setdomainname 171 162 / swapon 167 224 / swapoff 168 225 / acct 163 89 / quotactl 179 60 / quotactl_fd 443 443
reboot 169 142 / syslog 103 116 / iopl 172 -1 / ioperm 173 -1 / modify_ldt 154 -1 / vhangup 153 58 / personality 135 92
# memory of particular nodes, and processors: the share of the machine is not the program's to choose
mbind 237 235 / set_mempolicy 238 237 / migrate_pages 256 238 / move_pages 279 239 / set_mempolicy_home_node 450 450
sched_setaffinity 203 122
# obsolete
lookup_dcookie 212 18 / nfsservctl 180 42 / _sysctl 156 -1 / sysfs 139 -1 / uselib 134 -1 / ustat 136 -1
"""


def _read(table: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for line in table.splitlines():
        for call in line.split("/") if line and not line.startswith("#") else ():
            name, wide, arm = call.split()
            yield name, (int(wide), int(arm))


DENIED: dict[str, tuple[int, int]] = dict(_read(_REFUSED))


@dataclass(frozen=True, slots=True)
class _Machine:
    """One architecture: its AUDIT_ARCH value, its column in DENIED, the numbers of calls that are looked into."""

    audit: int
    column: int
    clone: int
    ioctl: int
    socket: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 0, clone=56, ioctl=16, socket=41),
    "aarch64": _Machine(0xC00000B7, 1, clone=220, ioctl=29, socket=198),
}
# The same on both. Its flags lie behind a pointer, which a filter cannot follow; programs go on with `clone`.
_CLONE3 = 435


@dataclass(eq=False)
class NoFilterForMachine(PlatformError):
    """Checkers run only where their system calls can be filtered, and for this machine there is no filter."""

    machine: str
    code: ClassVar[str] = "no-filter-for-machine"
    hint: ClassVar[str] = "Run checkers on x86_64 or aarch64."


def seccomp_filter(machine: str | None = None) -> bytes:
    """The filter for `machine` (this one), as bubblewrap reads it: `struct sock_filter` after `struct sock_filter`.

    A call in DENIED fails with EPERM, one newer than we know with ENOSYS, one for another architecture kills the program.
    Raises NoFilterForMachine.
    """
    name = machine or platform.machine()
    if name not in _MACHINES:
        raise NoFilterForMachine(name)
    about = _MACHINES[name]
    program = [
        _step(_LOAD, _ARCHITECTURE),
        *_unless(_EQUAL, about.audit, _KILL),
        _step(_LOAD, _NUMBER),
        *_when(_AT_LEAST, _X32, _KILL),
        *_when(_ABOVE, _NEWEST, _ERRNO | ENOSYS),
        *_when(_EQUAL, _CLONE3, _ERRNO | ENOSYS),
    ]
    for numbers in DENIED.values():
        if numbers[about.column] >= 0:
            program += _when(_EQUAL, numbers[about.column], _ERRNO | EPERM)
    program += _looked_into(about.clone, _FIRST, _when(_ANY_BIT, _NEW_NAMESPACES, _ERRNO | EPERM), _ALLOW)
    typing = [step for number in _TYPING for step in _when(_EQUAL, number, _ERRNO | EPERM)]
    program += _looked_into(about.ioctl, _SECOND, typing, _ALLOW)
    families = [step for number in _FAMILIES for step in _when(_EQUAL, number, _ALLOW)]
    program += _looked_into(about.socket, _FIRST, families, _ERRNO | EAFNOSUPPORT)
    return b"".join([*program, _step(_RETURN, _ALLOW)])


def _step(code: int, operand: int, when: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when, otherwise, operand)


def _when(test: int, operand: int, answer: int) -> list[bytes]:
    return [_step(test, operand, 0, 1), _step(_RETURN, answer)]


def _unless(test: int, operand: int, answer: int) -> list[bytes]:
    return [_step(test, operand, 1, 0), _step(_RETURN, answer)]


def _looked_into(number: int, argument: int, steps: list[bytes], otherwise: int) -> list[bytes]:
    """For one call: load an argument, take the steps, then answer `otherwise`. The number is loaded for whatever follows."""
    inside = [_step(_LOAD, argument), *steps, _step(_RETURN, otherwise)]
    return [_step(_EQUAL, number, 0, len(inside)), *inside]
