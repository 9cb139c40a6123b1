"""One Protocol per role: swap a part by passing another object that has the same method."""

from typing import Protocol

from vcam.types import FaceTrack, Frame, GazeEstimate, RedirectedEyes, Redirection


class FrameSource(Protocol):
    """Where frames come from. Used from one thread."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px of the frames to come, known once open."""
        ...

    @property
    def fps(self) -> float:
        """Nominal frames per second."""
        ...

    def read(self) -> Frame | None:
        """Block for the next frame; None after the last one.

        Raises:
            SourceError: the device or file stopped delivering.

        """
        ...

    def close(self) -> None:
        """Release the device; safe to call twice."""
        ...


class FrameSink(Protocol):
    """Where frames go. Used from one thread."""

    def send(self, frame: Frame) -> None:
        """Deliver one frame.

        Raises:
            SinkError: the device, window or file does not take it.

        """
        ...

    def close(self) -> None:
        """Flush and release; safe to call twice."""
        ...


class FaceTracker(Protocol):
    """Finds the face to correct and holds on to it."""

    def track(self, frame: Frame) -> FaceTrack | None:
        """The face, or None where there is none."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


class GazeEstimator(Protocol):
    """Tells where the eyes look."""

    def estimate(self, frame: Frame, track: FaceTrack) -> GazeEstimate:
        """Gaze of both eyes in the camera frame."""
        ...


class RedirectionPolicy(Protocol):
    """Decides where the eyes ought to look, and when to leave them alone."""

    def decide(self, frame: Frame, track: FaceTrack, gaze: GazeEstimate) -> Redirection:
        """Target and strength for both eyes."""
        ...

    def forget(self) -> None:
        """Begin anew with the next frame, as with a face that was not there before."""
        ...


class EyeRedirector(Protocol):
    """Redraws the eyes."""

    def redirect(self, frame: Frame, track: FaceTrack, redirection: Redirection) -> RedirectedEyes:
        """New eye pixels for the directions asked for."""
        ...
