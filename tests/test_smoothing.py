import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vcam.errors import ConfigError, FrameError
from vcam.smoothing import OneEuro, RateLimiter, SettlingMean, fade

FPS = 30.0
NOISE = 0.005
"""Standard deviation per axis of a MediaPipe eye landmark at 720p, in eye widths (0.25 px of 49)."""


def _tracker() -> OneEuro:
    """The settings for eye landmarks in eye widths: 1 Hz at rest, +35 Hz per eye width a second."""
    return OneEuro(min_cutoff_hz=1.0, beta=35.0, derivative_cutoff_hz=1.0, points=True)


def _smooth(smoother: OneEuro, signal: np.ndarray) -> np.ndarray:
    return np.array([smoother(value, index / FPS) for index, value in enumerate(signal)])


def test_a_constant_stays_exactly_constant():
    signal = np.broadcast_to([[0.1, 640.3], [7.0, -2.0]], (50, 2, 2))
    assert np.array_equal(_smooth(_tracker(), signal), signal)


def test_noise_on_a_still_face_loses_two_thirds_of_its_variance():
    noise = np.random.default_rng(1).normal(0.0, NOISE, (900, 20, 2))
    smoothed = _smooth(_tracker(), noise)
    assert noise[60:].var() / smoothed[60:].var() > 3.0


def test_a_jump_of_ten_times_the_noise_passes_within_two_frames():
    signal = np.zeros((40, 1, 2))
    signal[30:, 0, 0] = 10.0 * NOISE
    assert _smooth(_tracker(), signal)[31, 0, 0] >= 0.9 * 10.0 * NOISE


def test_a_jump_passes_as_soon_through_noise():
    rng = np.random.default_rng(2)
    signal = rng.normal(0.0, NOISE, (40, 500, 2))
    signal[30:, :, 0] += 10.0 * NOISE
    assert _smooth(_tracker(), signal)[31, :, 0].mean() >= 0.88 * 10.0 * NOISE


def test_a_moving_point_does_not_loosen_a_still_one():
    noise = np.random.default_rng(3).normal(0.0, NOISE, (300, 2, 2))
    beside_motion = noise.copy()
    beside_motion[:, 0, 0] += np.arange(300) / FPS
    alone = _smooth(_tracker(), noise)
    assert np.array_equal(_smooth(_tracker(), beside_motion)[:, 1], alone[:, 1])


def test_the_axes_of_a_point_share_one_cutoff():
    signal = np.zeros((10, 1, 2))
    signal[5:] = [0.03, 0.04]
    smoothed = _smooth(_tracker(), signal)[5:, 0]
    assert smoothed[:, 0] / smoothed[:, 1] == pytest.approx(0.75)


def test_without_points_every_element_has_its_own_cutoff():
    signal = np.zeros((10, 2))
    signal[5:] = [0.03, 0.04]
    both = _smooth(OneEuro(1.0, 35.0), signal)
    alone = _smooth(OneEuro(1.0, 35.0), signal[:, :1])
    assert np.array_equal(both[:, :1], alone)


def test_with_beta_zero_it_is_the_plain_low_pass():
    smoother, cutoff_hz = OneEuro(min_cutoff_hz=2.0, beta=0.0), 2.0
    smoother(0.0, 0.0)
    tau = 1.0 / (2.0 * math.pi * cutoff_hz)
    assert smoother(1.0, 0.1) == pytest.approx(1.0 / (1.0 + tau / 0.1))


def test_one_step_follows_the_published_algorithm():
    """Worked by hand: T = 0.5 s, all cutoffs 1 Hz, beta 1, value 0 -> 1."""
    smoother = OneEuro(min_cutoff_hz=1.0, beta=1.0, derivative_cutoff_hz=1.0)
    smoother(0.0, 0.0)
    alpha_speed = math.pi / (math.pi + 1.0)
    cutoff_hz = 1.0 + 2.0 * alpha_speed
    assert smoother(1.0, 0.5) == pytest.approx(math.pi * cutoff_hz / (math.pi * cutoff_hz + 1.0))


_FINITE = st.floats(-1e6, 1e6)


@settings(deadline=None)
@given(
    values=hnp.arrays(np.float64, (6, 3, 2), elements=_FINITE),
    gaps_s=st.lists(st.floats(1e-4, 100.0), min_size=6, max_size=6),
    beta=st.floats(0.0, 100.0),
    points=st.booleans(),
)
def test_the_output_never_overshoots(values, gaps_s, beta, points):
    smoother = OneEuro(1.0, beta, points=points)
    previous = smoother(values[0], 0.0)
    for value, at_s in zip(values[1:], np.cumsum(gaps_s), strict=False):
        smoothed = smoother(value, float(at_s))
        slack = 1e-9 * (1.0 + np.abs(values).max())
        assert (smoothed >= np.minimum(previous, value) - slack).all()
        assert (smoothed <= np.maximum(previous, value) + slack).all()
        previous = smoothed


@pytest.mark.parametrize("at_s", [5.0, 4.0])
def test_time_that_does_not_advance_begins_a_new_signal(at_s):
    smoother, fresh = OneEuro(1.0, 0.1), OneEuro(1.0, 0.1)
    smoother(0.0, 0.0)
    smoother(1.0, 5.0)
    assert smoother(8.0, at_s) == 8.0
    fresh(8.0, at_s)
    assert smoother(9.0, at_s + 0.1) == fresh(9.0, at_s + 0.1)


def test_after_a_reset_the_next_value_comes_out_unchanged_in_any_shape():
    smoother = OneEuro(1.0, 0.1)
    smoother(np.zeros(3), 0.0)
    smoother.reset()
    assert np.array_equal(smoother(np.ones((2, 2)), 0.1), np.ones((2, 2)))


@pytest.mark.parametrize("shape", [(), (1,), (478, 2), (2, 3, 4)])
def test_float32_of_any_shape_comes_out_as_float64_of_that_shape(shape):
    smoother = OneEuro(1.0, 0.1)
    for index in range(2):
        smoothed = smoother(np.full(shape, index, np.float32), index / FPS)
        assert (smoothed.shape, smoothed.dtype) == (shape, np.float64)


def test_neither_the_input_nor_the_output_is_tied_to_the_state():
    smoother, untouched = OneEuro(1.0, 0.1), OneEuro(1.0, 0.1)
    value = np.zeros(2)
    smoother(value, 0.0)[:] = 9.0
    untouched(np.zeros(2), 0.0)
    value[:] = 9.0
    assert np.array_equal(smoother(np.ones(2), 0.1), untouched(np.ones(2), 0.1))


@pytest.mark.parametrize(
    ("value", "at_s", "found"),
    [
        ([0.0, math.nan], 0.1, "1 bad values at 0.1 s"),
        ([math.inf, math.nan], 0.1, "2 bad values"),
        ([0.0, 0.0], math.nan, "at nan s"),
    ],
)
def test_a_value_that_is_not_finite_is_refused_and_the_state_kept(value, at_s, found):
    smoother, untouched = OneEuro(1.0, 0.1), OneEuro(1.0, 0.1)
    for each in (smoother, untouched):
        each([0.0, 0.0], 0.0)
    with pytest.raises(FrameError, match=found):
        smoother(value, at_s)
    assert np.array_equal(smoother([1.0, 1.0], 0.2), untouched([1.0, 1.0], 0.2))


def test_a_change_of_shape_is_refused():
    smoother = OneEuro(1.0, 0.1)
    smoother(np.zeros((3, 2)), 0.0)
    with pytest.raises(FrameError, match=r"expected shape \(3, 2\), got \(4, 2\); reset first"):
        smoother(np.zeros((4, 2)), 0.1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0.0, 1.0), "min_cutoff_hz: expected above 0, got 0.0"),
        ((1.0, -0.1), "beta: expected 0 or more, got -0.1"),
        ((1.0, 1.0, 0.0), "derivative_cutoff_hz: expected above 0, got 0.0"),
        ((math.nan, 1.0), "min_cutoff_hz: expected above 0, got nan"),
    ],
)
def test_settings_without_meaning_are_refused(arguments, named):
    with pytest.raises(ConfigError, match=named):
        OneEuro(*arguments)


def test_a_rate_limiter_takes_equal_steps_and_lands_on_the_target():
    limiter = RateLimiter(max_step=2.0, start=0.0)
    assert [limiter(5.0) for _ in range(4)] == [2.0, 4.0, 5.0, 5.0]
    assert [limiter(0.5) for _ in range(4)] == [3.0, 1.0, 0.5, 0.5]


@settings(deadline=None)
@given(targets=st.lists(_FINITE, min_size=1, max_size=20), max_step=st.floats(1e-3, 1e3))
def test_a_rate_limiter_never_exceeds_its_step(targets, max_step):
    limiter = RateLimiter(max_step, start=0.0)
    previous = 0.0
    for target in targets:
        value = limiter(target)
        assert abs(value - previous) <= max_step * (1.0 + 1e-9) + 1e-9
        assert abs(target - value) <= abs(target - previous)
        previous = value


def test_a_rate_limiter_refuses_what_is_not_finite_and_stays():
    limiter = RateLimiter(max_step=2.0, start=1.0)
    with pytest.raises(FrameError, match="expected a finite target, got nan"):
        limiter(math.nan)
    assert limiter.value == 1.0
    with pytest.raises(ConfigError, match=r"RateLimiter.max_step: expected above 0, got 0\.0"):
        RateLimiter(max_step=0.0, start=0.0)


@pytest.mark.parametrize(
    ("value", "weight"),
    [(0.0, 1.0), (20.0, 1.0), (25.0, 0.5), (22.5, 0.84375), (30.0, 0.0), (math.inf, 0.0), (-math.inf, 1.0)],
)
def test_a_fade_is_full_then_smooth_then_none(value, weight):
    assert fade(value, full=20.0, none=30.0) == pytest.approx(weight)


def test_a_fade_runs_either_way():
    assert [fade(c, full=0.8, none=0.4) for c in (0.3, 0.4, 0.6, 0.8, 0.9)] == pytest.approx(
        [0, 0, 0.5, 1, 1]
    )


@settings(deadline=None)
@given(low=st.floats(-40.0, 40.0), step=st.floats(0.0, 40.0))
def test_a_fade_never_rises_on_its_way_to_none(low, step):
    weights = fade(low, 20.0, 30.0), fade(low + step, 20.0, 30.0)
    assert 1.0 >= weights[0] >= weights[1] - 1e-12 >= -1e-12


def test_a_fade_is_flat_at_both_ends():
    assert 1.0 - fade(20.01, 20.0, 30.0) < 1e-5
    assert fade(29.99, 20.0, 30.0) < 1e-5


def test_a_fade_refuses_nan_and_a_band_without_width():
    with pytest.raises(FrameError, match="fade: expected a number, got nan"):
        fade(math.nan, 20.0, 30.0)
    with pytest.raises(ConfigError, match="expected full and none to differ"):
        fade(25.0, 20.0, 20.0)


def test_a_settling_mean_is_exact_at_first():
    mean = SettlingMean(settling=10, size=2)
    assert mean.value.tolist() == [0, 0]
    for value in ([2.0, 1.0], [4.0, 1.0], [6.0, 4.0]):
        mean.add(value)
    assert mean.value == pytest.approx([4.0, 2.0])


def test_a_settled_mean_is_hardly_moved_by_one_value_and_follows_a_lasting_change():
    mean = SettlingMean(settling=20, size=1)
    for _ in range(100):
        mean.add([1.0])
    mean.add([21.0])
    assert mean.value == pytest.approx([2.0])
    for _ in range(200):
        mean.add([5.0])
    assert mean.value == pytest.approx([5.0], abs=0.01)
