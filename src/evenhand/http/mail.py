"""Mail, where an SMTP server is configured: invitations, resets, break-glass. Without one, links are shown to whoever made them."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog

log = structlog.get_logger(__name__)

_SUBJECTS = {
    "invitation": "You are invited to Evenhand",
    "password-reset": "Set a new password",
    "break-glass": "The operator has been let in to your data",
}
_TEXTS = {
    "invitation": "Open this link to join. It works once, for seven days.\n\n{link}\n",
    "password-reset": "Open this link to set a new password. It works once, for two hours.\n"
    "If you did not ask for it, nothing has changed.\n\n{link}\n",
    "break-glass": "Two of the operator's people have approved that one of them may look at your organization's data for an\n"
    "hour. Who, why, and everything that is looked at stands here, where you can also end it at once.\n\n{link}\n",
}


class Mail:
    """Sends links. Failing to send is logged and never fails the request."""

    def __init__(self, smtp_url: str | None, sender: str) -> None:
        self._url = smtp_url
        self._sender = sender

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
        connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
        with connect(url.hostname or "localhost", url.port or 587, timeout=20) as server:
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
