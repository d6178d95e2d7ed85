"""`evenhand project guidelines`: show, set and compare the guidelines of a project, and what is discussed about them."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from evenhand.cli.connection import Terminal, connected
from evenhand.client.errors import EvenhandError
from evenhand.work.markdown_pictures import id_of, shown_in, with_sources

app = typer.Typer(help="Guidelines: how a project is to be answered, version by version.", no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="The project's id, or its name.")]
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@app.command("show")
@connected
def show(
    at: Terminal,
    project: Project,
    version: Annotated[int | None, typer.Option(help="An earlier version. Default: the one that stands.")] = None,
) -> None:
    """Print the guidelines as they are written."""
    found = at.client.projects.guideline(at.project(project), version)
    at.show(found, lines=[found["markdown"]] if found["version"] else ["There are no guidelines yet."])


@app.command("versions")
@connected
def versions(at: Terminal, project: Project) -> None:
    """List the versions, oldest first, with what changed in each."""
    found = at.client.projects.guideline(at.project(project))["versions"]
    at.table(found, ["version", "created_at", "by", "consent", "summary"], none="There are no guidelines yet.")


@app.command("set")
@connected
def set_(
    at: Terminal,
    project: Project,
    file: Annotated[
        Path, typer.Argument(help="A Markdown file. Pictures that it names beside itself are sent with it.")
    ],
    summary: Annotated[str, typer.Option("--summary", "-m", help="What changed, in a line.")] = "",
    no_consent: Annotated[
        bool, typer.Option("--no-consent", help="Nobody has to read this change before their next task: a typo.")
    ] = False,
    if_version: Annotated[
        int | None, typer.Option(help="Refuse unless this version stands. Default: the one that stands now.")
    ] = None,
) -> None:
    """Save a file as the next version of the guidelines."""
    id_ = at.project(project)
    markdown = _text_of(file)
    stands = at.client.projects.guideline(id_)["version"] if if_version is None else if_version
    markdown = _with_pictures(at, id_, markdown, file.parent)
    made = at.client.projects.change_guideline(
        id_, markdown, summary=summary, consent="not-needed" if no_consent else "required", if_match=stands
    )
    read = "Nobody is asked to read it again." if no_consent else "Everybody reads it before their next task."
    at.show(made, lines=[f"Version {made['version']} stands. {read}"])


@app.command("diff")
@connected
def diff(
    at: Terminal,
    project: Project,
    before: Annotated[int | None, typer.Argument(help="A version. Default: the one before the other.")] = None,
    after: Annotated[int | None, typer.Argument(help="A version. Default: the one that stands.")] = None,
) -> None:
    """Show what changed between two versions, word by word."""
    id_ = at.project(project)
    new = at.client.projects.guideline(id_, after)
    earlier = before if before is not None else max(new["version"] - 1, 0)
    old = at.client.projects.guideline(id_, earlier)["markdown"] if earlier else ""
    parts = word_diff(old, new["markdown"])
    if at.as_json:
        at.show({"before": earlier, "after": new["version"], "parts": parts})
        return
    shown = Text()
    for part in parts:
        words, change = part["text"], part["change"]
        # Brackets say it where color and strokes do not show.
        shown.append(
            f"[-{words}-]" if change == "gone" else f"{{+{words}+}}" if change == "new" else words, _STYLES[change]
        )
    at.console.print(shown)


_STYLES = {"same": "", "new": "underline green", "gone": "strike red"}


def word_diff(before: str, after: str) -> list[dict[str, str]]:
    """The parts of both texts in reading order: text, and whether it is the same, new or gone. Words and spaces are units."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (before, after))
    parts: list[dict[str, str]] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append({"text": "".join(old[i:j]), "change": "same"})
            continue
        if i < j:
            parts.append({"text": "".join(old[i:j]), "change": "gone"})
        if k < m:
            parts.append({"text": "".join(new[k:m]), "change": "new"})
    return parts


@app.command("discussions")
@connected
def discussions(
    at: Terminal,
    project: Project,
    state: Annotated[str | None, typer.Option(help="open or resolved. Default: both.")] = None,
) -> None:
    """List what was asked about the guidelines, newest first."""
    found = at.client.guidelines.discussions(at.project(project), state=state)  # type: ignore[arg-type]
    rows = ({**each, "replies": len(each["replies"]), "about": _about(each)} for each in found)
    at.table(rows, ["id", "at", "who", "about", "text", "replies", "resolved_at"], none="Nobody asked anything yet.")


@app.command("reply")
@connected
def reply(
    at: Terminal,
    project: Project,
    discussion: Annotated[str, typer.Argument(help="The discussion's id.")],
    text: Annotated[str, typer.Argument(help="What to say.")],
    resolve: Annotated[bool, typer.Option("--resolve", help="And resolve it.")] = False,
) -> None:
    """Answer in a discussion of the guidelines."""
    id_ = at.project(project)
    said = at.client.guidelines.reply(id_, discussion, text)
    if resolve:
        at.client.guidelines.resolve(id_, discussion)
    at.show(said, lines=["Said, and resolved." if resolve else "Said. Those who are in the discussion are told."])


def _about(discussion: Any) -> str:
    passage = discussion["passage"]
    return str(passage["quote"] or passage["heading"] or "the guidelines")[:60]


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        document = {"code": "unreadable", "detail": f"{file} cannot be read: {error}.", "hint": "Give a Markdown file."}
        raise EvenhandError(document) from None


def _with_pictures(at: Terminal, project: str, markdown: str, folder: Path) -> str:
    """The text with the pictures that lie beside it sent, and named by their ids."""
    changed: dict[str, str] = {}
    for named in shown_in(markdown):
        if id_of(named.source) is not None or _ADDRESS.match(named.source):
            continue
        path = folder / named.source
        if not path.is_file():
            detail = f"Line {named.line} shows {named.source}, and there is no such file beside it."
            raise EvenhandError(
                {"code": "unreadable", "detail": detail, "hint": "Put the picture there, or leave it out."}
            )
        changed[named.source] = at.client.guidelines.add_picture(project, path)["source"]
    return with_sources(markdown, changed)
