"""Crops PRGAN's patches from the user's own ColumbiaGaze photographs.

    python -m training.data.columbia_crops "Columbia Gaze Data Set" patches

PRGAN crops a square about the smallest circle around six landmarks of an eye, without aligning the face. Its
landmarks were dlib's; ours are the same six places of the MediaPipe face mesh. They are kept beside the
patches (``landmarks.csv``), so that cropping again needs no second search.
"""

import argparse
import csv
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.columbia import HEAD_POSES, HORIZONTAL, PATCH_PX, SUBJECTS, VERTICAL, Label
from training.data.errors import DataError
from training.data.samples import Floats, Image

SIX_POINTS = {"L": (263, 387, 385, 362, 380, 373), "R": (33, 160, 158, 133, 153, 144)}
"""Mesh points of the subject's eyes: outer canthus, two upper, inner canthus, two lower."""
_OUTER, _UPPER, _INNER, _LOWER = 0, [1, 2], 3, [5, 4]

SEARCH_WIDTH_PX = 1280
"""The photographs are 5184 px wide; the mesh sees no more in them."""

_PHOTO = re.compile(r"(\d{4})_2m_(-?\d+)P_(-?\d+)V_(-?\d+)H\.jpg")
Points = Mapping[str, NDArray[np.float64]]
"""Side to six points (6, 2), px of the photograph."""


class EyeLandmarks(Protocol):
    """Finds the six points of both eyes."""

    def find(self, photo: Image) -> Points | None:
        """Points by side in a photograph (H, W, 3) RGB, or None where there is no face."""
        ...


class MeshLandmarks:
    """The six points from the face mesh inside MediaPipe's wheel."""

    def __init__(self) -> None:
        import mediapipe

        solutions: Any = mediapipe.solutions  # type: ignore[attr-defined]  # filled in when it is imported
        self._mesh = solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True)

    def find(self, photo: Image) -> Points | None:
        """Points by side, or None."""
        height, width = photo.shape[:2]
        size = (SEARCH_WIDTH_PX, round(height * SEARCH_WIDTH_PX / width))
        found = self._mesh.process(cv2.resize(photo, size, interpolation=cv2.INTER_AREA)).multi_face_landmarks
        if not found:
            return None
        mesh = found[0].landmark
        scale = np.array([width, height])
        return {
            side: np.array([(mesh[i].x, mesh[i].y) for i in six]) * scale - 0.5
            for side, six in SIX_POINTS.items()
        }

    def close(self) -> None:
        """Release the model."""
        self._mesh.close()


def photographs(folder: Path) -> dict[tuple[int, int, int, int], Path]:
    """The set's photographs by (subject, P, V, H), all 5,880 of ``NNNN/NNNN_2m_{P}P_{V}V_{H}H.jpg``.

    Raises:
        DataError: the first file that is missing, or that doesn't belong.

    """
    for path in sorted(folder.rglob("*.jpg")):
        if not _PHOTO.fullmatch(path.name) or path.parent.name != path.name[:4]:
            raise DataError(f"{path}: expected NNNN/NNNN_2m_{{P}}P_{{V}}V_{{H}}H.jpg, e.g. {_example()}")
    photos = {}
    for subject in range(1, SUBJECTS + 1):
        for head in HEAD_POSES:
            for vertical in VERTICAL:
                for horizontal in HORIZONTAL:
                    path = folder / f"{subject:04d}" / _photo(subject, head, vertical, horizontal)
                    if not path.is_file():
                        raise DataError(
                            f"{path}: no such photograph; is {folder} the unpacked set? e.g. {_example()}"
                        )
                    photos[subject, head, vertical, horizontal] = path
    return photos


def crop(photo: Image, six: NDArray[np.float64], side: str) -> tuple[Image, Floats]:
    """PRGAN's patch (64, 64, 3) of an eye, and its canthi (2, 2), inner first, px of the patch.

    The square about the circle's center, rounded down, reaches int(1.7 R) px to every side and is mirrored
    for the subject's right eye. Where it leaves the photograph the border repeats.

    Args:
        photo: (H, W, 3) RGB.
        six: (6, 2) px, as ``SIX_POINTS``.
        side: the subject's, L or R.

    """
    (x, y), radius = cv2.minEnclosingCircle(np.rint(six).astype(np.int32))
    half = int(1.7 * radius)
    left, top, size = int(x) - half, int(y) - half, 2 * half + 1
    square = _window(photo, left, top, size)
    canthi = six[[_INNER, _OUTER]] - (left, top)
    if side == "R":
        square = np.ascontiguousarray(square[:, ::-1])
        canthi[:, 0] = size - 1 - canthi[:, 0]
    how = cv2.INTER_AREA if size > PATCH_PX else cv2.INTER_LINEAR
    patch = cv2.resize(square, (PATCH_PX, PATCH_PX), interpolation=how)
    return np.asarray(patch, np.uint8), ((canthi + 0.5) * PATCH_PX / size - 0.5).astype(np.float32)


def crop_all(
    photos: Mapping[tuple[int, int, int, int], Path], out: Path, landmarks: EyeLandmarks
) -> Iterator[Path]:
    """Write the patches and ``canthi.csv``, yielding each photograph when it is done.

    Raises:
        DataError: a photograph can't be read, or the set's angles have other signs than ``columbia`` states.

    """
    out.mkdir(parents=True, exist_ok=True)
    known = _read_landmarks(out / "landmarks.csv")
    opening: list[tuple[int, float]] = []
    with (
        (out / "landmarks.csv").open("a", newline="") as cache,
        (out / "canthi.csv").open("w", newline="") as table,
    ):
        canthi_rows, landmark_rows = csv.writer(table), csv.writer(cache)
        canthi_rows.writerow(["patch", "inner_x", "inner_y", "outer_x", "outer_y"])
        for key, path in photos.items():
            photo = _read(path)
            points = known.get(path.name)
            if points is None:
                points = landmarks.find(photo)
                _write_landmarks(landmark_rows, path.name, points)
            for side, six in (points or {}).items():
                label = Label(*key, side)
                patch, canthi = crop(photo, six, side)
                cv2.imwrite(
                    str(out / label.file),
                    cv2.cvtColor(patch, cv2.COLOR_RGB2BGR),
                    [cv2.IMWRITE_JPEG_QUALITY, 98],
                )
                canthi_rows.writerow([label.file, *np.round(canthi.ravel(), 3).tolist()])
                opening.append((label.vertical_deg, _openness(six)))
            yield path
    check_vertical_sign(opening)


def check_vertical_sign(opening: list[tuple[int, float]]) -> None:
    """Lids open further for a gaze that is higher: V must grow with the opening of the lids.

    Args:
        opening: (V in degrees, height over width of the fissure) of many eyes.

    Raises:
        DataError: on average the lids close as V grows, so V is positive downward in this set.

    """
    if not {-10, 10} <= {vertical for vertical, _ in opening}:
        return
    high, low = (np.median([o for v, o in opening if v == sign]) for sign in (10, -10))
    if high <= low:
        raise DataError(
            f"ColumbiaGaze: eyes are open {low:.3f} of their width at V = -10 and {high:.3f} at V = 10, so V "
            "is positive downward here; training/data/columbia.py takes it as upward: correct Label.gaze"
        )


def _openness(six: NDArray[np.float64]) -> float:
    width = math.hypot(*(six[_OUTER] - six[_INNER]))
    return float(np.mean(np.hypot(*(six[_UPPER] - six[_LOWER]).T)) / width)


def _window(photo: Image, left: int, top: int, size: int) -> Image:
    height, width = photo.shape[:2]
    rows = np.clip(np.arange(top, top + size), 0, height - 1)
    columns = np.clip(np.arange(left, left + size), 0, width - 1)
    return photo[rows[:, None], columns]


def _read(path: Path) -> Image:
    photo = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if photo is None:
        raise DataError(f"{path}: no picture that OpenCV can read; unpack or fetch it again")
    return np.asarray(photo, np.uint8)


def _read_landmarks(path: Path) -> dict[str, dict[str, NDArray[np.float64]]]:
    if not path.exists():
        return {}
    known: dict[str, dict[str, NDArray[np.float64]]] = {}
    with path.open(newline="") as file:
        for number, (name, side, *values) in enumerate(csv.reader(file), start=1):
            sides = known.setdefault(name, {})
            if side and len(values) != 12:
                raise DataError(
                    f"{path}: line {number}: expected 12 coordinates, got {len(values)}; delete the file"
                )
            if side:
                sides[side] = np.array(values, np.float64).reshape(6, 2)
    return known


def _write_landmarks(rows: Any, name: str, points: Points | None) -> None:
    if not points:
        rows.writerow([name, ""])  # no face: that too needn't be searched again
    for side, six in (points or {}).items():
        rows.writerow([name, side, *np.round(six.ravel(), 2).tolist()])


def _photo(subject: int, head: int, vertical: int, horizontal: int) -> str:
    return f"{subject:04d}_2m_{head}P_{vertical}V_{horizontal}H.jpg"


def _example() -> str:
    return "0001/0001_2m_-15P_10V_-5H.jpg"


def main() -> None:
    """Crop a whole set and say how far it is."""
    parser = argparse.ArgumentParser(description="Crop PRGAN's patches from ColumbiaGaze.")
    parser.add_argument("photographs", type=Path, help="the unpacked set, with the folders 0001 to 0056")
    parser.add_argument("out", type=Path, help="where the patches go")
    options = parser.parse_args()
    try:
        photos = photographs(options.photographs)
        landmarks = MeshLandmarks()
        for number, path in enumerate(crop_all(photos, options.out, landmarks), start=1):
            if number % 100 == 0:
                print(f"{number} of {len(photos)}: {path.name}")
    except DataError as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
