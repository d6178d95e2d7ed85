"""Any JSON at all: what strangers send."""

from __future__ import annotations

from hypothesis import strategies as st

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)


def foreign(*words: str, max_leaves: int = 12) -> st.SearchStrategy[object]:
    """JSON whose keys and texts often are the given words, so that it gets past the first look."""
    known = st.sampled_from(words) if words else st.text(max_size=8)
    return st.recursive(
        _leaves | known,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(known | st.text(max_size=4), inner, max_size=4),
        max_leaves=max_leaves,
    )
