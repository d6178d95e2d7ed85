"""The server with a certificate of its own: nothing between the proxy and it, or a browser and it, goes in the clear."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
from operating_world import Own
from test_proxies import certificate

from evenhand.cli.tls import require_certificate
from evenhand.core.settings import SettingRefused, Settings


def test_the_server_speaks_tls_and_nothing_else_where_it_has_a_certificate(own: Own, folder: Path) -> None:
    trusted = certificate(folder)
    given = {"EVENHAND_TLS_CERTIFICATE": str(trusted), "EVENHAND_TLS_KEY": str(folder / "localhost.key")}

    running = own.up(folder / "data", "--host", "localhost", **given)

    assert running.url.startswith("https://localhost:")
    with httpx.Client(base_url=running.url, verify=ssl.create_default_context(cafile=str(trusted))) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/readyz").headers["strict-transport-security"].startswith("max-age=31536000")
        with client.stream("GET", "/healthz") as answer:
            assert answer.extensions["network_stream"].get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{running.url}/readyz")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(running.url.replace("https://", "http://") + "/readyz")
    old = ssl.create_default_context(cafile=str(trusted))
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA256:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/readyz", verify=old)


def test_half_of_a_certificate_or_one_that_does_not_fit_is_one_line_and_no_start(own: Own, folder: Path) -> None:
    trusted = certificate(folder)
    (folder / "other").mkdir()
    certificate(folder / "other")
    other = folder / "other" / "localhost.key"
    running = own.begin(folder / "data", EVENHAND_TLS_CERTIFICATE=str(trusted), EVENHAND_TLS_KEY=str(other))

    assert running.process.wait(90) == 1
    [line] = running.said().splitlines()
    assert "EVENHAND_TLS_CERTIFICATE" in line
    assert not (folder / "data").exists()
    for half in ({"tls_certificate": trusted}, {"tls_key": other}, {"tls_certificate": folder, "tls_key": other}):
        with pytest.raises(SettingRefused):
            require_certificate(Settings(**half))
