"""``setup-device`` with a real kernel, the real v4l2loopback, kmod and udev (see ``vm/setup_contract.py``).

One boot, shared by all tests.
"""

from typing import Any

import pytest

from tests.e2e.vm import guest, jobs
from tests.e2e.vm.guest import found

OPTIONS = "/etc/modprobe.d/zz-gazecam.conf"
AT_REST = [["/dev/video42", "GazeCam", False, True]]

pytestmark = guest.MARKS


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return guest.facts_of(jobs.setup_contract(guest.prepare(), tmp_path_factory.mktemp("setup")))


@pytest.mark.parametrize("step", ["nobody_to_ask", "declined"])
def test_unless_it_was_allowed_nothing_is_run_and_the_commands_are_told(facts, step):
    result = found(facts, step)
    assert (result["worked"], result["nodes"], result["files"]) == (False, [], {})
    assert (
        "  modprobe v4l2loopback devices=1 video_nr=42 card_label=GazeCam exclusive_caps=1" in result["said"]
    )


def test_one_yes_leads_from_nothing_to_the_device(facts):
    result = found(facts, "from_nothing")
    assert result["worked"], result["said"]
    assert result["nodes"] == AT_REST
    assert result["said"].endswith("Done: GazeCam is there (/dev/video42).")


def test_the_command_is_told_before_it_is_run(facts):
    said = found(facts, "from_nothing")["said"]
    assert said.index("  modprobe v4l2loopback") < said.index("Done")


def test_a_second_time_there_is_nothing_to_do(facts):
    result = found(facts, "again")
    assert result["worked"]
    assert result["said"] == "GazeCam is there (/dev/video42), and will be after a restart of the computer."


def test_the_device_comes_back_with_the_next_start_of_the_machine(facts):
    assert found(facts, "next_start")["nodes"] == AT_REST


def test_udev_gives_the_device_to_the_video_group_and_calls_it_a_camera(facts):
    udev = found(facts, "udev")
    assert (udev["group"], udev["mode"]) == ("video", "0o660")
    assert "ID_V4L_CAPABILITIES=:capture:" in udev["told"]
    assert ":uaccess:" in udev["told"]


def test_removal_leaves_nothing(facts):
    result = found(facts, "removed")
    assert result["worked"], result["said"]
    assert (result["nodes"], result["files"]) == ([], {})


def test_the_loopbacks_of_others_keep_their_names_numbers_and_ways(facts):
    result = found(facts, "beside_others")
    assert result["worked"], result["said"]
    assert result["before"] == [
        ["/dev/video3", "OBS Virtual Camera", False, True],
        ["/dev/video5", "Scope", True, True],
    ]
    assert result["nodes"] == [*result["before"], *AT_REST]


def test_what_others_made_for_now_is_not_made_for_good(facts):
    options = found(facts, "beside_others")["files"][OPTIONS]
    assert options.endswith(
        "options v4l2loopback devices=1 video_nr=42 card_label=GazeCam exclusive_caps=1\n"
    )


def test_a_camera_in_use_is_not_taken_from_under_its_program(facts):
    result = found(facts, "others_in_use")
    assert not result["worked"]
    assert "virtual cameras are in use: python" in result["said"]
    assert "close those programs" in result["said"]
    assert [node[1] for node in result["nodes"]] == ["Foreign"]


def test_removal_leaves_the_loopbacks_of_others(facts):
    result = found(facts, "removed_beside_others")
    assert result["made"] == [["/dev/video3", "Foreign", False, True], *AT_REST]
    assert result["worked"], result["said"]
    assert result["nodes"] == [["/dev/video3", "Foreign", False, True]]


def test_what_others_have_made_at_every_start_goes_on_beside_ours(facts):
    result = found(facts, "others_kept")
    both = [["/dev/video9", "OBS Virtual Camera", False, True], *AT_REST]
    assert result["nodes"] == both
    assert result["next"]["nodes"] == both
    assert result["theirs"].startswith("options v4l2loopback video_nr=9 ")  # their own file, untouched


def test_a_stuck_device_is_mended(facts):
    result = found(facts, "stuck")
    assert result["before"][-1] == ["/dev/video42", "GazeCam", False, False]
    assert "is stuck" in result["said"]
    assert result["worked"], result["said"]
    assert result["nodes"][-1:] == AT_REST


def test_without_the_module_the_package_is_part_of_the_plan(facts):
    result = found(facts, "module_missing")
    assert result["said"].startswith("v4l2loopback is not installed for kernel 6.")
    assert "apt-get install -y v4l2loopback-dkms" in result["said"]
