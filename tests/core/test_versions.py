from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field

import pytest

from apps.core import versions
from apps.core.errors import PreconditionFailed


@dataclass
class Row:
    pk: uuid.UUID = field(default_factory=uuid.uuid4)
    updated_at: datetime.datetime = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def test_the_tag_changes_with_the_row_and_with_its_version() -> None:
    row = Row()
    later = Row(row.pk, row.updated_at + datetime.timedelta(microseconds=1))
    assert versions.tag_of(row) == versions.tag_of(Row(row.pk, row.updated_at))
    assert len({versions.tag_of(row), versions.tag_of(later), versions.tag_of(Row())}) == 3


@pytest.mark.parametrize("header", [None, "*", " * ", "{tag}", '"other", {tag}', '"other",{tag}'])
def test_the_expected_version_passes(header: str | None) -> None:
    row = Row()
    versions.parse_if_match(header and header.format(tag=versions.tag_of(row))).check(row)


@pytest.mark.parametrize("header", ['"other"', "W/{tag}", "", "other", "{tag}x"])
def test_any_other_version_does_not(header: str) -> None:
    row = Row()
    with pytest.raises(PreconditionFailed):
        versions.parse_if_match(header.format(tag=versions.tag_of(row))).check(row)
