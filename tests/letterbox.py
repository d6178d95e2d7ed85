"""A mail server as far as a test needs one: it keeps what was said to it, and what it was given."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field


@dataclass
class Letterbox:
    """An SMTP server (RFC 5321) as far as a client needs one. tls: offered by STARTTLS (RFC 3207); None: not offered."""

    tls: ssl.SSLContext | None = None
    heard: list[str] = field(default_factory=list)
    mails: list[tuple[bool, str]] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_encrypted = False
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            self.heard.append(verb)
            if verb == "EHLO":
                offers = ["AUTH PLAIN", *(["STARTTLS"] if self.tls and not is_encrypted else [])]
                said = ["letterbox", *offers]
                writer.write("".join(f"250{' ' if each == said[-1] else '-'}{each}\r\n" for each in said).encode())
            elif verb == "STARTTLS" and self.tls:
                writer.write(b"220 go ahead\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
                is_encrypted = True
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                text = (await reader.readuntil(b"\r\n.\r\n")).decode()
                self.mails.append((is_encrypted, text))
                writer.write(b"250 taken\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"235 welcome\r\n" if verb == "AUTH" else b"250 fine\r\n")
            await writer.drain()
