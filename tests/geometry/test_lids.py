import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.faces import Person
from vcam.geometry.lids import CREASE_REACH, LOWER_REACH, EyeAxes, LidCurves, move_lids

Array = NDArray[np.float64]

ACROSS = np.linspace(-0.49, 0.49, 33)
DOWN = np.linspace(-0.8, 0.6, 281)
S, T = (grid.astype(np.float32) for grid in np.meshgrid(ACROSS, DOWN))

rises = st.floats(-0.15, 0.15)
openings = st.floats(0.15, 0.5)


def curves_of(openness: float = 0.32) -> LidCurves:
    eye = Person(openness=openness).eye("left")
    axes = EyeAxes.from_canthi(eye.inner_canthus, eye.outer_canthus)
    return LidCurves.fit(axes, eye.upper_lid, eye.lower_lid)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("roll_deg", [-30.0, 0.0, 20.0])
def test_the_canthi_lie_half_an_eye_from_the_origin(side, roll_deg):
    eye = Person(turn_deg=(0.0, 0.0, roll_deg)).eye(side)
    axes = EyeAxes.from_canthi(eye.inner_canthus, eye.outer_canthus)
    corners = np.stack([eye.inner_canthus, eye.outer_canthus])
    s, t = axes.of(corners[:, 0], corners[:, 1])
    assert sorted(s.tolist()) == pytest.approx([-0.5, 0.5], abs=1e-4)
    assert t == pytest.approx([0.0, 0.0], abs=1e-4)


@pytest.mark.parametrize("roll_deg", [-30.0, 0.0, 20.0])
def test_t_grows_downward_and_s_to_image_right_whichever_canthus_comes_first(roll_deg):
    eye = Person(turn_deg=(0.0, 0.0, roll_deg)).eye("left")
    axes = EyeAxes.from_canthi(eye.outer_canthus, eye.inner_canthus)
    x, y = axes.center + 5.0 * axes.down
    s, t = axes.of(x, y)
    assert y > axes.center[1]
    assert (s, t) == pytest.approx((0.0, 5.0 / axes.width), abs=1e-5)
    assert axes.along[0] > 0


def test_coinciding_canthi_have_axes_all_the_same():
    axes = EyeAxes.from_canthi((5.0, 6.0), (5.0, 6.0))
    assert axes.width > 0
    assert np.isfinite(np.stack(axes.of(np.float32(9.0), np.float32(3.0)))).all()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("openness", [0.05, 0.2, 0.32, 0.5])
@pytest.mark.parametrize("turn_deg", [(0.0, 0.0, 0.0), (10.0, 20.0, -15.0)])
def test_the_curves_pass_near_the_points_of_the_lids(side, openness, turn_deg):
    eye = Person(turn_deg=turn_deg, openness=openness).eye(side)
    axes = EyeAxes.from_canthi(eye.inner_canthus, eye.outer_canthus)
    curves = LidCurves.fit(axes, eye.upper_lid, eye.lower_lid)
    for points, which in ((eye.upper_lid, 0), (eye.lower_lid, 1)):
        s, t = axes.of(points[:, 0], points[:, 1])
        assert curves.margins(s)[which] == pytest.approx(t, abs=0.01)


def test_the_curves_meet_in_the_canthi_and_do_not_open_beyond():
    s = np.array([-2.0, -0.6, -0.5, 0.5, 0.6, 2.0], np.float32)
    upper, lower = curves_of().margins(s)
    assert not upper.any()
    assert not lower.any()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_lids_closed_onto_a_straight_line_stay_one(share):
    flat = Person(openness=0.0, upper_share=share).eye("left")
    axes = EyeAxes.from_canthi(flat.inner_canthus, flat.outer_canthus)
    upper, lower = LidCurves.fit(axes, flat.upper_lid, flat.lower_lid).margins(ACROSS.astype(np.float32))
    assert np.abs(upper).max() < 1e-3
    assert np.abs(lower).max() < 1e-3


@given(openness=openings)
@settings(deadline=None)
def test_lids_that_do_not_move_flow_nowhere(openness):
    move = move_lids(S, T, curves_of(openness), 0.0, 0.0)
    assert np.abs(move.dt).max() < 1e-6
    assert (move.upper == move.old_upper).all()
    assert (move.lower == move.old_lower).all()
    outside = (move.upper > T) | (move.lower < T)
    assert not move.dt[outside].any()


@given(rise=rises, lower_share=st.floats(0.0, 0.5), openness=openings)
@settings(deadline=None)
def test_the_flow_never_folds(rise, lower_share, openness):
    move = move_lids(S, T, curves_of(openness), rise, rise * lower_share)
    assert np.isfinite(move.dt).all()
    # lids that meet leave an opening without height, through which the source may jump but not turn back
    assert (np.diff(T + move.dt, axis=0) > -1e-5).all()


@given(rise=rises, lower_rise=st.floats(-0.05, 0.05))
@settings(deadline=None)
def test_nothing_moves_beyond_the_reach_of_the_lids(rise, lower_rise):
    move = move_lids(S, T, curves_of(), rise, lower_rise)
    far = (move.upper - CREASE_REACH > T) | (move.lower + LOWER_REACH < T)
    assert far.any()
    assert not move.dt[far].any()


@given(rise=rises, lower_rise=st.floats(-0.05, 0.05))
@settings(deadline=None)
def test_the_middle_of_each_margin_moves_by_its_rise_and_the_canthi_stay(rise, lower_rise):
    s = np.array([-0.5, 0.0, 0.5], np.float32)
    move = move_lids(s, np.zeros_like(s), curves_of(), rise, lower_rise)
    assert move.old_upper - move.upper == pytest.approx([0.0, rise, 0.0], abs=1e-6)
    assert move.old_lower - move.lower == pytest.approx([0.0, lower_rise, 0.0], abs=1e-6)


@given(rise=rises, openness=openings)
@settings(deadline=None)
def test_the_pixels_on_the_new_margins_come_from_the_old_ones(rise, openness):
    s, curves = ACROSS.astype(np.float32), curves_of(openness)
    there = move_lids(s, np.zeros_like(s), curves, rise, 0.0)
    gap = there.lower - there.upper > 1e-3
    for new, old in ((there.upper, there.old_upper), (there.lower, there.old_lower)):
        back = move_lids(s, new, curves, rise, 0.0)
        assert (new + back.dt)[gap] == pytest.approx(old[gap], abs=1e-4)


def test_the_part_in_a_box_is_what_the_whole_has_there():
    whole, box = move_lids(S, T, curves_of(), 0.08, 0.01), (slice(100, 140), slice(5, 20))
    part = whole.within(box)
    assert (part.dt == whole.dt[box]).all()
    assert (part.upper == whole.upper[box]).all()
    assert (part.old_lower == whole.old_lower[box]).all()
