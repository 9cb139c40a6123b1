"""Where frames go: the virtual camera, a window or a file, each a ``FrameSink``."""

from collections.abc import Callable
from pathlib import Path

from vcam.errors import ConfigError
from vcam.stages import FrameSink


def open_sink(
    spec: str,
    *,
    fps: float,
    open_virtual: Callable[[], FrameSink],
    overlay: Callable[[], str] | None = None,
) -> FrameSink:
    """The sink that ``spec`` names: ``virtual``, ``preview`` or the path of a video to write.

    ``overlay`` gives the preview its lines of text.

    Raises:
        ConfigError: the spec is empty, or its ending names no video format.
        SinkUnavailable: the device, window or file cannot be opened.

    """
    match spec:
        case "virtual":
            return open_virtual()
        case "preview":
            from vcam.sinks.preview import PreviewSink

            return PreviewSink(overlay)
        case "":
            raise ConfigError("sink '': expected virtual, preview, pipewire, or the path of a video to write")
        case _:
            from vcam.sinks.clip import ClipSink

            return ClipSink(Path(spec), fps=fps)
