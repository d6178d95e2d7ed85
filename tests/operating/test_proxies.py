"""The proxies that are shipped as examples, with a certificate; in front of a running installation: `make drills`."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from operating_world import Own, wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
ROWS = 20_000


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def certificate(folder: Path) -> Path:
    """Makes localhost.pem, signed by itself, and localhost.key; the first."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "localhost.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "localhost.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "localhost.pem"


def nginx(folder: Path, port: int, upstream: str) -> tuple[list[str], dict[str, str], Path]:
    """The shipped file with this port, name and certificate in it: (command, environment, whom to trust)."""
    trusted = certificate(folder)
    text = (DEPLOY / "nginx.conf").read_text()
    changes = {
        "127.0.0.1:8420": upstream,
        "labels.example.org;": "localhost;",
        "/etc/ssl/certs/labels.example.org.pem": str(trusted),
        "/etc/ssl/private/labels.example.org.key": str(folder / "localhost.key"),
        "listen 80;": f"listen {free_port()};",
        "    listen [::]:80;\n": "",
        "listen 443": f"listen {port}",
        "    listen [::]:443 ssl http2;\n": "",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    whole = folder / "nginx.conf"
    head = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/errors; events {{}}"
    whole.write_text(f"{head}\nhttp {{ access_log off;\n{text}\n}}\n")
    return ["nginx", "-p", str(folder), "-c", str(whole)], {}, trusted


def caddy(folder: Path, port: int, upstream: str) -> tuple[list[str], dict[str, str], Path]:
    """The shipped file as it is; what it takes from the environment, and where it keeps its own authority."""
    text, stops = (DEPLOY / "Caddyfile").read_text(), "\tgrace_period 5s\n"
    assert text.count(stops) == 1
    here = f"{stops}\tadmin off\n\tskip_install_trust\n\thttp_port {free_port()}\n"
    (folder / "Caddyfile").write_text(text.replace(stops, here))
    given = {
        "DOMAIN": f"https://localhost:{port}",
        "UPSTREAM": upstream,
        "XDG_DATA_HOME": str(folder),
        "HOME": str(folder),
    }
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    return command, given, folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"


@pytest.fixture(params=[nginx, caddy])
def behind(request: pytest.FixtureRequest, own: Own, folder: Path) -> Iterator[tuple[str, ssl.SSLContext, str]]:
    """(address of the proxy, whom to trust there, the owner's API key)."""
    how: Callable[[Path, int, str], tuple[list[str], dict[str, str], Path]] = request.param
    if shutil.which(how.__name__) is None:
        pytest.skip(f"{how.__name__} is not installed")
    inner, port = free_port(), free_port()
    url = f"https://localhost:{port}"
    running = own.up(folder / "data", "--port", str(inner), EVENHAND_PUBLIC_URL=url)
    assert running.key
    command, given, trusted = how(folder, port, f"127.0.0.1:{inner}")
    with (folder / "proxy.log").open("wb") as log:
        proxy = subprocess.Popen(command, env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        assert wait_until(trusted.exists), (folder / "proxy.log").read_text()
        context = ssl.create_default_context(cafile=str(trusted))
        assert wait_until(lambda: ready_at(url, context)), (folder / "proxy.log").read_text()
        yield url, context, running.key
    finally:
        proxy.terminate()
        proxy.wait(30)


@pytest.fixture(params=[nginx, caddy])
def in_the_clear(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address without TLS of a proxy before which nothing runs."""
    how: Callable[[Path, int, str], tuple[list[str], dict[str, str], Path]] = request.param
    if shutil.which(how.__name__) is None:
        pytest.skip(f"{how.__name__} is not installed")
    command, given, _ = how(folder, free_port(), f"127.0.0.1:{free_port()}")
    written = (folder / ("nginx.conf" if how is nginx else "Caddyfile")).read_text()
    port = next(each for each in re.findall(r"(?:listen|http_port) (\d+)[;\n]", written))
    with (folder / "proxy.log").open("wb") as log:
        proxy = subprocess.Popen(command, env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: listens_at(int(port))), (folder / "proxy.log").read_text()
        yield f"http://localhost:{port}"
    finally:
        proxy.terminate()
        proxy.wait(30)


def listens_at(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


async def test_people_are_sent_on_to_tls_and_programs_are_refused(in_the_clear: str) -> None:
    """Sent on, a program that was set up wrongly would go on showing its key in the clear, and nobody would notice."""
    async with httpx.AsyncClient(base_url=in_the_clear) as somebody:
        page = await somebody.get("/projects?x=1")
        asked = await somebody.get("/api/v1/session", headers={"authorization": "Bearer evh_x"})

    assert (page.status_code, page.headers["location"].partition("?")[2]) == (301, "x=1")
    assert page.headers["location"].startswith("https://localhost")
    assert (asked.status_code, "location" in asked.headers) == (403, False)


@pytest.mark.drill
async def test_people_programs_imports_and_live_pages_get_through(behind: tuple[str, ssl.SSLContext, str]) -> None:
    url, trusted, key = behind
    api = f"{url}/api/v1"
    async with (
        httpx.AsyncClient(verify=trusted, timeout=60) as person,
        httpx.AsyncClient(verify=trusted, timeout=60, headers={"authorization": f"Bearer {key}"}) as program,
    ):
        invited = {"email": "manager@example.org", "role": "manager", "name": "Manager"}
        link = (await program.post(f"{api}/invitations", json=invited)).json()["link"]
        accepted = {"token": link.partition("#")[2], "password": "four words are enough", "name": "Manager"}
        joined = await person.post(f"{api}/invitations/accept", json=accepted)
        csrf = {"x-csrf-token": joined.json()["csrf"], "origin": url}
        body = {"name": "Letters", "preset": {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}}
        made = await person.post(f"{api}/projects", json=body, headers=csrf)
        forged = await person.post(
            f"{api}/projects", json=body, headers={**csrf, "origin": "https://elsewhere.example"}
        )
        assert made.status_code == 201, made.text
        at = f"{api}/projects/{made.json()['id']}"
        async with person.stream("GET", f"{at}/events") as live:
            lines = live.aiter_lines()
            first = await anext(lines)
            report = await program.post(f"{at}/tasks", content=rows(), headers={"content-type": "application/x-ndjson"})
            told = [await anext(lines) for _ in range(3)]
        page = await person.get(url)

        assert link.startswith(f"{url}/")
        assert joined.headers["set-cookie"].startswith("__Host-evenhand=")
        assert "secure" in joined.headers["set-cookie"].lower()
        assert (made.status_code, forged.status_code) == (201, 403)
        assert (report.status_code, report.json()["imported"]) == (200, ROWS), report.text
        assert first and any(told)
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert (await program.get(f"{url}/metrics")).status_code == 404


async def rows() -> AsyncIterator[bytes]:
    """An import that is sent as it is made, of no length that is known before."""
    for number in range(0, ROWS, 1000):
        part = [{"inputs": {"text": f"Letter {n}."}} for n in range(number, number + 1000)]
        yield "".join(json.dumps(each) + "\n" for each in part).encode()


def ready_at(url: str, trusted: ssl.SSLContext | bool = True) -> bool:
    """Whether an installation answers there."""
    try:
        return httpx.get(f"{url}/readyz", verify=trusted, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
