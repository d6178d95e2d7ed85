"""A token to test against: SoftHSM, with one AES key that cannot be taken out of it.

SoftHSM reads where its tokens lie when it is loaded, once a process: so there is one folder a process, and a token for each test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

PIN = "a-pin-of-words"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)


@cache
def module() -> Path:
    """The library. Without it the test is left out, unless EVENHAND_TEST_SOFTHSM=required: then it fails."""
    found = next((Path(each) for each in _PLACES if Path(each).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        if os.environ.get("EVENHAND_TEST_SOFTHSM") == "required":
            pytest.fail("SoftHSM is missing: apt-get install softhsm2")
        pytest.skip("softhsm2 is not installed")
    return found


@contextmanager
def softhsm() -> Iterator[Path]:
    """The folder of tokens while tests of this module run; the settings that a service needs besides are in `token`."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-hsm-"))
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    (folder / "pin").write_text(PIN)
    os.environ["SOFTHSM2_CONF"] = str(config)
    try:
        yield folder
    finally:
        del os.environ["SOFTHSM2_CONF"]
        shutil.rmtree(folder)


def new_token(folder: Path) -> dict[str, str]:
    """A token with a key in it: the settings of a service for it."""
    import pkcs11

    library, label = module(), f"t{uuid4().hex[:12]}"
    said = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN]
    subprocess.run(said, check=True, capture_output=True)
    lib = pkcs11.lib(str(library))
    lib.reinitialize()
    with lib.get_token(token_label=label).open(rw=True, user_pin=PIN) as session:
        session.generate_key(pkcs11.KeyType.AES, 256, label="evenhand", store=True)
    return {"module": str(library), "token": label, "key": "evenhand", "pin_file": str(folder / "pin")}
