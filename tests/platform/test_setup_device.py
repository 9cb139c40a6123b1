import sys
from pathlib import Path

import pytest

from vcam.platform import setup_device
from vcam.platform.setup.plan import Plan, write_file
from vcam.platform.setup_device import Talk, set_up
from vcam.platform.virtual_device import Problem, VirtualDevice

DEVICE = VirtualDevice("GazeCam", "/dev/video42", "v4l2loopback")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs a Unix command as the plan's step")


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan that writes a harmless file, and a device that is there once it was written."""
    path = tmp_path / "written"
    plan = Plan("to do", "the camera is missing", (write_file(str(path), "done\n"),))
    monkeypatch.setattr(setup_device, "make_plan", lambda *_, **__: plan)
    monkeypatch.setattr(setup_device, "available_rights", lambda: "ours")
    monkeypatch.setattr(
        setup_device, "locate_virtual_camera", lambda _: DEVICE if path.exists() else Problem("gone", "x")
    )
    monkeypatch.setattr(setup_device, "APPEARS_WITHIN_S", 0.0)
    return path


def talk(said: list[str], answer: bool | None) -> Talk:
    def allow(question: str) -> bool:
        said.append(f"asked: {question}")
        return bool(answer)

    return Talk(said.append, None if answer is None else allow)


def test_what_will_be_run_is_said_before_it_is_asked_about(target):
    said: list[str] = []
    assert set_up(talk(said, True))
    assert said[0] == "The camera is missing."
    assert f"tee {target}" in said[1]
    assert said[2].startswith("asked: ")
    assert said[3] == "Done: GazeCam is there (/dev/video42)."


@pytest.mark.parametrize("answer", [False, None])
def test_without_a_yes_nothing_is_run(target, answer):
    said: list[str] = []
    assert not set_up(talk(said, answer))
    assert not target.exists()
    assert said[-1].startswith("Nothing was changed.")


def test_yes_beforehand_is_not_asked_again_but_told_all_the_same(target):
    said: list[str] = []
    assert set_up(talk(said, None), yes=True)
    assert any(f"tee {target}" in line for line in said)
    assert not any(line.startswith("asked") for line in said)


@pytest.mark.usefixtures("target")
def test_a_device_that_does_not_appear_is_not_called_done(monkeypatch):
    monkeypatch.setattr(setup_device, "locate_virtual_camera", lambda _: Problem("it is stuck", "reload it"))
    said: list[str] = []
    assert not set_up(talk(said, True))
    assert said[-1] == "It is stuck. To do: reload it"


def test_without_any_way_to_the_rights_the_commands_are_told_to_run_by_hand(target, monkeypatch):
    monkeypatch.setattr(setup_device, "available_rights", lambda: "none")
    said: list[str] = []
    assert not set_up(talk(said, True), yes=True)
    assert "Log in as the administrator" in said[-1]
    assert not target.exists()


def test_an_obstacle_is_told_with_what_to_do_and_nothing_is_asked(monkeypatch):
    blocked = Plan("blocked", "v4l2loopback 0.10.0 is too old", fix="update it")
    monkeypatch.setattr(setup_device, "make_plan", lambda *_, **__: blocked)
    said: list[str] = []
    assert not set_up(talk(said, True), yes=True)
    assert said == ["v4l2loopback 0.10.0 is too old.", "To do: update it"]


def test_the_plan_for_this_machine_can_be_made():
    assert setup_device.make_plan().message
    assert setup_device.make_plan(remove=True).message
