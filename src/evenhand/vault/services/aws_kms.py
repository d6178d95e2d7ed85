"""AWS Key Management Service: Encrypt and Decrypt with an encryption context, through boto3 (`pip install evenhand[kms]`).

Where a wrapped key belongs is the encryption context, which AWS authenticates and writes into CloudTrail: the customer's own count
of what was unwrapped, and for what. Decrypt names the key, so that a ciphertext of another key is refused and not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.vault.key_service import CALL_SECONDS, CALLS_AT_ONCE, Asking, KeyServiceUnavailable, WrapDoesNotOpen

kind = "aws_kms"
Answer = TypeVar("Answer")
_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_LATER = frozenset({"ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "InternalFailure"})


class KmsSettings(BaseModel):
    """One key. Credentials come from where boto3 finds them (environment, shared file, instance role), never from here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$")
    profile: str | None = None
    endpoint: str | None = Field(default=None, pattern=r"^https?://\S+$")


class Kms:
    """One key of AWS KMS."""

    def __init__(self, name: str, settings: KmsSettings) -> None:
        self._name = name
        self._settings = settings
        self._client: Any = None
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="aws-kms")

    @property
    def reference(self) -> str:
        """Its ARN."""
        return f"aws_kms:{self._settings.key}"

    async def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        """Encrypt."""
        answer = await self._call(
            lambda kms: kms.encrypt(KeyId=self._settings.key, Plaintext=secret, EncryptionContext=_context(bound_to))
        )
        return bytes(answer["CiphertextBlob"])

    async def unwrap(self, wrapped: bytes, bound_to: bytes, asking: Asking | None = None) -> bytes:
        """Decrypt."""
        answer = await self._call(
            lambda kms: kms.decrypt(
                KeyId=self._settings.key, CiphertextBlob=wrapped, EncryptionContext=_context(bound_to)
            )
        )
        return bytes(answer["Plaintext"])

    async def check(self) -> None:
        """DescribeKey: it is enabled."""
        answer = await self._call(lambda kms: kms.describe_key(KeyId=self._settings.key))
        if not answer["KeyMetadata"]["Enabled"]:
            raise KeyServiceUnavailable(service=self._name, reason="refused")

    async def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, ask: Callable[[Any], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._asked, ask)

    def _asked(self, ask: Callable[[Any], Answer]) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

        try:
            return ask(self._connection())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _NOT_OURS:
                raise WrapDoesNotOpen from None
            if code == "NotFoundException":
                raise KeyServiceUnavailable(service=self._name, reason="gone") from None
            raise KeyServiceUnavailable(
                service=self._name, reason="unreachable" if code in _LATER else "refused"
            ) from None
        except (ConnectTimeoutError, ReadTimeoutError):
            raise KeyServiceUnavailable(service=self._name, reason="timeout") from None
        except BotoCoreError:
            raise KeyServiceUnavailable(service=self._name, reason="unreachable") from None

    def _connection(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.config import Config

            session = boto3.Session(profile_name=self._settings.profile, region_name=self._settings.key.split(":")[3])
            limits = Config(
                connect_timeout=CALL_SECONDS,
                read_timeout=CALL_SECONDS,
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
            self._client = session.client("kms", endpoint_url=self._settings.endpoint, config=limits)
        return self._client


def open_service(name: str, settings: Mapping[str, Any]) -> Kms:
    """One from its settings. Raises pydantic's ValidationError."""
    return Kms(name, KmsSettings.model_validate(dict(settings)))


def _context(bound_to: bytes) -> dict[str, str]:
    return {"evenhand": bound_to.hex()}
