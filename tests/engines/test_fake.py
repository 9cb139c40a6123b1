import numpy as np
import pytest

from engines import Engine
from engines.errors import InferenceError
from engines.fake import FakeEngine
from engines.spec import read_model
from tests.engines.contract import EngineContract, expected, inputs
from tests.engines.tiny import GAZE

SPEC = read_model(GAZE)[0]


class TestFakeEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return FakeEngine(SPEC, lambda given: expected(dict(given)))


def test_a_function_that_leaves_out_an_output_is_found_out():
    engine = FakeEngine(SPEC, lambda _: {"gaze": np.zeros((2, 2), np.float32)})
    with pytest.raises(InferenceError, match="expected outputs gaze, sigma, got gaze"):
        engine.run(inputs())


def test_it_counts_its_runs():
    engine = FakeEngine(SPEC, lambda given: expected(dict(given)))
    engine.run(inputs())
    engine.run(inputs())
    assert engine.runs == 2
