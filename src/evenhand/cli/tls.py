"""The server's own certificate, for the way between the proxy and the server, or where there is no proxy."""

from __future__ import annotations

import ssl

from evenhand.core.settings import PREFIX, SettingRefused, Settings


def require_certificate(settings: Settings) -> None:
    """See that certificate and key fit, before anything starts. Raises SettingRefused for half of it, or what cannot be used."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        missing = "TLS_CERTIFICATE" if certificate is None else "TLS_KEY"
        raise SettingRefused(setting=PREFIX + missing, reason="TLS needs both the certificate and its key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError:
        reason = "it is no certificate in PEM, or the key is not its key"
        raise SettingRefused(setting=f"{PREFIX}TLS_CERTIFICATE", reason=reason) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise SettingRefused(setting=f"{PREFIX}TLS_CERTIFICATE", reason=f"it or its key: {reason}") from None
    except ValueError:
        raise SettingRefused(setting=f"{PREFIX}TLS_KEY", reason="a key with a password cannot be used") from None


def trust_in_ourselves(settings: Settings) -> ssl.SSLContext | None:
    """What the supervisor asks its own web processes with: this very certificate and no other, whatever name it is for."""
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # A certificate that somebody else issued is an end here too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(settings.tls_certificate)
    return context


def _no_password() -> bytes:
    """Instead of asking at a terminal that is not there."""
    raise ValueError
