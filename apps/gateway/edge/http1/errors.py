from __future__ import annotations


class BadRequest(Exception):
    """The client's bytes are not one well-formed request. The connection is closed after the answer.

    Args:
        sentence: what was wrong, for the person at the other end.
        status: 400, or 413, 414, 431, 505 where HTTP has a better one.
    """

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        self.sentence = sentence
        self.status = status
        super().__init__(sentence)


class BadResponse(Exception):
    """The upstream's bytes are not a well-formed answer."""


class BadFraming(Exception):
    """A chunked body that breaks the framing of RFC 9112, section 7.1, or uses extensions or trailers."""
