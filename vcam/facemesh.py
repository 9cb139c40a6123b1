"""Finds the mesh of one face with MediaPipe and holds on to that face.

MediaPipe follows a face from frame to frame but starts with whichever it finds first. Here the face
to start with is chosen by size, and by closeness to the one that was just lost; the others are
blacked out for the one frame in which MediaPipe makes its choice.
"""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcam.errors import ConfigError

Image = NDArray[np.uint8]
Points = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in px."""


class FaceMesh(Protocol):
    """Finds the 478 mesh points (478, 2) of the followed face, px, or None."""

    def find(self, rgb: Image, at_s: float) -> Points | None:
        """Search one picture (H, W, 3) RGB taken at ``at_s``."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


def open_face_mesh(model: Path | None) -> FaceMesh:
    """The face mesh inside MediaPipe's wheel, or a ``.task`` file's when one is given.

    Raises:
        ConfigError: the file is missing or MediaPipe cannot use it.
    """
    return HeldFaceMesh() if model is None else TaskFaceMesh(model)


class HeldFaceMesh:
    """The mesh whose models lie inside MediaPipe's wheel."""

    def __init__(self) -> None:
        solutions = _solutions()
        self._mesh = solutions.face_mesh.FaceMesh(refine_landmarks=True, max_num_faces=1)
        self._detector = solutions.face_detection.FaceDetection(model_selection=0)
        self._last: Points | None = None
        self._held = False

    def find(self, rgb: Image, at_s: float) -> Points | None:  # noqa: ARG002 - times matter to tasks only
        """Search one picture; ``at_s`` is not used."""
        view = rgb if self._held else self._only_the_chosen(rgb)
        self._held = False
        if view is None:
            return None
        found = self._mesh.process(view).multi_face_landmarks
        if not found:
            return None
        self._held = True
        self._last = _points(found[0].landmark, rgb)
        return self._last

    def close(self) -> None:
        """Release the models."""
        self._mesh.close()
        self._detector.close()

    def _only_the_chosen(self, rgb: Image) -> Image | None:
        height, width = rgb.shape[:2]
        boxes = [
            (b.xmin * width, b.ymin * height, (b.xmin + b.width) * width, (b.ymin + b.height) * height)
            for b in (
                d.location_data.relative_bounding_box for d in self._detector.process(rgb).detections or []
            )
        ]
        if len(boxes) < 2:
            return rgb if boxes else None
        chosen = choose_face(boxes, self._last)
        return _blacken_others(rgb, chosen, [b for b in boxes if b is not chosen])


class TaskFaceMesh:
    """The mesh of a ``face_landmarker.task`` file, through MediaPipe's Tasks API."""

    def __init__(self, model: Path) -> None:
        if not model.is_file():
            raise ConfigError(
                f"tracking.model: expected a MediaPipe face_landmarker.task file, got {model}: no such file"
            )
        import mediapipe

        tasks: Any = mediapipe.tasks
        options = tasks.vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_path=str(model)),
            running_mode=tasks.vision.RunningMode.VIDEO,
            num_faces=1,
        )
        self._mediapipe: Any = mediapipe
        try:
            self._landmarker = tasks.vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"tracking.model: {model} is no face_landmarker.task file that MediaPipe can use: {error}"
            ) from error
        self._last_ms = -1

    def find(self, rgb: Image, at_s: float) -> Points | None:
        """Search one picture; times must rise, equal ones are moved on by a millisecond."""
        self._last_ms = max(self._last_ms + 1, int(at_s * 1000))
        image = self._mediapipe.Image(self._mediapipe.ImageFormat.SRGB, rgb)
        found = self._landmarker.detect_for_video(image, self._last_ms).face_landmarks
        return _points(found[0], rgb) if found else None

    def close(self) -> None:
        """Release the models."""
        self._landmarker.close()


def choose_face(boxes: list[Box], last: Points | None) -> Box:
    """The box that holds the middle of the face that was followed last, or else the largest."""

    def area(box: Box) -> float:
        return (box[2] - box[0]) * (box[3] - box[1])

    if last is not None:
        x, y = last.mean(0)
        again = [b for b in boxes if b[0] <= x <= b[2] and b[1] <= y <= b[3]]
        boxes = again or boxes
    return max(boxes, key=area)


def _blacken_others(rgb: Image, chosen: Box, others: list[Box]) -> Image:
    view = rgb.copy()
    for x0, y0, x1, y1 in others:
        margin = 0.35 * (y1 - y0)
        view[_span(y0 - margin, y1 + margin), _span(x0 - margin, x1 + margin)] = 0
    margin = 0.5 * (chosen[3] - chosen[1])
    keep = _span(chosen[1] - margin, chosen[3] + margin), _span(chosen[0] - margin, chosen[2] + margin)
    view[keep] = rgb[keep]
    return view


def _span(start: float, stop: float) -> slice:
    return slice(max(0, round(start)), max(0, round(stop)))


def _points(landmarks: Any, rgb: Image) -> Points:
    """Mesh coordinates run from edge to edge; ours have pixel centers at integers."""
    height, width = rgb.shape[:2]
    shares = np.array([[p.x for p in landmarks], [p.y for p in landmarks]]).T
    return (shares * (width, height) - 0.5).astype(np.float32)


def _solutions() -> Any:
    import mediapipe

    return mediapipe.solutions  # type: ignore[attr-defined]  # filled in when mediapipe is imported
