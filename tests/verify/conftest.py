"""The stand-alone verifier, loaded from its one file, and a release for it to look at."""

import importlib.util
import sys
from pathlib import Path

import pytest
from signed_release import SEED, write_release

from evenhand.delivery.statement import public_key_pem

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def verifier():
    spec = importlib.util.spec_from_file_location("evenhand_verify", ROOT / "verify" / "evenhand_verify.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["evenhand_verify"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def release(tmp_path):
    return write_release(tmp_path / "release")


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "contract.pem"
    path.write_bytes(public_key_pem(SEED))
    return path
