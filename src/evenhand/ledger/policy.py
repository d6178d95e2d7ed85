"""Trust policies after C2SP tlog-policy: which logs are believed, which witnesses count, and how many of them it takes. No I/O.

A policy is a text that people agree on outside of the software, in a contract for example. Names in it are octets without further
meaning; those that are no UTF-8 are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import PlatformError, shortened
from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.lines import Unreadable, read_decimal
from evenhand.ledger.note import Note, SignatureRefused, SignatureType, VerifierKey, read_key

POLICY_BYTES_MAX = 64 * 1024
ENTRIES_MAX = 256
NONE = "none"
_WHAT = "policy"
_SPACE = re.compile(r"[ \t]+")


@dataclass(eq=False)
class QuorumMissing(PlatformError):
    """Too few of the witnesses that the policy names have cosigned this checkpoint."""

    quorum: str
    cosigned_by: tuple[str, ...]
    code: ClassVar[str] = "quorum-missing"
    hint: ClassVar[str] = "Take a later checkpoint, or ask the witnesses why they did not sign: that may be the news."

    def __str__(self) -> str:
        who = ", ".join(self.cosigned_by) or "nobody"
        return f"The quorum {self.quorum} has not cosigned this checkpoint; {who} has."


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is believed. Its key is named after its origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness that counts. name: what the policy calls it. url: its submission prefix, which only logs need."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses and earlier groups, of whom `threshold` must have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that fulfils a policy: whose log it is, and the names of the witnesses that cosigned it."""

    checkpoint: Checkpoint
    log: Log
    cosigned_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups in their order, and the name of the quorum: a witness, a group, or `none`."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def is_met_by(self, names: Iterable[str]) -> bool:
        """Whether cosignatures of these witnesses are enough."""
        standing = set(names)
        for group in self.groups:
            if sum(each in standing for each in group.members) >= group.threshold:
                standing.add(group.name)
        return self.quorum == NONE or self.quorum in standing

    def require(self, note: Note) -> Witnessed:
        """What a checkpoint says, once it is signed by one of the logs and cosigned by a quorum.

        Raises Unreadable, SignatureRefused (by no log of the policy, or a known key's signature is forged), QuorumMissing.
        """
        checkpoint = read_checkpoint(note.text)
        log = next(
            (each for each in self.logs if each.key.name == checkpoint.origin and note.signers([each.key])), None
        )
        if log is None:
            raise SignatureRefused(checkpoint.origin, "no log of the policy signed it")
        signed = note.signers(each.key for each in self.witnesses)
        names = tuple(each.name for each in self.witnesses if each.key in signed)
        if not self.is_met_by(names):
            raise QuorumMissing(self.quorum, names)
        return Witnessed(checkpoint, log, names)

    def write(self) -> bytes:
        """The policy as a text that reads back as the same."""
        lines = [_line("log", str(each.key), each.url) for each in self.logs]
        lines += [_line("witness", each.name, str(each.key), each.url) for each in self.witnesses]
        lines += [_line("group", each.name, str(each.threshold), *each.members) for each in self.groups]
        return "".join([*lines, _line("quorum", self.quorum)]).encode("utf-8", "surrogateescape")


def policy_of(logs: Sequence[Log], witnesses: Sequence[Witness], threshold: int) -> Policy:
    """The usual policy: so many of all witnesses, or none at all. Raises Unreadable when it would be none."""
    groups = [Group("witnesses", threshold, tuple(each.name for each in witnesses))] if threshold else []
    policy = Policy(tuple(logs), tuple(witnesses), tuple(groups), groups[0].name if groups else NONE)
    return read_policy(policy.write())


def read_policy(content: bytes) -> Policy:
    """The policy that a text spells. Raises Unreadable, with the line."""
    if len(content) > POLICY_BYTES_MAX:
        raise Unreadable(_WHAT, f"it is longer than {POLICY_BYTES_MAX} bytes")
    text = content.decode("utf-8", "surrogateescape")
    if any((each < " " and each not in "\t\n") or each == "\x7f" for each in text):
        raise Unreadable(_WHAT, "it holds control characters")
    if text and not text.endswith("\n"):
        raise Unreadable(_WHAT, "its last line does not end")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        items = [each for each in _SPACE.split(line) if each]
        if items and not items[0].startswith("#"):
            try:
                reading.take(items)
            except Unreadable as error:
                raise Unreadable(_WHAT, f"line {number}: {error.reason}") from None
    return reading.policy()


class _Reading:
    """A policy of which some lines are read: names must be defined before they are used, and are used once at most."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.defined: set[str] = set()
        self.members: set[str] = set()

    def take(self, items: list[str]) -> None:
        """Read one line."""
        match items:
            case ["log", vkey]:
                self._log(vkey, None)
            case ["log", vkey, url]:
                self._log(vkey, url)
            case ["witness", name, vkey]:
                self._witness(name, vkey, None)
            case ["witness", name, vkey, url]:
                self._witness(name, vkey, url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise Unreadable(_WHAT, f"'{shortened(' '.join(items), 80)}' says nothing that a policy says")
        if len(self.logs) + len(self.witnesses) + len(self.groups) > ENTRIES_MAX:
            raise Unreadable(_WHAT, f"it names more than {ENTRIES_MAX} logs, witnesses and groups")

    def policy(self) -> Policy:
        """The whole."""
        if self.quorum is None:
            raise Unreadable(_WHAT, "it names no quorum; 'quorum none' asks for no witness")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, vkey: str, url: str | None) -> None:
        key = _key(vkey, SignatureType.ED25519, self.logs)
        self.logs.append(Log(key, url))

    def _witness(self, name: str, vkey: str, url: str | None) -> None:
        key = _key(vkey, SignatureType.COSIGNATURE, self.witnesses)
        self._define(name)
        self.witnesses.append(Witness(name, key, url))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        words = {"any": 1, "all": len(members)}
        count = words[threshold] if threshold in words else read_decimal(threshold, _WHAT)
        if not 1 <= count <= len(members):
            raise Unreadable(_WHAT, f"{count} of {len(members)} members cannot be asked for")
        for each in members:
            if each not in self.defined:
                raise Unreadable(_WHAT, f"'{shortened(each, 80)}' is not defined above")
            if each in self.members:
                raise Unreadable(_WHAT, f"'{shortened(each, 80)}' is a member already, and would count twice")
            self.members.add(each)
        self._define(name)
        self.groups.append(Group(name, count, tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Unreadable(_WHAT, "it names two quorums")
        if name != NONE and name not in self.defined:
            raise Unreadable(_WHAT, f"'{shortened(name, 80)}' is not defined above")
        self.quorum = name

    def _define(self, name: str) -> None:
        if name == NONE or name in self.defined:
            raise Unreadable(_WHAT, f"the name '{shortened(name, 80)}' is taken")
        self.defined.add(name)


def _key(vkey: str, kind: SignatureType, known: Sequence[Log] | Sequence[Witness]) -> VerifierKey:
    key = read_key(vkey)
    if key.type is not kind:
        raise Unreadable(_WHAT, f"a key of type {key.type} does not belong here, one of type {kind} does")
    if any(each.key.public_key == key.public_key for each in known):
        raise Unreadable(_WHAT, "the same public key is named twice")
    return key


def _line(*items: str | None) -> str:
    return " ".join(each for each in items if each is not None) + "\n"
