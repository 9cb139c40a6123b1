from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.sources.timeline import Timeline

TIME_BASE = Fraction(1, 1000)
RATE = Fraction(25)


def placed(ticks: list[int | None]) -> list[int]:
    timeline = Timeline(TIME_BASE, RATE)
    return [timeline.place(tick) for tick in ticks]


@given(st.sets(st.integers(-(10**12), 10**12), min_size=1))
def test_ticks_that_grow_stay_as_they_are(ticks: set[int]) -> None:
    assert placed([*sorted(ticks)]) == sorted(ticks)


@given(st.lists(st.none() | st.integers(-(10**9), 10**9)))
def test_time_never_stands_still_or_goes_back(ticks: list[int | None]) -> None:
    result = placed(ticks)
    assert all(later > earlier for earlier, later in pairwise(result))


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        ([None, None, None], [0, 40, 80]),
        ([500, None, 600], [500, 540, 600]),
        ([0, 40, 40, 80], [0, 40, 41, 80]),
        ([0, 40, 30, 80], [0, 40, 41, 80]),
        ([5000, 5040, 0, 40, 80], [5000, 5040, 5080, 5120, 5160]),
    ],
    ids=["none has a time", "one has no time", "a time twice", "a small step back", "time starts anew"],
)
def test_what_does_not_grow_is_mended(ticks: list[int | None], expected: list[int]) -> None:
    assert placed(ticks) == expected


def test_nothing_stands_before_the_earliest_time() -> None:
    timeline = Timeline(TIME_BASE, RATE, earliest=0)
    assert [timeline.place(tick) for tick in (-400, -300, -5, 18, 40)] == [0, 1, 2, 18, 40]
