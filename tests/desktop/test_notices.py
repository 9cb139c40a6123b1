"""Notifications are few, and never the same one again within a while."""

import pytest

from vcam.desktop.notices import QUIET_S, Notices
from vcam.session import EventKind, SessionEvent


class Listener:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.now_s = 0.0
        self.notices = Notices(lambda _title, text: self.told.append(text), clock=lambda: self.now_s)

    def happens(self, kind: EventKind) -> None:
        self.notices.take(SessionEvent(kind, kind))


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_lost_and_back_are_told_once_each(listener: Listener) -> None:
    listener.happens("camera lost")
    listener.happens("camera back")

    assert listener.told == ["camera lost", "camera back"]


def test_a_loose_plug_is_told_once(listener: Listener) -> None:
    for _ in range(5):
        listener.happens("camera lost")
        listener.happens("camera back")
        listener.now_s += 2

    assert listener.told == ["camera lost", "camera back"]


def test_after_a_while_it_is_told_again(listener: Listener) -> None:
    listener.happens("camera lost")
    listener.now_s += QUIET_S
    listener.happens("camera lost")

    assert listener.told == ["camera lost", "camera lost"]


def test_good_news_without_bad_is_no_news(listener: Listener) -> None:
    listener.happens("camera back")
    listener.happens("mended")

    assert listener.told == []


def test_one_thing_does_not_silence_another(listener: Listener) -> None:
    listener.happens("camera lost")
    listener.happens("fell back")
    listener.happens("problem")

    assert listener.told == ["camera lost", "fell back", "problem"]


def test_switched_off_it_is_silent(listener: Listener) -> None:
    listener.notices.enabled = False
    listener.happens("problem")

    assert listener.told == []
