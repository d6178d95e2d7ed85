"""Who may do what. One table, default deny: a permission that a role does not list is refused."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks for. The words are also the scopes of API keys."""

    PROJECT_READ = "project.read"
    PROJECT_CREATE = "project.create"
    PROJECT_WRITE = "project.write"
    TASK_IMPORT = "task.import"
    TASK_READ = "task.read"
    TASK_MANAGE = "task.manage"
    TASK_LABEL = "task.label"
    TASK_REVIEW = "task.review"
    QUALITY_READ = "quality.read"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    KEY_MANAGE = "key.manage"
    RELEASE_CREATE = "release.create"
    RELEASE_READ = "release.read"
    AUDIT_READ = "audit.read"
    ORGANIZATION_WRITE = "organization.write"
    WEBHOOK_MANAGE = "webhook.manage"


_MANAGER = frozenset(Permission) - {Permission.ORGANIZATION_WRITE}

ROLES: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "manager": _MANAGER,
    "annotator": frozenset({Permission.TASK_LABEL}),
    "reviewer": frozenset(
        {Permission.TASK_LABEL, Permission.TASK_REVIEW, Permission.TASK_READ, Permission.PROJECT_READ}
    ),
    "auditor": frozenset(
        {Permission.PROJECT_READ, Permission.AUDIT_READ, Permission.RELEASE_READ, Permission.PEOPLE_READ}
    ),
    # One of the operator's, let in by break-glass: looks, and does nothing.
    "visitor": frozenset({Permission.PROJECT_READ, Permission.TASK_READ}),
}


def allowed(role: str, scopes: list[str] | None) -> frozenset[Permission]:
    """What a role may do, narrowed to the scopes of an API key (None: not narrowed)."""
    permissions = ROLES.get(role, frozenset())
    if scopes is None:
        return permissions
    return frozenset(permission for permission in permissions if permission.value in scopes)
