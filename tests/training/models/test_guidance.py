import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.models.gazemap import draw_gaze_maps
from training.models.guidance import COLUMBIA_GAIN, GuidanceSettings, guidance
from training.models.warp import warp, warp_by_gathering
from vcam.geometry import flow as reference_flow
from vcam.geometry import gazemap as reference

angles = st.floats(-0.7, 0.7)
seeds = st.integers(0, 10**6)


@given(pitch=angles, yaw=angles, ratio=st.sampled_from([0.65, 1.1, 1.2]))
@settings(deadline=None)
def test_gaze_maps_equal_the_numpy_reference(pitch, yaw, ratio):
    gaze = torch.tensor([[pitch, yaw]])
    ours = draw_gaze_maps(gaze, (96, 64), eyeball_ratio=ratio).numpy()
    assert np.abs(ours - reference.draw_gaze_maps(gaze.numpy(), (96, 64), eyeball_ratio=ratio)).max() < 2e-4


def test_gaze_maps_pass_finite_gradients_at_the_middle_of_the_iris():
    gaze = torch.zeros(1, 2, requires_grad=True)
    draw_gaze_maps(gaze, (65, 65))[:, :, :33].sum().backward()
    assert gaze.grad is not None
    assert torch.isfinite(gaze.grad).all()


@given(seed=seeds, spread=st.sampled_from([0.0, 0.5, 5.0, 60.0]))
@settings(deadline=None)
def test_both_warps_equal_the_numpy_reference(seed, spread):
    rng = np.random.default_rng(seed)
    source = rng.random((2, 3, 16, 24), np.float32)
    flow = rng.normal(0, 1, (2, 2, 16, 24)).astype(np.float32) * np.float32(spread)
    wanted = np.stack(
        [
            reference_flow.warp(s.transpose(1, 2, 0), f.transpose(1, 2, 0)).transpose(2, 0, 1)
            for s, f in zip(source, flow, strict=True)
        ]
    )
    for function in (warp, warp_by_gathering):
        got = function(torch.from_numpy(source), torch.from_numpy(flow)).numpy()
        assert np.abs(got - wanted).max() < 2e-5


def test_both_warps_pass_the_same_gradient_to_the_flow():
    source = torch.rand(1, 3, 16, 24, generator=torch.Generator().manual_seed(1))
    gradients = []
    for function in (warp, warp_by_gathering):
        flow = torch.full((1, 2, 16, 24), 0.3, requires_grad=True)
        function(source, flow).square().sum().backward()
        gradients.append(flow.grad)
    assert torch.allclose(*gradients, atol=1e-3)


def test_the_guidance_is_the_difference_and_the_maps_of_both_gazes():
    source, target = torch.tensor([[0.1, -0.1]]), torch.tensor([[0.2, 0.3]])
    planes = guidance(source, target, (24, 16), GuidanceSettings(range_deg=(10.0, 15.0)))
    assert planes.shape == (1, 6, 16, 24)
    assert torch.allclose(planes[0, 0], torch.tensor(math.degrees(0.1) / 10))
    assert torch.allclose(planes[0, 1], torch.tensor(math.degrees(0.4) / 15))
    assert torch.equal(planes[:, 2:4], draw_gaze_maps(source, (24, 16)))
    assert torch.equal(planes[:, 4:6], draw_gaze_maps(target, (24, 16)))


def test_columbias_gain_draws_the_range_as_one_radian():
    gaze, still = torch.deg2rad(torch.tensor([[10.0, 15.0]])), torch.zeros(1, 2)
    exaggerated = guidance(gaze, still, (64, 64), GuidanceSettings(gazemap_gain=COLUMBIA_GAIN))
    assert torch.allclose(exaggerated[:, 2:4], draw_gaze_maps(torch.ones(1, 2), (64, 64)), atol=1e-4)


def test_without_gaze_maps_their_planes_are_empty_and_the_difference_stays():
    planes = guidance(torch.zeros(1, 2), torch.ones(1, 2), (24, 16), GuidanceSettings(gaze_maps=False))
    assert planes.shape == (1, 6, 16, 24)
    assert planes[:, :2].all()
    assert not planes[:, 2:].any()
