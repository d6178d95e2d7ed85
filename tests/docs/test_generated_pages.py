"""Pages that are made from code are what the code makes today."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest
from pages import ROOT


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = generator()


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_a_page_made_from_code_is_what_the_code_makes_today(name: str) -> None:
    made = GENERATOR.PAGES[name]()

    is_current = (ROOT / "docs" / name).read_text(encoding="utf-8") == made
    assert is_current, f"docs/{name} is not what the code makes. Run: .venv/bin/python docs/generate.py"


def test_every_kind_has_its_place_on_the_page() -> None:
    page = GENERATOR.kinds_page()

    for name in (*GENERATOR.question_kinds(), "text", "chat"):
        assert f" {name}\n" in page, name
