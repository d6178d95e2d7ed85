"""Secrets of the operator come from files, such as a vault's agent or systemd's credentials put there, if one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.cli.settings import SECRETS, from_files
from evenhand.core.settings import SettingRefused, Settings, read_settings


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_of_the_settings_may_lie_in_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("postgresql://somebody:with-a-password@db/evenhand\n")

    read = read_settings(from_files({f"EVENHAND_{name}_FILE": str(tmp_path / "secret"), "HOME": "/"}))

    assert getattr(read, name.lower()) == "postgresql://somebody:with-a-password@db/evenhand"


def test_every_setting_that_may_hold_a_password_is_among_them() -> None:
    """Addresses with a password in them, and tokens. What is a path already is a file."""
    likely = {name for name in Settings.model_fields if name.endswith(("_token", "smtp_url")) or "database" in name}

    assert likely == {name.lower() for name in SECRETS}


def test_a_secret_in_both_places_a_file_that_is_not_there_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("\n")
    for given, reason in (
        ({"EVENHAND_SMTP_URL_FILE": str(tmp_path / "nowhere")}, "no such file"),
        ({"EVENHAND_SMTP_URL_FILE": str(tmp_path / "bytes")}, "no text"),
        ({"EVENHAND_SMTP_URL_FILE": str(tmp_path / "empty")}, "empty"),
        ({"EVENHAND_SMTP_URL_FILE": str(tmp_path / "empty"), "EVENHAND_SMTP_URL": "smtp://x"}, "both"),
        ({"EVENHAND_DATABASE_URL_FILE": str(tmp_path / "empty"), "DATABASE_URL": "x"}, "both"),
    ):
        with pytest.raises(SettingRefused) as refused:
            from_files(given)
        assert reason in refused.value.reason
        assert refused.value.setting.endswith("_FILE")
