"""The two ceremonies of passkeys (WebAuthn Level 3): making one, and signing in with it. No I/O: keys and time arrive.

A challenge is not kept until it is used. It carries its end and a keyed hash over what it is for, so that asking for one costs
the database nothing; what was used once is remembered until its end, and refused. Layout: 16 random bytes, 8 bytes of
Unix seconds (big endian), 16 bytes of HMAC-SHA-256 over purpose, subject and the first 24.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from evenhand.core.errors import PlatformError
from evenhand.people.shapes import CreationOptions, RequestOptions

CHALLENGE_LASTS = timedelta(minutes=5)
CHALLENGE_BYTES = 40
_SIGNED = 24
# ES256, EdDSA, RS256 (RFC 9053, RFC 8812): what every authenticator in use has one of.
_ALGORITHMS = (-7, -8, -257)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Keyed = Callable[[str, str], bytes]
"""A keyed hash of 16 bytes over a domain and a text."""


class Ceremony(StrEnum):
    """What a challenge is for; one for another purpose is refused."""

    ADD = "passkey-add"
    ENROLL = "passkey-enroll"
    SIGN_IN = "passkey-sign-in"
    CONFIRM = "passkey-confirm"
    BREAK_GLASS = "break-glass"


@dataclass(eq=False)
class PasskeyRefused(PlatformError):
    """This passkey does not open anything here."""

    reason: str
    code: ClassVar[str] = "passkey-refused"
    hint: ClassVar[str] = "Try again with a passkey that you made on this server, or sign in with your password."

    def __str__(self) -> str:
        return f"The passkey was not accepted: {self.reason}."


@dataclass(eq=False)
class PasskeysUnavailable(PlatformError):
    """Browsers make no passkeys for the address of this server."""

    address: str
    code: ClassVar[str] = "passkeys-unavailable"
    hint: ClassVar[str] = (
        "Give the server a name and TLS (EVENHAND_PUBLIC_URL=https://…), or open it as http://localhost."
    )


@dataclass(frozen=True, slots=True)
class Site:
    """The relying party: the name that passkeys are bound to, and the origins that may ask for them."""

    id: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, address: str) -> Site:
        """The site at an address people type. Raises PasskeysUnavailable for what no browser makes passkeys for.

        An address of this very machine is known as `localhost`, the one name that browsers trust without TLS.
        """
        parts = urlsplit(address)
        host = parts.hostname or ""
        if host in _LOOPBACK or host.endswith(".localhost"):
            port = f":{parts.port}" if parts.port else ""
            name = host if host.endswith("localhost") else "localhost"
            return cls(name, (f"{parts.scheme}://{name}{port}",))
        if parts.scheme != "https" or not any(each.isalpha() for each in host) or ":" in host:
            raise PasskeysUnavailable(address=address)
        return cls(host, (address.rstrip("/"),))


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a browser made: its id, its public key (COSE, RFC 9052), and how often it was used so far."""

    credential: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser showed: the passkey's id, the person it says it is for, the challenge it signed."""

    credential: bytes
    person_handle: bytes | None
    challenge: bytes


def make_challenge(keyed: Keyed, ceremony: Ceremony, subject: str, now: datetime, random_bytes: bytes) -> bytes:
    """A challenge for one ceremony of one subject ("" for nobody in particular). random_bytes: 16."""
    head = random_bytes + int((now + CHALLENGE_LASTS).timestamp()).to_bytes(8, "big")
    return head + keyed(f"challenge/{ceremony}", f"{subject}\x00{head.hex()}")


def end_of(keyed: Keyed, ceremony: Ceremony, subject: str, challenge: bytes, now: datetime) -> datetime:
    """Until when a challenge holds. Raises PasskeyRefused for one that was not made here, for this, or is over."""
    head, mark = challenge[:_SIGNED], challenge[_SIGNED:]
    due = keyed(f"challenge/{ceremony}", f"{subject}\x00{head.hex()}")
    if len(challenge) != CHALLENGE_BYTES or not hmac.compare_digest(mark, due):
        raise PasskeyRefused(reason="it answers a question that was not asked here")
    end = datetime.fromtimestamp(int.from_bytes(head[16:], "big"), UTC)
    if end <= now:
        raise PasskeyRefused(reason="it took longer than five minutes")
    return end


def creation_options(
    site: Site, challenge: bytes, *, handle: bytes, name: str, shown_name: str, existing: Sequence[bytes]
) -> CreationOptions:
    """What the browser needs to make a passkey (PublicKeyCredentialCreationOptionsJSON)."""
    return {
        "rp": {"id": site.id, "name": "Evenhand"},
        "user": {"id": _encode(handle), "name": name, "displayName": shown_name},
        "challenge": _encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "timeout": int(CHALLENGE_LASTS.total_seconds() * 1000),
        "excludeCredentials": [{"type": "public-key", "id": _encode(each)} for each in existing],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(site: Site, challenge: bytes, allowed: Sequence[bytes] = ()) -> RequestOptions:
    """What the browser needs to show a passkey (PublicKeyCredentialRequestOptionsJSON). allowed: empty: any of this site."""
    return {
        "rpId": site.id,
        "challenge": _encode(challenge),
        "timeout": int(CHALLENGE_LASTS.total_seconds() * 1000),
        "allowCredentials": [{"type": "public-key", "id": _encode(each)} for each in allowed],
        "userVerification": "required",
    }


def read_challenge(response: Mapping[str, Any]) -> bytes:
    """The challenge that a browser's answer says it signed. Raises PasskeyRefused."""
    try:
        said = json.loads(_decode(response["response"]["clientDataJSON"]))
        return _decode(said["challenge"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise PasskeyRefused(reason="the browser's answer cannot be read") from None


def read_shown(response: Mapping[str, Any]) -> Shown:
    """Which passkey a browser shows, before it is believed. Raises PasskeyRefused."""
    challenge = read_challenge(response)
    try:
        handle = response["response"].get("userHandle")
        return Shown(_decode(response["rawId"]), _decode(handle) if handle else None, challenge)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PasskeyRefused(reason="the browser's answer cannot be read") from None


def verify_new(site: Site, response: Mapping[str, Any], challenge: bytes) -> NewPasskey:
    """The passkey that a browser made. Raises PasskeyRefused."""
    library = _library()
    try:
        made = library.verify_registration_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except Exception as error:  # whatever a hostile answer makes a parser do, it is refused
        raise PasskeyRefused(reason=_reason(error)) from None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, bool(made.credential_backed_up))


def verify_shown(
    site: Site, response: Mapping[str, Any], challenge: bytes, *, public_key: bytes, sign_count: int
) -> int:
    """How often the passkey says it was used, if it is the one with this key. Raises PasskeyRefused.

    A count that does not grow is refused: then there are two of a passkey that can only be once (section 6.1.1).
    """
    library = _library()
    try:
        seen = library.verify_authentication_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise PasskeyRefused(reason=_reason(error)) from None
    return int(seen.new_sign_count)


def _library() -> ModuleType:
    """Loaded with the first ceremony: it takes 25 MB, and most processes never see one."""
    import webauthn

    return webauthn


def _reason(error: Exception) -> str:
    """Why the library refused, if it is its own word; a crash inside it says nothing to anybody."""
    from webauthn.helpers.exceptions import WebAuthnException

    said = str(error).strip().rstrip(".") if isinstance(error, WebAuthnException) else ""
    return said[:1].lower() + said[1:] if said else "the browser's answer cannot be read"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError(text)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
