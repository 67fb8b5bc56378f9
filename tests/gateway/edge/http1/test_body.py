from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.edge.http1.body import LAST_CHUNK, ChunkedBody, LengthBody, chunk
from apps.gateway.edge.http1.errors import BadFraming


def decode(data: bytes, sizes: list[int]) -> tuple[bytes, bytes, bool]:
    """The payload and what is left over, fed in pieces of these sizes, the last repeated."""
    body, tracker = ChunkedBody(), ChunkedBody(keep_payload=False)
    payload, position = b"", 0
    turn = iter(sizes)
    size = 1
    while position < len(data) and not body.is_done:
        size = next(turn, size)
        piece = data[position : position + size]
        pieces, taken = body.feed(piece)
        assert tracker.feed(piece) == ([], taken)
        payload += b"".join(pieces)
        position += taken
    return payload, data[position:], body.is_done


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=6), st.lists(st.integers(1, 70), min_size=1, max_size=8))
def test_chunks_read_back_however_they_are_cut(payloads: list[bytes], sizes: list[int]) -> None:
    data = b"".join(chunk(payload) for payload in payloads) + LAST_CHUNK + b"GET /next"
    assert decode(data, sizes) == (b"".join(payloads), b"GET /next", True)


@pytest.mark.parametrize(
    "data",
    [
        *(b"5;ext=1\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b" 5\r\nhello\r\n0\r\n\r\n"),
        *(b"0x5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"-1\r\n", b"\r\n", b"5\nhello\n0\n\n", b"g\r\n"),
        *(b"5\r\nhelloX\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"),
        *(b"0\r\nGET /evil HTTP/1.1\r\n\r\n", b"1111111111111111\r\n", b"5\r\r\nhello\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_odd_chunks_are_refused(data: bytes, size: int) -> None:
    with pytest.raises(BadFraming):
        decode(data, [size] * len(data))


@given(st.binary(max_size=80), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_where_a_body_ends_does_not_depend_on_packets(data: bytes, sizes: list[int]) -> None:
    def outcome(pieces: list[int]) -> object:
        try:
            return decode(data, pieces)
        except BadFraming:
            return "refused"

    assert outcome(sizes) == outcome([len(data) or 1])


def test_a_body_of_known_length_leaves_the_rest() -> None:
    body = LengthBody(5)
    assert body.feed(b"hel") == ([b"hel"], 3)
    assert body.feed(b"lo, next") == ([b"lo"], 2)
    assert body.is_done
