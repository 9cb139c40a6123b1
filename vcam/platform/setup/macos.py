"""How macOS gets a virtual camera: the one that OBS brings, which only the person can allow.

Written from OBS's and Apple's documentation; not yet run on macOS.
"""

from vcam.platform.setup.plan import Plan
from vcam.platform.virtual_device import Problem, VirtualDevice


def plan_setup(found: VirtualDevice | Problem) -> Plan:
    """There is no command that could do it: macOS asks the person, in its own window."""
    if isinstance(found, VirtualDevice):
        return Plan("done", f"{found.name} is there")
    return Plan(
        "blocked",
        found.message,
        fix="install OBS 30 or newer and move it to Applications; open it and choose Start Virtual Camera;"
        " allow the camera extension in System Settings, under General, Login Items & Extensions; stop the"
        " virtual camera, quit OBS, and start GazeCam",
    )


def plan_removal() -> Plan:
    """Nothing of ours is installed."""
    return Plan("done", "GazeCam has installed no camera: the virtual camera is part of OBS")
