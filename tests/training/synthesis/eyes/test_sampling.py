from dataclasses import replace

import numpy as np
import pytest

from training.data.protocol import GAZES_DEG
from training.synthesis.errors import AssetError
from training.synthesis.eyes.assets import EyeAssets
from training.synthesis.eyes.protocol import GAZES, ProtocolSampler
from training.synthesis.eyes.sampling import TEST_IRIS, TEST_PEOPLE, Recipe, SceneSampler

SCENES = 150


def gazes(assets: EyeAssets, recipe: Recipe) -> np.ndarray:
    """(SCENES, N, 3) pitch and yaw in degrees, and blink."""
    sampler = SceneSampler(assets, recipe)
    scenes = [sampler.scene(k) for k in range(SCENES)]
    return np.array([[(np.degrees(g.pitch), np.degrees(g.yaw), g.blink) for g in s.gazes] for s in scenes])


def test_a_scene_depends_on_seed_and_number_alone(assets: EyeAssets) -> None:
    one, other = SceneSampler(assets, Recipe(seed=4)), SceneSampler(assets, Recipe(seed=4))
    for index in range(5):
        one.scene(index)
    assert one.scene(3) == other.scene(3)
    assert one.scene(3) != one.scene(4)
    assert one.scene(3) != SceneSampler(assets, Recipe(seed=5)).scene(3)


def test_every_scene_has_an_open_look_near_the_lens(assets: EyeAssets) -> None:
    near = gazes(assets, Recipe())[:, 0]
    assert np.abs(near[:, :2]).max() <= 3.5
    assert near[:, 2].max() == 0


def test_gazes_reach_far_down_and_to_both_sides_and_no_farther(assets: EyeAssets) -> None:
    seen = gazes(assets, Recipe()).reshape(-1, 3)
    assert seen[:, 0].min() < -27
    assert seen[:, 0].max() > 20
    assert seen[:, 1].min() < -25 < 25 < seen[:, 1].max()
    assert np.abs(seen[:, 0]).max() <= 30
    assert np.abs(seen[:, 1]).max() <= 35
    assert np.mean((seen[:, 0] > -30) & (seen[:, 0] < -5)) > 0.35


def test_about_an_eighth_of_the_pictures_blink_or_squint(assets: EyeAssets) -> None:
    blinks = gazes(assets, Recipe())[..., 2]
    assert 0.08 < np.mean(blinks > 0) < 0.16
    assert np.any(blinks == 1)


def test_pairs_are_distinct_and_four_in_ten_lead_to_the_lens(assets: EyeAssets) -> None:
    sampler = SceneSampler(assets, Recipe(gazes=6, pairs=8))
    for index in range(20):
        pairs = sampler.scene(index).pairs
        assert len(set(pairs)) == 8
        assert all(source != target for source, target in pairs)
        assert sum(target == 0 for _, target in pairs) >= 3


def test_only_the_held_out_people_have_the_held_out_iris(assets: EyeAssets) -> None:
    sampler = SceneSampler(assets, Recipe())
    scenes = [sampler.scene(index) for index in range(60)]
    assert {s.person in TEST_PEOPLE for s in scenes} == {True, False}
    assert all((s.look.iris == TEST_IRIS) == (s.person in TEST_PEOPLE) for s in scenes)


def test_the_optical_axis_points_outward_of_the_line_of_sight(assets: EyeAssets) -> None:
    sampler = SceneSampler(assets, Recipe())
    yaw = np.degrees([sampler.scene(index).kappa[1] for index in range(60)])
    assert np.mean(yaw) == pytest.approx(-4.0, abs=0.7)


def test_an_unknown_person_is_refused_with_the_known_ones(assets: EyeAssets) -> None:
    with pytest.raises(AssetError, match="no skin of 'x99'; the assets have f01, m13"):
        SceneSampler(assets, Recipe(), ["x99"])


@pytest.mark.parametrize(("gazes", "pairs"), [(1, 1), (3, 7), (3, 0)])
def test_numbers_that_cannot_be_are_refused(gazes: int, pairs: int) -> None:
    with pytest.raises(ValueError, match="expected at least 2 gazes"):
        Recipe(gazes=gazes, pairs=pairs)


def test_a_protocol_scene_differs_from_a_drawn_one_in_head_and_gazes_alone(assets: EyeAssets) -> None:
    recipe = Recipe(gazes=GAZES)
    sampler = ProtocolSampler(assets, recipe, ["m13"], repeats=2)
    assert len(sampler) == 10
    scenes = [sampler.scene(k) for k in range(len(sampler))]
    assert [round(np.degrees(s.head[1])) for s in scenes[::2]] == [-30, -15, 0, 15, 30]
    assert all(s.person == "m13" and s.head[0] == 0 and not any(g.blink for g in s.gazes) for s in scenes)
    assert [(round(np.degrees(g.pitch)), round(np.degrees(g.yaw))) for g in scenes[3].gazes] == list(
        GAZES_DEG
    )
    drawn = SceneSampler(assets, recipe, ["m13"]).scene(3)
    assert replace(scenes[3], head=drawn.head, gazes=drawn.gazes) == drawn
    assert scenes[0].shape != scenes[1].shape
