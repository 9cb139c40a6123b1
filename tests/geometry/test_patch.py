import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry import patch
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE

MIDDLE_X = (PATCH_SIZE[0] - 1) / 2
INNER_AT = (MIDDLE_X - CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX)
OUTER_AT = (MIDDLE_X + CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX)

places = st.floats(0.0, 2000.0)
eyes = st.tuples(places, places, st.floats(4.0, 600.0), st.floats(-np.pi, np.pi))
"""Middle x and y, width and tilt."""


def canthi(x: float, y: float, width: float, tilt: float) -> tuple[np.ndarray, np.ndarray]:
    across = width * np.array([np.cos(tilt), np.sin(tilt)])
    return np.array([x, y]) - across / 2, np.array([x, y]) + across / 2


@given(eye=eyes, mirrored=st.booleans())
@settings(deadline=None)
def test_both_canthi_land_on_their_places_whatever_the_eye(eye, mirrored):
    inner, outer = canthi(*eye)
    to_patch = patch.invert(patch.eye_to_frame(inner, outer, mirrored=mirrored))
    # to_frame is float32, in which a px of a 2000 px frame has seven digits
    precise = 2e-3 * max(1.0, CANTHUS_SPAN_PX / eye[2])
    assert patch.apply(to_patch, inner) == pytest.approx(INNER_AT, abs=precise)
    assert patch.apply(to_patch, outer) == pytest.approx(OUTER_AT, abs=precise)


@given(eye=eyes, mirrored=st.booleans(), point=st.tuples(places, places))
@settings(deadline=None)
def test_a_point_survives_the_way_to_the_frame_and_back(eye, mirrored, point):
    to_frame = patch.eye_to_frame(*canthi(*eye), mirrored=mirrored)
    back = patch.apply(patch.invert(to_frame), patch.apply(to_frame, point))
    assert back == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize(("inner_x", "outer_x", "mirrored"), [(100, 150, False), (150, 100, True)])
def test_what_is_above_the_eye_stays_above_it_in_both_patches(inner_x, outer_x, mirrored):
    to_frame = patch.eye_to_frame((inner_x, 80), (outer_x, 80), mirrored=mirrored)
    _, brow_y = patch.apply(patch.invert(to_frame), (125, 60))
    assert brow_y < CANTHUS_Y_PX


def test_the_right_eye_of_a_symmetric_face_looks_like_the_left_one():
    image = np.random.default_rng(3).integers(0, 255, (80, 200, 3), np.uint8)
    image[:, :100] = image[:, :99:-1]  # the picture is its own mirror image
    left = patch.cut_patch(image, patch.eye_to_frame((120.0, 40.0), (172.0, 40.0), mirrored=False))
    right = patch.cut_patch(image, patch.eye_to_frame((79.0, 40.0), (27.0, 40.0), mirrored=True))
    assert np.abs(left.astype(int) - right).max() <= 1


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("width", [13.0, 40.0, 52.0, 80.0, 150.0, 330.0])
def test_a_gradient_keeps_its_values_at_every_scale(width, mirrored):
    y, x = np.indices((700, 700), np.float32)
    image = np.stack([x, y, x + y], axis=-1) * (np.float32(120 / 700)) + 5
    inner, outer = canthi(350.0, 340.0, width, 0.2 + np.pi * mirrored)
    to_frame = patch.eye_to_frame(inner, outer, mirrored=mirrored)
    cut = patch.cut_patch(np.rint(image).astype(np.uint8), to_frame)
    at = patch.apply(to_frame, np.stack(np.meshgrid(np.arange(96), np.arange(64)), axis=-1))
    expected = np.stack([at[..., 0], at[..., 1], at.sum(-1)], axis=-1) * (120 / 700) + 5
    assert cut.shape == (64, 96, 3)
    assert np.abs(cut - expected).max() < 1.6
    assert np.abs((cut - expected).mean()) < 0.1


def test_an_eye_larger_than_the_patch_is_averaged_and_not_picked_from():
    checkered = ((np.indices((600, 900)).sum(0) % 2) * 200).astype(np.uint8)
    to_frame = patch.eye_to_frame((242.0, 300.0), (658.0, 300.0), mirrored=False)  # 8 px per patch px
    cut = patch.cut_patch(checkered, to_frame)
    assert cut.shape == (64, 96)
    assert np.abs(cut.astype(int) - 100).max() <= 2


def test_outside_the_frame_the_border_repeats():
    image = np.full((50, 50, 3), 30, np.uint8)
    image[:, 0] = 170
    cut = patch.cut_patch(image, patch.eye_to_frame((0.0, 20.0), (52.0, 20.0), mirrored=False))
    assert (cut[:, : int(INNER_AT[0])] == 170).all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_canthi_that_coincide_have_no_patch(mirrored):
    with pytest.raises(ValueError, match=r"canthi of an eye coincide at \[5.0, 6.0\]"):
        patch.eye_to_frame((5.0, 6.0), (5.0, 6.0), mirrored=mirrored)


def test_canthi_that_are_not_numbers_have_no_patch():
    with pytest.raises(ValueError, match="coincide"):
        patch.eye_to_frame((np.nan, 0.0), (5.0, 6.0), mirrored=False)
