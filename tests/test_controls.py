import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.controls import Controls, ControlState
from vcam.errors import ConfigError


def test_at_first_it_is_a_call_at_full_strength():
    assert Controls().state == ControlState("call", 1.0, 1.0, 1.0)
    assert Controls().state.enabled


def test_a_change_keeps_what_it_does_not_name():
    controls = Controls(ControlState("call", 0.5, 0.25, 0.75))
    assert controls.change(strength=0.8) == ControlState("call", 0.8, 0.25, 0.75)
    assert controls.state.strength == 0.8


def test_off_and_on_again_is_the_mode_that_was_on():
    controls = Controls()
    controls.change(mode="teleprompter")
    assert controls.toggle().mode == "off"
    assert controls.toggle().mode == "teleprompter"


def test_started_off_it_is_switched_on_for_a_call():
    assert Controls(ControlState("off")).toggle().mode == "call"


def test_turning_on_what_is_on_changes_nothing():
    controls = Controls(ControlState("teleprompter"))
    assert controls.turn_on().mode == "teleprompter"
    controls.change(mode="off")
    assert controls.turn_on().mode == "teleprompter"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mode": "on"}, r"mode: expected one of call, teleprompter, off, got 'on'"),
        ({"strength": 1.5}, r"strength: expected a number from 0 to 1, got 1\.5"),
        ({"strength_pitch": -0.1}, "strength_pitch: expected a number from 0 to 1"),
        ({"strength_yaw": float("nan")}, "strength_yaw: expected a number from 0 to 1, got nan"),
        ({"strength": True}, "strength: expected a number from 0 to 1, got True"),
        ({"strenght": 1.0}, "unknown control strenght; known: mode, strength, strength_pitch, strength_yaw"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(fields, message):
    controls = Controls()
    with pytest.raises(ConfigError, match=message):
        controls.change(**fields)
    assert controls.state == ControlState()


def test_a_subscriber_hears_of_each_change_with_the_state_it_made_until_it_unsubscribes():
    controls, heard = Controls(), list[ControlState]()
    unsubscribe = controls.subscribe(heard.append)
    states = [controls.change(strength=0.5), controls.toggle()]
    unsubscribe()
    unsubscribe()
    controls.toggle()
    assert heard == states


def test_what_is_no_change_is_not_told():
    controls, heard = Controls(), list[ControlState]()
    controls.subscribe(heard.append)
    controls.change(strength=1.0)
    controls.turn_on()
    assert heard == []


def test_a_subscriber_may_change_the_state():
    controls, heard = Controls(), list[str]()

    def at_once_on_again(state: ControlState) -> None:
        heard.append(state.mode)
        if not state.enabled:
            controls.toggle()

    controls.subscribe(at_once_on_again)
    controls.toggle()
    assert heard == ["off", "call"]
    assert controls.state.enabled


def test_a_subscriber_that_fails_does_not_keep_the_change_from_others(caplog):
    controls, heard = Controls(), list[ControlState]()

    def fail(_state: ControlState) -> None:
        raise ValueError("a fault of the window")

    controls.subscribe(fail)
    controls.subscribe(heard.append)
    controls.toggle()
    assert len(heard) == 1
    assert "a fault of the window" in caplog.text


def test_toggles_from_many_threads_are_all_counted():
    controls, heard = Controls(), list[ControlState]()
    controls.subscribe(heard.append)
    threads = [threading.Thread(target=lambda: [controls.toggle() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(heard) == 200
    assert controls.state == ControlState()


@given(st.lists(st.sampled_from(["toggle", "turn_on", "call", "teleprompter", "off"])))
def test_off_is_left_for_the_mode_that_was_on_last_whatever_came_before(words):
    controls, last_on = Controls(), "call"
    for word in words:
        if word in ("toggle", "turn_on"):
            getattr(controls, word)()
        else:
            controls.change(mode=word)
        last_on = controls.state.mode if controls.state.enabled else last_on
    assert controls.turn_on().mode == last_on
