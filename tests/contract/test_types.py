"""The interface's types are made from the contract: the committed file is what the document gives today."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from published import DOCUMENT

WEB = Path(__file__).parents[2] / "web"


def test_the_types_of_the_interface_are_made_from_this_document(tmp_path: Path) -> None:
    source, made = tmp_path / "openapi.json", tmp_path / "openapi.ts"
    source.write_text(json.dumps(DOCUMENT), encoding="utf-8")

    command = [
        "node",
        "node_modules/.bin/openapi-typescript",
        str(source),
        "--default-non-nullable=false",
        "--output",
        str(made),
    ]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)

    committed = (WEB / "src/api/openapi.ts").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == committed, "npm run contract, in web/"
