"""What goes over the pipe between a server and its checking worker: a length, a JSON head, then the bytes of the files it names.

Head and body are bounded before they are read, and nothing of it is ever executed or unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from evenhand.checking.sandbox import Limits, Packed, Run

HEAD_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 1 << 30
_LENGTHS = struct.Struct(">IQ")


class Broken(Exception):
    """The other side ended, or does not keep to the format."""


class Pipe(Protocol):
    """A stream of bytes both ways."""

    def recv(self, size: int, /) -> bytes:
        """At least one byte and at most `size`; none when the other side is gone."""

    def sendall(self, content: bytes, /) -> None:
        """All of it."""


def send(pipe: Pipe, head: dict[str, Any], body: Sequence[bytes] = ()) -> None:
    """One frame. head: `parts` is added, the sizes of the body's parts."""
    text = json.dumps({**head, "parts": [len(each) for each in body]}).encode()
    pipe.sendall(_LENGTHS.pack(len(text), sum(len(each) for each in body)) + text)
    for each in body:
        pipe.sendall(each)


def receive(pipe: Pipe) -> tuple[dict[str, Any], list[bytes]]:
    """One frame: its head, the parts of its body. Raises Broken."""
    length, size = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    if length > HEAD_BYTES_MAX or size > BODY_BYTES_MAX:
        raise Broken("a frame is too large")
    try:
        head = json.loads(_exactly(pipe, length))
        sizes = [int(each) for each in head.pop("parts")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Broken("a frame's head cannot be read") from None
    if sum(sizes) != size or min(sizes, default=0) < 0:
        raise Broken("a frame's parts are not as long as its body")
    return head, [_exactly(pipe, each) for each in sizes]


def _exactly(pipe: Pipe, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        try:
            piece = pipe.recv(min(size - len(pieces), 1 << 20))
        except ConnectionError:
            piece = b""
        if not piece:
            raise Broken("the other side is gone")
        pieces += piece
    return bytes(pieces)


def request(command: Sequence[str], files: Sequence[Packed], limits: Limits) -> tuple[dict[str, Any], list[bytes]]:
    """A run as a frame."""
    named = [{"path": each.path, "is_fixed": each.is_fixed, "is_program": each.is_program} for each in files]
    head = {"command": list(command), "files": named, "limits": asdict(limits)}
    return head, [each.content for each in files]


def read_request(head: dict[str, Any], body: Sequence[bytes]) -> tuple[list[str], list[Packed], Limits]:
    """The run that a frame asks for."""
    files = [Packed(content=content, **named) for named, content in zip(head["files"], body, strict=True)]
    return [str(each) for each in head["command"]], files, Limits(**head["limits"])


def answer(ran: Run) -> tuple[dict[str, Any], list[bytes]]:
    """How it ended, as a frame."""
    facts = asdict(ran)
    body = [facts.pop("output"), facts.pop("errors")]
    return {"run": facts}, body


def read_answer(head: dict[str, Any], body: Sequence[bytes]) -> Run:
    """How it ended."""
    output, errors = body
    return Run(**head["run"], output=output, errors=errors)
