"""What every frame sink promises: inherit, and give a ``sink`` fixture."""

import numpy as np
import pytest

from vcam.errors import SinkError
from vcam.slot import SlotClosed
from vcam.stages import FrameSink
from vcam.types import Frame


def gray_frame(index: int, size: tuple[int, int] = (96, 64), level: int = 90) -> Frame:
    return Frame(index, 10 + index / 25, np.full((size[1], size[0], 3), level, np.uint8))


class FrameSinkContract:
    def test_it_takes_frames(self, sink: FrameSink) -> None:
        for index in range(3):
            sink.send(gray_frame(index))

    def test_it_leaves_the_frame_as_it_was(self, sink: FrameSink) -> None:
        frame = gray_frame(0)
        sink.send(frame)
        assert (frame.image == 90).all()

    def test_it_takes_a_frame_of_another_size_in_between(self, sink: FrameSink) -> None:
        sink.send(gray_frame(0))
        sink.send(gray_frame(1, (64, 96)))
        sink.send(gray_frame(2))

    def test_a_closed_sink_refuses_frames(self, sink: FrameSink) -> None:
        sink.send(gray_frame(0))
        sink.close()
        with pytest.raises((SinkError, SlotClosed)):
            sink.send(gray_frame(1))

    def test_closing_twice_is_harmless(self, sink: FrameSink) -> None:
        sink.send(gray_frame(0))
        sink.close()
        sink.close()

    def test_closing_before_the_first_frame_is_harmless(self, sink: FrameSink) -> None:
        sink.close()
