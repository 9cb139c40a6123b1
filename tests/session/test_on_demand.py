"""The camera is open while somebody looks, and closed otherwise."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.session.cast import PLACEHOLDER, SIZE, House, Scene, Viewers, config, is_corrected, level, until
from vcam.session import Activity


@pytest.fixture
def scene(monkeypatch) -> Iterator[Scene]:
    """It runs, and nobody reads."""
    monkeypatch.setattr("vcam.session.demand._LINGER_S", 0.1)
    scene = Scene()
    scene.session.start()
    until(lambda: scene.viewers.sent, "the placeholder is sent")
    yield scene
    scene.session.stop()
    assert scene.house.open == []


def waits(scene: Scene) -> bool:
    return scene.session.status().activity is Activity.WAITING and scene.house.open == []


def test_with_no_reader_the_camera_is_never_opened_and_the_device_stays_listed(scene):
    scene.viewers.see(lambda frame: level(frame) == PLACEHOLDER, "the placeholder comes again")
    assert scene.house.openings == 0
    assert waits(scene)
    assert (scene.session.status().readers, scene.session.status().fps) == (0, 0.0)
    assert {(frame.width, frame.height) for frame in scene.viewers.sent} == {SIZE}
    assert scene.session.newest() is None


def test_at_rest_about_one_frame_is_sent_per_second(scene):
    for _ in range(2):
        scene.viewers.see(lambda _frame: True, "the next placeholder")
    times = [frame.captured_at for frame in scene.viewers.sent]
    # waiting 1 s takes at least 1 s, however busy the machine is; the first is sent when it is noticed
    assert all(later - earlier > 0.99 for earlier, later in pairwise(times[1:]))


def test_at_rest_no_stage_runs(scene):
    until(lambda: scene.models, "the models are loaded")
    scene.viewers.see(lambda frame: level(frame) == PLACEHOLDER, "a placeholder")
    assert scene.models[0].tracked == 0


def test_a_reader_opens_the_camera_and_its_leaving_closes_it(scene):
    for turn in range(3):
        scene.viewers.come(1)
        scene.viewers.see(is_corrected, "a corrected frame")
        assert scene.house.openings == turn + 1
        assert scene.session.status().readers == 1
        scene.viewers.come(0)
        until(lambda: waits(scene), "the camera is closed")
    assert len(scene.models) == 1
    assert scene.outputs == [SIZE]


def test_what_is_left_when_the_camera_is_closed_shows_nobody(scene):
    scene.viewers.come(1)
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.viewers.come(0)
    until(lambda: waits(scene), "the camera is closed")
    until(lambda: level(scene.viewers.last) == PLACEHOLDER, "the placeholder")
    scene.viewers.see(lambda _frame: True, "the next picture")
    assert level(scene.viewers.last) == PLACEHOLDER


def test_no_picture_from_before_a_rest_is_sent_after_it(scene):
    scene.viewers.come(1)
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.viewers.come(0)
    until(lambda: waits(scene), "the camera is closed")
    scene.house.plugged["front"] = 120
    before = len(scene.viewers.sent)
    scene.viewers.come(1)
    scene.viewers.see(lambda frame: level(frame) == 120, "the camera is open again")
    assert {level(frame) for frame in scene.viewers.sent[before + 1 :]} <= {120, PLACEHOLDER}


def test_a_program_that_only_looks_what_cameras_there_are_switches_no_light_on(scene, monkeypatch):
    monkeypatch.setattr("vcam.session.demand._CONFIRM_S", 0.05)
    for _ in range(5):
        scene.viewers.come(1)
        scene.viewers.come(0)
    scene.viewers.see(lambda _frame: True, "a placeholder")
    assert scene.house.openings == 0


def test_a_reader_that_opens_the_device_anew_finds_the_camera_open(scene, monkeypatch):
    monkeypatch.setattr("vcam.session.demand._LINGER_S", 60.0)
    scene.viewers.come(1)
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.viewers.come(0)
    until(lambda: scene.session.status().readers == 0, "it has left")
    scene.viewers.come(1)
    until(lambda: scene.session.status().readers == 1, "it is back")
    scene.viewers.see(is_corrected, "frames go on")
    assert scene.house.openings == 1


def test_the_preview_keeps_the_camera_open_without_a_reader(scene):
    scene.session.watch(True)
    until(lambda: scene.session.newest() is not None, "the preview has a picture")
    assert scene.session.status().activity is Activity.LIVE
    scene.session.watch(False)
    until(lambda: waits(scene), "the camera is closed")
    assert scene.session.newest() is None


def test_whoever_observes_keeps_the_camera_open(scene):
    seen: list[object] = []
    end = scene.session.observe(seen.append)
    until(lambda: seen, "a correction")
    end()
    until(lambda: waits(scene), "the camera is closed")


def test_closing_the_preview_in_a_call_changes_nothing(scene):
    scene.viewers.come(1)
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.session.watch(True)
    scene.session.watch(False)
    scene.viewers.see(is_corrected, "frames go on")
    assert scene.house.openings == 1


def test_switched_off_in_the_settings_the_camera_stays_open(scene):
    scene.session.apply(config("sink.on_demand=off"))
    scene.viewers.see(is_corrected, "a corrected frame, although nobody reads")
    scene.session.apply(config())
    until(lambda: waits(scene), "the camera is closed")


def test_where_the_system_does_not_tell_who_reads_the_camera_stays_open():
    scene = Scene(viewers=Viewers(None))
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    assert scene.session.status().readers is None
    scene.session.stop()


def test_another_camera_chosen_at_rest_is_not_opened_until_somebody_reads(scene):
    scene.session.apply(config("source.spec=camera:side"))
    assert scene.house.openings == 0
    assert scene.session.status().camera == "side"
    scene.viewers.come(1)
    scene.viewers.see(lambda frame: level(frame) == 150, "the other camera")


def test_a_camera_that_another_program_took_meanwhile_is_waited_for(scene):
    scene.house.held.add("front")
    scene.viewers.come(1)
    until(lambda: scene.kinds() == ["camera lost"], "it is told")
    assert "held by another program" in scene.session.status().reason
    scene.house.held.clear()
    scene.viewers.see(is_corrected, "it is free again")
    assert scene.kinds() == ["camera lost", "camera back"]


def test_a_camera_that_comes_back_at_rest_is_told_without_opening_it(monkeypatch):
    monkeypatch.setattr("vcam.session.demand._LOOK_EVERY_S", 0.02)
    scene = Scene(house=House(side=150))
    scene.session.start()
    until(lambda: scene.kinds() == ["camera lost"], "it is missing")
    scene.house.plugged["front"] = 100
    until(lambda: scene.kinds() == ["camera lost", "camera back"], "it is back")
    assert scene.house.openings == 0
    scene.session.stop()
