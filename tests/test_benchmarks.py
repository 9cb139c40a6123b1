"""The benchmarks measure what they say."""

import numpy as np
import pytest

from benchmarks import models
from vcam.model import MODELS


def test_every_model_is_timed_beside_the_tracker_frame_by_frame():
    spent = models.measure(2, [1, 2])
    labels = [f"{name}, {threads}" for name in MODELS for threads in ("1 thread", "2 threads")]
    assert list(spent) == [models.TRACKING, *labels]
    assert all(ms.shape == (2,) and (ms > 0).all() for ms in spent.values())


def test_the_ratio_is_that_of_the_medians():
    text = models.table({models.TRACKING: np.array([8.0, 10.0, 90.0]), "model": np.array([1.0, 2.0, 3.0])})
    assert float(text.splitlines()[2].split()[-1]) == pytest.approx(0.2)
