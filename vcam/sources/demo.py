"""The clip that comes with the package: a rendered face, played for ever."""

from contextlib import ExitStack
from importlib.resources import as_file, files

from vcam.sources.clip import ClipSource


class DemoSource(ClipSource):
    """``demo.mp4`` in a loop, in real time unless told otherwise."""

    def __init__(self, *, realtime: bool = True) -> None:
        """Open the packaged clip.

        Raises:
            SourceUnavailable: the package was built without it.

        """
        self._unpacked = ExitStack()  # from a zipped package the clip is a temporary copy until close
        path = self._unpacked.enter_context(as_file(files("vcam.sources") / "demo.mp4"))
        try:
            super().__init__(path, realtime=realtime, loop=True)
        except BaseException:
            self._unpacked.close()
            raise

    def close(self) -> None:
        """Close the clip; safe to call twice."""
        super().close()
        self._unpacked.close()
