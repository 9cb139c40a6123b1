from dataclasses import replace
from pathlib import Path

import pytest

from tests.platform.setup.builders import ABSENT, INSTALLED, NAME, facts, kept_for_good, node
from vcam.platform.linux import Abilities, VideoNode
from vcam.platform.setup import linux
from vcam.platform.setup.linux import FILES, plan_removal, plan_setup, why_failed
from vcam.platform.setup.options import Loopback
from vcam.platform.setup.plan import Plan, Step

BOTH = node(5, "Scope", captures=True)
OBS = node(3, "OBS Virtual Camera")
LOAD_ALONE = "modprobe v4l2loopback devices=1 video_nr=42 card_label=GazeCam exclusive_caps=1"


def lines(plan: Plan) -> list[str]:
    assert plan.state == "to do", plan
    return [step.shown() for step in plan.steps]


def blocked(plan: Plan) -> str:
    assert plan.state == "blocked", plan
    assert plan.fix
    assert not plan.steps
    return f"{plan.message}; {plan.fix}"


def test_a_device_that_works_and_stays_leaves_nothing_to_do():
    assert plan_setup(kept_for_good(facts(node(42))), NAME).state == "done"


def test_a_device_that_another_program_sends_to_is_there_all_the_same():
    running = facts(node(42, captures=True, outputs=False))
    assert plan_setup(kept_for_good(running), NAME).state == "done"


def test_a_device_made_by_hand_is_made_to_stay_under_its_own_number_without_a_reload():
    plan = plan_setup(facts(node(10), udev=False), NAME)
    assert "would be gone after a restart" in plan.message
    assert [step.command[0] for step in plan.steps] == ["tee"] * 3
    assert "video_nr=10 card_label=GazeCam" in plan.steps[0].text


def test_an_installed_module_is_loaded_and_kept():
    written = lines(plan_setup(facts(module=INSTALLED), NAME))
    assert written[-1] == LOAD_ALONE
    assert [path for path in FILES if any(line.endswith(f"tee {path}") for line in written)] == list(FILES)


def test_udev_is_told_of_the_rule_before_the_device_comes():
    written = lines(plan_setup(facts(module=INSTALLED), NAME))
    assert written.index("udevadm control --reload") < written.index(LOAD_ALONE)


def test_where_there_is_no_udev_it_is_not_called():
    assert not any("udevadm" in line for line in lines(plan_setup(facts(module=INSTALLED, udev=False), NAME)))


def test_folders_that_are_missing_are_made_first():
    plan = plan_setup(facts(module=INSTALLED, missing_folders=("/etc/udev/rules.d",)), NAME)
    assert lines(plan)[0] == "mkdir -p /etc/udev/rules.d"


def test_a_reload_keeps_what_others_have_made():
    written = lines(plan_setup(facts(OBS, BOTH), NAME))
    assert written[-2:] == [
        "modprobe -r v4l2loopback",
        "modprobe v4l2loopback devices=3 video_nr=3,5,42"
        " 'card_label=\"OBS Virtual Camera,Scope,GazeCam\"' exclusive_caps=1,0,1",
    ]


def test_a_module_that_takes_one_more_is_not_reloaded():
    written = lines(plan_setup(facts(OBS, adder=True, holders={"/dev/video3": ("obs (7)",)}), NAME))
    assert written[-1] == "v4l2loopback-ctl add --name=GazeCam --exclusive-caps=1"
    assert not any("modprobe -r" in line for line in written)


def test_a_camera_of_others_in_use_stops_a_reload_and_names_the_program():
    message = blocked(plan_setup(facts(OBS, holders={"/dev/video3": ("obs (7)",)}), NAME))
    assert "obs (7) has /dev/video3 open" in message
    assert "close those programs" in message


def test_what_others_keep_is_kept_beside_ours_and_ours_takes_no_number_of_theirs():
    given = facts(module=INSTALLED, kept=(Loopback("OBS Virtual Camera", 42),))
    options = plan_setup(given, NAME).steps[0].text
    assert 'devices=2 video_nr=42,43 card_label="OBS Virtual Camera,GazeCam" exclusive_caps=1,1' in options


def test_too_many_loopbacks_are_not_lost_silently():
    message = blocked(plan_setup(facts(*(node(number, f"Other {number}") for number in range(8))), NAME))
    assert "there are 8 virtual cameras, and v4l2loopback takes 8 at most" in message


def test_a_label_that_a_reload_would_split_stops_it():
    assert "would rename 'One, Two'" in blocked(plan_setup(facts(node(3, "One, Two")), NAME))


def test_a_device_that_may_not_be_opened_needs_the_group():
    closed = VideoNode("/dev/video42", NAME, None, PermissionError(13, "Permission denied"))
    plan = plan_setup(facts(closed), NAME)
    assert lines(plan) == ["usermod -aG video ann"]
    assert "log out and in again" in plan.fix


@pytest.mark.parametrize(
    ("device", "what"),
    [
        (node(42, outputs=False), "is stuck: it announces neither capture nor output"),
        (node(42, captures=True), "announces capture and output at once, so browsers do not list it"),
        (VideoNode("/dev/video42", NAME, None, OSError(19, "No such device")), "cannot be opened (No such"),
    ],
)
def test_a_device_that_does_not_work_is_made_anew(device, what):
    plan = plan_setup(kept_for_good(facts(device)), NAME)
    assert what in plan.message
    assert lines(plan) == ["modprobe -r v4l2loopback", LOAD_ALONE]


def test_a_camera_that_happens_to_have_our_name_is_not_taken_for_ours():
    camera = VideoNode("/dev/video0", NAME, Abilities("uvcvideo", captures=True, outputs=False))
    assert "labelled GazeCam" in plan_setup(facts(camera), NAME).message


def test_a_missing_module_is_installed_before_it_is_loaded():
    written = lines(plan_setup(facts(module=ABSENT), NAME))
    assert written[:2] == ["apt-get update", "apt-get install -y v4l2loopback-dkms"]
    assert written[-1] == LOAD_ALONE


def test_a_module_that_is_too_old_is_not_loaded():
    message = blocked(plan_setup(facts(module=INSTALLED, machine={"source_version": "0.10.0"}), NAME))
    assert "v4l2loopback 0.10.0 is too old: GazeCam needs 0.12 or newer" in message


def test_secure_boot_with_a_key_that_is_not_trusted_is_told_before_anything_is_tried():
    secure = {"secure_boot": True, "signing_key": "/var/lib/dkms/mok.pub", "key_trusted": False}
    message = blocked(plan_setup(facts(module=INSTALLED, machine=secure), NAME))
    assert "Secure Boot is on" in message
    assert "sudo mokutil --import /var/lib/dkms/mok.pub" in message


def test_secure_boot_with_a_trusted_key_is_no_obstacle():
    secure = {"secure_boot": True, "signing_key": "/var/lib/dkms/mok.pub", "key_trusted": True}
    assert lines(plan_setup(facts(module=INSTALLED, machine=secure), NAME))[-1] == LOAD_ALONE


def test_a_kernel_without_modules_is_told_so():
    hopeless = replace(ABSENT, kernel_loads_modules=False)
    message = blocked(plan_setup(facts(module=hopeless), NAME))
    assert "loads no modules" in message


def test_windows_linux_is_sent_to_windows():
    assert "run GazeCam on Windows" in blocked(
        plan_setup(facts(module=ABSENT, machine={"surroundings": "wsl"}), NAME)
    )


def test_a_container_is_sent_to_the_computer_but_may_use_a_device_it_was_given():
    inside = {"surroundings": "container"}
    assert "outside the container" in blocked(plan_setup(facts(module=ABSENT, machine=inside), NAME))
    assert plan_setup(kept_for_good(facts(node(42), machine=inside)), NAME).state == "done"


def test_removal_takes_our_files_and_our_device_and_leaves_the_others():
    plan = plan_removal(kept_for_good(facts(OBS, node(42))), NAME)
    assert lines(plan) == [
        f"rm -f {' '.join(FILES)}",
        "udevadm control --reload",
        "modprobe -r v4l2loopback",
        "modprobe v4l2loopback devices=1 video_nr=3 'card_label=\"OBS Virtual Camera\"' exclusive_caps=1",
    ]


def test_removal_with_no_other_loopbacks_leaves_the_module_unloaded():
    assert lines(plan_removal(facts(node(42)), NAME)) == ["modprobe -r v4l2loopback"]


def test_removal_of_one_device_alone_where_the_module_can():
    assert lines(plan_removal(facts(OBS, node(42), adder=True), NAME)) == [
        "v4l2loopback-ctl delete /dev/video42"
    ]


def test_removal_while_somebody_watches_is_refused():
    plan = plan_removal(facts(node(42), holders={"/dev/video42": ("zoom (9)",)}), NAME)
    assert "zoom (9) has /dev/video42 open" in blocked(plan)


def test_removal_of_nothing_is_nothing():
    assert plan_removal(facts(OBS), NAME).state == "done"


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            "modprobe: ERROR: could not insert 'v4l2loopback': Key was rejected by service",
            "Secure Boot is on",
        ),
        ("modprobe: ERROR: could not insert 'v4l2loopback': Required key not available", "Secure Boot is on"),
        ("modprobe: FATAL: Module v4l2loopback not found in directory /lib/modules/6.1", "not compiled for"),
        ("modprobe: FATAL: Module v4l2loopback is in use.", "still has a virtual camera open"),
        ("modprobe: ERROR: something else\n", "modprobe: ERROR: something else"),
        ("", "it gave no reason"),
    ],
)
def test_a_refused_module_is_explained(said, meaning):
    assert meaning in why_failed(Step(("modprobe", "v4l2loopback")), said, facts())


def test_a_refusal_by_the_kernels_lock_is_blamed_on_secure_boot_only_where_it_is_on():
    said = "modprobe: ERROR: could not insert 'v4l2loopback': Operation not permitted"
    step = Step(("modprobe", "v4l2loopback"))
    assert "Secure Boot is on" in why_failed(step, said, facts(machine={"secure_boot": True}))
    assert why_failed(step, said, facts()) == said


def test_the_files_sort_after_those_of_others():
    # modprobe reads by name, and of an option that is given twice the last counts
    ours = Path(linux.OPTIONS_FILE).name
    assert max(ours, "98-v4l2loopback.conf", "obs.conf", "v4l2loopback.conf") == ours


def test_a_line_of_the_persons_own_for_our_device_is_not_doubled():
    given = facts(module=INSTALLED, kept=(Loopback(NAME, 42),))
    assert lines(plan_setup(given, NAME))[-1] == LOAD_ALONE
