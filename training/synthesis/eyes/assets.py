"""The scans in memory, whichever of the two layouts they were read from.

Layouts
    imported: ``eye_region.npz``, ``skin/ID_color.jpg``, ``skin/ID_color_look_down.jpg``,
    ``skin/ID_disp.png``, ``iris/NAME.jpg``, ``lashes/top_N.png`` and ``bottom_N.png``.
    upstream: a checkout of UnityEyes 2 (``checkout.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.errors import AssetError
from training.synthesis.face_model import Index
from vcam.geometry.angles import Float

Picture = NDArray[np.uint8]
CONTROL_VERTICES, PCA_DIMENSIONS = 229, 20
MM_PER_M = 1000.0


@dataclass(frozen=True, slots=True)
class RegionTables:
    """The morphable eye region in the region frame, mm (package docstring)."""

    mean: Float
    """(229, 3) mean shape of the control mesh."""
    modes: Float
    """(229, 3, 20) shape change per standard deviation."""
    triangles: Index
    """(T, 3) of the control mesh."""
    refinement: Float
    """(872, 229): the smooth mesh as weighted sums of control vertices."""
    fine_triangles: Index
    """(1656, 3) of the smooth mesh."""
    uv: Float
    """(872, 2) picture coordinates of the smooth mesh, 0 to 1, row 0 at the top."""


@dataclass(frozen=True, slots=True)
class SkinFiles:
    """Where one person's pictures lie."""

    color: Path
    color_down: Path
    displacement: Path


@dataclass(frozen=True, slots=True)
class EyeAssets:
    """Everything that the renderer needs from UnityEyes 2; pictures are read when asked for."""

    tables: RegionTables
    skins: Mapping[str, SkinFiles]
    irises: Mapping[str, Path]
    upper_lashes: tuple[Path, ...]
    lower_lashes: tuple[Path, ...]


def open_assets(folder: Path) -> EyeAssets:
    """Open either layout.

    Raises:
        AssetError: naming the first file that is missing or not what it should be.
    """
    from training.synthesis.eyes.checkout import ASSETS, open_checkout

    if (folder / ASSETS).is_dir():
        return open_checkout(folder)
    skins = _imported_skins(folder)
    return EyeAssets(
        _imported_tables(folder / "eye_region.npz"),
        skins,
        {path.stem: path for path in listed(folder / "iris", "*.jpg", "an iris texture such as brown.jpg")},
        tuple(listed(folder / "lashes", "top_*.png", "upper lashes such as top_1.png")),
        tuple(listed(folder / "lashes", "bottom_*.png", "lower lashes such as bottom_1.png")),
    )


def listed(folder: Path, pattern: str, meaning: str) -> list[Path]:
    """The files of a folder that match, sorted; raises AssetError where there is none."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise AssetError(f"{folder / pattern}: expected {meaning}, found no such file; see --assets")
    return found


def skin_files(folder: Path, ending: str) -> dict[str, SkinFiles]:
    """All people ``ID_color<ending>`` of a folder with their three pictures; raises AssetError."""
    people: dict[str, SkinFiles] = {}
    for color in listed(folder, f"*_color{ending}", f"skin pictures such as f01_color{ending}"):
        person = color.name.removesuffix(f"_color{ending}")
        files = SkinFiles(color, folder / f"{person}_color_look_down{ending}", folder / f"{person}_disp.png")
        for path in (files.color_down, files.displacement):
            if not path.is_file():
                raise AssetError(f"{path}: expected beside {color.name}, but it is missing; see --assets")
        people[person] = files
    return people


def read_picture(path: Path, flags: int = cv2.IMREAD_COLOR) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """A picture as OpenCV reads it (BGR); raises AssetError where there is none that decodes."""
    picture = cv2.imread(str(path), flags)
    if picture is None:
        raise AssetError(f"{path}: expected a picture of UnityEyes 2, found none that decodes; see --assets")
    return picture  # pyright: ignore[reportReturnType]  # OpenCV annotates any dtype


def camera_axes(vectors: Float) -> Float:
    """Vectors (..., 3) of the files (x right, y away from the viewer, z up; m) in the region frame, mm."""
    v = np.asarray(vectors, np.float64) * MM_PER_M
    return np.stack([v[..., 0], -v[..., 2], v[..., 1]], axis=-1)


def refinement_matrix(index: Index, weight: Float) -> Float:
    """(F, 229) dense matrix of the table of contributions ``index``, ``weight`` (F, K)."""
    matrix = np.zeros((len(index), CONTROL_VERTICES))
    np.add.at(matrix, (np.arange(len(index))[:, None], index), weight)
    return matrix


def _imported_skins(folder: Path) -> dict[str, SkinFiles]:
    return skin_files(folder / "skin", ".jpg")


def _imported_tables(path: Path) -> RegionTables:
    try:
        with np.load(path) as data:
            components = np.moveaxis(np.asarray(data["pca_components"], np.float64), 2, 0)
            refinement = refinement_matrix(data["eye_region_subdiv_index"], data["eye_region_subdiv_weight"])
            uv = refinement @ np.asarray(data["eye_region_uv"], np.float64)
            tables = RegionTables(
                camera_axes(data["pca_mean"]),
                np.moveaxis(camera_axes(components), 0, 2) * data["pca_coeff_std"],
                np.asarray(data["eye_region_triangles"], np.int64),
                refinement,
                np.asarray(data["eye_region_subdiv_triangles"], np.int64),
                np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1),
            )
    except (OSError, KeyError, ValueError, IndexError) as error:
        message = f"{path}: expected the UnityEyes 2 meshes, got {error!r}; see --assets"
        raise AssetError(message) from error
    check_tables(tables, path)
    return tables


def check_tables(tables: RegionTables, path: Path) -> None:
    """Raise AssetError unless the tables have the control mesh that the loops of ``lids.py`` name."""
    expected = (CONTROL_VERTICES, 3)
    if tables.mean.shape != expected:
        raise AssetError(f"{path}: expected a mean shape {expected}, found {tables.mean.shape}; see --assets")
    if tables.modes.shape != (*expected, PCA_DIMENSIONS):
        raise AssetError(
            f"{path}: expected components {(*expected, PCA_DIMENSIONS)}, found {tables.modes.shape}; "
            "see --assets"
        )
