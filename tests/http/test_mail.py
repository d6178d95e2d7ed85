"""Mail that carries a link leaves this machine encrypted, to the host that was named, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.http import mail as module
from evenhand.http.mail import Mail, must_encrypt
from letterbox import Letterbox
from servers import certificate, listening

# An address of this machine that is not one of those that may do without TLS.
ELSEWHERE = "127.0.0.2"
LINK = "http://localhost/reset#secret-token"


async def test_a_link_goes_out_encrypted_to_the_host_that_was_named(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, ELSEWHERE)
    box = Letterbox(server)

    async with listening(box, host=ELSEWHERE) as port:
        sent = await Mail(f"smtp://me:secret@{ELSEWHERE}:{port}", "evenhand@example.org", trust=client).send_link(
            "invitation", "somebody@example.org", LINK
        )

    assert sent
    [(is_encrypted, text)] = box.mails
    assert is_encrypted
    assert LINK in text
    assert box.heard.index("STARTTLS") < box.heard.index("AUTH")


async def test_a_server_that_offers_no_tls_gets_neither_password_nor_link() -> None:
    """As it looks when somebody on the way takes the offer out."""
    box = Letterbox()

    async with listening(box, host=ELSEWHERE) as port:
        sent = await Mail(f"smtp://me:secret@{ELSEWHERE}:{port}", "evenhand@example.org").send_link(
            "password-reset", "somebody@example.org", LINK
        )

    assert not sent
    assert box.mails == []
    assert "AUTH" not in box.heard


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("whose", ["nobody vouches for it", "another host's"])
async def test_a_certificate_that_is_not_the_hosts_gets_neither_password_nor_link(
    scheme: str, whose: str, tmp_path: Path
) -> None:
    server, client = certificate(tmp_path, ELSEWHERE if whose == "nobody vouches for it" else "mail.example.org")
    box = Letterbox(server)
    trust = None if whose == "nobody vouches for it" else client

    async with listening(box, tls=server if scheme == "smtps" else None, host=ELSEWHERE) as port:
        sent = await Mail(f"{scheme}://me:secret@{ELSEWHERE}:{port}", "evenhand@example.org", trust=trust).send_link(
            "invitation", "somebody@example.org", LINK
        )

    assert not sent
    assert box.mails == []
    assert "AUTH" not in box.heard


async def test_a_server_on_this_machine_may_do_without() -> None:
    box = Letterbox()

    async with listening(box) as port:
        sent = await Mail(f"smtp://127.0.0.1:{port}", "evenhand@example.org").send_link(
            "invitation", "somebody@example.org", LINK
        )

    assert sent
    assert [is_encrypted for is_encrypted, _ in box.mails] == [False]


async def test_without_the_guard_a_link_leaves_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "must_encrypt", lambda _: False)
    box = Letterbox()

    async with listening(box, host=ELSEWHERE) as port:
        await Mail(f"smtp://me:secret@{ELSEWHERE}:{port}", "evenhand@example.org").send_link(
            "invitation", "somebody@example.org", LINK
        )

    assert [is_encrypted for is_encrypted, _ in box.mails] == [False]
    assert "AUTH" in box.heard


@pytest.mark.parametrize(
    ("host", "must"), [("mail.example.org", True), ("10.0.0.5", True), ("LOCALHOST", False), ("::1", False)]
)
def test_only_this_machine_counts_as_near(host: str, must: bool) -> None:
    assert must_encrypt(host) is must
