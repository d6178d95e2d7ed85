"""Nouns and rules of people: roles, pseudonyms, tokens, passwords. Pure: randomness arrives as an argument."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from evenhand.core.errors import Malformed, PlatformError, Problem

Role = Literal["owner", "manager", "annotator", "reviewer", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
# Beside the roles that people are given: one of the operator's, let in by break-glass for an hour.
MemberRole = Literal["owner", "manager", "annotator", "reviewer", "auditor", "visitor"]
PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
KEY_PREFIX = "evh_"

# Consonant-vowel syllables that no language here reads as a rude word: a pseudonym is said aloud in meetings.
_FIRST = ("ba", "da", "fe", "ga", "ho", "ka", "le", "mi", "no", "pe", "ri", "so", "ta", "ve", "wa", "zu")
_SECOND = (
    "bel",
    "dan",
    "fon",
    "gar",
    "hal",
    "kin",
    "lor",
    "mar",
    "nel",
    "par",
    "ron",
    "sen",
    "tam",
    "vin",
    "wen",
    "zor",
)


@dataclass(eq=False)
class WrongPassword(PlatformError):
    """The address or the password is wrong."""

    code: ClassVar[str] = "wrong-password"
    hint: ClassVar[str] = "Check the address and the password, or ask for a link to set a new password."


@dataclass(eq=False)
class PasskeyRequired(PlatformError):
    """This organization asks for a passkey, or for its provider: a password alone opens nothing there."""

    has_passkey: bool
    code: ClassVar[str] = "passkey-required"
    hint: ClassVar[str] = (
        "Sign in with your passkey or through the provider. Whoever has no passkey yet makes the first one on the sign-in page."
    )

    def __str__(self) -> str:
        return "This organization asks for a passkey, or for its provider: a password alone opens nothing there."


@dataclass(eq=False)
class LinkUsed(PlatformError):
    """This link was used already, or its time is over."""

    code: ClassVar[str] = "link-used"
    hint: ClassVar[str] = "Ask for a new one; the newest link is the one that works."


@dataclass(eq=False)
class NeedsSession(PlatformError):
    """An API key cannot do this."""

    code: ClassVar[str] = "needs-session"
    hint: ClassVar[str] = "Sign in with a browser; a key belongs to one organization and to what it was made for."


def pseudonym(random_bytes: bytes) -> str:
    """A name to speak of somebody without knowing them, `Fenel-4271`. random_bytes: at least 4."""
    first = _FIRST[random_bytes[0] % 16]
    second = _SECOND[random_bytes[1] % 16]
    return f"{first}{second}".capitalize() + f"-{int.from_bytes(random_bytes[2:4], 'big') % 9000 + 1000}"


def token(random_bytes: bytes) -> str:
    """32 random bytes as text that survives every header and address."""
    return base64.urlsafe_b64encode(random_bytes).decode().rstrip("=")


def fold_address(address: str) -> str:
    """One spelling per e-mail address, for looking it up. Raises Malformed for what is none."""
    folded = unicodedata.normalize("NFC", address.strip()).casefold()
    name, at, host = folded.rpartition("@")
    if not ((at and name and "." in host.strip(".")) or host == "localhost") or len(folded) > 254 or " " in folded:
        raise Malformed([Problem("/email", "bad_address", "This is not an e-mail address.", "Use name@example.org.")])
    return folded


def check_password(password: str, pointer: str = "/password") -> None:
    """Raise Malformed when a new password is too short or too long. Nothing else is asked of it (NIST SP 800-63B)."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        message = f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters."
        raise Malformed([Problem(pointer, "bad_password", message, "Take a few words you can remember.")])


def check_role(role: str, pointer: str = "/role") -> None:
    """Raise Malformed for a role that does not exist."""
    if role not in ROLES:
        problem = Problem(pointer, "unknown_role", f"There is no role {role!r}.", "Take one of the allowed.", ROLES)
        raise Malformed([problem])


def check_name(name: str, pointer: str = "/name", longest: int = 200) -> str:
    """The name without outer space. Raises Malformed when nothing is left, too much, or what no line of text can show."""
    trimmed = name.strip()
    if not trimmed or len(trimmed) > longest or any(unicodedata.category(each) in ("Cc", "Cs") for each in trimmed):
        message = f"A name is one line of 1 to {longest} characters."
        raise Malformed([Problem(pointer, "bad_name", message, "Type a shorter name, or any at all.")])
    return trimmed
