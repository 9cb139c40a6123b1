"""Metrics against values that are known."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training import metrics
from training.data.protocol import GAZES_DEG

angles = st.floats(-0.8, 0.8)


def noise(seed: int = 0) -> torch.Tensor:
    return torch.rand((2, 3, 64, 96), generator=torch.Generator().manual_seed(seed))


def test_a_picture_is_as_similar_as_can_be_to_itself() -> None:
    picture = noise()
    assert metrics.ssim(picture, picture).numpy() == pytest.approx([1.0, 1.0])
    assert metrics.psnr(picture, picture).numpy() == pytest.approx([80.0, 80.0])


def test_two_noises_are_not_similar() -> None:
    assert metrics.ssim(noise(0), noise(1)).abs().max() < 0.1


def test_ssim_of_flat_pictures_is_its_luminance_term() -> None:
    a, b = torch.full((1, 3, 32, 32), 0.4), torch.full((1, 3, 32, 32), 0.6)
    expected = (2 * 0.4 * 0.6 + 1e-4) / (0.4**2 + 0.6**2 + 1e-4)
    assert metrics.ssim(a, b).item() == pytest.approx(expected, rel=1e-4)


def test_psnr_of_a_known_error_is_known() -> None:
    a = torch.full((1, 3, 32, 32), 0.5)
    assert metrics.psnr(a, a + 0.1).item() == pytest.approx(20.0, abs=1e-3)


def test_what_lies_outside_of_the_mask_does_not_count() -> None:
    a, b, mask = noise(), noise(), torch.zeros((2, 1, 64, 96))
    mask[..., :48] = 1.0
    b[..., 60:] = 0.0
    assert metrics.psnr(a, b, mask).numpy() == pytest.approx([80.0, 80.0])
    assert metrics.ssim(a, b, mask).numpy() == pytest.approx([1.0, 1.0])
    assert metrics.psnr(a, b).max() < 20.0


@given(pitch=angles, yaw=angles, up=st.floats(0.0, 0.5))
def test_a_gaze_that_only_pitches_errs_by_its_pitch(pitch: float, yaw: float, up: float) -> None:
    a, b = np.array([[pitch, yaw]]), np.array([[pitch + up, yaw]])
    assert metrics.gaze_error_deg(a, b) == pytest.approx([np.rad2deg(up)], abs=1e-6)


@given(a=st.tuples(angles, angles), b=st.tuples(angles, angles))
def test_the_gaze_error_has_no_direction(a: tuple[float, float], b: tuple[float, float]) -> None:
    there, back = (metrics.gaze_error_deg([p], [q]) for p, q in ((a, b), (b, a)))
    assert there == pytest.approx(back, abs=1e-9)


def test_columbias_pairs_fall_into_eleven_groups_of_the_sizes_of_the_protocol() -> None:
    gazes = np.deg2rad(np.array(GAZES_DEG))
    source, target = (gazes[index.ravel()] for index in np.indices((21, 21)))
    group = metrics.difference_group(source, target)
    # seeds.md 1.9
    assert np.bincount(group).tolist() == [21, 36, 58, 72, 72, 68, 50, 32, 20, 8, 4]
    assert np.bincount(metrics.merged_ten(group)).tolist() == [21, 36, 58, 72, 72, 68, 50, 32, 20, 12]


def test_a_line_is_found_through_scaled_and_shifted_estimates() -> None:
    truth = np.linspace(-30.0, 30.0, 41)
    line = metrics.regression(truth, 0.6 * truth - 2.0)
    assert (line.slope, line.offset_deg, line.correlation) == pytest.approx((0.6, -2.0, 1.0))


def test_one_angle_alone_has_no_slope() -> None:
    with pytest.raises(ValueError, match="at least two different true angles, got 3 equal ones"):
        metrics.regression([5.0, 5.0, 5.0], [1.0, 2.0, 3.0])
