"""How the drill is told: one JSON line an act for programs, a story for whoever watches the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

_PROMPTS = {
    "file": "Press Enter: a rival of {hit} buys 49 % of the vendor, and takes its chief executive on.",
    "edit": "Press Enter: somebody edits the ledger with the rights of the database itself.",
}


def tell_as_json(act: str, facts: Mapping[str, Any]) -> None:
    """One line."""
    print(json.dumps({"act": act, **facts}), flush=True)


def tell_in_words(act: str, facts: Mapping[str, Any]) -> None:
    """A few lines."""
    print("\n".join(["", *_WORDS[act](facts)]), flush=True)


def wait_for_enter(*, is_quiet: bool) -> Callable[[str], None]:
    """Wait until somebody wants the next act: a line on standard input. Where there is none, it goes on by itself."""

    def wait(act: str) -> None:
        if not is_quiet and sys.stdin.isatty():
            print(f"\n{_PROMPTS[act].format(hit='Northlight Labs')}", end="", flush=True)
        sys.stdin.readline()

    return wait


def _ready(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Two customers label side by side at {facts['url']}, with people of one vendor.",
        "Watch them, each in a browser window of its own (passwords are random and shown once):",
    ]
    for seat in facts["seats"]:
        lines += [
            f"  {seat['organization']}, {seat['role']}: {seat['address']}",
            f"    sign in as {seat['email']} with {seat['password']}",
        ]
    return lines


def _filed(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Filed. {facts['blank_after_seconds']:.2f} s later the screens of {facts['organization']} were told to go blank.",
        f"  A claim there now: refused, {facts['refused']}.",
        f"  {facts['untouched']} has noticed nothing: an answer there now: {facts['others_answer']}.",
        "  Why, as its owner sees it drawn:",
    ]
    for tie in facts["ties"]:
        names = {party["id"]: party["name"] or "a person" for party in tie["parties"]}
        for link in tie["links"]:
            how = f"{link['percent']:g} %" if link["percent"] is not None else ", ".join(link["interests"])
            votes = ", no votes" if link["votes"] == 0 else ""
            lines.append(f"    {names[link['holder']]} - {how}{votes} -> {names[link['held']]}")
        lines.append(
            f"    {names[tie['rival']]} is in conflict with {facts['organization']}: {tie['rule']}, {tie['percent']:g} %."
        )
    return [*lines, f"  Its owner decides at {facts['address']}"]


def _edited(facts: Mapping[str, Any]) -> list[str]:
    return [
        f"Edited entry {facts['index']} ({facts['action']}), as the superuser:",
        f"  {facts['statement']}",
        "Now the customer fetches its ledger, as it would any day, and checks it with two tools that know nothing of each other.",
    ]


def _verified(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    for verdict in facts["verdicts"]:
        lines += [f"{verdict['tool']}:", *(f"  {line}" for line in verdict["said"].splitlines())]
    return [*lines, "", "That was the drill. Everything stays as it is until Ctrl C."]


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "ready": _ready,
    "filed": _filed,
    "edited": _edited,
    "verified": _verified,
}
