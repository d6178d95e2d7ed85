"""The errors an SDK raises: one class for each code of a problem document, each with its remedy.

A code that this version does not know becomes a `RefusedError` with everything the server said, so that a newer server never
breaks an older program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class EvenhandError(Exception):
    """Something the server or the way to it refused. `str()` is one line that ends in the remedy."""

    code: ClassVar[str] = "unknown"

    def __init__(self, document: Mapping[str, Any] | None = None, *, status: int | None = None) -> None:
        self.document: dict[str, Any] = dict(document or {})
        self.status = status
        super().__init__(str(self))

    @property
    def detail(self) -> str:
        """What happened, in a sentence."""
        return str(self.document.get("detail") or self.document.get("title") or "The request was refused.")

    @property
    def hint(self) -> str:
        """What to do about it."""
        return str(self.document.get("hint") or "")

    @property
    def problems(self) -> list[dict[str, Any]]:
        """Every defect of what was sent: pointer, code, message, remedy."""
        problems = self.document.get("problems")
        return list(problems) if isinstance(problems, list) else []

    @property
    def request_id(self) -> str | None:
        """What the operator needs to find this request in the log."""
        return self.document.get("request_id")

    def __str__(self) -> str:
        detail, hint = self.detail.strip(), self.hint.strip()
        if detail and detail[-1] not in ".!?:…":
            detail += "."
        return f"{detail} {hint}".strip()


class Unreachable(EvenhandError):
    """No answer came: wrong address, server not running, or the network is down."""

    code = "unreachable"

    def __init__(self, url: str, reason: str) -> None:
        detail = f"No answer from {url}: {reason or 'the connection failed'}."
        hint = "Check the address, and that the server runs (`evenhand up`)."
        super().__init__({"code": self.code, "detail": detail, "hint": hint, "url": url})


class RefusedError(EvenhandError):
    """The server refused with a code that this version of the SDK has no class for; `problem_code` says which."""

    @property
    def problem_code(self) -> str:
        """The code as the server sent it."""
        return str(self.document.get("code", "unknown"))


class NotSignedIn(EvenhandError):
    """The API key or session is missing, over or revoked."""

    code = "not-signed-in"


class WrongPassword(EvenhandError):
    """The address or the password is wrong."""

    code = "wrong-password"


class NotAllowed(EvenhandError):
    """Your role, or the key's scopes, do not include this."""

    code = "not-allowed"


class ForgedRequest(EvenhandError):
    """The session's CSRF token was missing or wrong."""

    code = "forged-request"


class NeedsSession(EvenhandError):
    """An API key cannot do this; a browser session can."""

    code = "needs-session"


class NotFound(EvenhandError):
    """There is no such thing here, or you may not know of it."""

    code = "not-found"


class Malformed(EvenhandError):
    """What was sent cannot be read; `problems` says where."""

    code = "malformed"


class AnswerRefused(EvenhandError):
    """An answer does not fit the ontology; `problems` names every defect."""

    code = "answer-refused"


class GoldRefused(EvenhandError):
    """Tasks cannot become gold, or have this flaw planted, as they are asked to; `problems` names every one. Nothing was stored."""

    code = "gold-refused"


class OntologyRefused(EvenhandError):
    """An ontology has defects; `problems` names them."""

    code = "ontology-refused"


class UnknownPreset(EvenhandError):
    """There is no preset of that name."""

    code = "unknown-preset"


class HoleRefused(EvenhandError):
    """What was given for a preset's hole does not fit."""

    code = "hole-refused"


class Conflict(EvenhandError):
    """Somebody changed it since you read it, or it exists already."""

    code = "conflict"


class PreconditionFailed(EvenhandError):
    """If-Match names a version that is no longer the present one."""

    code = "precondition-failed"


class CompatibilityUnconfirmed(EvenhandError):
    """A changed ontology needs its class of change confirmed; `document["class"]` names it."""

    code = "compatibility-unconfirmed"


class LeaseExpired(EvenhandError):
    """The hold on the task ran out before the answer arrived."""

    code = "lease-expired"


class OnHold(EvenhandError):
    """Work for this customer is on hold since a change of control."""

    code = "on-hold"


class LeaseRevoked(EvenhandError):
    """The hold was taken back."""

    code = "lease-revoked"


class AlreadyAnswered(EvenhandError):
    """You answered this task already."""

    code = "already-answered"


class NotYours(EvenhandError):
    """The task is not held by you."""

    code = "not-yours"


class ProjectPaused(EvenhandError):
    """The project is paused."""

    code = "project-paused"


class LinkUsed(EvenhandError):
    """The link was used already, or its time is over."""

    code = "link-used"


class LimitReached(EvenhandError):
    """A limit of the installation or of the organization is reached."""

    code = "limit-reached"


class QuotaReached(EvenhandError):
    """The organization holds as much as it may: `document["what"]` names tasks, bytes or members."""

    code = "quota-reached"


class TooManyRequests(EvenhandError):
    """Too many requests in a short time, also after waiting as asked."""

    code = "too-many-requests"


class UnsupportedMediaType(EvenhandError):
    """This kind of content is not taken here."""

    code = "unsupported-media-type"


class UploadRefused(EvenhandError):
    """An upload's signed address is over, was changed, or is used up."""

    code = "upload-refused"


class BucketRefused(EvenhandError):
    """The bucket does not open with what was given, or may not be read."""

    code = "bucket-refused"


class OutboundRefused(EvenhandError):
    """The server may not reach this address: it is on the inside, or no address at all."""

    code = "outbound-refused"


class OutboundFailed(EvenhandError):
    """The server reached the address, and it did not answer as it should."""

    code = "outbound-failed"


class ImportRefused(EvenhandError):
    """Nothing was imported: every row is bad, or one is and the import was atomic."""

    code = "import-refused"


class ImportGivenUp(EvenhandError):
    """Its worker was lost several times in a row without bringing anything more in."""

    code = "import-given-up"


class HeadTooLarge(EvenhandError):
    """The address and headers of the request are larger than the server takes."""

    code = "head-too-large"


class BodyStalled(EvenhandError):
    """The body of the request stopped in its middle for longer than the server waits."""

    code = "body-stalled"


class Unavailable(EvenhandError):
    """A part of the server does not answer at the moment."""

    code = "unavailable"


class KeyServiceUnavailable(EvenhandError):
    """The service that holds the organization's key does not unwrap now, so nothing of it is opened or sealed."""

    code = "key-service-unavailable"


class ContentDamaged(EvenhandError):
    """What is stored does not open: it was changed or cut off, or the server's key is another. Its operator must look."""

    code = "does-not-open"


class MediaDamaged(EvenhandError):
    """A stored picture or file does not open, or is not where it should be. The server's operator must look."""

    code = "media-damaged"


class LogDamaged(EvenhandError):
    """Published files of a log are not what was published, so that they prove nothing. The server's operator must look."""

    code = "log-damaged"


class MetricsClosed(EvenhandError):
    """Metrics are for the server's own machine, or for whoever has their token."""

    code = "metrics-closed"


class StorageFull(EvenhandError):
    """The server's disk is full."""

    code = "storage-full"


class Walled(EvenhandError):
    """A wall stands between you and this item."""

    code = "walled"


class NotAMember(EvenhandError):
    """You are no member of the organization."""

    code = "not-a-member"


class SkillMissing(EvenhandError):
    """The project asks for a skill that you have not shown, or no more; `exams` of the document names where it is earned."""

    code = "skill-missing"


class RemovedFromProject(EvenhandError):
    """You were removed from this project; `client.appeals.rulings()` says why."""

    code = "removed-from-project"


class AnotherPersonNeeded(EvenhandError):
    """Whoever decided does not answer the appeal; `deciders` of the document names those who may."""

    code = "another-person-needed"


class CheckMissing(EvenhandError):
    """The checks of an answer were not run by you on exactly what you accept; `client.checks.start` runs them."""

    code = "check-missing"


class CheckerWeak(EvenhandError):
    """The checker of an answer does not reach what its project asks; `check_id` of the document names the check that says why."""

    code = "checker-weak"


class TooLarge(EvenhandError):
    """What was sent is larger than the server takes."""

    code = "too-large"


class MethodNotAllowed(EvenhandError):
    """This address does not take this method: is the server older than the SDK?"""

    code = "method-not-allowed"


class RangeNotSatisfiable(EvenhandError):
    """The wanted range lies outside of the file."""

    code = "range-not-satisfiable"


class PasskeyRefused(EvenhandError):
    """The passkey does not open anything here."""

    code = "passkey-refused"


class PasskeysUnavailable(EvenhandError):
    """Browsers make no passkeys for the address of this server."""

    code = "passkeys-unavailable"


class PasskeyRequired(EvenhandError):
    """This organization asks for a passkey, or for its provider: a password alone opens nothing there."""

    code = "passkey-required"


class NotConfirmed(EvenhandError):
    """This asks that you show once more who you are."""

    code = "not-confirmed"


class SingleSignOnRefused(EvenhandError):
    """Single sign-on did not go through."""

    code = "single-sign-on-refused"


class NoAccount(EvenhandError):
    """Nobody here has the address that the provider vouches for."""

    code = "no-account"


class BreakGlassForbidden(EvenhandError):
    """This customer lets nobody of the operator in."""

    code = "break-glass-forbidden"


class NotOperator(EvenhandError):
    """Only an owner or a manager of the operator can ask for this."""

    code = "not-operator"


class ServerFailed(EvenhandError):
    """The server failed: its mistake, not yours."""

    code = "platform-error"


BY_CODE: dict[str, type[EvenhandError]] = {
    each.code: each for each in EvenhandError.__subclasses__() if each not in (Unreachable, RefusedError)
}


def of_problem(document: Any, status: int) -> EvenhandError:
    """The error of a problem document. What is no problem document (a proxy's page) becomes a general one."""
    if not isinstance(document, Mapping) or "code" not in document:
        hint = "Check that the address is Evenhand's own." if status < 500 else "Try again in a moment."
        return RefusedError(
            {"detail": f"The answer was HTTP {status}, without a problem document.", "hint": hint}, status=status
        )
    return BY_CODE.get(str(document["code"]), RefusedError)(document, status=status)
