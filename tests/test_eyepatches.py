import numpy as np
import pytest

from tests.faces import Person, draw, frame_of, gaze_deg
from vcam.eyepatches import NASAL_SHIFT, PatchCutter, cut_eyes, rgb_float
from vcam.geometry.patch import CANTHUS_SPAN_PX, PATCH_SIZE
from vcam.types import Frame

READER = Person(at_mm=(0.0, 0.0, 450.0), looks=gaze_deg(-8.0, 4.0))


def frame(index: int = 0) -> Frame:
    return frame_of(draw(READER.track().eyes), index)


def test_blue_green_red_bytes_become_red_green_blue_from_0_to_1():
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, 0] = 255, 51, 0  # blue, green, red
    found = rgb_float([picture, 255 - picture])
    assert (found.shape, found.dtype, found.flags.c_contiguous) == ((2, 3, 2, 3), np.float32, True)
    assert found[0, :, 0, 0] == pytest.approx([0, 0.2, 1])
    assert found[1, :, 0, 0] == pytest.approx([1, 0.8, 0])
    assert (found[1, :, 1, 2] == 1).all()


def test_both_eyes_come_out_alike_with_the_inner_canthus_on_the_left():
    person = READER.looking_at_the_lens()
    eyes = cut_eyes(frame_of(draw(person.track().eyes)), person.track())
    assert eyes.pixels.shape == (2, 3, *PATCH_SIZE[::-1])
    assert np.abs(eyes.pixels[0] - eyes.pixels[1]).mean() < 0.01
    for side, to_frame in zip(("left", "right"), eyes.to_frame, strict=True):
        inner = to_frame @ (21.5 + NASAL_SHIFT * CANTHUS_SPAN_PX, 35.5, 1.0)
        assert inner == pytest.approx(READER.eye(side).inner_canthus, abs=0.01)


def test_gazes_survive_the_way_into_the_patches_and_back():
    eyes = cut_eyes(frame(), READER.track())
    left, right = gaze_deg(-12.0, 7.0), gaze_deg(5.0, -9.0)
    for found, wanted in zip(eyes.gazes(eyes.angles(left, right)), (left, right), strict=True):
        assert (found.pitch, found.yaw) == pytest.approx((wanted.pitch, wanted.yaw), abs=1e-6)


def test_eyes_that_meet_the_lens_have_the_angles_0_0():
    eyes = cut_eyes(frame(), READER.track())
    angles = eyes.angles(READER.lens_gaze("left"), READER.lens_gaze("right"))
    assert angles.dtype == np.float32
    assert angles == pytest.approx(np.zeros((2, 2)), abs=1e-5)


def test_a_face_that_points_into_the_lens_turns_both_eyes_the_same_way_to_the_nose():
    eyes = cut_eyes(frame(), READER.track())
    assert eyes.head.shape == (2, 2)
    assert eyes.head[0] == pytest.approx(eyes.head[1], abs=1e-4)


def test_slopes_are_those_of_the_rays_to_the_eyes():
    person = Person(at_mm=(120.0, -60.0, 500.0))
    found = cut_eyes(frame(), person.track()).slopes
    for side, slope in zip(("left", "right"), found, strict=True):
        x, y, z = person.eyeball(side)
        assert slope == pytest.approx([x / z, y / z], abs=1e-6)


def test_two_stages_share_the_patches_of_a_frame():
    cutter, now, track = PatchCutter(), frame(), READER.track()
    assert cutter.cut(now, track) is cutter.cut(now, track)


@pytest.mark.parametrize("what", ["frame", "track"])
def test_another_frame_or_face_is_cut_anew(what):
    cutter, now, track = PatchCutter(), frame(), READER.track()
    first = cutter.cut(now, track)
    again = cutter.cut(frame(1), track) if what == "frame" else cutter.cut(now, READER.track())
    assert again is not first
    assert (again.pixels == first.pixels).all()
