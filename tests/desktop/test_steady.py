"""What is shown stays long enough to be read."""

from vcam.desktop.steady import Steady


def test_a_blink_does_not_show() -> None:
    steady = Steady("on", hold_s=0.7)

    assert [steady(*step) for step in [("passing", 0.0), ("passing", 0.2), ("on", 0.3), ("on", 5.0)]] == [
        "on"
    ] * 4


def test_what_lasts_shows() -> None:
    steady = Steady("on", hold_s=0.7)

    assert [steady("passing", now_s) for now_s in (0.0, 0.6, 0.7)] == ["on", "on", "passing"]


def test_what_the_person_did_shows_at_once() -> None:
    assert Steady("on", hold_s=0.7)("off", 0.0, at_once=True) == "off"
