import threading

import numpy as np
import pytest

from tests.session.cast import (
    PATIENCE_S,
    PLACEHOLDER,
    SIZE,
    Gone,
    Scene,
    Unplugged,
    Viewers,
    config,
    is_corrected,
    level,
    until,
)
from vcam.calibration import Calibration
from vcam.errors import ConfigError, SinkUnavailable, SourceUnavailable
from vcam.session import Activity
from vcam.types import Correction

CALIBRATION = Calibration(1.0, 0.5, 1.0, 1.0, -9.0, 0.0, "2026-11-21T06:00:00+00:00", 100, 0.5)


def activity(scene: Scene) -> Activity:
    return scene.session.status().activity


def test_nothing_is_opened_before_the_start(scene):
    assert activity(scene) is Activity.STOPPED
    assert (scene.house.openings, scene.outputs, scene.models) == (0, [], [])
    assert scene.session.newest() is None


def test_a_reader_gets_corrected_frames(call):
    status = call.session.status()
    assert (status.activity, status.reason) == (Activity.LIVE, None)
    assert (status.camera, status.backend) == ("front", "CPU")
    assert (status.output, status.readers, status.size) == ("GazeCam (/dev/video10)", 1, SIZE)
    until(lambda: call.session.status().fps > 0, "a rate")
    assert status.delay_ms is not None


def test_all_but_the_eyes_is_the_cameras_own(call):
    frame = call.viewers.see(is_corrected, "a corrected frame")
    own = np.ones(SIZE[::-1], bool)
    own[0, 0] = False
    assert (frame.image[own] == 100).all()


def test_the_newest_correction_shows_before_and_after(call):
    newest = call.session.newest()
    assert newest is not None
    assert level(newest.original) == 100
    assert not is_corrected(newest.original)
    assert is_corrected(newest.frame)


def test_a_start_returns_at_once_and_a_second_one_changes_nothing(call):
    call.session.start()
    call.viewers.see(is_corrected, "frames go on")
    assert len(call.outputs) == 1
    assert len(call.models) == 1


def test_switched_off_the_very_next_frame_is_the_cameras_own(call):
    seen = threading.Event()
    corrections: list[Correction] = []

    def note(correction: Correction) -> None:
        corrections.append(correction)
        if correction.reason == "off":
            seen.set()

    call.session.observe(note)
    until(lambda: corrections, "a frame is observed")
    before = len(corrections)
    call.session.controls.toggle()
    off_at = len(corrections)
    assert seen.wait(PATIENCE_S)
    reasons = [correction.reason for correction in corrections]
    # one frame may have been under way when it was switched off, and one when the length was read
    assert reasons.index("off") - off_at <= 1
    assert reasons[:before] == [None] * before
    frame = call.viewers.see(lambda frame: level(frame) == 100 and not is_corrected(frame), "own eyes")
    assert (frame.image == 100).all()
    until(lambda: activity(call) is Activity.OFF, "the status says off")


def test_off_costs_no_tracking_and_on_again_eases_in(call):
    call.session.controls.change(mode="off")
    call.viewers.see(lambda frame: not is_corrected(frame), "own eyes")
    tracked = call.models[0].tracked
    for _ in range(3):
        call.viewers.see(lambda frame: not is_corrected(frame), "frames go on")
    assert call.models[0].tracked == tracked
    assert call.models[0].forgotten == 0
    call.session.controls.toggle()
    call.viewers.see(is_corrected, "corrected again")
    assert call.models[0].forgotten == 1


def test_a_camera_that_is_lost_is_told_and_shown_and_so_is_its_return(call):
    call.house.plugged.pop("front")
    call.viewers.see(lambda frame: level(frame) == PLACEHOLDER, "the placeholder")
    status = call.session.status()
    assert (status.activity, status.reason) == (Activity.PROBLEM, "front is gone")
    assert call.session.newest() is None
    assert call.kinds() == ["camera lost"]
    call.house.plugged["front"] = 110
    call.viewers.see(lambda frame: level(frame) == 110 and is_corrected(frame), "the picture is back")
    until(lambda: activity(call) is Activity.LIVE, "the status says so")
    assert call.kinds() == ["camera lost", "camera back"]
    assert call.events[1].text == "front is back."
    assert call.outputs == [SIZE]


def test_a_calibration_reaches_the_models_and_those_that_come_later(call):
    call.session.set_calibration(CALIBRATION)
    assert call.models[0].calibration == CALIBRATION
    call.session.apply(config("redirector=geometric"))
    assert call.models[1].calibration == CALIBRATION
    call.session.set_calibration(None)
    assert call.models[1].calibration is None


def test_the_stored_calibration_of_a_camera_comes_with_it(scene):
    scene.calibrations["side"] = CALIBRATION
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    assert scene.models[0].calibration is None
    scene.session.apply(config("source.spec=camera:side"))
    assert scene.models[0].calibration == CALIBRATION


def test_an_observer_sees_every_correction_until_it_has_seen_enough(call):
    seen: list[Correction] = []
    end = call.session.observe(seen.append)
    until(lambda: len(seen) > 2, "some corrections")
    end()
    end()
    count = len(seen)
    call.viewers.see(is_corrected, "frames go on")
    call.viewers.see(is_corrected, "frames go on")
    assert len(seen) <= count + 1
    assert seen[0].track is not None
    assert seen[0].gaze is not None


def test_an_observer_that_fails_does_not_end_the_call(call, caplog):
    def fail(_correction: Correction) -> None:
        raise ValueError("a fault of the window")

    end = call.session.observe(fail)
    until(lambda: "a fault of the window" in caplog.text, "it fails")
    end()
    call.viewers.see(is_corrected, "frames go on")


def test_models_that_fail_for_good_are_replaced_by_simpler_ones():
    scene = Scene(settings=("engine.backend=cuda",))
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.models[0].error = RuntimeError("the GPU fell off the bus")
    until(lambda: len(scene.models) == 2, "others are loaded")
    scene.viewers.see(is_corrected, "corrected again")
    assert scene.kinds() == ["fell back"]
    assert "on the CPU" in scene.events[0].text
    assert "the GPU fell off the bus" in scene.events[0].text
    assert scene.session.status().backend == "CPU"
    until(lambda: scene.models[0].closed, "the failed ones are closed")
    scene.session.stop()


def test_without_anything_simpler_frames_pass_through_and_the_problem_is_told(call):
    call.models[0].error = RuntimeError("no more")
    until(lambda: activity(call) is Activity.PROBLEM, "the problem")
    frame = call.viewers.see(lambda frame: level(frame) == 100, "frames go on")
    assert not is_corrected(frame)
    assert call.kinds() == ["problem"]
    assert "no more" in call.session.status().reason
    call.session.apply(config())
    call.viewers.see(is_corrected, "loaded anew, it works again")
    assert call.kinds() == ["problem", "mended"]


def test_models_that_cannot_be_loaded_at_the_start_leave_the_picture_alone(scene):
    scene.refusal = ConfigError("engine.backend cuda: there is no GPU")
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(lambda frame: level(frame) == 100 and not is_corrected(frame), "the camera's own")
    until(lambda: scene.kinds() == ["problem"], "the problem is told")
    assert scene.session.status().reason == "engine.backend cuda: there is no GPU"


def test_a_camera_that_is_missing_at_the_start_is_waited_for(scene):
    scene.house.plugged.pop("front")
    scene.calibrations["front"] = CALIBRATION
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(lambda frame: level(frame) == PLACEHOLDER, "the placeholder")
    until(lambda: activity(scene) is Activity.PROBLEM, "the problem")
    assert scene.session.status().reason == "there is no camera front"
    scene.house.plugged["front"] = 100
    scene.viewers.see(is_corrected, "it came")
    assert scene.kinds() == ["camera lost", "camera back"]
    assert scene.events[1].text == "front is back."
    assert scene.models[0].calibration == CALIBRATION


def test_an_output_that_is_missing_at_the_start_is_waited_for_and_the_preview_works(scene, monkeypatch):
    monkeypatch.setattr("vcam.session.output._RETRY_S", 0.01)
    scene.no_output = SinkUnavailable("there is no virtual camera")
    scene.session.watch(True)
    scene.session.start()
    until(lambda: scene.session.newest() is not None, "the preview")
    status = scene.session.status()
    assert (status.activity, status.reason) == (Activity.PROBLEM, "there is no virtual camera")
    assert status.output == ""
    scene.no_output = None
    scene.viewers.see(is_corrected, "it came")
    assert scene.kinds() == ["problem", "mended"]


def test_an_output_that_fails_in_a_call_is_opened_again(call, monkeypatch):
    monkeypatch.setattr("vcam.session.output._RETRY_S", 0.01)
    failed, call.viewers.failing = call.viewers, Gone("its driver was unloaded")
    until(lambda: failed.closed, "the failed one is closed")
    call.viewers = Viewers(1)
    call.viewers.see(is_corrected, "frames go on")
    assert call.kinds() == ["problem", "mended"]
    assert call.outputs == [SIZE, SIZE]


def test_a_fault_that_nobody_foresaw_begins_anew(call, monkeypatch, caplog):
    monkeypatch.setattr("vcam.session.live._AGAIN_S", 0.01)
    failed, call.viewers.failing = call.viewers, ZeroDivisionError("never thought of")
    until(lambda: failed.closed, "all is closed")
    call.viewers = Viewers(1)
    call.viewers.see(is_corrected, "frames go on")
    assert "never thought of" in caplog.text
    assert call.events[0].kind == "problem"


def test_a_stop_closes_everything_and_may_be_repeated(call):
    call.session.stop()
    assert call.viewers.closed
    assert call.house.open == []
    assert call.models[0].closed
    assert activity(call) is Activity.STOPPED
    call.session.stop()
    assert call.session.newest() is None


def test_a_stopped_session_starts_again(call):
    call.session.stop()
    call.viewers = Viewers(1)
    call.session.start()
    call.viewers.see(is_corrected, "corrected frames")


def test_a_stop_while_it_starts_leaves_nothing_open(scene):
    for _ in range(5):
        scene.viewers = Viewers(1)
        scene.session.start()
        scene.session.stop()
        assert scene.house.open == []
    until(lambda: all(models.closed for models in scene.models), "all models are closed")


def test_a_stop_before_the_start_is_nothing(scene):
    scene.session.stop()
    assert activity(scene) is Activity.STOPPED


def test_no_thread_is_left_after_a_stop():
    before = set(threading.enumerate())
    scene = Scene()
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    scene.session.stop()
    until(lambda: set(threading.enumerate()) <= before, "all threads have ended")


def test_a_listener_that_fails_does_not_keep_the_event_from_others(call):
    heard: list[str] = []

    def fail(_event: object) -> None:
        raise ValueError("a fault of the tray")

    call.session.subscribe(fail)
    unsubscribe = call.session.subscribe(lambda event: heard.append(event.kind))
    call.house.plugged.pop("front")
    until(lambda: heard, "the loss is told")
    unsubscribe()
    call.house.plugged["front"] = 100
    until(lambda: call.kinds()[-1] == "camera back", "the return is told")
    assert heard == ["camera lost"]


class TestOnTheCallersThread:
    """``open`` and ``run``: what the command line uses without a desktop."""

    def test_a_missing_camera_is_an_error_before_models_are_loaded(self, scene):
        scene.house.plugged.pop("front")
        with pytest.raises(SourceUnavailable, match="no camera front"):
            scene.session.open()
        assert scene.models == []

    def test_a_missing_output_is_an_error_and_all_is_closed(self, scene):
        scene.no_output = Unplugged("there is no virtual camera")
        with pytest.raises(SinkUnavailable, match="no virtual camera"):
            scene.session.open()
        assert [models.closed for models in scene.models] == [True]

    def test_while_models_are_loaded_it_is_starting(self, scene):
        seen: list[Activity] = []
        build = scene.session._lasting.parts.build_corrector
        note = lambda *words: (seen.append(activity(scene)), build(*words))[1]  # noqa: E731
        object.__setattr__(scene.session._lasting.parts, "build_corrector", note)
        scene.session.open()
        assert seen == [Activity.STARTING]

    def test_it_sends_on_that_thread_until_the_time_is_up(self, scene):
        threads = set()
        send = scene.viewers.send
        scene.viewers.send = lambda frame: (threads.add(threading.current_thread()), send(frame))
        scene.viewers.come()
        scene.session.open()
        scene.session.run(duration_s=0.3)
        assert threads == {threading.current_thread()}
        assert any(map(is_corrected, scene.viewers.sent))
        assert scene.viewers.closed
        assert activity(scene) is Activity.STOPPED

    def test_another_thread_ends_it(self, scene):
        scene.viewers.come()
        scene.session.open()
        runner = threading.Thread(target=scene.session.run)
        runner.start()
        scene.viewers.see(is_corrected, "a corrected frame")
        scene.session.stop()
        runner.join(PATIENCE_S)
        assert not runner.is_alive()
        assert scene.models[0].closed

    def test_stopped_between_opening_and_running_it_does_not_run(self, scene):
        scene.session.open()
        scene.session.stop()
        scene.session.run()
        assert scene.viewers.closed
        assert scene.models[0].closed
        assert scene.viewers.sent == []

    def test_with_no_reader_the_time_is_up_all_the_same(self, scene):
        scene.session.open()
        scene.session.run(duration_s=0.05)
        assert scene.house.openings == 0
        assert level(scene.viewers.last) == PLACEHOLDER


def test_the_drops_of_a_session_add_up(scene):
    scene.viewers.come()
    scene.session.open()
    scene.session.run(duration_s=0.5)
    now = scene.session.meter.snapshot()
    read = max(frame.index for frame in scene.viewers.sent) + 1
    delivered = {frame.index for frame in scene.viewers.sent if level(frame) == 100}
    assert len(delivered) + now.events.get("dropped", 0) >= read
