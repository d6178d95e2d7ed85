"""The closed lists of the ledger: actions (the numbers stand in `ledger_action`) and purposes of a look.

This is version 1 of the list, which the `v` of every entry names. Words are added at its end; one that is taken away, or that
means something else from then on, makes version 2.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Action(IntEnum):
    """What an entry says happened. Numbers are stored; names go into the canonical entry."""

    ASSET_RELEASE = 1
    ASSET_RENDER = 2
    LABEL_WRITE = 3
    EXPORT_CREATE = 4
    KEY_UNWRAP = 5
    KEY_DESTROY = 6
    ASSIGN_ALLOW = 7
    ASSIGN_DENY = 8
    POLICY_CHANGE = 9
    OWNERSHIP_CHANGE = 10
    BREAKGLASS_OPEN = 11
    BREAKGLASS_CLOSE = 12
    ADMIN_LOGIN = 13
    MEMBER_CHANGE = 14
    DELIVERY_SIGN = 15
    DELETION_CERTIFY = 16
    SOFTWARE_DEPLOY = 17
    LOG_RECONCILE = 18
    TASK_IMPORT = 19
    LEASE_EXPIRE = 20
    LEASE_REVOKE = 21
    LEASE_RETURN = 22
    PROJECT_CHANGE = 23
    CONTENT_WRITE = 24
    LOG_ROOT = 25
    KEY_ROTATE = 26
    WALL_HOLD = 27
    VERDICT_WRITE = 28
    RULING_WRITE = 29
    APPEAL_WRITE = 30

    @property
    def title(self) -> str:
        """`asset.release`, as in the entry."""
        return self.name.lower().replace("_", ".", 1)


class Purpose(StrEnum):
    """Why somebody looked. A person reads these on the item's page."""

    LABEL = "label"
    REOPEN = "reopen"
    BROWSE = "browse"
    DIRECTORY = "directory"
    CHECK = "check"
    STATISTICS = "statistics"
    RELEASE = "release"
    DOWNLOAD = "download"
    MEDIA = "media"
    NOTIFY = "notify"
    IMPORT = "import"
    SIGN_IN = "sign-in"
    MANAGE = "manage"
    TEACH = "teach"
    REVIEW = "review"
    ADJUDICATE = "adjudicate"
