import numpy as np
import pytest

from tests.training.data.eyes import CANTHI, HEIGHT, WIDTH, grid, pattern
from training.data.placement import EXACT, Placement
from training.data.webcam import Shot, WebcamRange

PLAIN = WebcamRange(
    eye_px=(60, 60),
    blur_px=(0.45, 0.45),
    motion_share=0,
    gain_log2=0,
    white_balance=0,
    gamma=(1, 1),
    contrast=(0, 0),
    saturation=(1, 1),
    low_light_share=0,
    noise=(1e-6, 1e-6),
    sharpening_share=0,
    jpeg_share=0,
)
TO_PICTURE = Placement.draw(CANTHI, EXACT, np.random.default_rng(0)).to_picture
SHARP = pattern(grid(WIDTH, HEIGHT), np.array([0.0, 1.0, 2.0]))


def shot(ranges: WebcamRange, seed: int = 0) -> Shot:
    return Shot.draw(TO_PICTURE, 78.0, ranges, np.random.default_rng(seed))


def changed(**changes: object) -> WebcamRange:
    return WebcamRange(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | changes)


def flat(level: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


@pytest.mark.parametrize("eye_px", [26.0, 60.0, 109.0])
def test_the_patch_lies_where_it_would_without_a_camera(eye_px: float) -> None:
    marked = flat(20)
    marked[60:72, 70:90] = (250, 120, 30)
    patch = shot(changed(eye_px=(eye_px, eye_px))).patch(marked, TO_PICTURE).astype(float)
    weight = patch[..., 0] - patch[..., 0].min()
    center = [(weight * axis).sum() / weight.sum() for axis in np.mgrid[0:64, 0:96][::-1]]
    wanted = np.linalg.solve(TO_PICTURE[:, :2], np.array([79.5, 65.5]) - TO_PICTURE[:, 2])
    np.testing.assert_allclose(center, wanted, atol=0.25)


def test_colors_stay_in_their_channels() -> None:
    red = flat(0)
    red[..., 0] = 200
    patch = shot(changed(jpeg_share=1.0)).patch(red, TO_PICTURE)
    assert patch[..., 0].min() > 150
    assert patch[..., 2].max() < 60


def test_source_and_target_get_the_same_noise() -> None:
    noisy = shot(changed(noise=(0.02, 0.02)))
    assert np.array_equal(noisy.patch(SHARP, TO_PICTURE), noisy.patch(SHARP, TO_PICTURE))
    grain = noisy.take(flat(128)).astype(float)
    again = noisy.take(flat(120)).astype(float)
    assert np.corrcoef(grain.ravel(), again.ravel())[0, 1] > 0.95


def test_the_next_frame_has_other_noise_and_the_same_light() -> None:
    first = shot(changed(noise=(0.02, 0.02)))
    second = first.one_frame_later(np.random.default_rng(9))
    a, b = (s.take(flat(128)).astype(float) for s in (first, second))
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.1
    assert a.mean() == pytest.approx(b.mean(), abs=1.0)


def test_noise_is_as_strong_as_asked_at_mid_gray() -> None:
    grain = shot(changed(noise=(0.02, 0.02))).take(flat(118)).astype(float)
    assert grain.std() == pytest.approx(0.02 * 255, rel=0.35)


def test_a_dim_room_is_darker_and_noisier() -> None:
    bright, dim = (
        shot(changed(low_light_share=s, noise=(0.01, 0.01))).take(flat(128)).astype(float) for s in (0, 1)
    )
    assert dim.mean() < bright.mean() - 10
    assert dim.std() > 2 * bright.std()


def test_a_small_eye_loses_detail() -> None:
    def detail(eye_px: float) -> float:
        checker = flat(40)
        checker[(np.indices((HEIGHT, WIDTH)).sum(axis=0) // 3) % 2 == 1] = 210
        patch = shot(changed(eye_px=(eye_px, eye_px))).patch(checker, TO_PICTURE).astype(float)
        return float(np.abs(np.diff(patch, axis=1)).mean())

    assert detail(26) < 0.3 * detail(100)


def test_no_moire_comes_from_a_fine_pattern() -> None:
    stripes = flat(0)
    stripes[:, ::2] = 254
    patch = shot(changed(eye_px=(30, 30), roll_deg=0)).patch(stripes, TO_PICTURE).astype(float)
    assert patch.std() < 6


def test_sharpening_leaves_a_halo() -> None:
    edge = flat(60)
    edge[:, WIDTH // 2 :] = 180
    plain, halo = (shot(changed(sharpening_share=s)).patch(edge, TO_PICTURE) for s in (0, 1))
    assert halo.max() > plain.max() + 5
    assert halo.min() < plain.min() - 5


def test_jpeg_leaves_its_marks() -> None:
    plain, coarse = (
        shot(changed(jpeg_share=s, jpeg_quality=(35, 35))).patch(SHARP, TO_PICTURE).astype(float)
        for s in (0, 1)
    )
    assert 0.3 < np.abs(plain - coarse).mean() < 12


def test_a_plain_camera_changes_little() -> None:
    from vcam.geometry.patch import cut_patch

    patch = shot(PLAIN).patch(SHARP, TO_PICTURE).astype(float)
    assert np.abs(patch - cut_patch(SHARP, TO_PICTURE)).mean() < 4


@pytest.mark.parametrize("seed", range(30))
def test_every_shot_shows_the_whole_patch(seed: int) -> None:
    taken = shot(WebcamRange(), seed)
    corners = np.array([[0, 0], [95, 0], [0, 63], [95, 63]])
    in_picture = corners @ TO_PICTURE[:, :2].T + TO_PICTURE[:, 2]
    linear, start = taken.frame_to_picture[:, :2], taken.frame_to_picture[:, 2]
    in_frame = np.linalg.solve(linear, (in_picture - start).T).T
    assert (in_frame > 2).all()
    assert (in_frame < np.array(taken.size) - 3).all()
    assert taken.take(SHARP).shape == (taken.size[1], taken.size[0], 3)
