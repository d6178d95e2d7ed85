"""Rows of wrapped keys as the vault's nouns."""

from __future__ import annotations

from typing import Any

from evenhand.vault.keyring import WrappedChunk, WrappedMonth


def month_of(row: Any) -> WrappedMonth:
    """The project key in a row, whose secret is not destroyed."""
    return WrappedMonth(
        row["organization_id"],
        row["project_key_id"],
        row["project_id"],
        row["month"],
        row["key_reference"],
        row["wrapped"],
    )


def chunk_of(row: Any) -> WrappedChunk:
    """The chunk key in a row, with its project key; neither is destroyed."""
    return WrappedChunk(row["chunk_key_id"], month_of(row), row["chunk_reference"], row["chunk_wrapped"])
