from dataclasses import replace

import pytest

from tests.platform.setup.builders import LOADED, MACHINE, facts, kept_for_good, node
from vcam.platform import checks_linux
from vcam.platform.pipewire_state import PipeWireState
from vcam.platform.setup.linux import plan_setup

OLD = replace(LOADED, version=None)
UP = PipeWireState(running=True, managed=True, cameras=("Laptop",))


def test_a_loopback_that_announces_both_ways_is_hidden_from_browsers():
    found = checks_linux.check_loopback(LOADED, [node(10, captures=True)], "GazeCam")
    assert found.status == "warn"
    assert "exclusive_caps=1" in found.message
    assert found.fix == "gazecam setup-device"


def test_the_restart_bug_is_noted_as_worked_around():
    assert "works around" in checks_linux.check_loopback(OLD, [], "GazeCam").message


def test_an_old_module_is_named_by_the_source_it_came_from():
    found = checks_linux.check_loopback(OLD, [], "GazeCam", source_version="0.12.7")
    assert found.message.startswith("version 0.12.7 cannot restart")


def test_a_module_older_than_any_that_was_tried_is_a_warning():
    found = checks_linux.check_loopback(OLD, [], "GazeCam", source_version="0.10.0")
    assert (found.status, found.message) == ("warn", "version 0.10.0; GazeCam was tried on 0.12 and newer")


def test_a_new_module_is_fine():
    assert checks_linux.check_loopback(LOADED, [], "GazeCam").message == "version 0.13.2"


def test_a_device_that_would_be_gone_after_a_restart_is_a_warning():
    found = checks_linux.check_next_start(plan_setup(facts(node(42)), "GazeCam"))
    assert found
    assert (found.status, found.fix) == ("warn", "gazecam setup-device")


def test_a_device_that_comes_back_is_fine():
    found = checks_linux.check_next_start(plan_setup(kept_for_good(facts(node(42))), "GazeCam"))
    assert found
    assert (found.status, found.fix) == ("ok", "")


def test_where_there_is_no_device_the_next_start_is_no_subject():
    assert checks_linux.check_next_start(plan_setup(facts(), "GazeCam")) is None


@pytest.mark.parametrize(
    ("secure_boot", "loaded", "trusted", "status"),
    [
        (None, False, None, "ok"),
        (False, False, None, "ok"),
        (True, True, None, "ok"),
        (True, False, None, "ok"),
        (True, False, True, "ok"),
        (True, False, False, "warn"),
    ],
)
def test_secure_boot_is_a_warning_where_it_stops_the_module(secure_boot, loaded, trusted, status):
    machine = replace(MACHINE, secure_boot=secure_boot, key_trusted=trusted, signing_key="/k.der")
    found = checks_linux.check_secure_boot(machine, replace(LOADED, loaded=loaded))
    assert found.status == status
    assert bool(found.fix) == (status != "ok")


def test_no_pipewire_is_fine_unless_frames_go_to_it():
    down = PipeWireState(running=False)
    assert checks_linux.check_pipewire(down, "GazeCam", sending=True).status == "ok"
    assert checks_linux.check_pipewire(down, "GazeCam", sending=True, needed=True).status == "fail"


def test_pipewire_without_a_session_manager_finds_no_cameras():
    found = checks_linux.check_pipewire(PipeWireState(running=True), "GazeCam", sending=False)
    assert (found.status, found.fix) == ("warn", "systemctl --user enable --now wireplumber")


def test_a_running_gazecam_that_pipewire_overlooked_is_a_warning():
    found = checks_linux.check_pipewire(UP, "GazeCam", sending=True)
    assert found.status == "warn"
    assert "does not list GazeCam (it lists: Laptop)" in found.message
    assert found.fix.startswith("systemctl --user restart wireplumber")


@pytest.mark.parametrize(
    ("state", "sending"),
    [(UP, False), (replace(UP, cameras=("Laptop", "GazeCam")), True), (replace(UP, cameras=None), True)],
)
def test_pipewire_is_fine_where_it_lists_gazecam_or_nothing_is_known_against_it(state, sending):
    assert checks_linux.check_pipewire(state, "GazeCam", sending=sending).status == "ok"
