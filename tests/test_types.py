from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from vcam.errors import FrameError
from vcam.types import (
    Correction,
    EyeRedirection,
    EyeRegion,
    FaceTrack,
    Frame,
    Gaze,
    HeadPose,
    RedirectedEye,
)


def _floats(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def _frame(**changed) -> Frame:
    return Frame(**{"index": 0, "captured_at": 0.0, "image": np.zeros((4, 6, 3), np.uint8)} | changed)


def _pose(**changed) -> HeadPose:
    return HeadPose(**{"rotation": _floats(3), "translation": _floats(3)} | changed)


def _eye(**changed) -> EyeRegion:
    points = {"inner_canthus": _floats(2), "outer_canthus": _floats(2), "iris_center": _floats(2)}
    lids = {"upper_lid": _floats(5, 2), "lower_lid": _floats(4, 2)}
    scalars = {"side": "left", "iris_radius": 5.0, "iris_confidence": 1.0, "openness": 0.3}
    return EyeRegion(**{**scalars, **points, **lids} | changed)


def _track(**changed) -> FaceTrack:
    eyes = {"left_eye": _eye(), "right_eye": _eye(side="right")}
    rest = {"track_id": 1, "landmarks": _floats(478, 2), "head_pose": _pose(), "confidence": 1.0}
    return FaceTrack(**{**eyes, **rest} | changed)


def _redirected(**changed) -> RedirectedEye:
    pixels = {"pixels": np.zeros((3, 5, 3), np.uint8), "alpha": _floats(3, 5)}
    return RedirectedEye(**{"side": "left", "origin": (0, 0), **pixels} | changed)


@pytest.mark.parametrize(
    ("make", "field", "value", "message"),
    [
        (_frame, "image", np.zeros((4, 6), np.uint8), r"expected \(any, any, 3\) uint8, got \(4, 6\) uint8"),
        (_frame, "image", np.zeros((4, 6, 4), np.uint8), r"expected \(any, any, 3\) uint8, got \(4, 6, 4\)"),
        (_frame, "image", np.zeros((4, 6, 3), np.uint16), r"expected \(any, any, 3\) uint8, got .* uint16"),
        (_frame, "image", np.zeros((0, 6, 3), np.uint8), r"expected at least one pixel, got \(0, 6, 3\)"),
        (_pose, "rotation", _floats(3, 3), r"expected \(3\) float32, got \(3, 3\) float32"),
        (_pose, "translation", np.zeros(3), r"expected \(3\) float32, got \(3,\) float64"),
        (_eye, "inner_canthus", _floats(3), r"expected \(2\) float32, got \(3,\)"),
        (_eye, "outer_canthus", _floats(1, 2), r"expected \(2\) float32, got \(1, 2\)"),
        (_eye, "iris_center", np.zeros(2, np.int32), r"expected \(2\) float32, got \(2,\) int32"),
        (_eye, "upper_lid", _floats(5, 3), r"expected \(any, 2\) float32, got \(5, 3\)"),
        (_eye, "lower_lid", _floats(2), r"expected \(any, 2\) float32, got \(2,\)"),
        (_track, "landmarks", _floats(478, 3), r"expected \(any, 2\) float32, got \(478, 3\)"),
        (_redirected, "pixels", np.zeros((3, 5), np.uint8), r"expected \(any, any, 3\) uint8, got \(3, 5\)"),
        (_redirected, "alpha", _floats(5, 3), r"expected \(3, 5\) float32, got \(5, 3\)"),
        (_redirected, "alpha", np.zeros((3, 5), bool), r"expected \(3, 5\) float32, got \(3, 5\) bool"),
    ],
)
def test_a_wrong_array_is_refused_with_field_expected_and_actual(make, field, value, message):
    with pytest.raises(FrameError, match=rf"^\w+\.{field}: {message}"):
        make(**{field: value})


@pytest.mark.parametrize("make", [_frame, _pose, _eye, _track, _redirected])
def test_every_array_is_read_only_once_it_is_in_a_value(make):
    value = make()
    arrays = [a for f in fields(value) if isinstance(a := getattr(value, f.name), np.ndarray)]
    assert arrays
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_pixels_are_not_copied_so_the_caller_loses_the_right_to_write():
    image = np.zeros((4, 6, 3), np.uint8)
    assert _frame(image=image).image is image
    assert not image.flags.writeable


@pytest.mark.parametrize("make", [_frame, _pose, _eye, _track, _redirected])
def test_values_are_frozen(make):
    value = make()
    first = fields(value)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, first, None)


def test_width_counts_columns_and_height_rows():
    assert (_frame().width, _frame().height) == (6, 4)


def test_the_width_of_an_eye_is_the_distance_of_its_canthi():
    eye = _eye(inner_canthus=np.array([1, 2], np.float32), outer_canthus=np.array([4, 6], np.float32))
    assert eye.width == 5.0


def test_the_opening_runs_along_the_upper_lid_out_and_the_lower_lid_back():
    eye = _eye(
        inner_canthus=np.array([0, 0], np.float32),
        outer_canthus=np.array([3, 0], np.float32),
        upper_lid=np.array([[1, -1], [2, -1]], np.float32),
        lower_lid=np.array([[1, 1], [2, 1]], np.float32),
    )
    assert eye.opening.tolist() == [[0, 0], [1, -1], [2, -1], [3, 0], [2, 1], [1, 1]]


def test_the_eyes_of_a_track_come_left_first():
    track = _track()
    assert [eye.side for eye in track.eyes] == ["left", "right"]


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan")])
def test_a_strength_outside_its_range_is_refused(strength):
    with pytest.raises(FrameError, match=rf"EyeRedirection.strength: expected 0 to 1, got {strength}"):
        EyeRedirection(Gaze(0.0, 0.0), Gaze(0.1, 0.1), strength)


def test_strength_moves_the_gaze_in_proportion_from_source_to_target():
    whole = EyeRedirection(source=Gaze(-0.2, 0.1), target=Gaze(0.0, -0.1), strength=1.0)
    half, none = replace(whole, strength=0.5), replace(whole, strength=0.0)
    assert whole.result == whole.target
    assert none.result == whole.source
    assert (half.result.pitch, half.result.yaw) == pytest.approx((-0.1, 0.0))


def test_each_axis_goes_its_share_of_the_strength():
    eye = EyeRedirection(Gaze(-0.2, 0.1), Gaze(0.0, -0.1), strength=0.5, axes=(1.0, 0.5))
    assert (eye.result.pitch, eye.result.yaw) == pytest.approx((-0.1, 0.05))


@pytest.mark.parametrize("axes", [(-0.01, 1.0), (1.0, 1.01), (float("nan"), 0.0)])
def test_a_share_of_an_axis_outside_its_range_is_refused(axes):
    with pytest.raises(FrameError, match=r"EyeRedirection\.axes: expected each from 0 to 1"):
        EyeRedirection(Gaze(0.0, 0.0), Gaze(0.1, 0.1), 1.0, axes=axes)


def test_a_frame_that_passed_through_is_the_original_itself():
    frame = _frame()
    passed = Correction(frame, frame, None, None, None, "no face", {"track": 5.0})
    assert passed.frame is passed.original
