import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Person, inside
from vcam.geometry.editmask import edit_mask
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE, apply, eye_to_frame, invert
from vcam.types import Side

EYE_GROWTH = 0.6
"""Eye widths beyond the lids' polygon that an edit may reach."""
SHAPE = PATCH_SIZE[::-1]


def lids(openness: float, upper_share: float = 0.72, side: Side = "left"):
    """Upper and lower lid (7, 2) and the whole opening, patch px."""
    eye = Person(openness=openness, upper_share=upper_share).eye(side)
    back = invert(eye_to_frame(eye.inner_canthus, eye.outer_canthus, mirrored=side == "right"))
    return apply(back, eye.upper_lid), apply(back, eye.lower_lid), apply(back, eye.opening)


@given(openness=st.floats(0.0, 0.5), upper_share=st.floats(0.4, 1.0), side=st.sampled_from(["left", "right"]))
def test_it_is_full_over_the_opening_and_0_beyond_the_eye_region(openness, upper_share, side):
    upper, lower, opening = lids(openness, upper_share, side)
    mask = edit_mask(upper, lower)
    assert (mask.shape, mask.dtype) == (SHAPE, np.float32)
    assert 0 <= mask.min() <= mask.max() <= 1
    assert (mask[inside(SHAPE, opening) == 1] > 0.999).all()
    y, x = np.indices(SHAPE)
    ways = opening[:, None, None] - np.stack([x, y], axis=-1)
    # at 0.55 there is room for the places between two px, and for those between two corners of the polygon
    far = np.linalg.norm(ways, axis=-1).min(axis=0) > (EYE_GROWTH - 0.05) * CANTHUS_SPAN_PX
    assert not mask[far & (inside(SHAPE, opening) == 0)].any()


@pytest.mark.parametrize("openness", [0.0, 0.15, 0.3, 0.45])
def test_it_has_faded_to_nothing_at_the_patchs_border(openness):
    mask = edit_mask(*lids(openness)[:2])
    for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]):
        assert not edge.any()


def test_it_fades_without_a_step():
    mask = edit_mask(*lids(0.3)[:2])
    assert max(np.abs(np.diff(mask, axis=0)).max(), np.abs(np.diff(mask, axis=1)).max()) < 0.25


def test_it_reaches_over_the_upper_lid_and_only_a_little_below_the_lower_one():
    upper, lower, _ = lids(0.3)
    column = edit_mask(upper, lower)[:, PATCH_SIZE[0] // 2]
    rows = np.flatnonzero(column > 0.5)
    above, below = upper[3, 1] - rows[0], rows[-1] - lower[3, 1]
    assert above > 0.2 * CANTHUS_SPAN_PX
    assert 0 < below < 0.2 * CANTHUS_SPAN_PX


def test_eyes_that_differ_only_in_side_have_the_same_mask():
    left, right = (edit_mask(*lids(0.3, side=side)[:2]) for side in ("left", "right"))
    assert left == pytest.approx(right, abs=0.02)


def test_a_wider_opening_has_a_larger_mask():
    sums = [edit_mask(*lids(openness)[:2]).sum() for openness in (0.0, 0.15, 0.3, 0.45)]
    assert sums == sorted(sums)


def test_canthi_lie_where_the_patch_puts_them():
    mask = edit_mask(*lids(0.3)[:2])
    row = mask[round(CANTHUS_Y_PX)]
    inner = round((PATCH_SIZE[0] - 1 - CANTHUS_SPAN_PX) / 2)
    assert row[inner] == pytest.approx(1.0, abs=0.05)
    assert row == pytest.approx(row[::-1], abs=1e-5)
