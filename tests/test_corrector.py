import logging
from collections.abc import Callable

import numpy as np
import pytest

from tests.faces import Person, blank_frame, gaze_deg
from vcam.calibration import Calibration
from vcam.compose import AlphaCompositor
from vcam.controls import Controls
from vcam.corrector import Corrector, Stages
from vcam.types import (
    EyeGaze,
    EyeRedirection,
    FaceTrack,
    Frame,
    GazeEstimate,
    RedirectedEye,
    RedirectedEyes,
    Redirection,
)

TRACK = Person().track()
GAZE = GazeEstimate(EyeGaze(gaze_deg(-10, 0), 1.0), EyeGaze(gaze_deg(-10, 0), 1.0))
TOWARD_LENS = Redirection(*(EyeRedirection(gaze_deg(-10, 0), gaze_deg(0, 0), 1.0) for _ in range(2)))
WHITE = RedirectedEye("left", (0, 0), np.full((1, 1, 3), 255, np.uint8), np.ones((1, 1), np.float32))
STAGES = ("track", "gaze", "decide", "redirect")


class ScriptedStages:
    """All four stages in one object: notes what each is given and fails where it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.failing: Callable[[str], bool] = lambda _stage: False
        self.face: FaceTrack | None = TRACK
        self.eyes = RedirectedEyes(WHITE, None)
        self.redirection = TOWARD_LENS
        self.closed = False
        self.calibration: Calibration | None = None

    def track(self, frame: Frame) -> FaceTrack | None:
        self._note("track", frame)
        return self.face

    def estimate(self, frame: Frame, track: FaceTrack) -> GazeEstimate:
        self._note("gaze", frame, track)
        return GAZE

    def decide(self, frame: Frame, track: FaceTrack, gaze: GazeEstimate) -> Redirection:
        self._note("decide", frame, track, gaze)
        return self.redirection

    def redirect(self, frame: Frame, track: FaceTrack, redirection: Redirection) -> RedirectedEyes:
        self._note("redirect", frame, track, redirection)
        return self.eyes

    def forget(self) -> None:
        self.calls.append(("forget", ()))

    def calibrate(self, calibration: Calibration | None) -> None:
        self.calibration = calibration

    def close(self) -> None:
        self.closed = True

    def _note(self, stage: str, *given: object) -> None:
        self.calls.append((stage, given))
        if self.failing(stage):
            raise RuntimeError(f"{stage} broke")


@pytest.fixture
def stages() -> ScriptedStages:
    return ScriptedStages()


@pytest.fixture
def corrector(stages: ScriptedStages) -> Corrector:
    return Corrector(Stages(stages, stages, stages, stages, AlphaCompositor()))


def test_each_stage_gets_what_the_ones_before_it_made(stages, corrector):
    frame = blank_frame()
    correction = corrector.correct(frame)
    assert stages.calls == [
        ("track", (frame,)),
        ("gaze", (frame, TRACK)),
        ("decide", (frame, TRACK, GAZE)),
        ("redirect", (frame, TRACK, TOWARD_LENS)),
    ]
    assert (correction.track, correction.gaze, correction.redirection) == (TRACK, GAZE, TOWARD_LENS)


def test_the_viewers_see_the_new_eyes_and_the_original_is_kept(corrector):
    frame = blank_frame()
    correction = corrector.correct(frame)
    assert correction.original is frame
    assert correction.frame.image[0, 0].tolist() == [255, 255, 255]
    assert frame.image[0, 0].tolist() == [0, 0, 0]
    assert correction.reason is None


def test_every_stage_is_timed(corrector):
    stage_ms = corrector.correct(blank_frame()).stage_ms
    assert list(stage_ms) == ["track", "gaze", "decide", "redirect", "compose"]
    assert all(ms >= 0 for ms in stage_ms.values())


def test_without_a_face_the_very_frame_passes_and_nothing_else_runs(stages, corrector):
    stages.face = None
    frame = blank_frame()
    correction = corrector.correct(frame)
    assert correction.frame is frame
    assert (correction.reason, correction.track) == ("no face", None)
    assert [stage for stage, _ in stages.calls] == ["track"]
    assert list(correction.stage_ms) == ["track"]


@pytest.mark.parametrize(
    ("strength", "why", "reason"),
    [(0.0, "eyes closed", "eyes closed"), (0.0, None, "off"), (1.0, None, "nothing to change")],
)
def test_a_frame_in_which_nothing_was_drawn_passes_with_a_reason(stages, corrector, strength, why, reason):
    stages.eyes = RedirectedEyes(None, None)
    eye = EyeRedirection(gaze_deg(0, 0), gaze_deg(0, 0), strength, why)
    stages.redirection = Redirection(eye, eye)
    frame = blank_frame()
    correction = corrector.correct(frame)
    assert correction.frame is frame
    assert correction.reason == reason


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_lets_the_very_frame_pass(stages, corrector, stage, caplog):
    stages.failing = lambda name: name == stage
    frame = blank_frame(12)
    with caplog.at_level(logging.WARNING, "vcam.corrector"):
        correction = corrector.correct(frame)
    assert correction.frame is frame
    assert correction.reason == "error"
    assert [record.message for record in caplog.records] == [
        f"frame 12 passed through: RuntimeError: {stage} broke"
    ]


def test_the_thirtieth_failure_in_a_row_rises(stages, corrector):
    stages.failing = lambda name: name == "gaze"
    for index in range(29):
        assert corrector.correct(blank_frame(index)).reason == "error"
    with pytest.raises(RuntimeError, match="gaze broke"):
        corrector.correct(blank_frame(29))


@pytest.mark.parametrize("face", [TRACK, None], ids=["a corrected frame", "a frame without a face"])
def test_a_success_in_between_starts_the_count_anew(stages, corrector, face):
    for _ in range(3):
        stages.failing = lambda name: name == "track"
        for index in range(29):
            corrector.correct(blank_frame(index))
        stages.failing = lambda _name: False
        stages.face = face
        assert corrector.correct(blank_frame(29)).reason != "error"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_the_wish_to_stop_is_no_fault_of_a_frame(stages, corrector, error, monkeypatch):
    def stop(_frame: Frame) -> FaceTrack:
        raise error

    monkeypatch.setattr(stages, "track", stop)
    with pytest.raises(type(error)):
        corrector.correct(blank_frame())


def test_closing_releases_the_tracker(stages, corrector):
    corrector.close()
    assert stages.closed


def test_switched_off_the_very_frame_passes_and_no_stage_runs(stages):
    controls = Controls()
    corrector = Corrector(Stages(stages, stages, stages, stages, AlphaCompositor()), controls)
    controls.toggle()
    frame = blank_frame()
    correction = corrector.correct(frame)
    assert correction.frame is frame
    assert (correction.reason, correction.stage_ms) == ("off", {})
    assert stages.calls == []


def test_switched_on_again_the_policy_begins_anew_once(stages):
    controls = Controls()
    corrector = Corrector(Stages(stages, stages, stages, stages, AlphaCompositor()), controls)
    for enabled in (True, False, True, True):
        controls.change(mode="call" if enabled else "off")
        corrector.correct(blank_frame())
    names = [stage for stage, _ in stages.calls]
    assert names == [*STAGES, "forget", *STAGES, *STAGES]


def test_a_calibration_reaches_the_estimator(stages, corrector):
    calibration = Calibration(1.0, 0.5, 1.0, 1.0, -9.0, 0.0, "2026-11-21T06:00:00+00:00", 100, 0.5)
    corrector.calibrate(calibration)
    assert stages.calibration is calibration
    corrector.calibrate(None)
    assert stages.calibration is None
