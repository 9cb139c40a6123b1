"""A job for the guest: makes the virtual camera from nothing, and takes it away, with the real module.

Runs in a guest that has the module's file and has not loaded it. ``$VM_OUT/facts.json`` gets one entry a
step, as in ``camera_contract``: what was said, whether it worked, and what devices there are then.
"""

import subprocess
from pathlib import Path

import pyvirtualcam

from tests.e2e.vm import pattern
from tests.e2e.vm.steps import run_steps
from vcam.platform.linux import video_nodes
from vcam.platform.setup.linux import FILES
from vcam.platform.setup_device import Talk, set_up
from vcam.platform.virtual_camera import find_virtual_camera

SIZE = (640, 480)
OTHERS_FILE = Path("/etc/modprobe.d/others.conf")


def set_up_now(*, answer: str | None = None, yes: bool = False, remove: bool = False) -> dict[str, object]:
    """One call as the command line makes it; ``answer`` is the person's, None: nobody is there."""
    said: list[str] = []
    allow = None if answer is None else lambda _: answer == "y"
    worked = set_up(Talk(said.append, allow), yes=yes, remove=remove)
    return {"worked": worked, "said": "\n".join(said), **state()}


def state() -> dict[str, object]:
    """The loopbacks there are, and what the system keeps of ours."""
    loopbacks = [node for node in video_nodes() if node.loopback]
    return {
        "nodes": [[node.path, node.name, node.captures, node.outputs] for node in loopbacks],
        "files": {path: Path(path).read_text() for path in FILES if Path(path).exists()},
    }


def modprobe(*words: str) -> None:
    """What others do by hand or at the start of the machine."""
    subprocess.run(["/usr/sbin/modprobe", *words], check=True)


def nobody_to_ask() -> object:
    """No terminal and no --yes."""
    return set_up_now()


def declined() -> object:
    """The default answer is no."""
    return set_up_now(answer="n")


def from_nothing() -> object:
    """Allowed once."""
    return set_up_now(answer="y")


def again() -> object:
    """There is nothing left to do."""
    return set_up_now(yes=True)


def next_start() -> object:
    """What systemd-modules-load does when the machine starts: load, by name alone."""
    modprobe("-r", "v4l2loopback")
    modprobe(*Path("/etc/modules-load.d/gazecam.conf").read_text().splitlines()[-1:])
    return state()


def udev() -> object:
    """What udev makes of the device with our rule."""
    modprobe("-r", "v4l2loopback")
    subprocess.run(["/lib/systemd/systemd-udevd", "--daemon"], check=True)
    modprobe("v4l2loopback")
    subprocess.run(["udevadm", "trigger", "--subsystem-match=video4linux"], check=True)
    subprocess.run(["udevadm", "settle"], check=True)
    path = next(node.path for node in video_nodes() if node.name == "GazeCam")
    told = subprocess.run(["udevadm", "info", path], capture_output=True, text=True, check=True).stdout
    return {"group": Path(path).group(), "mode": oct(Path(path).stat().st_mode & 0o777), "told": told}


def removed() -> object:
    """Undone."""
    return set_up_now(yes=True, remove=True)


def beside_others() -> object:
    """Two loopbacks of somebody else, one with a name of three words and one that announces both ways."""
    labels = 'card_label="OBS Virtual Camera,Scope"'
    modprobe("v4l2loopback", "devices=2", "video_nr=3,5", labels, "exclusive_caps=1,0")
    return {"before": state()["nodes"], **set_up_now(yes=True)}


def others_in_use() -> object:
    """GazeCam lost its device, and a reload would take a camera from under another program."""
    modprobe("-r", "v4l2loopback")
    modprobe("v4l2loopback", "video_nr=3", "card_label=Foreign", "exclusive_caps=1")
    with pyvirtualcam.Camera(*SIZE, 15, device="/dev/video3", backend="v4l2loopback") as camera:
        camera.send(pattern.draw(0, SIZE))
        return set_up_now(yes=True)


def removed_beside_others() -> object:
    """The others stay."""
    modprobe("-r", "v4l2loopback")
    modprobe("v4l2loopback", "video_nr=3", "card_label=Foreign", "exclusive_caps=1")
    made = set_up_now(yes=True)["nodes"]
    return {"made": made, **set_up_now(yes=True, remove=True)}


def others_kept() -> object:
    """Somebody else's devices come at every start, by a file of theirs; ours must come beside them."""
    modprobe("-r", "v4l2loopback")
    OTHERS_FILE.write_text(
        'options v4l2loopback video_nr=9 card_label="OBS Virtual Camera" exclusive_caps=1\n'
    )
    result = set_up_now(yes=True)
    return {**result, "next": next_start(), "theirs": OTHERS_FILE.read_text()}


def stuck() -> object:
    """A program that only writes leaves module 0.12 stuck; setting up mends it."""
    device = find_virtual_camera().device
    with pyvirtualcam.Camera(*SIZE, 15, device=device, backend="v4l2loopback") as camera:
        camera.send(pattern.draw(0, SIZE))
    return {"before": state()["nodes"], **set_up_now(yes=True)}


def module_missing() -> object:
    """As before the package is installed: the plan is told, and nothing is run."""
    modprobe("-r", "v4l2loopback")
    for path in Path("/lib/modules").rglob("v4l2loopback.ko*"):
        path.unlink()
    return set_up_now()


STEPS = (
    nobody_to_ask,
    declined,
    from_nothing,
    again,
    next_start,
    udev,
    removed,
    beside_others,
    others_in_use,
    removed_beside_others,
    others_kept,
    stuck,
    module_missing,
)

if __name__ == "__main__":
    run_steps(STEPS)
