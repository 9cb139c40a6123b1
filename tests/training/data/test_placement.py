import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data.eyes import CANTHI, HEIGHT, WIDTH, grid, pattern
from training.data.placement import EXACT, CanthusJitter, Placement, edit_region, ellipse_region
from vcam.geometry.angles import vector_from_pitch_yaw
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, apply, cut_patch

WIDE = CanthusJitter(shift=(0.03, 0.03), scale=(1.02, 1.07), roll_deg=4.0)
angles = st.floats(-0.6, 0.6)


def draw(seed: int = 1, jitter: CanthusJitter = WIDE) -> Placement:
    return Placement.draw(CANTHI, jitter, np.random.default_rng(seed))


def test_without_jitter_the_canthi_lie_where_the_runtime_puts_them() -> None:
    middle = (96 - 1) / 2
    expected = [[middle - CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX], [middle + CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX]]
    np.testing.assert_allclose(apply(draw(jitter=EXACT).to_picture, expected), CANTHI, atol=1e-3)


def test_canthi_found_too_far_apart_make_the_eye_small() -> None:
    placement = draw(jitter=CanthusJitter((0, 0), (1.05, 1.05), 0))
    scale = np.hypot(*placement.to_picture[:, 0])
    assert scale == pytest.approx(1.05 * 78 / CANTHUS_SPAN_PX, rel=1e-5)


def test_the_jitter_is_as_wide_as_the_tracker_s() -> None:
    jitter = CanthusJitter()
    rng = np.random.default_rng(0)
    drawn = [Placement.draw(CANTHI, jitter, rng) for _ in range(800)]
    middles = np.array([apply(p.to_picture, (47.5, CANTHUS_Y_PX)) for p in drawn])
    assert np.all((middles.std(0) > 0.02 * 78) & (middles.std(0) < 0.04 * 78))
    assert np.rad2deg(np.std([p.roll for p in drawn])) == pytest.approx(1.0, rel=0.1)


@given(pitch=angles, yaw=angles, seed=st.integers(0, 50))
def test_a_direction_turns_with_the_patch(pitch: float, yaw: float, seed: int) -> None:
    placement = draw(seed)
    turned = placement.turned(np.array([pitch, yaw], np.float32))
    before = vector_from_pitch_yaw(pitch, yaw)
    after = vector_from_pitch_yaw(*turned)
    # the arrow that a direction draws in the picture is the same whichever frame it is told in
    axes = placement.to_picture[:, :2] / np.hypot(*placement.to_picture[:, 0])
    np.testing.assert_allclose(axes @ after[:2], before[:2], atol=1e-5)
    assert after[2] == pytest.approx(before[2], abs=1e-6)


def test_looking_up_stays_up_without_roll() -> None:
    up_and_nose = np.array([0.2, 0.1], np.float32)
    np.testing.assert_allclose(draw(jitter=EXACT).turned(up_and_nose), up_and_nose, atol=1e-7)


def test_a_mask_is_cut_like_the_picture() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (84, 60), 25, 255, -1)
    placement = draw(3)
    cut = placement.cut_mask(mask)
    picture = cut_patch(np.repeat(mask[..., None], 3, axis=2), placement.to_picture)[..., 0]
    assert np.abs(cut.astype(int) - picture).mean() < 3
    assert 0.9 < cut.astype(bool).sum() / picture.astype(bool).sum() < 1.1


def test_nothing_is_known_outside_of_the_picture() -> None:
    far = Placement(draw(jitter=EXACT).to_picture + np.array([[0, 0, 90], [0, 0, 0]]), 0.0)
    flow = np.ones((60, 84, 2), np.float16)
    cut, weight = far.cut_flow(flow, np.full((60, 84), 255, np.uint8), (WIDTH, HEIGHT))
    assert weight[:, -20:].max() == 0
    assert np.abs(cut[:, -20:]).max() == 0
    assert weight[:, :20].min() == 1


@pytest.mark.parametrize("step", [1, 2, 4])
def test_the_cut_flow_warps_the_cut_source_to_the_cut_target(step: int) -> None:
    """Whatever the grid on which the flow was stored."""
    stretch, shift = np.array([[1.05, 0.04], [-0.03, 0.96]]), np.array([-3.0, 5.0])
    full, coarse = grid(WIDTH, HEIGHT), grid(WIDTH // step, HEIGHT // step, step)
    phase = np.array([0.3, 1.7, 4.0])
    source, target = pattern(full, phase), pattern(full @ stretch.T + shift, phase)
    flow = (coarse @ stretch.T + shift - coarse).astype(np.float32)
    placement = draw(8)
    visible = np.full(flow.shape[:2], 255, np.uint8)
    cut, weight = placement.cut_flow(flow, visible, (WIDTH, HEIGHT))
    seen_at = (grid(96, 64) + cut).astype(np.float32)
    warped = cv2.remap(cut_patch(source, placement.to_picture), seen_at, None, cv2.INTER_LINEAR)
    wanted = cut_patch(target, placement.to_picture)
    inside = (weight > 0) & (seen_at >= 1).all(-1) & (seen_at <= (94, 62)).all(-1)
    assert inside.mean() > 0.7
    error = np.abs(warped.astype(float) - wanted).max(axis=-1)[inside]
    still = np.abs(cut_patch(source, placement.to_picture).astype(float) - wanted).max(axis=-1)[inside]
    assert error.mean() < 1.5
    assert still.mean() > 10 * error.mean()


def test_the_edit_region_reaches_further_over_the_upper_lid_than_under_the_lower() -> None:
    eyeball = np.zeros((64, 96), np.uint8)
    eyeball[30:42, 30:66] = 255
    region = edit_region(eyeball)
    column = np.flatnonzero(region[:, 48] > 0.5)
    assert (30 - column[0], column[-1] - 41) == (10, 6)
    assert region[35, 48] == pytest.approx(1.0)
    assert region[:8].max() == 0


def test_the_region_of_an_unknown_eyeball_covers_the_fissure() -> None:
    region = ellipse_region(draw(jitter=EXACT), CANTHI)
    assert region[35, 24:72].min() > 0.9
    assert region[[0, -1]].max() == 0
