"""A socket for a server, opened before anything else is, so that a taken address is one line and no half-started server."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import PlatformError


@dataclass(eq=False)
class AddressTaken(PlatformError):
    """The server cannot listen where it should."""

    host: str
    port: int
    reason: str
    code: ClassVar[str] = "address-taken"
    hint: ClassVar[str] = "Take another port with --port (0 takes a free one), or another address with --host."

    def __str__(self) -> str:
        return f"Port {self.port} of {self.host} cannot be used: {self.reason}."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise AddressTaken(host=host, port=port, reason=(error.strerror or str(error)).lower()) from None
    listening.listen(1024)
    return listening
