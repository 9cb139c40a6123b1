from itertools import combinations

import pytest
import torch
from torch import nn

from training.models import NAMES, build
from training.models.cfgr import CoarseBranch, Refiner
from training.models.cfgr_live import strength
from training.models.gaze_estimator import GazeEstimator
from training.models.redirected import Redirected

REDIRECTORS = [
    ("cfgr", {"size": "live"}),
    ("cfgr", {"width": 8, "refiner_width": 8, "refiner_blocks": 1}),
    ("deepwarp", {}),
    ("prgan", {"width": 8, "blocks": 1}),
]
ARCHITECTURES = ["runtime", "loss", "scoring"]


def parameters(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def inputs(size: tuple[int, int] = (96, 64)) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(4)
    source = torch.rand(2, 3, size[1], size[0], generator=random)
    return [source, *(torch.rand(2, 2, generator=random) - 0.5 for _ in range(3))]


def awakened(module: nn.Module) -> nn.Module:
    """The network with random weights where fresh ones are zero."""
    torch.manual_seed(2)
    for each in module.parameters():
        if not each.any():
            nn.init.normal_(each, 0.0, 0.05)
    return module


@pytest.mark.parametrize(
    ("module", "millions"),
    [
        (CoarseBranch(), 3.47),
        (CoarseBranch(32), 0.88),
        (CoarseBranch(16), 0.23),
        (Refiner(), 8.44),
        (Refiner(32, 4), 1.53),
        (build("prgan"), 8.41),
        (build("discriminator", {"own_layers": 0}), 11.2),
        (build("deepwarp"), 0.059),
    ],
)
def test_published_sizes_have_the_parameters_that_the_literature_implies(module, millions):
    assert parameters(module) / 1e6 == pytest.approx(millions, rel=0.013)


def test_the_live_size_fits_the_file_limit():
    assert 4 * parameters(build("cfgr", {"size": "live"})) < 2e6


@pytest.mark.parametrize(("name", "settings"), REDIRECTORS)
@pytest.mark.parametrize("size", [(96, 64), (64, 64)])
def test_every_redirector_answers_in_the_shape_of_its_patch(name, settings, size):
    source, *rest = inputs(size)
    done = awakened(build(name, settings))(source, *rest)
    assert isinstance(done, Redirected)
    assert done.image.shape == source.shape
    assert done.image.min() >= 0
    assert done.image.max() <= 1
    if done.flow is not None:
        assert done.flow.shape == (2, 2, size[1], size[0])
        assert (done.flow[:, 0].abs().max(), done.flow[:, 1].abs().max()) <= (size[0] / 2, size[1] / 2)


@pytest.mark.parametrize("settings", [{"size": "live"}, {"width": 8, "refiner_width": 8}])
def test_a_fresh_cfgr_changes_nothing(settings):
    source, *rest = inputs()
    assert torch.allclose(build("cfgr", settings)(source, *rest).image, source, atol=1e-4)


def test_the_live_cfgr_changes_nothing_without_a_difference_whatever_its_weights():
    source, gaze, _, head = inputs()
    done = awakened(build("cfgr", {"size": "live"}))(source, gaze, gaze, head)
    assert not done.flow.any()
    assert not done.residual.any()
    assert torch.allclose(done.image, source, atol=1e-4)


def test_the_live_cfgr_edits_once_the_difference_is_large():
    source, gaze, _, head = inputs()
    model = awakened(build("cfgr", {"size": "live"}))
    assert (model(source, gaze, gaze + 0.3, head).image - source).abs().max() > 0.05


def test_strength_rises_smoothly_to_one_within_three_degrees():
    degrees = torch.tensor([0.0, 0.1, 1.2, 2.0, 3.0, 20.0])
    target = torch.stack([torch.deg2rad(degrees), torch.zeros(6)], dim=1)
    amount = strength(torch.zeros(6, 2), target, 1.2).flatten()
    assert amount[0] == 0
    assert amount[1] < 0.01
    assert amount[3] > 0.9
    assert amount[4] > 0.99
    assert (amount.diff() > 0).all()


@pytest.mark.parametrize("size", ["live", "published"])
def test_the_switches_leave_their_step_out(size):
    source, *rest = inputs()
    no_flow = awakened(build("cfgr", {"size": size, "flow": False}))(source, *rest)
    assert no_flow.flow is None
    assert no_flow.warped is None
    assert torch.allclose(no_flow.image, (source + no_flow.residual).clamp(0, 1))
    coarse = awakened(build("cfgr", {"size": size, "residual": False}))(source, *rest)
    assert coarse.residual is None
    assert torch.equal(coarse.image, coarse.warped)
    with pytest.raises(ValueError, match="does nothing"):
        build("cfgr", {"size": size, "flow": False, "residual": False})


@pytest.mark.parametrize("size", ["live", "published"])
def test_without_gaze_maps_the_difference_alone_decides(size):
    source, gaze, target, head = inputs()
    model = awakened(build("cfgr", {"size": size, "gaze_maps": False}))
    one, other = model(source, gaze, target, head), model(source, gaze + 0.1, target + 0.1, head)
    assert torch.allclose(one.image, other.image, atol=1e-4)


@pytest.mark.parametrize("size", ["live", "published"])
def test_the_first_step_of_training_stops_after_the_warp(size):
    done = awakened(build("cfgr", {"size": size}))(*inputs(), refine=False)
    assert done.residual is None
    assert torch.equal(done.image, done.warped)


@pytest.mark.parametrize("corner", [(0, 0), (0, 63), (95, 0), (95, 63)])
def test_the_live_flow_in_the_middle_sees_the_whole_eye(corner):
    source, *rest = inputs()
    x = 22 if corner[0] == 0 else 74
    y = 20 if corner[1] == 0 else 48
    model = awakened(build("cfgr", {"size": "live"}))
    source.requires_grad_(True)
    model(source, *rest).flow[:, :, 31:33, 47:49].sum().backward()
    assert source.grad is not None
    assert source.grad[:, :, y - 3 : y + 4, x - 3 : x + 4].abs().sum() > 0


def test_prgan_never_sees_the_source_angles():
    source, gaze, target, head = inputs()
    model = build("prgan", {"width": 8, "blocks": 1})
    assert torch.equal(model(source, gaze, target, head).image, model(source, -gaze, target, -head).image)


def test_a_fresh_deepwarp_only_corrects_lightness():
    source, *rest = inputs()
    done = build("deepwarp", {"lightness": False}).eval()(source, *rest)
    assert torch.allclose(done.image, source, atol=1e-4)


@pytest.mark.parametrize("size", [(96, 64), (64, 64)])
def test_the_discriminator_scores_parts_and_reads_one_gaze(size):
    judgement = build("discriminator", {"width": 4})(inputs(size)[0])
    assert judgement.realness.shape == (2, 1, 3, size[0] // 32 + 1)
    assert judgement.gaze.shape == (2, 2)


def test_in_cfgr_each_head_of_the_discriminator_has_its_own_penultimate_layer():
    shared = parameters(build("discriminator", {"width": 8, "own_layers": 0}))
    assert parameters(build("discriminator", {"width": 8})) == shared + 64 * 128 * 16 + 128


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_estimators_give_bounded_uncertainty_and_features_from_fine_to_coarse(architecture):
    model = build("gaze_estimator", {"architecture": architecture}).eval()
    assert isinstance(model, GazeEstimator)
    source, _, _, head = inputs()
    gaze, log_sigma = model(source, head)
    assert gaze.shape == log_sigma.shape == (2, 2)
    assert -5 <= log_sigma.min() <= log_sigma.max() <= 0
    widths = [feature.shape[3] for feature in model.features(source)]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_estimators_heed_the_head(architecture):
    model = build("gaze_estimator", {"architecture": architecture}).eval()
    source, _, _, head = inputs()
    assert not torch.equal(model(source, head)[0], model(source, head + 0.3)[0])


def test_estimators_share_no_shape_of_weights():
    shapes = [
        {tuple(w.shape) for w in build("gaze_estimator", {"architecture": a}).stages[0].parameters()}
        for a in ARCHITECTURES
    ]
    kernels = [{shape for shape in each if len(shape) == 4} for each in shapes]
    for one, other in combinations(kernels, 2):
        assert not one & other


def test_an_estimator_refuses_patches_of_another_size():
    with pytest.raises(ValueError, match=r"\(B, 3, 64, 96\); got \(2, 3, 64, 64\)"):
        build("gaze_estimator")(inputs((64, 64))[0], torch.zeros(2, 2))


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("cgfr", {}, f"unknown model 'cgfr'; known: {', '.join(NAMES)}"),
        ("cfgr", {"size": "huge"}, "unknown size 'huge' of cfgr"),
        ("cfgr", {"wdith": 3}, "unknown setting 'wdith' of CfgrSettings; known: width"),
        ("gaze_estimator", {"architecture": "vgg"}, "known: runtime, loss, scoring"),
        ("discriminator", {"own_layers": 5}, "own_layers must be 0 to 4"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(name, settings, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        build(name, settings)


def test_lists_of_a_recipe_stand_for_tuples():
    model = build("cfgr", {"size": "live", "range_deg": [15.0, 15.0]})
    assert model.settings.range_deg == (15.0, 15.0)
