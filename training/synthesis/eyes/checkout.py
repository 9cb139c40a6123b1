"""Reads a checkout of UnityEyes 2 as its users have it: 3ds meshes, text tables, PNG pictures."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.synthesis.errors import AssetError
from training.synthesis.eyes.assets import (
    CONTROL_VERTICES,
    PCA_DIMENSIONS,
    EyeAssets,
    RegionTables,
    camera_axes,
    check_tables,
    listed,
    refinement_matrix,
    skin_files,
)
from training.synthesis.face_model import Index
from vcam.geometry.angles import Float

ASSETS = Path("Assets")
# Chunks of the 3D Studio format that hold one triangle mesh.
_MAIN, _EDITOR, _OBJECT, _MESH = 0x4D4D, 0x3D3D, 0x4000, 0x4100
_VERTICES, _FACES, _UV = 0x4110, 0x4120, 0x4140


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles with picture coordinates, as a 3ds file holds them."""

    vertices: Float
    """(V, 3)."""
    triangles: Index
    """(T, 3)."""
    uv: Float
    """(V, 2), row 0 at the bottom."""


def open_checkout(folder: Path) -> EyeAssets:
    """Open a checkout whose ``Assets`` folder lies in ``folder``.

    Raises:
        AssetError: naming the first file that is missing or not what it should be.
    """
    root = folder / ASSETS
    resources = root / "Resources"
    irises = listed(resources / "IrisTextures", "eyeball_*.png", "an iris texture such as eyeball_brown.png")
    return EyeAssets(
        _tables(root),
        skin_files(resources / "SkinTextures", ".png"),
        {path.stem.removeprefix("eyeball_"): path for path in irises},
        tuple(listed(root / "Lashes", "lashes_top_*.png", "upper lashes such as lashes_top_1.png")),
        tuple(listed(root / "Lashes", "lashes_bottom_*.png", "lower lashes such as lashes_bottom_1.png")),
    )


def _tables(root: Path) -> RegionTables:
    resources, mesh = root / "Resources", read_3ds(root / "eye_region.3ds")
    shape, refined = resources / "ShapePCA", resources / "SubdivData"
    components = read_table(shape / "pca_components.txt", (CONTROL_VERTICES * 3, PCA_DIMENSIONS))
    deviation = read_table(shape / "transformed_std.txt", (PCA_DIMENSIONS,))
    index = read_table(refined / "new_v_idxs_eye_region.txt", (-1, 9)).astype(np.int64)
    weight = read_table(refined / "new_v_weights_eye_region.txt", index.shape)
    refinement = refinement_matrix(index, weight)
    by_mode = components.T.reshape(PCA_DIMENSIONS, CONTROL_VERTICES, 3)
    uv = refinement @ mesh.uv
    tables = RegionTables(
        camera_axes(read_table(shape / "mesh_mean.txt", (CONTROL_VERTICES, 3))),
        np.moveaxis(camera_axes(by_mode), 0, 2) * deviation,
        mesh.triangles,
        refinement,
        read_table(refined / "new_tris_eye_region.txt", (-1,)).astype(np.int64).reshape(-1, 3),
        np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1),
    )
    check_tables(tables, shape / "mesh_mean.txt")
    return tables


def read_table(path: Path, shape: tuple[int, ...]) -> Float:
    """Numbers of a text table, separated by blanks or commas; -1 in ``shape`` stands for any length.

    Raises:
        AssetError: the file is missing, holds something else, or has another shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = np.array(
            [[float(word) for word in line.replace(",", " ").split()] for line in text.split("\n") if line]
        )
    except (OSError, ValueError) as error:
        raise AssetError(f"{path}: expected a table of numbers, got {error!r}; see --assets") from error
    if len(shape) == 1:
        table = table.reshape(-1)
    fits = table.ndim == len(shape) and all(
        wanted in (-1, found) for wanted, found in zip(shape, table.shape, strict=True)
    )
    if not fits:
        raise AssetError(f"{path}: expected a table of shape {shape}, found {table.shape}; see --assets")
    return table


def read_3ds(path: Path) -> Mesh:
    """The first triangle mesh of a 3D Studio file; raises AssetError."""
    try:
        content = path.read_bytes()
        parts = dict(_chunks(content, 0, len(content)))
        vertices, uv = (_records(parts[kind], "<f4", width) for kind, width in ((_VERTICES, 3), (_UV, 2)))
        faces = _records(parts[_FACES], "<u2", 4)
    except (OSError, KeyError, ValueError, struct.error) as error:
        raise AssetError(
            f"{path}: expected a 3ds mesh with vertices, faces and uv, got {error!r}; see --assets"
        ) from error
    return Mesh(vertices, faces[:, :3].astype(np.int64), uv)


def _chunks(content: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The data chunks under a 3ds chunk, walking down into the first mesh."""
    while start < end:
        kind, length = struct.unpack_from("<HI", content, start)
        if length < 6:
            raise ValueError(f"a chunk of {length} bytes at offset {start}")
        body = start + 6
        if kind == _OBJECT:
            body = content.index(b"\0", body) + 1
        if kind in (_MAIN, _EDITOR, _OBJECT, _MESH):
            yield from _chunks(content, body, start + length)
        else:
            yield kind, content[body : start + length]
        start += length


def _records(chunk: bytes, dtype: str, width: int) -> Float:
    """(N, width) float64 of a chunk that starts with its 16-bit count."""
    (count,) = struct.unpack_from("<H", chunk)
    values = np.frombuffer(chunk, dtype, count * width, 2)
    return values.reshape(count, width).astype(np.float64)
