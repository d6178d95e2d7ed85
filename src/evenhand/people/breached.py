"""Passwords that were stolen elsewhere, found in a list on this machine: nobody outside is asked, not even by a prefix.

The list is in the form that Have I Been Pwned gives out as "ordered by hash": a SHA-1 digest in hexadecimal a line, sorted, perhaps
with a colon and a count behind it. SHA-1 is the list's choice; it protects nothing here. docs/how-to/sign-in.md says how to get it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from evenhand.core.settings import PREFIX, SettingRefused

_DIGEST = re.compile(rb"[0-9A-Fa-f]{40}(?::\d+)?\r?\n")
_DIGEST_LENGTH = 40
_LINE_BYTES_MAX = 80


class Breached:
    """One list. Read afresh for every password, so that it may be replaced while the server runs."""

    def __init__(self, path: Path) -> None:
        """Raises SettingRefused for a file that cannot be read or is no such list."""
        try:
            with path.open("rb") as listed:
                first = listed.readline(_LINE_BYTES_MAX)
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise SettingRefused(setting=f"{PREFIX}BREACHED_PASSWORDS", reason=reason) from None
        if not _DIGEST.fullmatch(first):
            reason = "its first line is no SHA-1 digest in hexadecimal"
            raise SettingRefused(setting=f"{PREFIX}BREACHED_PASSWORDS", reason=reason)
        self._path = path

    def holds(self, password: str) -> bool:
        """Whether the password is in the list, by halving it: some thirty-five looks into forty gigabytes."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self._path.open("rb") as listed:
            # The line looked for begins in [low, high); low is the beginning of a line.
            low, high = 0, listed.seek(0, 2)
            while low < high:
                middle = (low + high) // 2
                listed.seek(max(middle - 1, low))
                if middle > low:
                    listed.readline()  # up to the first line that begins at the middle or behind it
                if listed.tell() >= high:
                    high = middle
                    continue
                found = listed.readline(_LINE_BYTES_MAX)[:_DIGEST_LENGTH].upper()
                if found == wanted:
                    return True
                if found < wanted:
                    low = listed.tell()
                else:
                    high = middle
        return False
