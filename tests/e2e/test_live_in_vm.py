"""A day of the real program, with v4l2loopback and Chromium in a meeting (see ``vm/live_contract.py``).

One boot, shared by all tests: started, resting, read, started twice, its camera unplugged, killed in the
call, restarted. No test judges a speed: the processor is emulated. ``pytest -s`` prints what was measured.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.e2e import program
from tests.e2e.footage import still
from tests.e2e.vm import guest, jobs
from tests.e2e.vm.guest import found
from tests.e2e.witness import Mask, Witness, apart
from vcam.app import build_corrector
from vcam.config import load
from vcam.process.picture import settled
from vcam.types import Image

pytestmark = guest.MARKS


@dataclass(frozen=True)
class Day:
    """What was put in front of the camera, and what came of it."""

    facts: dict[str, Any]
    folder: Path
    picture: Image
    expected: Image
    """What the same program makes of the picture on the host."""
    eyes: Mask

    def assert_corrected(self, name: str) -> None:
        """A picture stored in the guest has the eyes that the host's correction gives, and all else kept."""
        image = cv2.imread(str(self.folder / f"{name}.png"))
        to_corrected = apart(image, as_sent(self.expected), self.eyes)
        to_uncorrected = apart(image, as_sent(self.picture), self.eyes)
        assert to_uncorrected > 2
        assert to_corrected < to_uncorrected / 2
        # twice through YUV 4:2:0, to the camera and out of it
        assert apart(image, as_sent(as_sent(self.picture)), ~self.eyes) < 0.5


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    kernel = guest.prepare()
    guest.install_browser()
    folder = tmp_path_factory.mktemp("day")
    picture = still(program.DEMO, program.OPEN_EYES, jobs.FACE_SIZE)
    with closing(Witness()) as witness:
        eyes = witness.eyes(picture).grown()
    cv2.imwrite(str(folder / "still.png"), picture)
    cv2.imwrite(str(folder / "eyes.png"), np.where(eyes, 255, 0).astype(np.uint8))
    with closing(build_corrector(load(None, jobs.LIVE_PATIENCE))) as corrector:
        expected = settled(as_sent(picture), corrector.correct).frame.image
    run = jobs.live_contract(kernel, folder, folder / "still.png", folder / "eyes.png")
    return Day(guest.facts_of(run), folder, picture, expected, eyes)


def as_sent(image: Image) -> Image:
    """What the way through a camera's YUV 4:2:0 leaves of a picture."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), cv2.COLOR_YUV2BGR_I420)


def test_two_commands_lead_from_nothing_to_a_corrected_picture(day):
    made, start = found(day.facts, "from_nothing"), found(day.facts, "single_start")
    seen = found(day.facts, "on_demand")["seen"]
    print(
        f"\nfrom nothing to a corrected picture: 2 commands; setup-device {made['took_s']:.0f} s,"
        f" gazecam listed {start['listed_s']:.0f} s, first corrected picture {seen[-1][1]:.0f} s,"
        " on an emulated processor; Python, packages and the compiled module are the host's"
    )
    assert made["code"] == 0, made["said"]
    assert "Done: GazeCam is there (/dev/video42)." in made["said"]
    assert seen[-1][0] == "corrected"


def test_chromium_lists_the_program_that_was_started_once(day):
    start = found(day.facts, "single_start")
    print(f"\nlisted as a camera after {start['listed_s']:.1f} s")
    assert "GazeCam" in start["labels"]


def test_the_camera_is_closed_while_nobody_reads(day):
    rest = found(day.facts, "at_rest")
    print(f"\nat rest: {rest['cpu']:.1%} of one emulated processor")
    assert "gazecam" not in rest["holders"]


def test_rest_costs_a_small_part_of_work(day):
    # a ratio within one run, of an emulated processor to itself
    assert found(day.facts, "at_rest")["cpu"] < found(day.facts, "on_demand")["cpu"] / 5


def test_a_reader_that_arrives_gets_corrected_frames(day):
    demand = found(day.facts, "on_demand")
    print(f"\na reader arrives: {demand['seen']}, camera open after {demand['opened_s']:.1f} s")
    assert demand["seen"][-1][0] == "corrected"
    day.assert_corrected("on_demand")


def test_the_camera_is_closed_again_when_the_reader_leaves(day):
    demand = found(day.facts, "on_demand")
    print(f"\ncamera closed {demand['closed_s']:.1f} s after the reader left")
    assert "gazecam" not in demand["holders"]


def test_a_second_start_says_that_there_is_a_first_and_disturbs_nothing(day):
    second = found(day.facts, "second_start")
    assert second["code"] == 0
    assert "GazeCam is running already" in second["said"]
    assert second["alive"]
    assert "GazeCam" in second["labels"]


def test_a_page_keeps_its_camera_while_the_real_one_is_unplugged(day):
    unplugged = found(day.facts, "unplugged")
    assert unplugged["before"][-1] == "corrected"
    assert unplugged["during"][-1] == "placeholder"
    assert "GazeCam" in unplugged["labels"]
    assert unplugged["after"][-1] == "corrected"
    day.assert_corrected("unplugged_after")


def test_the_next_start_after_a_kill_reaches_the_reader_that_stayed(day):
    killed = found(day.facts, "killed")
    assert killed["code"] == -9
    assert killed["seen"][-1] == "corrected"
    day.assert_corrected("killed_after")


def test_chromium_sees_the_program_again_after_a_kill(day):
    killed = found(day.facts, "killed")
    assert "GazeCam" in killed["labels"]
    assert killed["after"][-1] == "corrected"
    day.assert_corrected("killed_page")


def test_a_restart_takes_the_camera_away_and_brings_it_back(day):
    restarted = found(day.facts, "restarted")
    assert restarted["code"] == restarted["last"] == 130
    assert "GazeCam" not in restarted["gone"]
    assert "GazeCam" in restarted["labels"]
    assert restarted["seen"][-1] == "corrected"
    day.assert_corrected("restarted")
