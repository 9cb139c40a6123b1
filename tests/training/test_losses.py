import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from training.errors import CheckpointError
from training.losses import adversarial, flow, gaze, perceptual, reconstruction, temporal
from training.losses.features import EstimatorFeatures, VggFeatures
from training.models import build
from training.models.warp import warp

KINDS = ["minimax", "hinge", "wgan_gp"]


def patch(seed: int = 1, count: int = 2, size: tuple[int, int] = (16, 24)) -> torch.Tensor:
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(seed))


class TestReconstruction:
    @given(offset=st.floats(-0.5, 0.5))
    @settings(deadline=None)
    def test_a_constant_offset_costs_its_square_coarse_and_its_size_refined(self, offset):
        assert reconstruction.coarse_loss(patch() + offset, patch()).item() == pytest.approx(
            offset**2, abs=1e-6
        )
        assert reconstruction.reconstruction_loss(patch() + offset, patch()).item() == pytest.approx(
            abs(offset), abs=1e-6
        )

    def test_only_weighted_pixels_count(self):
        wrong, weight = patch(), torch.zeros(2, 1, 16, 24)
        weight[..., :12] = 1
        wrong[..., 12:] += 0.7
        assert reconstruction.reconstruction_loss(wrong, patch(), weight) == 0
        assert reconstruction.reconstruction_loss(wrong, patch(), 1 - weight).item() == pytest.approx(0.7)

    def test_an_empty_weight_costs_nothing(self):
        assert reconstruction.coarse_loss(patch(1), patch(2), torch.zeros(2, 1, 16, 24)) == 0

    def test_identity_judges_only_patches_whose_gaze_stays(self):
        source, gazes = patch(), torch.zeros(2, 2)
        image = source.clone()
        image[1] += 0.3
        target = torch.deg2rad(torch.tensor([[0.0, 0.0], [5.0, 0.0]]))
        assert reconstruction.identity_loss(image, source, gazes, target) == 0
        assert reconstruction.identity_loss(image, source, gazes, target.flip(0)).item() == pytest.approx(0.3)

    def test_slopes_do_not_see_an_offset_but_a_blur(self):
        assert reconstruction.gradient_loss(patch() + 0.2, patch()).item() == pytest.approx(0, abs=1e-6)
        blurred = nn.functional.avg_pool2d(patch(), 3, 1, 1)
        assert reconstruction.gradient_loss(blurred, patch()) > 0.1

    def test_the_residual_is_weighed_where_told(self):
        residual, outside = torch.zeros(1, 3, 4, 4), torch.zeros(1, 1, 4, 4)
        residual[..., :2] = -0.5
        outside[..., 2:] = 1
        assert reconstruction.residual_loss(residual, outside) == 0
        assert reconstruction.residual_loss(residual).item() == pytest.approx(0.25)


class TestFlow:
    def test_the_true_flow_costs_nothing_and_hidden_places_do_not_count(self):
        truth, weight = torch.randn(2, 2, 8, 8), torch.ones(2, 1, 8, 8)
        weight[..., 0] = 0
        wrong = truth.clone()
        wrong[..., 0] += 9
        assert flow.flow_loss(wrong, truth, weight).item() == pytest.approx(0, abs=1e-6)

    def test_small_errors_cost_their_square_and_large_ones_their_size(self):
        truth, weight = torch.zeros(1, 2, 4, 4), torch.ones(1, 1, 4, 4)
        small, large = truth.clone(), truth.clone()
        small[:, 0], large[:, 0] = 0.01, 100.0
        assert flow.flow_loss(small, truth, weight).item() == pytest.approx(0.5 * 0.01**2, rel=0.02)
        assert flow.flow_loss(large, truth, weight).item() == pytest.approx(99, rel=0.01)

    def test_a_shift_is_smooth_and_a_jump_is_cheaper_at_an_edge_of_the_picture(self):
        jump, picture = torch.zeros(1, 2, 8, 8), torch.zeros(1, 3, 8, 8)
        jump[..., 4:] = 2
        picture[..., 4:] = 1
        assert flow.smoothness_loss(torch.full((1, 2, 8, 8), 3.0)) == 0
        assert 0 < flow.smoothness_loss(jump, picture) < 0.01 * flow.smoothness_loss(jump)

    def test_only_a_flow_that_turns_back_folds(self):
        x = torch.arange(8.0).expand(1, 8, 8)
        squeezed = torch.stack([-0.9 * x, torch.zeros_like(x)], dim=1)
        folded = torch.stack([-1.5 * x, torch.zeros_like(x)], dim=1)
        assert flow.folding_loss(squeezed) == 0
        assert flow.folding_loss(folded).item() == pytest.approx(0.5, rel=1e-5)


class TestAdversarial:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_player_is_better_off_when_its_wish_comes_true(self, kind):
        high, low = torch.full((2, 1, 3, 3), 3.0), torch.full((2, 1, 3, 3), -3.0)
        assert adversarial.discriminator_loss(kind, high, low) < adversarial.discriminator_loss(
            kind, low, high
        )
        assert adversarial.generator_loss(kind, high) < adversarial.generator_loss(kind, low)

    def test_at_chance_minimax_costs_two_log_two(self):
        none = torch.zeros(4)
        assert adversarial.discriminator_loss("minimax", none, none).item() == pytest.approx(2 * math.log(2))

    def test_the_hinge_leaves_what_is_right_by_more_than_one(self):
        assert adversarial.discriminator_loss("hinge", torch.tensor([1.5]), torch.tensor([-1.5])) == 0

    @pytest.mark.parametrize("slope", [0.0, 1.0, 3.0])
    def test_the_penalty_is_the_squared_distance_of_the_slope_from_one(self, slope):
        direction = torch.randn(3, 16, 24, generator=torch.Generator().manual_seed(3))
        direction = slope * direction / direction.norm()

        def realness(patches):
            return (patches * direction).sum(dim=(1, 2, 3))

        found = adversarial.gradient_penalty(realness, patch(1), patch(2), torch.tensor([0.2, 0.8]))
        assert found.item() == pytest.approx((slope - 1) ** 2, abs=1e-4)

    def test_the_penalty_moves_the_discriminator(self):
        judge = build("discriminator", {"width": 4})
        penalty = adversarial.gradient_penalty(
            lambda p: judge(p).realness, patch(1, 2, (64, 96)), patch(2, 2, (64, 96)), torch.rand(2)
        )
        penalty.backward()
        assert next(judge.parameters()).grad.abs().sum() > 0

    def test_an_unknown_kind_is_refused_by_name(self):
        with pytest.raises(ValueError, match="unknown adversarial loss 'lsgan'; known: minimax, hinge"):
            adversarial.generator_loss("lsgan", torch.zeros(1))
        with pytest.raises(ValueError, match="unknown adversarial loss"):
            adversarial.discriminator_loss("lsgan", torch.zeros(1), torch.zeros(1))


class TestGaze:
    def test_an_error_of_one_unit_per_axis_costs_one(self):
        truth = torch.zeros(3, 2)
        off = torch.deg2rad(torch.tensor([10.0, -15.0])).expand(3, 2)
        assert gaze.gaze_loss(off, truth).item() == pytest.approx(1, rel=1e-5)

    @pytest.mark.parametrize("beta", [0.0, 0.5])
    def test_the_likelihood_is_best_when_sigma_is_the_error(self, beta):
        truth, error = torch.zeros(1, 2), torch.full((1, 2), 0.1)
        log_sigma = torch.full((1, 2), math.log(0.1), requires_grad=True)
        gaze.gaze_likelihood_loss(error, log_sigma, truth, beta=beta).backward()
        assert log_sigma.grad.abs().max() < 1e-6

    def test_eyes_that_miss_to_the_same_side_of_the_picture_agree(self):
        target, side = torch.zeros(2, 2), torch.tensor([[0.05, 0.1], [0.0, 0.02]])
        mirrored = side * torch.tensor([1.0, -1.0])
        assert gaze.agreement_loss(side, mirrored, target, target) == 0
        assert gaze.agreement_loss(side, side, target, target) > 0

    def test_a_frozen_estimator_passes_gradients_and_never_changes(self):
        frozen = gaze.FrozenGaze(build("gaze_estimator"))
        before = {k: v.clone() for k, v in frozen.state_dict().items()}
        picture = patch(1, 2, (64, 96)).requires_grad_(True)
        frozen.train()
        frozen(picture, torch.zeros(2, 2)).sum().backward()
        assert picture.grad.abs().sum() > 0
        assert not any(p.requires_grad for p in frozen.parameters())
        assert all(torch.equal(v, before[k]) for k, v in frozen.state_dict().items())


class TestTemporal:
    def test_what_merely_moved_is_steady(self):
        before = patch()
        motion = torch.zeros(2, 2, 16, 24)
        motion[:, 0] = 2
        assert temporal.temporal_loss(warp(before, motion), before, motion).item() == pytest.approx(0)
        assert temporal.temporal_loss(warp(before, motion), before) > 0.1

    def test_what_was_hidden_before_does_not_count(self):
        visible = torch.zeros(2, 1, 16, 24)
        assert temporal.temporal_loss(patch(1), patch(2), visible=visible) == 0


class TestPerceptual:
    def features(self) -> EstimatorFeatures:
        torch.manual_seed(5)
        return EstimatorFeatures(build("gaze_estimator", {"architecture": "loss", "width": 8}))

    def test_the_gram_matrix_is_the_mean_product_per_channel(self):
        maps = torch.randn(2, 3, 4, 5)
        wanted = torch.einsum("bchw,bdhw->bcd", maps, maps) / (3 * 4 * 5)
        assert torch.allclose(perceptual.gram(maps), wanted, atol=1e-6)

    def test_equal_pictures_have_no_distance_and_gradients_reach_the_first_alone(self):
        loss = perceptual.PerceptualLoss(self.features())
        one, other = (
            patch(1, 1, (64, 96)).requires_grad_(True),
            patch(2, 1, (64, 96)).requires_grad_(True),
        )
        assert sum(loss(one, one)).item() == 0
        sum(loss(one, other)).backward()
        assert one.grad.abs().sum() > 0
        assert other.grad is None

    def test_style_does_not_heed_places_and_content_does(self):
        # one 1x1 layer: its Gram matrix cannot know where a pixel stands
        class Pixels(nn.Module):
            def forward(self, picture):
                return [picture, picture]

        loss = perceptual.PerceptualLoss(Pixels())
        found = loss(patch(), patch().flip(3))
        assert found.style.item() == pytest.approx(0, abs=1e-12)
        assert found.content > 0.01

    def test_lpips_is_zero_for_equals_and_grows_with_noise(self):
        distance = perceptual.Lpips(self.features())
        clean, noise = patch(1, 1, (64, 96)), torch.randn(1, 3, 64, 96)
        steps = [distance(clean, clean + amount * noise).item() for amount in (0.0, 0.05, 0.2)]
        assert steps[0] == pytest.approx(0, abs=1e-6)
        assert steps[0] < steps[1] < steps[2]

    def test_channel_weights_of_lpips_weigh_channels(self, tmp_path):
        class Two(nn.Module):
            def forward(self, picture):
                return [picture[:, :2]] * 5

        file = tmp_path / "vgg.pth"
        weights = {f"lin{i}.model.1.weight": torch.zeros(1, 2, 1, 1) for i in range(5)}
        torch.save(weights, file)
        assert perceptual.Lpips(Two(), file)(patch(1), patch(2)).sum() == 0
        assert perceptual.Lpips(Two())(patch(1), patch(2)).sum() > 0
        with pytest.raises(ValueError, match="do not fit"):
            perceptual.Lpips(self.features(), file)(patch(1, 1, (64, 96)), patch(2, 1, (64, 96)))

    def test_a_file_without_lpips_weights_is_refused(self, tmp_path):
        file = tmp_path / "other.pth"
        torch.save({"lin0.model.1.weight": torch.zeros(1, 2, 1, 1)}, file)
        with pytest.raises(CheckpointError, match="lin1"):
            perceptual.Lpips(self.features(), file)


class TestVgg:
    CHANNELS = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)

    def state(self) -> dict[str, torch.Tensor]:
        """A vgg16 state dict as torchvision lays it out, with weights that pass their first input on."""
        state, inside = {"classifier.0.weight": torch.zeros(1, 1)}, 3
        for place, outside in zip(self.PLACES, self.CHANNELS, strict=True):
            weight = torch.zeros(outside, inside, 3, 3)
            weight[:, 0, 1, 1] = 1
            state |= {f"features.{place}.weight": weight, f"features.{place}.bias": torch.zeros(outside)}
            inside = outside
        return state

    def test_features_are_those_of_the_five_blocks(self, tmp_path):
        file = tmp_path / "vgg16.pth"
        torch.save(self.state(), file)
        white = torch.ones(1, 3, 64, 96)
        features = VggFeatures(file, scale="symmetric")(white)
        assert [tuple(f.shape[1:]) for f in features] == [
            (64, 64, 96),
            (128, 32, 48),
            (256, 16, 24),
            (512, 8, 12),
            (512, 4, 6),
        ]
        assert all((f == 1).all() for f in features)
        assert VggFeatures(file)(white)[0].max().item() == pytest.approx((1 - 0.485) / 0.229)

    def test_it_is_frozen(self, tmp_path):
        file = tmp_path / "vgg16.pth"
        torch.save(self.state(), file)
        assert not any(p.requires_grad for p in VggFeatures(file).parameters())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("features.28.bias"), "features.28.bias missing"),
            (lambda s: s.update({"features.30.weight": torch.zeros(1)}), "features.30.weight unexpected"),
            (lambda s: s.update({"features.0.weight": torch.zeros(64, 1, 3, 3)}), "features.0.weight"),
        ],
    )
    def test_weights_of_another_network_are_refused(self, tmp_path, change, message):
        state = self.state()
        change(state)
        torch.save(state, tmp_path / "other.pth")
        with pytest.raises(CheckpointError, match=message):
            VggFeatures(tmp_path / "other.pth")

    def test_files_that_hold_no_weights_are_refused(self, tmp_path):
        (tmp_path / "text.pth").write_text("hello")
        torch.save([1, 2], tmp_path / "list.pth")
        for name, message in [
            ("none.pth", "cannot read"),
            ("text.pth", "not a file of weights"),
            ("list.pth", "no state dict"),
        ]:
            with pytest.raises(CheckpointError, match=message):
                VggFeatures(tmp_path / name)
