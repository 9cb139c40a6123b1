from dataclasses import replace

import pytest

from tests.platform.setup.builders import MACHINE
from vcam.platform.setup.install import plan_install, trust_advice


def commands(**changes) -> list[str]:
    plan = plan_install(replace(MACHINE, **changes))
    assert plan.state == "to do", plan
    return [step.shown() for step in plan.steps]


def advice(**changes) -> str:
    plan = plan_install(replace(MACHINE, **changes))
    assert (plan.state, plan.steps) == ("blocked", ())
    return plan.fix


def test_debian_installs_the_module_and_missing_headers():
    assert commands(headers=False) == [
        "apt-get update",
        "apt-get install -y v4l2loopback-dkms linux-headers-6.1.0-56-amd64",
    ]


def test_headers_that_are_there_are_not_asked_for():
    assert commands()[-1] == "apt-get install -y v4l2loopback-dkms"


def test_missing_headers_have_their_own_sentence():
    plan = plan_install(replace(MACHINE, source_version="0.12.7", headers=False))
    assert plan.message == (
        "v4l2loopback 0.12.7 is not compiled for kernel 6.1.0-56-amd64, because its headers are missing"
    )
    assert [step.shown() for step in plan.steps] == [
        "apt-get update",
        "apt-get install -y linux-headers-6.1.0-56-amd64",
        "dkms autoinstall -k 6.1.0-56-amd64",
    ]


def test_a_source_that_was_never_compiled_is_compiled():
    assert commands(source_version="0.12.7") == ["dkms autoinstall -k 6.1.0-56-amd64"]


@pytest.mark.parametrize(
    ("release", "headers"),
    [
        ("6.11.5-arch1-1", "linux-headers"),
        ("6.6.58-1-lts", "linux-lts-headers"),
        ("6.11.5-zen1-1-zen", "linux-zen-headers"),
        ("6.6.54-2-MANJARO", "linux66-headers"),
    ],
)
def test_arch_takes_the_headers_of_its_kernels_flavor(release, headers):
    assert commands(family="arch", release=release, headers=False) == [
        f"pacman -S --needed --noconfirm v4l2loopback-dkms {headers}"
    ]


def test_fedora_with_rpm_fusion_installs_and_compiles():
    release = "6.11.5-300.fc41.x86_64"
    assert commands(family="fedora", release=release, headers=False, rpm_fusion=True) == [
        f"dnf install -y akmod-v4l2loopback kernel-devel-{release}",
        f"akmods --force --kernels {release}",
    ]


def test_fedora_without_rpm_fusion_is_told_to_set_it_up():
    assert "RPM Fusion" in advice(family="fedora")


def test_opensuse_takes_the_package_of_its_kernels_flavor():
    assert commands(family="suse", release="6.4.0-150600.23-default") == [
        "zypper --non-interactive install v4l2loopback-kmp-default"
    ]


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("ostree", "sudo rpm-ostree install akmod-v4l2loopback, restart the computer"),
        ("nixos", "boot.extraModulePackages"),
        ("other", "with the package manager of Void"),
    ],
)
def test_systems_that_are_not_changed_by_one_command_are_told_theirs(family, words):
    assert words in advice(family=family, distribution="Void")


def test_a_kernel_replaced_under_the_running_one_needs_a_restart_not_a_package():
    assert advice(kernel_folder=False, family="arch").startswith("restart the computer")


def test_secure_boot_names_the_key_there_is():
    assert "mokutil --import /k.der (choose a password), restart, choose Enroll MOK" in trust_advice(
        replace(MACHINE, signing_key="/k.der")
    )


def test_fedora_makes_its_key_first():
    assert (
        "sudo kmodgenca -a && sudo akmods --force && sudo mokutil --import /etc/pki/akmods"
        in trust_advice(replace(MACHINE, family="fedora"))
    )


def test_without_a_key_the_ways_out_are_named():
    assert "turn Secure Boot off" in trust_advice(MACHINE)
