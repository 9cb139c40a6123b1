"""The binding to Qt itself: what of it would end the program sooner or later."""

import sys

import pytest

QtCore = pytest.importorskip("PySide6.QtCore", reason="PySide6 (the extra desktop) is not installed")


def test_a_call_that_returns_nothing_leaves_none_as_it_was():
    """PySide6 6.12.0 takes a reference of None with each on Python 3.11: after some thousands it aborts."""
    point = QtCore.QObject()
    before = sys.getrefcount(None)
    for _ in range(300):
        point.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 100
