import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry.flow import warp

RANDOM = np.random.default_rng(3)
PICTURE = RANDOM.random((12, 17, 3))


def constant(dx: float, dy: float, shape: tuple[int, int] = (12, 17)) -> np.ndarray:
    return np.broadcast_to(np.array([dx, dy]), (*shape, 2)).copy()


@given(dtype=st.sampled_from([np.float32, np.float64]), channels=st.sampled_from([(), (1,), (3,)]))
@settings(deadline=None)
def test_no_flow_leaves_the_picture_bit_for_bit(dtype, channels):
    picture = RANDOM.random((9, 11, *channels)).astype(dtype)
    same = warp(picture, np.zeros((9, 11, 2), np.float32))
    assert same.dtype == dtype
    assert (same == picture).all()


@given(dx=st.integers(-16, 16), dy=st.integers(-11, 11))
@settings(deadline=None)
def test_a_whole_flow_shifts_and_keeps_the_source_where_nothing_comes_from(dx, dy):
    moved = warp(PICTURE, constant(dx, dy))
    for y in range(12):
        for x in range(17):
            inside = 0 <= x + dx < 17 and 0 <= y + dy < 12
            assert (moved[y, x] == (PICTURE[y + dy, x + dx] if inside else PICTURE[y, x])).all()


@given(dx=st.floats(-3, 3), dy=st.floats(-3, 3))
@settings(deadline=None)
def test_between_pixels_a_slope_is_read_exactly(dx, dy):
    y, x = np.mgrid[0:12, 0:17].astype(np.float64)
    moved = warp(2 * x - 3 * y, constant(dx, dy))
    inner = (slice(3, -3), slice(3, -3))
    assert moved[inner] == pytest.approx((2 * (x + dx) - 3 * (y + dy))[inner])


def test_it_reads_what_opencv_reads():
    picture = cv2.GaussianBlur(RANDOM.random((64, 96), np.float32), (0, 0), 2)
    flow = RANDOM.uniform(-4, 4, (64, 96, 2)).astype(np.float32)
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    theirs = cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    inner = (slice(4, -4), slice(4, -4))
    # OpenCV rounds places to 1/32 px
    assert np.abs(warp(picture, flow) - theirs)[inner].max() < 0.01


@given(flow=st.sampled_from([np.inf, -np.inf, np.nan, 1e30]))
@settings(deadline=None)
def test_a_flow_out_of_all_bounds_keeps_the_source(flow):
    assert (warp(PICTURE, constant(flow, 0.0)) == PICTURE).all()


def test_a_flow_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"flow must be \(12, 17, 2\)"):
        warp(PICTURE, np.zeros((17, 12, 2)))
