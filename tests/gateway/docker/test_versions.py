from __future__ import annotations

import pytest

from apps.core.errors import InvalidInput, NotFound
from apps.gateway.docker import versions
from apps.gateway.docker.versions import NEWEST, Version


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1.41/info", (Version(1, 41), "/info")),
        ("/v1.24/containers/x/json", (Version(1, 24), "/containers/x/json")),
        ("/info", (None, "/info")),
        ("/volumes/v1.41", (None, "/volumes/v1.41")),
    ],
)
def test_version_is_split_off(path: str, expected: tuple[Version | None, str]) -> None:
    assert versions.split(path) == expected


@pytest.mark.parametrize("path", ["/v01.41/info", "/v1.041/info", "/v1.41.0/info", "/v1.4/info", "/v2.41/info", "/v1.41"])
def test_spellings_that_only_some_servers_read_do_not_exist(path: str) -> None:
    with pytest.raises(NotFound):
        versions.split(path)


def test_what_is_too_new_or_too_old_is_refused_in_the_words_of_the_engine() -> None:
    with pytest.raises(InvalidInput, match=r"client version 1\.42 is too new\. Maximum supported API version is 1\.41"):
        versions.choose(Version(1, 42), Version(1, 41))
    with pytest.raises(InvalidInput, match=r"client version 1\.23 is too old\. Minimum supported API version is 1\.24"):
        versions.choose(Version(1, 23), Version(1, 41))


def test_without_a_version_the_newest_both_know_is_meant() -> None:
    assert versions.choose(None, Version(1, 41)) == Version(1, 41)
    assert versions.clamp(Version(1, 41)) == Version(1, 41)
    assert versions.clamp(Version(1, 99)) == NEWEST


@pytest.mark.parametrize("text", ["", "1", "2.0", "1.41.0", "1.x", " 1.41", "1.41\n"])
def test_an_engine_that_names_no_version_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not an API version"):
        versions.parse(text)
