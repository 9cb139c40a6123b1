"""The whole renderer on the real assets; skipped where they, or OpenGL, are missing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from training.synthesis.camera import Camera
from training.synthesis.demo import LIGHT, PERSON
from training.synthesis.errors import RendererUnavailable
from training.synthesis.head import Assets
from training.synthesis.pose import SIDES, Pose, unit

pytest.importorskip("moderngl", reason="moderngl (group train) is not installed")

from training.synthesis.portrait import Portrait
from training.synthesis.renderer import Renderer, visibility

DATA = Path(__file__).parents[3] / "shared" / "data"
CAMERA = Camera.from_horizontal_view(640, 360, 63.0)
PLACE = np.array([0.0, -36.0, 468.0])


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    assets = Assets(DATA / "ict-facekit", DATA / "unityeyes2")
    if not (assets.ict.is_dir() and assets.eyes.is_dir()):
        pytest.skip(f"the head model and the eye scans are not in {DATA}")
    try:
        return Portrait(CAMERA, LIGHT, PERSON, assets)
    except RendererUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    try:
        made = Renderer(CAMERA, oversampling=1)
    except RendererUnavailable as error:
        pytest.skip(str(error))
    yield made
    made.context.release()


def pose(target: tuple[float, float, float] = (0.0, 60.0, 0.0), blink: float = 0.0) -> Pose:
    still = Pose(np.array([0.09, 0.0, 0.0]), PLACE, PLACE, {}, dict.fromkeys(SIDES, blink))
    still.gaze.update({side: unit(np.array(target) - still.eyeball_center(side)) for side in SIDES})
    return still


def eye_crop(picture: np.ndarray, side: str, half: tuple[int, int] = (14, 8)) -> np.ndarray:
    x, y = CAMERA.project(pose().eyeball_center(side)).round().astype(int)
    return picture[y - half[1] : y + half[1] + 1, x - half[0] : x + half[0] + 1]


def dark_column(picture: np.ndarray, side: str) -> float:
    """Mean column of the darkest tenth of an eye: the pupil and what surrounds it."""
    gray = eye_crop(picture, side, (12, 5))[..., :3].mean(axis=2)
    return float(np.argwhere(gray <= np.quantile(gray, 0.1))[:, 1].mean())


def test_the_person_covers_the_middle_and_not_the_corners(portrait: Portrait) -> None:
    cover = portrait.draw(pose())[..., 3]
    assert cover[180, 320] == 1
    assert cover[0, 0] == cover[0, -1] == 0
    assert cover[-1, 320] == 1


@pytest.mark.parametrize("blink", [0.0, 0.5, 1.0])
def test_every_pixel_is_finite_and_nothing_shows_through_the_face(portrait: Portrait, blink: float) -> None:
    picture = portrait.draw(pose(blink=blink))
    assert np.isfinite(picture).all()
    for side in SIDES:
        assert eye_crop(picture, side)[..., 3].min() == 1


@pytest.mark.parametrize("side", SIDES)
def test_a_gaze_toward_image_left_moves_the_pupil_left(portrait: Portrait, side: str) -> None:
    left, right = (portrait.draw(pose((x, 60.0, 0.0))) for x in (-120.0, 120.0))
    assert dark_column(left, side) < dark_column(right, side) - 3


@pytest.mark.parametrize("side", SIDES)
def test_closed_lids_hide_the_eye(portrait: Portrait, side: str) -> None:
    """With the lids shut, where the eye looks must not matter."""

    def differs(blink: float) -> float:
        one, other = (portrait.draw(pose((x, 60.0, 0.0), blink)) for x in (-120.0, 120.0))
        return float(np.abs(eye_crop(one, side) - eye_crop(other, side)).mean())

    assert differs(1.0) < 0.1 * differs(0.0)


def test_the_same_pose_gives_the_same_picture(portrait: Portrait) -> None:
    first = portrait.draw(pose())
    portrait.draw(pose(blink=1.0))
    assert np.array_equal(first, portrait.draw(pose()))


def test_a_roof_hides_the_sky_and_not_the_ground(renderer: Renderer) -> None:
    roof = np.array([[-50.0, -20, -50], [50, -20, -50], [50, -20, 50], [-50, -20, 50]])
    points = np.array([[0.0, 0.0, 0.0], [0.0, -21.5, 0.0]])  # below the roof, and on it
    up, down = np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    seen = visibility(renderer.context, (points, np.stack([up, up])), (roof, triangles), np.stack([up, down]))
    np.testing.assert_array_equal(seen, [[0, 1], [1, 0]])


def test_an_empty_picture_is_transparent_black(renderer: Renderer) -> None:
    renderer.begin()
    picture = renderer.finish()
    assert picture.shape == (360, 640, 4)
    assert picture.max() == 0
