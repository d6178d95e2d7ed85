"""Mail, where an SMTP server is configured: invitations, resets, what those who answer for a customer have to hear.

Without one, links are shown to whoever made them.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog

log = structlog.get_logger(__name__)

_SUBJECTS = {
    "invitation": "You are invited to Evenhand",
    "password-reset": "Set a new password",
    "break-glass": "The operator has been let in to your data",
    "hold.opened": "Work for your organization is on hold: control of somebody you rely on has changed",
    "silence.began": "A statement of who owns somebody that works for you is overdue",
}
_TEXTS = {
    "invitation": "Open this link to join. It works once, for seven days.\n\n{link}\n",
    "password-reset": "Open this link to set a new password. It works once, for two hours.\n"
    "If you did not ask for it, nothing has changed.\n\n{link}\n",
    "break-glass": "Two of the operator's people have approved that one of them may look at your organization's data for an\n"
    "hour. Who, why, and everything that is looked at stands here, where you can also end it at once.\n\n{link}\n",
    "hold.opened": "Somebody who works for you is now tied to a party that you are in conflict with. Nothing of yours is shown or\n"
    "dealt to anybody who labels until your owner has read the chain of ownership and countersigned it, or you leave. It is\n"
    "drawn here, with the statement behind each line.\n\n{link}\n",
    "silence.began": "Whoever works for you states every quarter who owns it, also when nothing has changed. One of them has\n"
    "not, and the time for it is over. Nothing has stopped; silence alone says nothing of what happened, only that nobody\n"
    "answers for it. Who, since when, and when it was due stands here.\n\n{link}\n",
}


# A server on this very machine may do without: nobody lies in between, and it rarely has a certificate for this name.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Mail:
    """Sends links. Failing to send is logged and never fails the request.

    A link signs somebody in, so it leaves this machine encrypted, to the host that was named, or not at all: a server that
    offers no TLS or shows another's certificate gets neither password nor link. trust: who vouches for certificates.
    """

    def __init__(self, smtp_url: str | None, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        self._url = smtp_url
        self._sender = sender
        self._trust = trust

    @property
    def is_set_up(self) -> bool:
        """Whether there is a server to send by."""
        return self._url is not None

    async def send_link(self, kind: str, to: str, link: str) -> bool:
        """Send one link; whether it went out."""
        if self._url is None:
            return False
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = _SUBJECTS[kind], self._sender, to
        message.set_content(_TEXTS[kind].format(link=link))
        try:
            await asyncio.to_thread(self._send, message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail.failed", kind=kind, cause=type(error).__name__)
            return False
        return True

    def _send(self, message: EmailMessage) -> None:
        url = urlsplit(self._url or "")
        host = url.hostname or "localhost"
        with self._connected(url.scheme, host, url.port or 587) as server:
            if url.scheme != "smtps" and must_encrypt(host):
                server.starttls(context=self._trusted())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=20, context=self._trusted())
        return smtplib.SMTP(host, port, timeout=20)

    def _trusted(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


def must_encrypt(host: str) -> bool:
    """Whether mail to this server never goes in the clear, whatever the server says that it can."""
    return host.lower() not in _LOOPBACK
