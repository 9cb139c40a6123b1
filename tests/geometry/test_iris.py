import numpy as np
import pytest
from numpy.typing import NDArray

from tests.faces import IRIS, PUPIL, SCLERA, SKIN, disc, inside
from vcam.geometry.iris import Limbus, find_limbus

SHAPE = (64, 96)
RADIUS = 11.0
CLOSED_LINE = 36.0
SUB_PIXEL = [(0.0, 0.0), (0.25, 0.5), (0.5, 0.25), (0.8, -0.4), (-0.3, 0.9), (0.5, 0.5)]

Array = NDArray[np.float64]


def opening(upper: float = 12.0, lower: float = 60.0) -> Array:
    """Polygon of lids that peak at these rows, patch px."""
    at = np.linspace(-1.0, 1.0, 21)
    x, hump = 47.5 + 36 * at, 1 - at**2
    margins = [CLOSED_LINE + (row - CLOSED_LINE) * hump for row in (upper, lower)]
    return np.concatenate([np.column_stack([x, margins[0]]), np.column_stack([x, margins[1]])[::-1]])


def eye(center: tuple[float, float], lids: Array, *, contrast: float = 1.0) -> NDArray[np.uint8]:
    iris, pupil = (SCLERA + contrast * (color - SCLERA) for color in (IRIS, PUPIL))
    picture = np.tile(SCLERA, (*SHAPE, 1))
    for color, radius in ((iris, RADIUS), (pupil, 0.4 * RADIUS)):
        picture += (color - picture) * disc(SHAPE, center, radius)[..., None]
    picture = SKIN + (picture - SKIN) * inside(SHAPE, lids)[..., None]
    return np.rint(picture).astype(np.uint8)


def look(center: tuple[float, float], lids: Array, guess: Array, *, contrast: float = 1.0) -> Limbus | None:
    return find_limbus(eye(center, lids, contrast=contrast), lids, guess, RADIUS)


@pytest.mark.parametrize("offset", SUB_PIXEL)
@pytest.mark.parametrize("aside", [-14.0, 0.0, 12.0])
def test_a_dark_disc_is_found_to_a_third_of_a_px(aside, offset):
    center = (47.0 + aside + offset[0], 36.0 + offset[1])
    found = look(center, opening(), np.round(center))
    assert found is not None
    assert np.linalg.norm(found.center - center) < 0.3
    assert found.radius == pytest.approx(RADIUS, abs=0.75)


@pytest.mark.parametrize("offset", SUB_PIXEL)
@pytest.mark.parametrize("off", [(4.0, 0.0), (-4.0, 0.0), (0.0, 4.0), (0.0, -4.0), (2.8, -2.8)])
def test_a_mesh_that_errs_by_4_px_does_not_matter(offset, off):
    center = np.array([46.0, 36.0]) + offset
    found = look(tuple(center), opening(), center + off)
    assert found is not None
    assert np.linalg.norm(found.center - center) < 0.3


@pytest.mark.parametrize("offset", SUB_PIXEL)
def test_an_iris_half_under_the_upper_lid_is_found(offset):
    center = np.array([47.0, 36.0]) + offset
    lids = opening(upper=36.0)
    found = look(tuple(center), lids, center + np.array([1.0, -1.5]))
    assert found is not None
    assert abs(found.center[0] - center[0]) < 0.3
    assert abs(found.center[1] - center[1]) < 0.6


def test_the_size_of_a_smaller_iris_is_told_by_the_scales_tried():
    center, lids = (47.3, 36.2), opening()
    picture = eye(center, lids)
    found = find_limbus(picture, lids, np.array(center), RADIUS / 0.94)
    assert found is not None
    assert found.radius == pytest.approx(RADIUS, abs=0.3)


def test_closed_lids_hide_it():
    lids = opening(upper=CLOSED_LINE - 1.0, lower=CLOSED_LINE + 1.0)
    assert look((47.0, 36.0), lids, np.array([47.0, 36.0])) is None


def test_an_opening_outside_the_patch_hides_it():
    lids = opening() + np.array([200.0, 0.0])
    assert look((47.0, 36.0), lids, np.array([47.0, 36.0])) is None


@pytest.mark.parametrize("guess", [(-300.0, 20.0), (47.0, 500.0), (95.0, 63.0)])
def test_a_guess_beyond_the_patch_finds_nothing_and_does_not_fail(guess):
    assert look((47.0, 36.0), opening(), np.array(guess)) is None


def test_the_figure_for_contrast_falls_with_the_contrast():
    figures = []
    for contrast in (1.0, 0.5, 0.25, 0.06):
        found = look((47.0, 36.0), opening(), np.array([47.0, 36.0]), contrast=contrast)
        assert found is not None
        figures.append(found.contrast)
    assert figures == pytest.approx([figures[0] * share for share in (1.0, 0.5, 0.25, 0.06)], rel=0.15)


def test_the_figure_for_contrast_is_of_the_size_of_the_brightness_step():
    found = look((47.0, 36.0), opening(), np.array([47.0, 36.0]))
    assert found is not None
    step = float(SCLERA[2] - IRIS[2])
    assert 0.4 * step < found.contrast < 1.2 * step


def test_an_eye_without_iris_has_next_to_no_contrast():
    found = look((47.0, 36.0), opening(), np.array([47.0, 36.0]), contrast=0.0)
    assert found is None or found.contrast < 6.0
