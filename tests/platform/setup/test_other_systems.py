from dataclasses import replace

import pytest

from vcam.platform.setup import macos, windows
from vcam.platform.setup.windows import Filters
from vcam.platform.virtual_device import Problem, VirtualDevice

NOTHING = Filters(None, None, obs=False, folder=None)
FILES_THERE = replace(NOTHING, folder="C:\\UC")
REGISTER = [
    f"regsvr32 /s C:\\UC\\UnityCaptureFilter{bits}bit.dll /i:UnityCaptureName=GazeCam" for bits in (64, 32)
]


def commands(plan) -> list[str]:
    return [" ".join(step.command) for step in plan.steps]


@pytest.mark.parametrize("names", [(None, None), ("GazeCam", None), (windows.DEFAULT_NAME,) * 2])
def test_windows_registers_both_bitnesses_under_our_name(names):
    filters = replace(FILES_THERE, name_64=names[0], name_32=names[1])
    assert commands(windows.plan_setup(filters, "GazeCam")) == REGISTER


def test_windows_says_which_programs_do_not_see_a_filter_of_one_bitness():
    filters = replace(FILES_THERE, name_64="GazeCam")
    assert "for 64-bit programs only" in windows.plan_setup(filters, "GazeCam").message


def test_windows_with_both_has_nothing_to_do():
    assert windows.plan_setup(Filters("GazeCam", "GazeCam", False, None), "GazeCam").state == "done"


def test_windows_never_renames_the_camera_of_another_program():
    plan = windows.plan_setup(replace(FILES_THERE, name_64="MeetingTool"), "GazeCam")
    assert (plan.state, plan.steps) == ("blocked", ())
    assert "'MeetingTool', which another program may need" in plan.message


def test_windows_without_the_files_says_where_they_come_from_and_go():
    plan = windows.plan_setup(NOTHING, "GazeCam")
    assert plan.state == "blocked"
    assert "UnityCaptureFilter64bit.dll and UnityCaptureFilter32bit.dll" in plan.fix


def test_windows_with_obs_needs_nothing():
    assert windows.plan_setup(replace(NOTHING, obs=True), "GazeCam").state == "done"


def test_windows_unregisters_ours_alone():
    filters = Filters("GazeCam", "MeetingTool", False, "C:\\UC")
    assert commands(windows.plan_removal(filters, "GazeCam")) == [
        "regsvr32 /s /u C:\\UC\\UnityCaptureFilter64bit.dll"
    ]
    assert windows.plan_removal(NOTHING, "GazeCam").state == "done"


def test_macos_tells_what_only_the_person_can_do():
    plan = macos.plan_setup(Problem("the OBS virtual camera is not there", "x"))
    assert (plan.state, plan.steps) == ("blocked", ())
    assert "Start Virtual Camera" in plan.fix
    assert macos.plan_setup(VirtualDevice("OBS Virtual Camera", "OBS Virtual Camera", "obs")).state == "done"
    assert macos.plan_removal().state == "done"
