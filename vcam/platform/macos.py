"""Camera names of macOS, in the order in which OpenCV's AVFoundation reader counts them.

Written from OpenCV's source and published ``system_profiler`` output; not yet run on macOS.
"""

import json
import subprocess

from vcam.errors import SourceUnavailable

_COMMAND = ("system_profiler", "SPCameraDataType", "-json")


def camera_names() -> list[str]:
    """Names; a name's position is the index OpenCV takes.

    Raises:
        SourceUnavailable: ``system_profiler`` failed.

    """
    try:
        done = subprocess.run(_COMMAND, capture_output=True, text=True, timeout=30, check=True)
        return parse_names(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise SourceUnavailable(
            f"cannot list the cameras with {' '.join(_COMMAND)}: {error}; choose one by its number"
        ) from error


def parse_names(report: str) -> list[str]:
    """Names from ``system_profiler``'s JSON, sorted by unique id: OpenCV sorts its devices so."""
    cameras = json.loads(report)["SPCameraDataType"]
    return [str(camera["_name"]) for camera in sorted(cameras, key=lambda one: one["spcamera_unique-id"])]
