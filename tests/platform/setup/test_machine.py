from pathlib import Path

import pytest

from vcam.platform.setup.machine import read_machine

RELEASE = "6.1.0-56-amd64"
SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
    (tmp_path / "lib/modules" / RELEASE).mkdir(parents=True)
    return tmp_path


def write(root: Path, path: str, content: bytes | str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_plain_debian_is_read(root):
    machine = read_machine(root, RELEASE)
    assert (machine.family, machine.distribution) == ("debian", "Debian GNU/Linux 12 (bookworm)")
    assert (machine.kernel_folder, machine.headers, machine.secure_boot) == (True, False, None)
    assert (machine.source_version, machine.signing_key, machine.surroundings) == (None, None, "")


@pytest.mark.parametrize(
    ("release", "family"),
    [
        ("ID=ubuntu\nID_LIKE=debian", "debian"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', "debian"),
        ("ID=fedora", "fedora"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "fedora"),
        ("ID=arch", "arch"),
        ("ID=endeavouros\nID_LIKE=arch", "arch"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "suse"),
        ("ID=nixos", "nixos"),
        ("ID=void", "other"),
        ("", "other"),
    ],
)
def test_distributions_are_told_by_their_relations(root, release, family):
    write(root, "etc/os-release", release)
    assert read_machine(root, RELEASE).family == family


def test_an_image_based_fedora_is_told_apart(root):
    write(root, "etc/os-release", "ID=fedora\nVARIANT_ID=silverblue")
    write(root, "run/ostree-booted")
    assert read_machine(root, RELEASE).family == "ostree"


@pytest.mark.parametrize(("value", "on"), [(b"\x06\0\0\0\x01", True), (b"\x06\0\0\0\x00", False)])
def test_secure_boot_is_read_from_the_firmwares_variable(root, value, on):
    write(root, SECURE_BOOT, value)
    assert read_machine(root, RELEASE).secure_boot is on


def test_the_key_that_modules_are_signed_with_is_found(root):
    write(root, "var/lib/dkms/mok.pub")
    assert read_machine(root, RELEASE).signing_key == "/var/lib/dkms/mok.pub"


def test_headers_count_when_they_can_be_compiled_against(root):
    write(root, f"lib/modules/{RELEASE}/build/Makefile")
    assert read_machine(root, RELEASE).headers


def test_headers_whose_link_leads_nowhere_are_missing(root):
    (root / "lib/modules" / RELEASE / "build").symlink_to("/usr/src/linux-headers-gone")
    assert not read_machine(root, RELEASE).headers


def test_the_version_of_an_installed_source_is_read(root):
    (root / "usr/src/v4l2loopback-0.12.7").mkdir(parents=True)
    assert read_machine(root, RELEASE).source_version == "0.12.7"


def test_the_running_kernels_folder_may_be_gone_after_an_update(root):
    assert not read_machine(root, "6.1.0-50-amd64").kernel_folder


@pytest.mark.parametrize(
    "mark", [".dockerenv", "run/.containerenv", "run/systemd/container", ".flatpak-info"]
)
def test_containers_are_known_by_their_marks(root, mark):
    write(root, mark)
    assert read_machine(root, RELEASE).surroundings == "container"


def test_windows_own_kernel_is_known_by_its_name(root):
    assert read_machine(root, "5.15.153.1-microsoft-standard-WSL2").surroundings == "wsl"


def test_rpm_fusion_is_known_by_its_file(root):
    write(root, "etc/yum.repos.d/rpmfusion-free.repo")
    assert read_machine(root, RELEASE).rpm_fusion
