from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.faces import SCLERA, SKIN, Person, disc, draw, frame_of, gaze_deg, inside
from vcam.compose import AlphaCompositor
from vcam.geometry import eyeball
from vcam.geometry.angles import vector_from_pitch_yaw
from vcam.redirect.geometric import GeometricRedirector, RedirectSettings, within_reach
from vcam.types import EyeRedirection, EyeRegion, Gaze, Image, RedirectedEyes, Redirection

READER = Person(at_mm=(0.0, 0.0, 450.0), looks=gaze_deg(-3.0, 2.0), openness=0.36)
EYE_GROWTH = 0.6
"""Eye widths beyond the lids' polygon that an edit may reach."""

angles = st.floats(-0.6, 0.6)


def wish(person: Person, way_deg: tuple[float, float], strength: float = 1.0) -> Redirection:
    """Both eyes, turned by pitch and yaw from where they look."""
    pitch, yaw = np.radians(way_deg).tolist()
    sources = person.gaze("left"), person.gaze("right")
    left, right = (
        EyeRedirection(gaze, Gaze(gaze.pitch + pitch, gaze.yaw + yaw), strength) for gaze in sources
    )
    return Redirection(left, right)


def redirected(person: Person, image: Image, redirection: Redirection) -> RedirectedEyes:
    redirector = GeometricRedirector(RedirectSettings())
    return redirector.redirect(frame_of(image), person.track(), redirection)


def turned(person: Person, image: Image, way_deg: tuple[float, float]) -> Image:
    """The picture with both eyes turned by pitch and yaw."""
    eyes = redirected(person, image, wish(person, way_deg))
    return AlphaCompositor().compose(frame_of(image), eyes).image


def pupil_center(image: Image, eye: EyeRegion) -> NDArray[np.float64]:
    """Center of what is darker than the iris, px."""
    near = disc(image.shape[:2], eye.iris_center, 1.6 * eye.iris_radius) > 0
    darkness = np.clip(60.0 - image[..., 1], 0, None) * near
    y, x = np.indices(darkness.shape)
    return np.array([(x * darkness).sum(), (y * darkness).sum()]) / darkness.sum()


def way_px(person: Person, side: str, way_deg: tuple[float, float]) -> NDArray[np.float64]:
    """How far an eye that turns by pitch and yaw moves its iris in the picture, by full perspective."""
    left = side == "left"
    before = person.gaze("left" if left else "right")
    after = Gaze(before.pitch + np.radians(way_deg[0]), before.yaw + np.radians(way_deg[1]))
    slope = person.eyeball("left" if left else "right")
    offsets = [
        eyeball.offset_of_gaze(vector_from_pitch_yaw(g.pitch, g.yaw), slope[:2] / slope[2])
        for g in (before, after)
    ]
    radius_px = person.eye("left" if left else "right").iris_radius / eyeball.IRIS_RADIUS_MM
    return (offsets[1] - offsets[0]) * radius_px * eyeball.IRIS_DISTANCE_MM


@pytest.mark.parametrize("around_deg", range(0, 360, 45))
@pytest.mark.parametrize("length_deg", [2, 6, 10])
def test_the_iris_moves_as_far_as_the_gaze_demands(around_deg, length_deg):
    way = (length_deg * np.sin(np.radians(around_deg)), length_deg * np.cos(np.radians(around_deg)))
    image = draw(READER.track().eyes)
    after = turned(READER, image, way)
    for side in ("left", "right"):
        eye = READER.eye(side)
        moved = pupil_center(after, eye) - pupil_center(image, eye)
        assert np.linalg.norm(moved - way_px(READER, side, way)) < 0.7


def test_a_gaze_turned_up_and_to_image_left_moves_the_iris_up_and_left():
    image = draw(READER.track().eyes)
    eye = READER.eye("left")
    x, y = pupil_center(turned(READER, image, (6.0, 6.0)), eye) - pupil_center(image, eye)
    assert x < -2
    assert y < -2


@pytest.mark.parametrize("catchlight", [None, (-0.3, -0.4)])
def test_an_eye_that_already_looks_there_is_redrawn_as_it_was(catchlight):
    image = draw(READER.track().eyes, catchlight=catchlight)
    after = turned(READER, image, (0.0, 0.0))
    assert np.abs(after.astype(int) - image).max() <= 1


def test_an_eye_that_already_looks_there_keeps_its_iris():
    image = draw(READER.track().eyes)
    after = turned(READER, image, (0.0, 0.0)).astype(int)
    for eye in READER.track().eyes:
        iris = disc(image.shape[:2], eye.iris_center, 0.85 * eye.iris_radius)
        middle = iris * (inside(image.shape[:2], eye.opening) == 1) > 0.99
        assert np.abs(after - image)[middle].mean() < 2


def test_strength_0_draws_nothing():
    image = draw(READER.track().eyes)
    found = redirected(READER, image, wish(READER, (8.0, 4.0), strength=0.0))
    assert (found.left, found.right) == (None, None)


def test_strength_is_the_share_of_the_way_that_the_iris_goes():
    image = draw(READER.track().eyes)
    eyes = redirected(READER, image, wish(READER, (0.0, 8.0), strength=0.5))
    half = AlphaCompositor().compose(frame_of(image), eyes).image
    eye = READER.eye("left")
    moved = pupil_center(half, eye) - pupil_center(image, eye)
    assert moved == pytest.approx(way_px(READER, "left", (0.0, 4.0)), abs=0.5)


def test_each_eye_is_drawn_by_its_own_wish():
    image = draw(READER.track().eyes)
    both = wish(READER, (0.0, 6.0))
    found = redirected(READER, image, replace(both, left=replace(both.left, strength=0.0)))
    assert found.left is None
    assert found.right is not None
    assert found.right.side == "right"


@pytest.mark.parametrize("turn_deg", [(0.0, 0.0, 0.0), (0.0, 15.0, 20.0)])
@pytest.mark.parametrize("way", [(10.0, 0.0), (-10.0, 0.0), (0.0, 10.0), (-7.0, -7.0), (14.0, 14.0)])
def test_nothing_outside_the_grown_opening_changes(turn_deg, way):
    person = replace(READER, turn_deg=turn_deg)
    image = draw(person.track().eyes)
    found = redirected(person, image, wish(person, way))
    for eye, drawn in zip(person.track().eyes, (found.left, found.right), strict=True):
        assert drawn is not None
        (x, y), (height, width) = drawn.origin, drawn.alpha.shape
        opening = (inside(image.shape[:2], eye.opening) > 0).astype(np.uint8)
        from_opening = _distance_to(opening)[y : y + height, x : x + width]
        assert (drawn.alpha >= 0).all()
        assert (drawn.alpha <= 1).all()
        assert (drawn.alpha > 0).any()
        assert from_opening[drawn.alpha > 0].max() <= EYE_GROWTH * eye.width


def _distance_to(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest one of a mask, px."""
    return np.asarray(cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


@pytest.mark.parametrize("way", [(6.0, 0.0), (0.0, 6.0), (0.0, -6.0), (-6.0, 3.0)])
def test_the_catchlight_stays_where_it_was(way):
    catchlight = (0.25, 0.45)
    image = draw(READER.track().eyes, catchlight=catchlight)
    after = turned(READER, image, way)
    for eye in READER.track().eyes:
        place = eye.iris_center + eye.iris_radius * np.array(catchlight)
        found = _brightest_spot(after, eye)
        assert np.linalg.norm(found - place) < 1.0


def _brightest_spot(image: Image, eye: EyeRegion) -> NDArray[np.float64]:
    """Center of what is brighter than sclera in the eye, px."""
    near = disc(image.shape[:2], eye.iris_center, 0.95 * eye.iris_radius) > 0
    y, x = np.indices(image.shape[:2])
    light = np.clip(image[..., 0].astype(float) - 130.0, 0, None) * near
    light *= np.hypot(x - eye.iris_center[0], y - eye.iris_center[1]) < 0.75 * eye.iris_radius
    return np.array([(x * light).sum(), (y * light).sum()]) / light.sum()


@pytest.mark.parametrize("yaw", [14.0, -14.0])
def test_where_the_iris_was_there_is_sclera_and_no_ghost(yaw):
    image = draw(READER.track().eyes)
    after = turned(READER, image, (0.0, yaw))
    for eye in READER.track().eyes:
        shift = way_px(READER, eye.side, (0.0, yaw))
        shape = image.shape[:2]
        was = disc(shape, eye.iris_center, 0.95 * eye.iris_radius) == 1
        now = disc(shape, eye.iris_center + shift, 1.2 * eye.iris_radius) > 0
        well_inside = _distance_to((inside(shape, eye.opening) < 1).astype(np.uint8)) > 2
        uncovered = was & ~now & well_inside
        assert uncovered.sum() >= 5
        assert after[uncovered].astype(float).mean(axis=-1).min() > 0.75 * SCLERA.mean()


def test_the_skin_far_from_the_lids_keeps_its_color():
    image = draw(READER.track().eyes)
    after = turned(READER, image, (10.0, 0.0))
    shape, eyes = image.shape[:2], READER.track().eyes
    covers = [inside(shape, eye.opening) > 0 for eye in eyes]
    far = _distance_to((covers[0] | covers[1]).astype(np.uint8)) > 0.15 * eyes[0].width
    assert np.abs(after[far].astype(float) - np.rint(SKIN)).max() <= 2


def test_raised_eyes_raise_the_upper_lid_and_lowered_eyes_lower_it():
    eye, image = READER.eye("left"), draw(READER.track().eyes)
    x = round(float(eye.upper_lid[3, 0]))
    rows = slice(int(eye.upper_lid[3, 1]) - 15, int(eye.upper_lid[3, 1]) + 6)

    def skin_rows(picture: Image) -> int:
        return int((picture[rows, x, 2] > 180).sum())

    up, down = turned(READER, image, (10.0, 0.0)), turned(READER, image, (-10.0, 0.0))
    assert skin_rows(up) < skin_rows(image) < skin_rows(down)


EYE_X, EYE_Y = READER.eye("left").iris_center.astype(int).tolist()
CUTS = {
    "left half": (slice(None), slice(EYE_X, None)),
    "right half": (slice(None), slice(0, EYE_X)),
    "upper half": (slice(EYE_Y, None), slice(None)),
    "lower half": (slice(0, EYE_Y), slice(None)),
    "all but a corner": (slice(EYE_Y + 12, None), slice(EYE_X + 20, None)),
    "all": (slice(EYE_Y + 200, None), slice(EYE_X + 300, None)),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_an_eye_cut_by_the_border_of_the_frame_is_drawn_as_far_as_it_is_seen(cut):
    track, image = READER.track(), draw(READER.track().eyes)[cut].copy()
    start = np.array([cut[1].start or 0, cut[0].start or 0])
    eyes = [_moved(eye, -start) for eye in track.eyes]
    seen = replace(track, left_eye=eyes[0], right_eye=eyes[1])
    found = GeometricRedirector(RedirectSettings()).redirect(frame_of(image), seen, wish(READER, (6.0, 6.0)))
    for eye in (found.left, found.right):
        if eye is not None:
            (x, y), (height, width) = eye.origin, eye.alpha.shape
            assert min(x, y) >= 0
            assert x + width <= image.shape[1]
            assert y + height <= image.shape[0]
            assert np.isfinite(eye.alpha).all()


def test_an_eye_beyond_the_frame_is_not_drawn():
    track = READER.track()
    gone = replace(track, left_eye=_moved(track.left_eye, np.array([2000.0, 0.0])))
    image = draw(track.eyes)
    found = GeometricRedirector(RedirectSettings()).redirect(frame_of(image), gone, wish(READER, (6.0, 6.0)))
    assert found.left is None
    assert found.right is not None


@pytest.mark.parametrize("width_px", [1, 6, 12, 20])
def test_a_tiny_eye_is_left_alone_or_drawn_and_never_a_fault(width_px):
    focal_mm = 27.9 * 1044
    person = replace(READER, at_mm=(0.0, 0.0, focal_mm / width_px))
    image = draw(person.track().eyes)
    found = redirected(person, image, wish(person, (6.0, 6.0)))
    assert (found.left is None) == (person.eye("left").iris_radius < 2.5)


def _moved(eye: EyeRegion, by: NDArray[np.float64]) -> EyeRegion:
    """The same eye elsewhere in the picture."""
    by = by.astype(np.float32)
    return replace(
        eye,
        inner_canthus=eye.inner_canthus + by,
        outer_canthus=eye.outer_canthus + by,
        iris_center=eye.iris_center + by,
        upper_lid=eye.upper_lid + by,
        lower_lid=eye.lower_lid + by,
    )


@given(source=st.tuples(angles, angles), result=st.tuples(angles, angles), reach_deg=st.floats(1, 30))
@settings(deadline=None)
def test_a_way_within_reach_is_gone_in_full_and_one_of_twice_the_reach_not_at_all(source, result, reach_deg):
    start, end = Gaze(*source), Gaze(*result)
    reached = within_reach(start, end, reach_deg)
    length = np.hypot(end.pitch - start.pitch, end.yaw - start.yaw)
    gone = np.hypot(reached.pitch - start.pitch, reached.yaw - start.yaw)
    assert gone <= np.radians(1.25 * reach_deg) + 1e-9
    assert gone <= length + 1e-9
    if length <= np.radians(reach_deg):
        assert reached == end
    if length >= np.radians(2 * reach_deg):
        assert gone == pytest.approx(0.0, abs=1e-9)


@given(start=st.tuples(angles, angles), end=st.tuples(angles, angles), step=st.floats(1e-6, 1e-3))
@settings(deadline=None)
def test_the_way_that_is_gone_is_continuous_and_keeps_its_direction(start, end, step):
    source, nearer = Gaze(*start), Gaze(end[0], end[1])
    farther = Gaze(end[0] + step, end[1])
    one, other = within_reach(source, nearer, 10.0), within_reach(source, farther, 10.0)
    assert np.hypot(one.pitch - other.pitch, one.yaw - other.yaw) <= 6 * step
    way, reached = np.subtract(end, start), np.array([one.pitch - start[0], one.yaw - start[1]])
    assert way[0] * reached[1] == pytest.approx(way[1] * reached[0], abs=1e-9)
    assert way @ reached >= 0
