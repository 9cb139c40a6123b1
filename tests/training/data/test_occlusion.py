import numpy as np

from tests.training.data.eyes import CANTHI, HEIGHT, WIDTH
from training.data.occlusion import Occlusion, OcclusionRange

SHAPE = (HEIGHT, WIDTH)
GRAY = np.full((*SHAPE, 3), 120, np.uint8)


def draw(seed: int, **shares: float) -> Occlusion | None:
    ranges = OcclusionRange(**{"glasses_share": 0.0, "reflection_share": 0.0, "hair_share": 0.0} | shares)
    return Occlusion.draw(CANTHI, SHAPE, ranges, np.random.default_rng(seed))


def test_mostly_nothing_stands_before_the_eye() -> None:
    drawn = [Occlusion.draw(CANTHI, SHAPE, OcclusionRange(), np.random.default_rng(k)) for k in range(300)]
    assert 0.1 < sum(layer is not None for layer in drawn) / 300 < 0.3


def test_a_rim_hides_what_is_behind_it() -> None:
    layer = draw(1, glasses_share=1.0)
    assert layer is not None
    hidden = layer.clear[..., 0] < 0.25
    assert 0.005 < hidden.mean() < 0.35
    lit, dark = layer.over(GRAY), layer.over(GRAY // 4)
    assert np.abs(lit[hidden].astype(int) - dark[hidden]).max() < 30
    assert layer.seen(np.full(SHAPE, 255, np.uint8))[hidden].max() == 0


def test_a_reflection_brightens_and_lets_the_eye_through() -> None:
    for seed in range(20):
        plain, shining = (draw(seed, glasses_share=1.0, reflection_share=share) for share in (0.0, 1.0))
        assert plain is not None
        assert shining is not None
    change = shining.over(GRAY // 2).astype(int) - GRAY // 2
    assert change.max() > 8


def test_hair_hangs_in_thin_strands() -> None:
    covered = [1 - layer.clear.mean() for k in range(20) if (layer := draw(k, hair_share=1.0))]
    assert len(covered) == 20
    assert 0 < np.mean(covered) < 0.1


def test_where_nothing_stands_the_picture_is_untouched() -> None:
    layer = draw(3, hair_share=1.0)
    assert layer is not None
    clear = layer.clear[..., 0] == 1
    assert clear.any()
    assert np.array_equal(layer.over(GRAY)[clear], GRAY[clear])
