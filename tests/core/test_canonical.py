"""One spelling of JSON (RFC 8785), and strict reading of it (RFC 7493)."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.canonical import INTEGER_MAX, canonical_json, digest, read_json, unfit_parts
from evenhand.core.errors import Malformed

# From 2^53 to 1e21 a float is spelled like an integer, and such integers are refused where they are read.
numbers = st.integers(-INTEGER_MAX, INTEGER_MAX) | st.floats(-INTEGER_MAX, INTEGER_MAX) | st.floats(1e21, 1e300)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (-0.0, b"0"),
        (12.0, b"12"),
        (1e21, b"1e+21"),
        (0.000001, b"0.000001"),
        (333333333.33333329, b"333333333.3333333"),
        (1 / 1024, b"0.0009765625"),
        ({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
         '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'.encode()),
    ],
)  # fmt: skip
def test_a_value_has_the_spelling_of_rfc_8785(value, spelled):
    assert canonical_json(value) == spelled


@pytest.mark.parametrize(
    ("bits", "spelled"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_a_float_has_the_spelling_of_the_samples_of_rfc_8785_appendix_b(bits, spelled):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical_json(number) == spelled.encode()
    assert float(spelled) == number


@pytest.mark.parametrize("number", [2.0**53, 1e20, 999999999999999900000.0])
def test_a_float_that_is_spelled_like_an_integer_is_not_read_as_one(number):
    with pytest.raises(Malformed) as refused:
        read_json(canonical_json([number]))

    assert [each.code for each in refused.value.problems] == ["bad_number"]


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, float("nan"), float("inf")])
def test_a_number_that_json_cannot_carry_exactly_has_no_spelling(value):
    with pytest.raises(ValueError, match=r".+"):
        canonical_json(value)
    assert [each.pointer for each in unfit_parts({"a": [value]})] == ["/a/0"]


@given(values)
def test_what_is_written_is_read_back_and_written_the_same(value):
    once = canonical_json(value)

    assert canonical_json(read_json(once)) == once
    assert digest(value) == digest(json.loads(once))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":2}', "duplicate_key"),
        ("[NaN]", "bad_number"),
        ("[-Infinity]", "bad_number"),
        ("[9007199254740993]", "bad_number"),
        ("[1e400]", "bad_number"),
        ('["a\\u0000b"]', "nul_character"),
        ('["\\ud800"]', "lone_surrogate"),
        (b'["\xff"]', "bad_encoding"),
        ("[" * 100 + "]" * 100, "too_deep"),
        ("{", "bad_json"),
        ("", "bad_json"),
        ("[" + "9" * 5000 + "]", "bad_json"),
    ],
)
def test_what_i_json_forbids_is_refused_and_named(text, code):
    with pytest.raises(Malformed) as refused:
        read_json(text)

    assert refused.value.problems[0].code == code


def test_brackets_inside_a_text_are_no_depth():
    assert read_json(json.dumps(["[" * 500, '\\"[{' * 100])) == ["[" * 500, '\\"[{' * 100]
