"""Changes to files: both sides of each with the hunks between them, from a unified diff or from whole files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology import patches
from evenhand.ontology.inputs.code import NAME_MAX
from evenhand.ontology.inputs.text import LENGTH_MAX
from evenhand.ontology.kind import Part

FILES_MAX = 1_000
HUNKS_MAX = 10_000
_FIELDS = frozenset({"old_path", "new_path", "old", "new", "language", "id", "hunks"})
_HUNK = frozenset({"id", "lines", "old_at", "new_at", "old_line", "new_line", "heading"})


class Settings(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", strict=True)


class DiffInput:
    """A change, as a unified diff (a string) or as `{"files": [{"old_path", "new_path", "old", "new"}]}`.

    Stored: each file with an id `d0`, the text of both sides, and its hunks `d0.h1`. Of a unified diff the sides are what its
    hunks show; of whole files they are the files. A hunk's `lines` has a sign for each line, " " both, "-" old, "+" new; `old_at`
    and `new_at` say where it begins in the sides, in lines from 0; `old_line` and `new_line` which lines of the files those
    are, from 1.
    Spans name the side they lie on: `patch/d0.new`.
    """

    name: ClassVar[str] = "diff"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = False

    def check(self, settings: Any, content: Any) -> list[Problem]:
        """What cannot be read as a change, by place; at most 1 Mi code points, 1,000 files and 10,000 hunks."""
        if isinstance(content, dict) and "files" not in content and isinstance(content.get("text"), str):
            return self.check(settings, content["text"])
        if isinstance(content, str):
            if len(content) > LENGTH_MAX:
                return [_too_large(f"{LENGTH_MAX} characters", len(content))]
            found = patches.read(content)
            if isinstance(found, Problem):
                return [found]
            if any(len(file.get(name, "")) > NAME_MAX for file in found for name in ("old_path", "new_path")):
                message = f"The name of a file has at most {NAME_MAX} characters."
                return [Problem("", "bad_value", message, "Shorten it.")]
            return _counted(found)
        if not isinstance(content, dict) or not isinstance(content.get("files"), list):
            message = "This is no change."
            return [
                Problem(
                    "",
                    "bad_json",
                    message,
                    'Send a unified diff, or {"files": [{"old_path", "new_path", "old", "new"}]}.',
                )
            ]
        if unknown := sorted(content.keys() - {"files"}):
            return [
                Problem("/" + escape_pointer(unknown[0]), "unknown_field", "A change has no such field.", "Remove it.")
            ]
        problems = [problem for no, file in enumerate(content["files"]) for problem in _file(f"/files/{no}", file)]
        return problems[:20] or _counted(self.clean(settings, content)["files"])

    def clean(self, settings: Any, content: Any) -> Any:
        """Both sides of each file, with the ids of files and hunks."""
        if isinstance(content, dict) and "files" not in content:
            content = content["text"]
        if isinstance(content, str):
            files = patches.read(content)
            assert not isinstance(files, Problem)
        else:
            files = [dict(file) for file in content["files"]]
        for no, file in enumerate(files):
            old, new = (file.get(side) or "" for side in ("old", "new"))
            hunks = file["hunks"] if file.get("hunks") is not None else patches.hunks_between(old, new)
            named = [{**hunk, "id": f"d{no}.h{at}"} for at, hunk in enumerate(hunks, 1)]
            file.update({"id": f"d{no}", "old": old, "new": new, "hunks": named})
        return {"files": files}

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The change, its files, the two sides and the hunks of each. `where` may ask a file's name and what was
        done to it, and a side's name, "old" or "new"."""
        below: list[Part] = []
        tops = []
        for file in _files(content):
            at = f"{name}/{file['id']}"
            sides = [
                Part(f"{at}.{side}", "side", name, self.name, text=file[side], facts={"name": side})
                for side in ("new", "old")
            ]
            hunks = [Part(f"{name}/{hunk['id']}", "hunk", name, self.name) for hunk in file["hunks"]]
            inner = [*sides, *hunks]
            facts = {"name": file.get("new_path") or file.get("old_path"), "kind": patches.done_to(file)}
            below += [
                Part(at, "file", name, self.name, facts=facts, children=tuple(part.address for part in inner)),
                *inner,
            ]
            tops.append(at)
        return [Part(name, "input", name, self.name, children=tuple(tops)), *below]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All of it."""
        return content

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The names of the files and what they became."""
        shown = (
            [file.get("new_path") or file.get("old_path") or "", file["new"] or file["old"]] for file in _files(content)
        )
        return "\n".join(line for lines in shown for line in lines if line)

    def examples(self) -> Iterable[JsonValue]:
        """A unified diff of two files, one of them new, and a whole file before and after."""
        return [
            _UNIFIED,
            {"files": [{"old_path": "a.py", "new_path": "a.py", "old": "x = 1\n", "new": "x = 2  # größer 💩\n"}]},
        ]


def _files(content: Any) -> Iterator[dict[str, Any]]:
    yield from content.get("files", []) if isinstance(content, dict) else []


def _counted(files: list[dict[str, Any]]) -> list[Problem]:
    if not files:
        return [Problem("", "bad_diff", "No file is changed here.", "Send the output of `diff -u` or `git diff`.")]
    if len(files) > FILES_MAX:
        return [_too_large(f"{FILES_MAX} files", len(files))]
    hunks = sum(len(file["hunks"]) for file in files)
    return [_too_large(f"{HUNKS_MAX} hunks", hunks)] if hunks > HUNKS_MAX else []


def _too_large(most: str, count: int) -> Problem:
    return Problem(
        "", "too_large", f"A change has at most {most}; this has {count}.", "Split it into parts of one group."
    )


def _file(pointer: str, file: Any) -> Iterator[Problem]:
    if not isinstance(file, dict):
        yield Problem(
            pointer, "bad_json", "A changed file is an object.", 'Send {"old_path", "new_path", "old", "new"}.'
        )
        return
    if unknown := sorted(file.keys() - _FIELDS):
        at = f"{pointer}/{escape_pointer(unknown[0])}"
        yield Problem(at, "unknown_field", "A changed file has no such field.", "Remove it.", tuple(sorted(_FIELDS)))
    for name in ("old_path", "new_path", "language"):
        if (value := file.get(name)) is not None and not (isinstance(value, str) and 0 < len(value) <= NAME_MAX):
            message = f"{name} is a text of 1 to {NAME_MAX} characters."
            yield Problem(f"{pointer}/{name}", "bad_value", message, "Send such a text, or leave it out.")
    if file.get("old_path") is None and file.get("new_path") is None:
        yield Problem(pointer, "bad_value", "The file has no name.", "Send old_path, new_path or both.")
    sides = [file.get("old"), file.get("new")]
    for name, text in zip(("old", "new"), sides, strict=True):
        if text is not None and not isinstance(text, str):
            yield Problem(
                f"{pointer}/{name}", "bad_json", f"{name} is no text.", "Send the file as a string, or leave it out."
            )
            return
    if (length := sum(len(text or "") for text in sides)) > LENGTH_MAX:
        yield Problem(
            pointer, "too_large", f"Both sides have at most {LENGTH_MAX} characters; this has {length}.", "Split it."
        )
    if file.get("hunks") is not None:
        yield from _hunks(f"{pointer}/hunks", file["hunks"], *(text or "" for text in sides))


def _hunks(pointer: str, hunks: Any, old: str, new: str) -> Iterator[Problem]:
    """Hunks that were sent are kept: each lies in both sides, behind the one before, and says the same of the lines it shares."""
    if not isinstance(hunks, list):
        yield Problem(pointer, "bad_json", "Hunks are a list.", "Leave them out: they are found.")
        return
    sides = {"-": patches.lines_of(old), "+": patches.lines_of(new)}
    ends = {"-": 0, "+": 0}
    for no, hunk in enumerate(hunks):
        fits = (
            isinstance(hunk, dict)
            and not hunk.keys() - _HUNK
            and isinstance(hunk.get("lines"), str)
            and not set(hunk["lines"]) - set(" -+")
            and isinstance(hunk.get("heading", ""), str)
            and all(
                type(hunk.get(name)) is int and hunk[name] >= 0 for name in ("old_at", "new_at", "old_line", "new_line")
            )
        )
        at = {"-": hunk["old_at"], "+": hunk["new_at"]} if fits else ends
        fits = fits and all(at[side] >= ends[side] for side in at)
        for sign in hunk["lines"] if fits else ():
            here = [sides[side][at[side]] for side in at if sign in (" ", side) and at[side] < len(sides[side])]
            if len(here) != (2 if sign == " " else 1) or len(set(here)) != 1:
                fits = False
                break
            at = {side: place + (sign in (" ", side)) for side, place in at.items()}
        if not fits:
            message = "This hunk does not say what lies between the two sides."
            yield Problem(f"{pointer}/{no}", "bad_diff", message, "Leave the hunks out: they are found.")
            return
        ends = at


_UNIFIED = """diff --git a/tide.py b/tide.py
--- a/tide.py
+++ b/tide.py
@@ -10,4 +10,4 @@ def height(hour):
     table = load()
-    return table[hour]
+    return table[hour % 24]  # größer als 24 💩

 print(height(3))
--- /dev/null
+++ b/notes.txt
@@ -0,0 +1,2 @@
+Die Flut
+kommt.
"""

kind = DiffInput()
