"""The supervisor hands its settings to its children through the environment: what they read is what it had."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from evenhand.cli.running import _environment
from evenhand.core.settings import Settings, read_settings


@pytest.mark.parametrize("networks", [(), (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))])
def test_children_read_the_settings_that_the_supervisor_has(networks: tuple, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", port=8421, web_processes=2, outbound_private_networks=networks)

    read = read_settings(_environment(settings))

    expected = settings.model_copy(update={"public_url": settings.address, "key_file": settings.key_path})
    assert read == expected
