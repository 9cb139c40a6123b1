from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.fake import FakeEngine
from tests.faces import Person, draw, frame_of, gaze_deg, inside
from tests.models import Arrays, engine_for
from vcam.compose import AlphaCompositor
from vcam.errors import ModelError
from vcam.eyepatches import PatchCutter
from vcam.model import Model
from vcam.redirect.cfgr import CfgrRedirector
from vcam.types import (
    EyeRedirection,
    EyeRegion,
    FaceTrack,
    Gaze,
    HeadPose,
    Image,
    RedirectedEyes,
    Redirection,
)

READER = Person(at_mm=(0.0, 0.0, 450.0), looks=gaze_deg(-8.0, 2.0))
IMAGE = draw(READER.track().eyes, catchlight=(0.2, 0.3))
EYE_GROWTH = 0.6
"""Eye widths beyond the lids' polygon that an edit may reach."""
NOISE = np.random.default_rng(5).normal(size=(6, 64, 96)).astype(np.float32)


def nothing(_: Arrays) -> Arrays:
    return {}


def wild(inputs: Arrays) -> Arrays:
    """A large, rough flow and residual everywhere."""
    strength = np.float32(4.0)
    return {"flow": strength * np.stack([NOISE[:2], NOISE[2:4]]), "residual": inputs["patch"] * 0 + NOISE[:3]}


def of_the_patch(inputs: Arrays) -> Arrays:
    """Flow and residual that depend on the eye's own picture and angles alone, as a network's do."""
    patch = inputs["patch"].astype(np.float32)
    way = (inputs["target_gaze"] - inputs["source_gaze"])[:, ::-1, None, None]
    flow = np.broadcast_to(way, (2, 2, 64, 96)) * 20 + 3 * (patch[:, :2] - np.float32(0.5))
    return {"flow": flow.astype(np.float32), "residual": (patch - patch.mean()) * np.float32(0.2)}


def wish(person: Person, way_deg: tuple[float, float], strength: float = 1.0) -> Redirection:
    """Both eyes, turned by pitch and yaw from where they look."""
    pitch, yaw = np.radians(way_deg).tolist()
    sources = person.gaze("left"), person.gaze("right")
    left, right = (
        EyeRedirection(gaze, Gaze(gaze.pitch + pitch, gaze.yaw + yaw), strength) for gaze in sources
    )
    return Redirection(left, right)


def redirector(function: Callable[[Arrays], Arrays]) -> tuple[CfgrRedirector, FakeEngine]:
    engine = engine_for("redirect-eyes", function)
    return CfgrRedirector(Model(engine, "redirect-eyes"), PatchCutter()), engine


def redirected(
    function: Callable[[Arrays], Arrays], image: Image, track: FaceTrack, redirection: Redirection
) -> RedirectedEyes:
    return redirector(function)[0].redirect(frame_of(image), track, redirection)


def pasted(image: Image, eyes: RedirectedEyes) -> Image:
    return AlphaCompositor().compose(frame_of(image), eyes).image


def test_a_model_that_moves_nothing_leaves_the_eyes_alone():
    eyes = redirected(nothing, IMAGE, READER.track(), wish(READER, (8.0, 3.0)))
    assert eyes.left is eyes.right is None


@given(
    place=st.tuples(st.floats(-250, 250), st.floats(-150, 150), st.floats(280, 900)),
    turn=st.tuples(st.floats(-20, 20), st.floats(-30, 30), st.floats(-60, 60)),
    openness=st.floats(0.05, 0.45),
)
@settings(deadline=None, max_examples=20)
def test_nothing_outside_the_eye_regions_changes_whatever_the_model_says(place, turn, openness):
    person = replace(READER, at_mm=place, turn_deg=turn, openness=openness)
    image = draw(person.track().eyes)
    after = pasted(image, redirected(wild, image, person.track(), wish(person, (10.0, 5.0))))
    outside = np.ones(image.shape[:2], bool)
    for eye in person.track().eyes:
        outside &= _beyond_the_opening(eye, image.shape) > EYE_GROWTH * eye.width
    assert (after[outside] == image[outside]).all()


def _beyond_the_opening(eye: EyeRegion, shape: tuple[int, ...]) -> np.ndarray:
    """Distance of each pixel to the polygon between the lids, which may reach beyond the frame, px."""
    room = 200
    closed = np.ones((shape[0] + 2 * room, shape[1] + 2 * room), np.uint8)
    cv2.fillPoly(closed, [np.rint(eye.opening + room).astype(np.int32)], 0)
    return cv2.distanceTransform(closed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[room:-room, room:-room]


def test_inside_the_eyes_the_models_word_counts():
    after = pasted(IMAGE, redirected(wild, IMAGE, READER.track(), wish(READER, (10.0, 5.0))))
    for eye in READER.track().eyes:
        opening = inside(IMAGE.shape[:2], eye.opening) == 1
        assert np.abs(after[opening].astype(int) - IMAGE[opening]).mean() > 10


def test_the_model_gets_the_wish_in_the_patch_frame():
    seen: list[Arrays] = []

    def remember(inputs: Arrays) -> Arrays:
        seen.append(inputs)
        return {}

    person = replace(READER, at_mm=(150.0, -50.0, 600.0), looks=gaze_deg(-25.0, 2.0))
    redirection = Redirection(
        *(EyeRedirection(person.gaze(side), person.lens_gaze(side), 1.0) for side in ("left", "right"))
    )
    redirected(remember, draw(person.track().eyes), person.track(), redirection)
    (inputs,) = seen
    assert inputs["target_gaze"] == pytest.approx(np.zeros((2, 2)), abs=1e-4)
    assert np.degrees(inputs["source_gaze"][:, 0]).max() < -8
    # one eye's way to the nose is the other one's way to the temple
    assert inputs["source_gaze"][0, 1] * inputs["source_gaze"][1, 1] < 0


def test_strength_is_the_share_of_the_way_that_the_model_is_asked_for():
    seen: list[Arrays] = []

    def remember(inputs: Arrays) -> Arrays:
        seen.append(inputs)
        return {}

    for strength in (1.0, 0.5):
        redirected(remember, IMAGE, READER.track(), wish(READER, (8.0, 0.0), strength))
    whole, half = (i["target_gaze"] - i["source_gaze"] for i in seen)
    assert half == pytest.approx(whole / 2, abs=1e-3)


def test_strength_0_draws_nothing_and_asks_no_model():
    stage, engine = redirector(wild)
    eyes = stage.redirect(frame_of(IMAGE), READER.track(), wish(READER, (8.0, 3.0), 0.0))
    assert (eyes.left, eyes.right, engine.runs) == (None, None, 0)


def test_eyes_that_already_look_there_are_left_alone_and_no_model_is_asked():
    stage, engine = redirector(wild)
    eyes = stage.redirect(frame_of(IMAGE), READER.track(), wish(READER, (0.1, 0.0)))
    assert (eyes.left, eyes.right, engine.runs) == (None, None, 0)


def test_a_small_movement_fades_in_without_a_switch():
    def change(way_deg: float) -> float:
        after = pasted(IMAGE, redirected(wild, IMAGE, READER.track(), wish(READER, (way_deg, 0.0))))
        return float(np.abs(after.astype(int) - IMAGE).sum())

    steps = [change(way) for way in np.linspace(0.0, 6.0, 31)]
    assert steps[0] == 0
    assert max(np.diff(steps)) < 0.25 * steps[-1]
    assert steps[-1] == max(steps)


def test_both_eyes_take_one_run():
    stage, engine = redirector(nothing)
    stage.redirect(frame_of(IMAGE), READER.track(), wish(READER, (8.0, 3.0)))
    assert engine.runs == 1


def test_each_eye_is_drawn_by_its_own_wish():
    both = wish(READER, (0.0, 6.0))
    eyes = redirected(wild, IMAGE, READER.track(), replace(both, left=replace(both.left, strength=0.0)))
    assert eyes.left is None
    assert eyes.right is not None
    assert eyes.right.side == "right"


def test_a_flipped_frame_gives_the_flipped_result():
    person = replace(READER, at_mm=(35.0, 20.0, 450.0), turn_deg=(4.0, 9.0, -14.0))
    image, track = draw(person.track().eyes, catchlight=(0.2, 0.3)), person.track()
    redirection = wish(person, (9.0, -5.0))
    mirror = image[:, ::-1].copy()
    flipped = replace(
        track,
        head_pose=HeadPose(
            track.head_pose.rotation * np.array([1, -1, -1], np.float32),
            track.head_pose.translation * np.array([-1, 1, 1], np.float32),
        ),
        left_eye=_flipped(track.right_eye, image.shape[1]),
        right_eye=_flipped(track.left_eye, image.shape[1]),
    )
    swapped = Redirection(_turned_over(redirection.right), _turned_over(redirection.left))
    straight = pasted(image, redirected(of_the_patch, image, track, redirection))
    over = pasted(mirror, redirected(of_the_patch, mirror, flipped, swapped))
    difference = np.abs(over[:, ::-1].astype(int) - straight)
    assert np.abs(straight.astype(int) - image).max() > 60
    assert difference.mean() < 0.01
    assert difference.max() <= 6


def _flipped(eye: EyeRegion, width: int) -> EyeRegion:
    def over(points: np.ndarray) -> np.ndarray:
        return (points * [-1, 1] + [width - 1, 0]).astype(np.float32)

    return replace(
        eye,
        side="right" if eye.side == "left" else "left",
        inner_canthus=over(eye.inner_canthus),
        outer_canthus=over(eye.outer_canthus),
        iris_center=over(eye.iris_center),
        upper_lid=over(eye.upper_lid),
        lower_lid=over(eye.lower_lid),
    )


def _turned_over(wish: EyeRedirection) -> EyeRedirection:
    return replace(
        wish,
        source=Gaze(wish.source.pitch, -wish.source.yaw),
        target=Gaze(wish.target.pitch, -wish.target.yaw),
    )


def test_an_eye_beyond_the_frame_is_not_drawn():
    track = READER.track()
    far = np.array([2000.0, 0.0], np.float32)
    eye = track.left_eye
    gone = replace(
        eye,
        inner_canthus=eye.inner_canthus + far,
        outer_canthus=eye.outer_canthus + far,
        iris_center=eye.iris_center + far,
        upper_lid=eye.upper_lid + far,
        lower_lid=eye.lower_lid + far,
    )
    eyes = redirected(wild, IMAGE, replace(track, left_eye=gone), wish(READER, (6.0, 6.0)))
    assert eyes.left is None
    assert eyes.right is not None


@pytest.mark.parametrize(("width_px", "drawn"), [(1, False), (8, False), (12, False), (18, True)])
def test_a_tiny_eye_is_left_alone(width_px, drawn):
    person = replace(READER, at_mm=(0.0, 0.0, 27.9 * 1044 / width_px))
    eyes = redirected(wild, draw(person.track().eyes), person.track(), wish(person, (10.0, 6.0)))
    assert (eyes.left is not None) == drawn


def test_a_model_that_fails_is_an_error_of_ours():
    stage, engine = redirector(wild)
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        stage.redirect(frame_of(IMAGE), READER.track(), wish(READER, (8.0, 3.0)))
