import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.compose import AlphaCompositor
from vcam.types import Frame, RedirectedEye, RedirectedEyes, Side

RANDOM = np.random.default_rng(5)
FRAME = Frame(7, 1.5, RANDOM.integers(0, 256, (40, 60, 3), np.uint8))
BOX = (slice(10, 22), slice(30, 50))


def eye(alpha: np.ndarray, side: Side = "left", origin: tuple[int, int] = (30, 10)) -> RedirectedEye:
    pixels = RANDOM.integers(0, 256, (*alpha.shape, 3), np.uint8)
    return RedirectedEye(side, origin, pixels, alpha.astype(np.float32))


def composed(left: RedirectedEye | None = None, right: RedirectedEye | None = None) -> Frame:
    return AlphaCompositor().compose(FRAME, RedirectedEyes(left, right))


def test_where_nothing_is_drawn_the_very_frame_comes_back():
    assert composed() is FRAME


def test_alpha_1_gives_the_new_pixels_and_nothing_else_changes():
    drawn = eye(np.ones((12, 20)))
    out = composed(drawn).image
    assert (out[BOX] == drawn.pixels).all()
    outside = np.ones((40, 60), bool)
    outside[BOX] = False
    assert (out[outside] == FRAME.image[outside]).all()


def test_alpha_0_leaves_every_bit():
    out = composed(eye(np.zeros((12, 20))))
    assert out is not FRAME
    assert (out.image == FRAME.image).all()


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_each_pixel_is_the_mix_that_its_alpha_says(seed):
    random = np.random.default_rng(seed)
    alpha = random.choice([0.0, 0.25, 0.5, 1.0], (12, 20)).astype(np.float32)
    drawn = eye(alpha)
    out, old = composed(drawn).image[BOX], FRAME.image[BOX]
    mixed = old + alpha[..., None] * (drawn.pixels.astype(float) - old)
    assert np.abs(out - mixed).max() <= 0.5
    assert (out[alpha == 0] == old[alpha == 0]).all()
    assert (out[alpha == 1] == drawn.pixels[alpha == 1]).all()


def test_both_eyes_are_drawn_each_in_its_place():
    left, right = eye(np.ones((12, 20))), eye(np.ones((5, 6)), "right", (2, 30))
    out = composed(left, right).image
    assert (out[BOX] == left.pixels).all()
    assert (out[30:35, 2:8] == right.pixels).all()


def test_one_eye_alone_is_drawn_too():
    right = eye(np.ones((5, 6)), "right", (2, 30))
    out = composed(right=right).image
    assert (out[30:35, 2:8] == right.pixels).all()
    assert (out[BOX] == FRAME.image[BOX]).all()


@pytest.mark.parametrize("origin", [(0, 0), (40, 28)], ids=["first corner", "last corner"])
def test_an_eye_in_a_corner_of_the_frame_fits(origin):
    drawn = eye(np.ones((12, 20)), origin=origin)
    x, y = origin
    assert (composed(drawn).image[y : y + 12, x : x + 20] == drawn.pixels).all()


def test_the_input_frame_is_not_touched_and_the_new_one_keeps_its_number_and_time():
    before = FRAME.image.copy()
    out = composed(eye(np.ones((12, 20))))
    assert (FRAME.image == before).all()
    assert (out.index, out.captured_at) == (7, 1.5)
    assert not out.image.flags.writeable
