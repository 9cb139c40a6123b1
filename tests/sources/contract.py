"""What every frame source promises: inherit, and give a ``source`` fixture of at least three frames."""

import contextlib
from itertools import pairwise

import pytest

from vcam.errors import SourceError
from vcam.stages import FrameSource
from vcam.types import Frame


class FrameSourceContract:
    @pytest.fixture
    def frames(self, source: FrameSource) -> list[Frame]:
        frames = [source.read() for _ in range(3)]
        assert None not in frames
        return [frame for frame in frames if frame is not None]

    def test_the_size_is_known_before_the_first_frame_and_is_right(self, source: FrameSource) -> None:
        size = source.size
        frame = source.read()
        assert frame is not None
        assert (frame.width, frame.height) == size

    def test_the_rate_is_known(self, source: FrameSource) -> None:
        assert 1 <= source.fps <= 240

    def test_frames_are_numbered_in_order(self, frames: list[Frame]) -> None:
        assert all(later.index > earlier.index for earlier, later in pairwise(frames))

    def test_frames_are_captured_one_after_another(self, frames: list[Frame]) -> None:
        assert all(later.captured_at > earlier.captured_at for earlier, later in pairwise(frames))

    def test_a_closed_source_gives_no_more_frames(self, source: FrameSource) -> None:
        source.close()
        with contextlib.suppress(SourceError):
            assert source.read() is None

    def test_closing_twice_is_harmless(self, source: FrameSource) -> None:
        source.close()
        source.close()
