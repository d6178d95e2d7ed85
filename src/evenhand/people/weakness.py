"""How easily a password is guessed: frequent ones, words, names, dates, rows of keys, repetitions. No I/O.

zxcvbn (Wheeler, 2016, "zxcvbn: low-budget password strength estimation", USENIX Security) estimates the number of guesses, from
lists of 30,000 frequent passwords and of words and names, also with letters exchanged for digits. What is known of the
person and of this place counts as a word too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# At the door ten guesses in a quarter of an hour are let through; so many hold off whoever has the hashes, for a while.
GUESSES_MIN = 100_000_000
# What is long enough is judged by its beginning: the time of the estimate grows faster than the length.
_JUDGED_LENGTH = 32
# The words of this place, which guessers try first (docs/how-to/sign-in.md lists them).
WORDS = (
    "evenhand", "label", "labels", "labeling", "labelling", "annotate", "annotator", "annotation", "reviewer", "manager", "owner",
    "auditor", "operator", "customer", "vendor", "organization", "project", "task", "batch", "release", "hallmark", "ontology",
    "ledger", "vault", "witness", "password", "passkey", "welcome",
)  # fmt: skip


def is_easily_guessed(password: str, about: Iterable[str] = ()) -> bool:
    """Whether fewer than 10⁸ guesses are likely to hit it. about: what is known of the person: name, address, organization."""
    # On first use: its lists take 14 MB, which a process that checks no password need not carry.
    from zxcvbn import zxcvbn

    known = {each for text in about for each in _words(text) if each}
    judged = zxcvbn(password[:_JUDGED_LENGTH], user_inputs=[*WORDS, *sorted(known)])
    return bool(judged["guesses"] < GUESSES_MIN)


def _words(text: str) -> list[str]:
    """What of a name or an address somebody would try: its words, all of them together, what is before the @."""
    words = re.split(r"[^\w]+", text)
    return [*words, "".join(words), text.partition("@")[0]]
