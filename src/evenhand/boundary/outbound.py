"""The one guard for every address that somebody else names: webhooks, pictures by address, buckets; later models and key services.

What is asked of a stranger's address is asked through here, because a name can point into the operator's own network, or point
elsewhere the second time it is looked up. So: the name is resolved once, every address behind it is judged, the connection goes to
an address that was judged, no redirect is followed, and neither time nor size is left to the other side.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import certifi

from evenhand.core.errors import PlatformError

if TYPE_CHECKING:
    import httpx

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses behind a name, as text, in the order they are to be tried."""

CONNECT_SECONDS = 5.0
# What a name consists of once it is written in ASCII (RFC 5891), and the colons of an IPv6 address.
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_WEB_PORTS = frozenset({80, 443})
# Below 1024 lie mail, shells and the like, which a request body could be made to speak to.
_OPEN_PORTS_FROM = 1024
# Prefixes whose last 32 bits are an IPv4 address that a translator connects to (RFC 6052, RFC 8215).
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


@dataclass(eq=False)
class OutboundRefused(PlatformError):
    """This address may not be reached from here."""

    address: str
    reason: str
    code: ClassVar[str] = "outbound-refused"
    hint: ClassVar[str] = (
        "Name a public address, or ask the operator to list its network in EVENHAND_OUTBOUND_PRIVATE_NETWORKS,"
        " or its host in EVENHAND_OUTBOUND_HOSTS where hosts are listed."
    )

    def __str__(self) -> str:
        return f"{self.address} may not be reached: {self.reason}."


@dataclass(eq=False)
class OutboundFailed(PlatformError):
    """The other side did not answer as it should."""

    address: str
    reason: str
    code: ClassVar[str] = "outbound-failed"
    hint: ClassVar[str] = "Check the address and that it answers in time; then try again."

    def __str__(self) -> str:
        return f"{self.address} did not answer as it should: {self.reason}."


# ------------------------------------------------------------------------------------------------------- the decision --
def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet, and so does the IPv4 address that it may carry inside."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        carried = _carried(address)
        if carried is not None:
            return is_public(carried)
    return address.is_global and not address.is_multicast and not address.is_reserved


def may_reach(address: Address, listed: Collection[Network] = ()) -> bool:
    """Whether a connection to this address is allowed. listed: private networks that the operator opened."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return is_public(address) or any(address.version == network.version and address in network for network in listed)


def is_listed(host: str, hosts: Collection[str]) -> bool:
    """Whether a host is among those that may be asked, where any are listed. hosts: in small letters; `.a.org` for all below."""
    name = host.lower().rstrip(".")
    return not hosts or any(name.endswith(each) if each.startswith(".") else name == each for each in hosts)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end at: mapped, translated, or tunnelled."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def read_url(text: str) -> httpx.URL:
    """An address that a request could go to at all. Raises OutboundRefused for another scheme, credentials or a low port."""
    import httpx

    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError, TypeError):
        raise OutboundRefused(address=_short(text), reason="this is no address") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise OutboundRefused(address=_short(text), reason="it does not begin with https:// or http://")
    if not _HOST.fullmatch(url.raw_host.decode("ascii")):
        raise OutboundRefused(address=_short(text), reason="this is no address")
    if url.userinfo:
        raise OutboundRefused(address=url.host, reason="it holds a user name or password")
    if port is not None and not _is_open(port):
        raise OutboundRefused(address=url.host, reason=f"port {port} is not for the web")
    return url


def _is_open(port: int) -> bool:
    return port in _WEB_PORTS or _OPEN_PORTS_FROM <= port < 65536


# ---------------------------------------------------------------------------------------------------------- the guard --
@dataclass(frozen=True, slots=True)
class Destination:
    """Where a connection goes: an address that was judged, and the name it was found under."""

    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. content is cut at the size that was asked for; is_whole says whether that was all."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    is_whole: bool

    @property
    def media_type(self) -> str:
        """The type it claims to have, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


async def resolve_by_system(host: str, port: int) -> list[str]:
    """The addresses that this machine's resolver knows. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def system_trust() -> ssl.SSLContext:
    """The authorities that this machine trusts (an operator may have added its own), and Mozilla's. Read once: it takes 20 ms."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return trust


class Guard:
    """Makes outbound requests, and decides for those that a library makes by itself (`destination`)."""

    def __init__(
        self,
        listed: Collection[Network] = (),
        resolve: Resolve = resolve_by_system,
        trust: Callable[[], ssl.SSLContext] | None = None,
        hosts: Collection[str] = (),
    ) -> None:
        """listed: private networks that the operator opened. trust: whose certificates count, the system's by default.

        hosts: the only ones that are asked, `.example.org` for all below it; none: any.
        """
        self._listed = tuple(listed)
        self._resolve = resolve
        self._trust = trust or system_trust
        self._hosts = tuple(each.lower() for each in hosts)

    async def destination(self, host: str, port: int) -> Destination:
        """Resolve a name, once, and judge all that is behind it. Raises OutboundRefused, OutboundFailed.

        One address that may not be reached spoils the name: a public site has no reason to point at a private one as well.
        """
        if not _is_open(port):
            raise OutboundRefused(address=host, reason=f"port {port} is not for the web")
        if not is_listed(host, self._hosts):
            raise OutboundRefused(address=host, reason="it is not among the hosts that the operator listed")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = [ip_address(each) for each in await self._resolve(host, port)]
        except (OSError, UnicodeError, ValueError, TimeoutError):
            raise OutboundFailed(address=host, reason="its name leads nowhere") from None
        if not found:
            raise OutboundFailed(address=host, reason="its name leads nowhere")
        for address in found:
            if not may_reach(address, self._listed):
                raise OutboundRefused(address=host, reason="it lies in a private or reserved network")
        return Destination(host, port, str(found[0]))

    @asynccontextmanager
    async def client(self, seconds: float = 30.0) -> AsyncIterator[httpx.AsyncClient]:
        """A client whose every request passes the guard. It follows no redirect and reads no proxy from the environment."""
        import httpx

        from evenhand.boundary.guarded import GuardedTransport

        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(
            transport=GuardedTransport(self, self._trust()), timeout=timeout, follow_redirects=False, trust_env=False
        ) as client:
            yield client

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        seconds: float = 10.0,
        bytes_max: int = 64 * 1024,
    ) -> Answered:
        """One request and at most `bytes_max` of its answer, all within `seconds`. A redirect is an answer like any other.

        Raises OutboundRefused, and OutboundFailed when nothing usable came back in time.
        """
        import httpx

        target = read_url(url)
        asked = {"user-agent": "evenhand", **(headers or {}), "accept-encoding": "identity"}
        try:
            async with (
                asyncio.timeout(seconds),
                self.client(seconds) as client,
                client.stream(method, target, headers=asked, content=content) as response,
            ):
                return await _read(target.host, response, bytes_max)
        except (TimeoutError, httpx.TimeoutException):
            raise OutboundFailed(address=target.host, reason=f"it took longer than {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OutboundFailed(address=target.host, reason=_plainly(error)) from None

    async def fetch(self, url: str, *, bytes_max: int, seconds: float = 30.0) -> Answered:
        """The whole of what an address holds. Raises OutboundRefused, and OutboundFailed unless it is 200 and small enough."""
        answered = await self.send("GET", url, seconds=seconds, bytes_max=bytes_max)
        host = read_url(url).host
        if 300 <= answered.status < 400:
            raise OutboundFailed(address=host, reason="it points elsewhere, and redirects are not followed")
        if answered.status != 200:
            raise OutboundFailed(address=host, reason=f"it answered {answered.status}")
        if not answered.is_whole:
            raise OutboundFailed(address=host, reason=f"it holds more than {bytes_max} bytes")
        return answered


async def _read(host: str, response: httpx.Response, bytes_max: int) -> Answered:
    """The answer up to a size. What is packed is refused: a small answer must not become a large one here."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutboundFailed(address=host, reason="its answer is compressed, which was not asked for")
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > bytes_max:
            break
    return Answered(response.status_code, dict(response.headers), bytes(content[:bytes_max]), len(content) <= bytes_max)


def _plainly(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError):
        return "it cannot be connected to, or its certificate does not fit"
    return "it broke off" if isinstance(error, httpx.TransportError) else "its answer cannot be read"


def _short(text: object) -> str:
    return str(text)[:100]
