"""Where frames come from: cameras, files and the demo, each a ``FrameSource``."""

from collections.abc import Callable
from pathlib import Path

from vcam.errors import ConfigError
from vcam.stages import FrameSource


def open_source(
    spec: str, *, fps: float, open_camera: Callable[[str | None], FrameSource], realtime: bool = True
) -> FrameSource:
    """The source that ``spec`` names: ``camera``, ``camera:NAME``, ``camera:N``, ``demo`` or a path.

    ``open_camera`` gets what follows the colon, or None for the first camera. ``fps`` is the rate at
    which a picture file repeats. Files keep their own size and rate; a video ends at its last frame.

    Raises:
        ConfigError: the spec is empty.
        SourceUnavailable: the device or file cannot be opened.

    """
    match spec.partition(":"):
        case "camera", "", "":
            return open_camera(None)
        case "camera", ":", name:
            return open_camera(name or None)
        case "demo", "", "":
            from vcam.sources.demo import DemoSource

            return DemoSource()
        case "", _, _:
            raise ConfigError(f"source {spec!r}: expected camera, camera:NAME, camera:N, demo or a path")
        case _:
            from vcam.sources.clip import ClipSource

            return ClipSource(Path(spec), realtime=realtime, loop=False, still_fps=fps)
