"""What every engine promises: inherit, and give an ``engine`` fixture that runs ``tiny/gaze_runtime``."""

import numpy as np
import pytest

from engines import Engine
from engines.base import Array
from engines.errors import InferenceError


def inputs(seed: int = 0) -> dict[str, Array]:
    draw = np.random.default_rng(seed)
    return {
        "patch": draw.random((2, 3, 64, 96), np.float32),
        "head": draw.uniform(-0.5, 0.5, (2, 2)).astype(np.float32),
    }


def expected(given: dict[str, Array]) -> dict[str, Array]:
    """What the tiny model computes (``tiny/make.py``)."""
    means = given["patch"].mean(axis=(1, 2, 3))[:, None]
    return {"gaze": given["head"] + means, "sigma": np.float32(0.05) + np.abs(given["head"])}


class EngineContract:
    def test_it_runs_the_model(self, engine: Engine) -> None:
        given = inputs()
        found = engine.run(given)
        assert list(found) == ["gaze", "sigma"]
        for name, wanted in expected(given).items():
            assert found[name] == pytest.approx(wanted, abs=1e-4)

    def test_outputs_have_the_shapes_and_types_of_the_record(self, engine: Engine) -> None:
        found = engine.run(inputs())
        for tensor in engine.spec.outputs:
            assert (found[tensor.name].shape, found[tensor.name].dtype) == (tensor.shape, tensor.dtype)

    def test_a_result_is_not_overwritten_by_the_next_run(self, engine: Engine) -> None:
        first = engine.run(inputs(1))
        kept = {name: array.copy() for name, array in first.items()}
        engine.run(inputs(2))
        for name, array in kept.items():
            assert (first[name] == array).all()

    def test_the_same_input_gives_the_same_output(self, engine: Engine) -> None:
        first, second = engine.run(inputs()), engine.run(inputs())
        for name, array in first.items():
            assert (second[name] == array).all()

    def test_it_leaves_its_inputs_as_they_were(self, engine: Engine) -> None:
        given = inputs()
        before = {name: array.copy() for name, array in given.items()}
        engine.run(given)
        for name, array in before.items():
            assert (given[name] == array).all()

    def test_it_takes_read_only_and_strided_inputs(self, engine: Engine) -> None:
        given = inputs()
        strided = {
            "patch": np.asfortranarray(given["patch"]),
            "head": np.repeat(given["head"], 2, axis=1)[:, ::2],
        }
        for array in strided.values():
            array.setflags(write=False)
        found, wanted = engine.run(strided), engine.run(given)
        for name, array in wanted.items():
            assert found[name] == pytest.approx(array, abs=1e-4)

    def test_a_missing_input_is_named(self, engine: Engine) -> None:
        with pytest.raises(InferenceError, match="expected inputs patch, head, got patch"):
            engine.run({"patch": inputs()["patch"]})

    def test_an_unknown_input_is_named(self, engine: Engine) -> None:
        with pytest.raises(InferenceError, match="got patch, head, face"):
            engine.run(inputs() | {"face": inputs()["head"]})

    def test_a_wrong_shape_is_refused_with_both_shapes(self, engine: Engine) -> None:
        with pytest.raises(
            InferenceError, match=r"input head: expected \(2, 2\) float32, got \(1, 2\) float32"
        ):
            engine.run(inputs() | {"head": np.zeros((1, 2), np.float32)})

    def test_a_wrong_type_is_refused_with_both_types(self, engine: Engine) -> None:
        with pytest.raises(InferenceError, match=r"expected \(2, 2\) float32, got \(2, 2\) float64"):
            engine.run(inputs() | {"head": np.zeros((2, 2))})

    def test_a_closed_engine_refuses_to_run(self, engine: Engine) -> None:
        engine.close()
        with pytest.raises(InferenceError, match="closed"):
            engine.run(inputs())

    def test_closing_twice_is_harmless(self, engine: Engine) -> None:
        engine.close()
        engine.close()

    def test_it_closes_at_the_end_of_its_block(self, engine: Engine) -> None:
        with engine as same:
            same.run(inputs())
        with pytest.raises(InferenceError, match="closed"):
            engine.run(inputs())
