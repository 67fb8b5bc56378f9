from __future__ import annotations

import datetime

import pytest

from apps.accounts import rules


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (13, 256), (14, 300), (10**9, 300)])
def test_the_delay_doubles_up_to_five_minutes(failures: int, seconds: int) -> None:
    assert rules.sign_in_delay(failures, 5) == datetime.timedelta(seconds=seconds)
