"""Media sealing: Tink reads what we write and we read what Tink writes; nothing that was tampered with opens."""

import asyncio
import base64
import io
import json
import os

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import secret_key_access, streaming_aead

from evenhand.vault.stream import (
    HEADER_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    MediaDamaged,
    MediaReader,
    MediaSealer,
    content_bytes,
    open_media,
    seal_media,
    sealed_bytes,
)

KEY = bytes(range(32))
BOUND = b"tenant, project, object"
FIRST = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES
NEXT = SEGMENT_BYTES - TAG_BYTES
EDGES = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + NEXT, FIRST + NEXT + 1, 2 * SEGMENT_BYTES]


class Kept(io.BytesIO):
    """Keeps its bytes when Tink closes it."""

    def close(self):
        self.content = self.getvalue()
        super().close()


def tink_with(key):
    streaming_aead.register()
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    keyset = json.loads(
        tink.json_proto_keyset_format.serialize(tink.new_keyset_handle(template), secret_key_access.TOKEN)
    )
    # The key message is its parameters followed by field 3, 32 bytes of key: ours replaces the random one.
    message = base64.b64decode(keyset["key"][0]["keyData"]["value"])
    keyset["key"][0]["keyData"]["value"] = base64.b64encode(message[:-32] + key).decode()
    handle = tink.json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def sealed(content, piece=300_000):
    pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
    return b"".join(seal_media(KEY, BOUND, pieces))


def opened(stored, start=0, stop=None, key=KEY, bound=BOUND):
    async def read():
        async def fetch(first, last):
            return stored[first:last]

        reader = await open_media(key, bound, fetch, len(stored))
        end = reader.content_bytes if stop is None else stop
        return b"".join([piece async for piece in reader.read(fetch, start, end)])

    return asyncio.run(read())


@pytest.mark.parametrize("size", EDGES)
def test_tink_reads_what_we_write(size):
    content = os.urandom(size)

    with tink_with(KEY).new_decrypting_stream(io.BytesIO(sealed(content)), BOUND) as stream:
        assert stream.read() == content


@pytest.mark.parametrize("size", EDGES)
def test_we_read_what_tink_writes(size):
    content, target = os.urandom(size), Kept()
    with tink_with(KEY).new_encrypting_stream(target, BOUND) as stream:
        stream.write(content)

    assert opened(target.content) == content
    assert sealed_bytes(size) == len(target.content)
    assert content_bytes(len(target.content)) == size


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_range_is_the_range_of_the_content(data):
    content = os.urandom(1024) * 2500
    stored = sealed(content)
    start = data.draw(st.one_of(st.integers(0, len(content)), st.sampled_from([FIRST - 1, FIRST, FIRST + NEXT])))
    stop = data.draw(st.one_of(st.integers(start, len(content) + 10), st.just(start + 1)))

    assert opened(stored, start, stop) == content[start:stop]


def test_a_range_fetches_only_the_segments_it_touches():
    stored = sealed(bytes(5 * SEGMENT_BYTES))
    reader = MediaReader.of(KEY, BOUND, stored[:HEADER_BYTES], len(stored))

    touched = reader.segments(2 * SEGMENT_BYTES, 2 * SEGMENT_BYTES + 10)

    assert [(each.number, each.start, each.stop) for each in touched] == [(2, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES)]


def test_the_sealer_holds_one_segment_at_most():
    sealer = MediaSealer(KEY, BOUND)

    written = sum(len(sealer.update(bytes(100_000))) for _ in range(100))

    assert 100 * 100_000 - written <= SEGMENT_BYTES
    assert written + len(sealer.finish()) == sealed_bytes(100 * 100_000)


@pytest.mark.parametrize("cut", [1, TAG_BYTES, 1000, 2 * SEGMENT_BYTES, SEGMENT_BYTES])
def test_a_truncated_object_does_not_open(cut):
    stored = sealed(os.urandom(FIRST + 2 * NEXT))

    with pytest.raises(MediaDamaged):
        opened(stored[:-cut])


def test_an_object_cut_to_nothing_or_grown_does_not_open():
    stored = sealed(b"small")

    for damaged in (b"", stored[:30], stored[: HEADER_BYTES + 3], stored + b"\x00", stored + bytes(SEGMENT_BYTES)):
        with pytest.raises(MediaDamaged):
            opened(damaged)


def test_swapped_segments_do_not_open_and_the_first_bad_one_is_named():
    stored = sealed(os.urandom(4 * SEGMENT_BYTES))
    one, two = (stored[n * SEGMENT_BYTES : (n + 1) * SEGMENT_BYTES] for n in (1, 2))
    swapped = stored[:SEGMENT_BYTES] + two + one + stored[3 * SEGMENT_BYTES :]

    with pytest.raises(MediaDamaged) as refused:
        opened(swapped)

    assert refused.value.segment == 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_refused(data):
    stored = bytearray(sealed(bytes(SEGMENT_BYTES + 1000)))
    at = data.draw(st.one_of(st.integers(0, HEADER_BYTES - 1), st.integers(0, len(stored) - 1)))
    stored[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(MediaDamaged):
        opened(bytes(stored))


def test_another_key_or_another_objects_name_does_not_open():
    stored = sealed(b"content")

    with pytest.raises(MediaDamaged):
        opened(stored, key=bytes(32))
    with pytest.raises(MediaDamaged):
        opened(stored, bound=b"another object")


def test_nothing_is_given_out_of_a_damaged_segment_even_when_only_part_of_it_was_asked_for():
    stored = bytearray(sealed(bytes(SEGMENT_BYTES)))
    stored[500_000] ^= 1

    with pytest.raises(MediaDamaged):
        opened(bytes(stored), 0, 10)
