import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry.patch import eye_to_frame
from vcam.redirect.eyewarp import warp_eye
from vcam.types import Floats, Image, RedirectedEye

DRAW = np.random.default_rng(3)
NOISE: Image = DRAW.integers(0, 256, (240, 320, 3), np.uint8)
ROWS, COLUMNS = np.indices((240, 320), np.float64)
FLOW, RESIDUAL = np.zeros((2, 64, 96), np.float32), np.zeros((3, 64, 96), np.float32)
MASK = np.zeros((64, 96), np.float32)
MASK[12:50, 14:82] = 1.0
TWICE = np.array([[2.0, 0.0, 60.0], [0.0, 2.0, 60.0]], np.float32)
MIRRORED = np.array([[-2.0, 0.0, 260.0], [0.0, 2.0, 60.0]], np.float32)
ROLLED = eye_to_frame((110.0, 100.0), (190.0, 140.0), mirrored=False)


def warped(
    image: Image, to_frame: Floats = TWICE, flow: Floats = FLOW, residual: Floats = RESIDUAL
) -> RedirectedEye:
    eye = warp_eye(image, "left", to_frame, flow, residual, MASK)
    assert eye is not None
    return eye


def under(image: Image, eye: RedirectedEye) -> Image:
    (x, y), (height, width) = eye.origin, eye.alpha.shape
    return image[y : y + height, x : x + width]


def constant_flow(dx: float, dy: float) -> Floats:
    return np.broadcast_to(np.array([dx, dy], np.float32)[:, None, None], FLOW.shape).copy()


def ramp(x_step: float, y_step: float) -> Image:
    """A picture whose green grows by the steps per px, 0 at the top left of all eyes here."""
    image = np.zeros((240, 320, 3), np.uint8)
    image[..., 1] = np.rint(x_step * (COLUMNS - 50) + y_step * ROWS).clip(0, 255)
    return image


@pytest.mark.parametrize("to_frame", [TWICE, MIRRORED, ROLLED, ROLLED * np.float32(0.37)])
def test_no_flow_and_no_residual_give_the_frames_own_pixels(to_frame):
    eye = warped(NOISE, to_frame)
    assert (eye.pixels == under(NOISE, eye)).all()
    assert eye.alpha.max() == 1.0


@pytest.mark.parametrize(
    ("to_frame", "flow", "way"),
    [
        (TWICE, (2.0, 0.0), (4, 0)),
        (TWICE, (0.0, -1.5), (0, -3)),
        (MIRRORED, (2.0, 0.0), (-4, 0)),
        (MIRRORED, (-1.0, 2.0), (2, 4)),
    ],
)
def test_a_constant_flow_shifts_the_frames_pixels_by_as_much_as_the_patch_is_enlarged(to_frame, flow, way):
    eye = warped(NOISE, to_frame, constant_flow(*flow))
    (x, y), (height, width) = eye.origin, eye.alpha.shape
    inner = eye.alpha == 1
    source = NOISE[y + way[1] : y + way[1] + height, x + way[0] : x + way[0] + width]
    assert inner.sum() > 5000
    assert (eye.pixels == source)[inner].all()


@pytest.mark.parametrize("flow", [(8.0, 0.0), (0.0, 8.0), (-6.3, 3.4)])
@pytest.mark.parametrize("slope", [(1.0, 0.0), (0.0, 1.0)])
def test_a_rolled_eye_is_shifted_along_its_own_axes(flow, slope):
    image = ramp(*slope)
    eye = warped(image, ROLLED, constant_flow(*flow))
    step = np.array(slope) @ (ROLLED[:, :2] @ np.array(flow))
    change = (eye.pixels.astype(float) - under(image, eye))[..., 1][eye.alpha == 1]
    assert change.mean() == pytest.approx(step, abs=0.5)


def test_a_flow_of_part_of_a_px_moves_a_picture_by_that_part():
    eye = warped(ramp(4.0 / 8, 0.0), TWICE, constant_flow(0.5, 0.0))
    assert (eye.pixels.astype(float) - under(ramp(4.0 / 8, 0.0), eye))[..., 1].mean() == pytest.approx(
        0.5, abs=0.1
    )


def test_the_residual_is_red_green_blue_and_the_frame_blue_green_red():
    residual = RESIDUAL.copy()
    residual[0], residual[2] = 0.1, -0.2  # red, blue
    gray = np.full_like(NOISE, 100)
    eye = warped(gray, residual=residual)
    inside = eye.pixels[eye.alpha == 1]
    assert (inside == [100 - 51, 100, 126]).all() or (inside == [49, 100, 125]).all()


def test_a_residual_stops_at_black_and_white():
    bright = warped(np.full_like(NOISE, 250), residual=RESIDUAL + np.float32(0.5))
    dark = warped(np.full_like(NOISE, 5), residual=RESIDUAL - np.float32(0.5))
    assert (bright.pixels[bright.alpha == 1] == 255).all()
    assert (dark.pixels[dark.alpha == 1] == 0).all()


def test_the_mask_is_spread_smoothly_over_the_frames_pixels():
    soft = np.zeros((64, 96), np.float32)
    soft[20:44, 20:76] = np.linspace(0, 1, 56, dtype=np.float32)
    eye = warp_eye(NOISE, "left", TWICE, FLOW, RESIDUAL, soft)
    assert eye is not None
    row = eye.alpha[eye.alpha.shape[0] // 2]
    assert np.diff(row)[: 2 * 52].max() < 0.012
    assert row.max() == pytest.approx(1.0)


@given(
    inner=st.tuples(st.floats(-80, 400), st.floats(-80, 320)),
    width=st.floats(3, 200),
    roll=st.floats(0, 2 * np.pi),
    mirrored=st.booleans(),
)
@settings(deadline=None)
def test_wherever_an_eye_lies_its_box_lies_in_the_frame_and_holds_all_of_the_mask(
    inner, width, roll, mirrored
):
    outer = np.add(inner, (width * np.cos(roll), width * np.sin(roll)))
    to_frame = eye_to_frame(inner, outer, mirrored=mirrored)
    eye = warp_eye(NOISE, "left", to_frame, constant_flow(3.0, -2.0), RESIDUAL, MASK)
    corners = to_frame @ np.array([[14, 81, 14, 81], [12, 12, 49, 49], [1, 1, 1, 1]])
    low, high = corners.min(axis=1), corners.max(axis=1)
    if eye is None:
        assert (low > (318, 238)).any() or (high < (1, 1)).any()
        return
    start, end = np.array(eye.origin), np.add(eye.origin, eye.alpha.shape[::-1])
    assert (start >= 0).all()
    assert (end <= (320, 240)).all()
    assert (start <= np.maximum(np.ceil(low), 0)).all()
    assert (end >= np.minimum(np.floor(high) + 1, (320, 240))).all()
    for edge, at_border in ((eye.alpha[0], start[1] == 0), (eye.alpha[:, 0], start[0] == 0)):
        assert at_border or edge.max() < 0.999


def test_an_empty_mask_draws_nothing():
    assert warp_eye(NOISE, "left", TWICE, FLOW, RESIDUAL, np.zeros_like(MASK)) is None


def test_the_frame_stays_as_it_was():
    before = NOISE.copy()
    warped(NOISE, flow=constant_flow(5.0, 5.0), residual=RESIDUAL + 1)
    assert (before == NOISE).all()
