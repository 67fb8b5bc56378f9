from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.edge.serving import Edge, serving


@pytest.fixture
def edge() -> Iterator[Edge]:
    """The edge on a real port, with an upstream that records."""
    with serving() as served:
        yield served
