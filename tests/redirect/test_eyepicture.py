import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import SKIN, Person, draw
from vcam.geometry.lids import CREASE_REACH, LOWER_REACH
from vcam.redirect.eyepicture import EyePicture
from vcam.types import EyeRegion

FRONTAL = np.eye(2)
EYE = Person(at_mm=(0.0, 0.0, 450.0)).eye("left")
IMAGE = draw([EYE])


def cut(eye: EyeRegion = EYE) -> EyePicture:
    picture = EyePicture.cut(IMAGE, eye, FRONTAL)
    assert picture is not None
    return picture


def test_the_crop_holds_the_eye_and_the_skin_that_may_move():
    picture = cut()
    height, width = picture.crop.shape[:2]
    (x, y), rim = picture.origin, EYE.opening
    assert x <= rim[:, 0].min()
    assert x + width > rim[:, 0].max()
    assert y <= rim[:, 1].min() - CREASE_REACH * EYE.width
    assert y + height > rim[:, 1].max() + LOWER_REACH * EYE.width


def test_the_crop_is_the_frames_own_pixels():
    picture = cut()
    (x, y), (height, width) = picture.origin, picture.crop.shape[:2]
    assert (picture.crop == IMAGE[y : y + height, x : x + width]).all()
    assert np.shares_memory(picture.crop, IMAGE)


def test_its_geometry_is_that_of_the_eye_in_px_of_the_crop():
    picture = cut()
    assert picture.iris.center == pytest.approx(EYE.iris_center - picture.origin, abs=1e-3)
    assert picture.iris.radius == EYE.iris_radius
    middle = (EYE.inner_canthus + EYE.outer_canthus) / 2
    assert picture.axes.center == pytest.approx(middle - picture.origin, abs=1e-3)
    assert picture.axes.width == pytest.approx(EYE.width)


def test_redrawing_leaves_the_frame_as_it_was():
    before = IMAGE.copy()
    cut().redraw(np.array([4.0, -3.0]), FRONTAL, 0.05, 0.01)
    assert (before == IMAGE).all()


def test_what_is_redrawn_has_the_size_of_the_crop():
    picture = cut()
    pixels, changed = picture.redraw(np.array([4.0, -3.0]), FRONTAL, 0.05, 0.01)
    assert (pixels.shape, pixels.dtype) == (picture.crop.shape, np.uint8)
    assert (changed.shape, changed.dtype) == (picture.crop.shape[:2], np.float32)


@pytest.mark.parametrize("rise", [0.1, 0.0, -0.1])
def test_the_border_of_the_crop_never_changes(rise):
    _, changed = cut().redraw(np.array([5.0, -5.0]), FRONTAL, rise, 0.2 * rise)
    for edge in (changed[0], changed[-1], changed[:, 0], changed[:, -1]):
        assert not edge.any()


@pytest.mark.parametrize("rise", [0.08, -0.08])
def test_pixels_outside_the_mask_are_those_of_the_crop(rise):
    picture = cut()
    pixels, changed = picture.redraw(np.array([3.0, 2.0]), FRONTAL, rise, 0.0)
    difference = np.abs(pixels.astype(int) - picture.crop).max(axis=-1)
    assert difference[changed == 0].max() <= 1
    assert difference[changed > 0].max() > 50


def test_only_lids_that_move_change_the_skin():
    still, moving = (cut().redraw(np.array([6.0, 0.0]), FRONTAL, rise, 0.0)[1] for rise in (0.0, 0.08))
    above_the_eye = slice(0, int(EYE.opening[:, 1].min()) - cut().origin[1] - 3)
    assert not still[above_the_eye].any()
    assert moving[above_the_eye].any()


@given(
    shift=st.tuples(st.floats(-12, 12), st.floats(-12, 12)),
    rise=st.floats(-0.15, 0.15),
    lower_rise=st.floats(-0.05, 0.05),
)
@settings(deadline=None, max_examples=30)
def test_no_change_of_gaze_makes_colors_that_an_eye_does_not_have(shift, rise, lower_rise):
    pixels, changed = cut().redraw(np.array(shift), FRONTAL, rise, lower_rise)
    assert 0 <= changed.min() <= changed.max() <= 1
    # red is highest in skin and sclera; sharpening by the cubic filter may add a few levels
    assert pixels[..., 2].max() <= max(SKIN[2], 220) + 12


def test_an_eye_without_width_is_cut_and_redrawn_without_a_fault():
    point = np.tile(np.array([640.0, 300.0], np.float32), (7, 1))
    flat = EyeRegion("left", point[0], point[0], point[0], point, point, 3.0, 1.0, 0.0)
    picture = EyePicture.cut(IMAGE, flat, FRONTAL)
    if picture is not None:
        assert np.isfinite(picture.redraw(np.array([2.0, 0.0]), FRONTAL, 0.05, 0.0)[1]).all()


@pytest.mark.parametrize("place", [(-300.0, 100.0), (100.0, -300.0), (3000.0, 100.0), (100.0, 3000.0)])
def test_an_eye_beyond_the_frame_has_no_picture(place):
    points = np.array([place], np.float32) + np.array([[0, 0], [50, 0], [25, 0]], np.float32)
    lid = np.linspace(points[0], points[1], 7).astype(np.float32)
    eye = EyeRegion("left", points[0], points[1], points[2], lid, lid, 10.0, 1.0, 0.3)
    assert EyePicture.cut(IMAGE, eye, FRONTAL) is None
