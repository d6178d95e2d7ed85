"""Where a running server is reached, and with which login."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Address:
    """A server, a database in it, and a login. The password is left out of the repr, so it does not get into logs."""

    sockets: Path
    port: int
    user: str
    password: str = field(repr=False)
    database: str = "postgres"
    host: str = "127.0.0.1"

    def as_user(self, user: str, password: str) -> Address:
        """The same server and database with another login."""
        return replace(self, user=user, password=password)

    def in_database(self, database: str) -> Address:
        """The same server and login in another database."""
        return replace(self, database=database)

    @property
    def tcp_url(self) -> str:
        """The URL over 127.0.0.1, for any process of this machine."""
        return f"postgresql://{self._login}@{self.host}:{self.port}/{quote(self.database, safe='')}"

    @property
    def socket_url(self) -> str:
        """The URL over the socket, for processes under the server's account or root; somewhat faster than TCP."""
        place = f"host={quote(str(self.sockets), safe='')}&port={self.port}"
        return f"postgresql://{self._login}@/{quote(self.database, safe='')}?{place}"

    @property
    def _login(self) -> str:
        return f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
