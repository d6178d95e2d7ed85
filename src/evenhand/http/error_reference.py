"""The reference of error codes as a page, in Markdown, made from the errors themselves."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import evenhand
from evenhand.boundary.problems import STATUS
from evenhand.core.errors import PlatformError

# Whose errors are answers to a request, as are those with a status of their own; others end a command or hinder a start.
_ANSWERING = ("core", "boundary", "ontology", "people", "walls", "work", "insight", "delivery", "http")
_HEAD = """\
# Error codes

Made from the code by `python docs/generate.py`. A refusal over HTTP is a problem document whose `type` leads
here; the SDK raises a class for each code, the command line prints the sentence and the remedy.

"""
# Refusals of the rim that no class of ours stands for.
_PLAIN = {
    "too-large": (
        "This request is too large.",
        "Send less at a time; tasks are streamed as NDJSON without such a limit.",
    ),
    "method-not-allowed": (
        "This address does not take this method.",
        "Use one of the methods that the Allow header names.",
    ),
}


def answers_reference() -> str:
    """The errors that answer a request: all that a server needs to show."""
    told = {code: words for code, (room, *words) in _told().items() if _answers(room, code)}
    found = {**_PLAIN, **told, PlatformError.code: ("This is our mistake.", PlatformError.hint)}
    sections = [_section(code, f"{STATUS.get(code, 400)}. ", *found[code]) for code in sorted(found)]
    return "".join([_HEAD, "## Answers of the API\n", *sections])


def error_reference() -> str:
    """The whole page, errors of commands and of a start with it."""
    import_everything()
    sections = [_section(code, "", *words) for code, (room, *words) in _told().items() if not _answers(room, code)]
    return "".join([answers_reference(), "\n## What hinders a start, and refusals of the command line\n", *sections])


def import_everything() -> None:
    """Load every module of this package, so that every error is known."""
    for module in pkgutil.walk_packages(evenhand.__path__, "evenhand."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _answers(room: str, code: str) -> bool:
    return room in _ANSWERING or code in STATUS


def _told() -> dict[str, tuple[str, str, str]]:
    """(room, title, remedy) by code, of every error that this package declares."""
    found: dict[str, tuple[str, str, str]] = {}
    for each in sorted(set(_below(PlatformError)), key=lambda error: (error.code, error.__module__)):
        package, _, module = each.__module__.partition(".")
        if package == "evenhand":
            title = (each.__doc__ or each.code).strip().splitlines()[0]
            found.setdefault(each.code, (module.partition(".")[0], title, each.hint))
    return found


def _section(code: str, status: str, title: str, hint: str) -> str:
    return f"\n### {code}\n\n{status}{title} {hint}\n"


def _below(kind: type[PlatformError]) -> Iterator[type[PlatformError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
