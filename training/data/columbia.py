"""ColumbiaGaze from the user's own download, as PRGAN prepared it (seeds.md 1.2).

A folder of patches is PRGAN's packaged set, or what ``columbia_crops`` made of the photographs; both name a
patch ``ID_2m_{P}P_{V}V_{H}H_{L|R}.jpg``. The set has a non-commercial license of its own and isn't part of
GazeCam.

Convention of the set, and what becomes of it here
    P, V and H are whole degrees. V and H are the line of sight against the ray from the eye to the camera, at
    every head pose: 0V_0H is eye contact in all five. That is the patch frame's gaze, so P doesn't enter it.
    H and P count positive toward *image right* (the subject's left), V positive upward. Our yaw is positive
    toward patch left, and the subject's right eye is mirrored:

        pitch = V;  yaw = -H for the left eye, +H for the right;  head yaw = -P and +P likewise.

    The set's own pages don't state its signs: these are what its public readers use. ``columbia_crops`` tests
    them on the photographs it crops and refuses a set that says otherwise.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.data.errors import DataError
from training.data.samples import EyePicture, EyeSample, Floats, Image

HEAD_POSES = (-30, -15, 0, 15, 30)
VERTICAL = (-10, 0, 10)
HORIZONTAL = (-15, -10, -5, 0, 5, 10, 15)
SUBJECTS, TRAINED_ON = 56, 50
"""Subjects 1 to 50 train, 51 to 56 test."""
PATCH_PX = 64
DIRECTIONS = len(VERTICAL) * len(HORIZONTAL)

_NAME = re.compile(r"(\d{4})_2m_(-?\d+)P_(-?\d+)V_(-?\d+)H_([LR])\.jpg")
NOMINAL_CANTHI = np.array([[12.7, 31.5], [50.3, 31.5]], np.float32)
"""px of a 64 px patch whose circle about the eye, of radius 64 / 3.4, ends at the canthi."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """What a file's name says, in the set's own convention: degrees, image right and up positive."""

    subject: int
    head_deg: int
    vertical_deg: int
    horizontal_deg: int
    side: str
    """The subject's: L or R."""

    @classmethod
    def of_patch(cls, name: str) -> "Label":
        """The label of a patch.

        Raises:
            ValueError: the name has another form or a value that the set doesn't have.

        """
        match = _NAME.fullmatch(name)
        if not match:
            raise ValueError("expected ID_2m_{P}P_{V}V_{H}H_{L or R}.jpg, e.g. 0001_2m_-15P_10V_-5H_L.jpg")
        subject, head, vertical, horizontal = (int(match[i]) for i in range(1, 5))
        known = range(1, SUBJECTS + 1), HEAD_POSES, VERTICAL, HORIZONTAL
        for value, values in zip((subject, head, vertical, horizontal), known, strict=True):
            if value not in values:
                raise ValueError(f"{value} is none of {', '.join(map(str, values))}")
        return cls(subject, head, vertical, horizontal, match[5])

    @property
    def group(self) -> tuple[int, int, str]:
        """Subject, head pose and side: inside of it, all ordered pairs train."""
        return self.subject, self.head_deg, self.side

    @property
    def file(self) -> str:
        """Name of the patch."""
        angles = f"{self.head_deg}P_{self.vertical_deg}V_{self.horizontal_deg}H"
        return f"{self.subject:04d}_2m_{angles}_{self.side}.jpg"

    @property
    def gaze(self) -> Floats:
        """(2,) pitch and yaw, rad, patch frame."""
        toward_nose = -1 if self.side == "L" else 1
        return np.deg2rad(np.array([self.vertical_deg, toward_nose * self.horizontal_deg], np.float32))

    @property
    def head(self) -> Floats:
        """(2,) pitch and yaw, rad, patch frame."""
        toward_nose = -1 if self.side == "L" else 1
        return np.deg2rad(np.array([0.0, toward_nose * self.head_deg], np.float32))


def all_labels() -> Iterator[Label]:
    """Every patch of the complete set: 11,760."""
    for subject in range(1, SUBJECTS + 1):
        for head in HEAD_POSES:
            for vertical in VERTICAL:
                for horizontal in HORIZONTAL:
                    for side in "LR":
                        yield Label(subject, head, vertical, horizontal, side)


def published_scale(angles: np.ndarray) -> np.ndarray:
    """Gazes (..., 2) in rad as the published models take them: pitch/10 deg and yaw/15 deg, in [-1, 1]."""
    return angles / np.deg2rad(np.array([10.0, 15.0], np.float32))


def published_head_scale(yaw: np.ndarray) -> np.ndarray:
    """Head yaws in rad as CFGR's default encodes them: yaw/30 deg."""
    return yaw / np.float32(math.radians(30.0))


class ColumbiaPatches:
    """The patches of one split; their names are checked when opened, pictures read when asked for.

    Files may lie in the folder itself, in its ``all``, or in one sub-folder per head pose. Patches that are
    missing (PRGAN's own detector failed on some) are no fault; a file that doesn't belong is.

    Raises:
        DataError: the folder, or the first wrong file.

    """

    def __init__(self, folder: Path, split: str = "all") -> None:
        self.folder = folder
        everything = folder / "all"
        found = sorted((everything if everything.is_dir() else folder).rglob("*.jpg"))
        self._paths = {_label(path): path for path in found}
        if not self._paths:
            raise DataError(
                f"{folder}: no patches; expected ID_2m_{{P}}P_{{V}}V_{{H}}H_{{L or R}}.jpg there, in all/ or "
                "in N30P/ to P30P/; python -m training.data.columbia_crops makes them from the photographs"
            )
        self._canthi = _read_canthi(folder)
        self.labels = sorted(label for label in self._paths if _belongs(label, split))
        if not self.labels:
            raise DataError(f"{folder}: no patch of split {split!r}: subjects 1 to 50 train, 51 to 56 test")

    @property
    def people(self) -> tuple[str, ...]:
        """Subjects as four digits."""
        return tuple(sorted({f"{label.subject:04d}" for label in self.labels}))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> EyePicture:
        label = self.labels[index]
        canthi = self.canthi(label)
        return EyePicture(self.image(label), label.gaze, label.head, canthi, f"{label.subject:04d}")

    def image(self, label: Label) -> Image:
        """A patch (64, 64, 3) RGB.

        Raises:
            DataError: it is no picture.

        """
        path = self._paths[label]
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise DataError(f"{path}: no picture that OpenCV can read; fetch or crop it again")
        if picture.shape[:2] == (PATCH_PX, PATCH_PX):
            return np.asarray(picture, np.uint8)
        smaller = min(picture.shape[:2]) > PATCH_PX
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (PATCH_PX, PATCH_PX), interpolation=how), np.uint8)

    def canthi(self, label: Label) -> Floats:
        """(2, 2) px of the 64 px patch; nominal where the folder doesn't say."""
        return self._canthi.get(label.file, NOMINAL_CANTHI)


class ColumbiaPairs:
    """All ordered pairs, identity included, of a subject's head pose and eye: 441 where none is missing."""

    def __init__(self, patches: ColumbiaPatches) -> None:
        self.patches = patches
        groups: dict[tuple[int, int, str], list[Label]] = {}
        for label in patches.labels:
            groups.setdefault(label.group, []).append(label)
        self._groups = list(groups.values())
        self._ends = np.cumsum([len(group) ** 2 for group in self._groups])

    @property
    def people(self) -> tuple[str, ...]:
        """Subjects as four digits."""
        return self.patches.people

    def __len__(self) -> int:
        return int(self._ends[-1])

    def labels(self, index: int) -> tuple[Label, Label]:
        """Source and target of a pair."""
        where = int(np.searchsorted(self._ends, index, side="right"))
        group = self._groups[where]
        i, j = divmod(index - int(self._ends[where]) + len(group) ** 2, len(group))
        return group[i], group[j]

    def __getitem__(self, index: int) -> EyeSample:
        source, target = self.labels(index)
        return EyeSample(
            source=self.patches.image(source),
            target=self.patches.image(target),
            source_gaze=source.gaze,
            target_gaze=target.gaze,
            head=source.head,
            canthi=self.patches.canthi(source),
            person=f"{source.subject:04d}",
        )


def _label(path: Path) -> Label:
    try:
        return Label.of_patch(path.name)
    except ValueError as error:
        raise DataError(f"{path}: not a patch of ColumbiaGaze: {error}") from error


def _belongs(label: Label, split: str) -> bool:
    return split == "all" or (split == "train") == (label.subject <= TRAINED_ON)


def _read_canthi(folder: Path) -> dict[str, Floats]:
    path = folder / "canthi.csv"
    if not path.exists():
        return {}
    table: dict[str, Floats] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], start=2):
        name, *values = line.split(",")
        try:
            table[name] = np.array(values, np.float32).reshape(2, 2)
        except ValueError as error:
            raise DataError(
                f"{path}: line {number}: expected a name and four numbers, got {line!r}"
            ) from error
    return table
