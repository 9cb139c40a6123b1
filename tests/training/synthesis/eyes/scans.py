"""A tiny stand-in for the UnityEyes 2 scans, made from formulas, in both layouts."""

import struct
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from training.synthesis.eyes.loops import LOOPS
from vcam.geometry.angles import Float

PEOPLE = ("f01", "m13")
IRISES = ("brown", "grey_1")
VERTICES = 229


def almond() -> tuple[Float, np.ndarray]:
    """Control vertices (229, 3) in mm, region frame, and their triangles: rings around an eye opening."""
    turn = np.linspace(np.pi, 3 * np.pi, 20, endpoint=False)  # inner corner, upper lid, outer corner, lower
    vertices = np.zeros((VERTICES, 3))
    for ring, loop in enumerate(LOOPS):
        x = -0.8 + (13.8 + 1.0 * ring) * np.cos(turn)
        y = 1.5 + (5.0 + 1.3 * ring) * np.sin(turn)
        depth = (13.05 + 0.9 * ring) ** 2 - x**2 - y**2
        vertices[loop] = np.stack([x, y, -np.sqrt(np.maximum(depth, 16.0))], axis=1)
    vertices[12] = [-10.4, 2.2, -8.0]
    vertices[[27, 31]] = [[-12.3, 2.8, -8.0], [-13.5, 3.0, -8.5]]
    others = np.setdiff1d(np.arange(VERTICES), [*LOOPS.ravel(), 12, 27, 31])
    outer = others[:20]
    vertices[others] = [0.0, 30.0, -5.0]
    vertices[outer] = np.stack([32 * np.cos(turn), 30 * np.sin(turn), np.full(20, -9.0)], axis=1)
    rings = [*LOOPS, outer]
    triangles = []
    for inside, outside in pairwise(rings):
        for k in range(20):
            a, b, c, d = inside[k], inside[(k + 1) % 20], outside[(k + 1) % 20], outside[k]
            triangles += [[a, b, c], [a, c, d]]
    caruncle = [[33, 32, 30], [32, 25, 30], [25, 28, 30], [25, 12, 28], [25, 13, 12], [28, 12, 0]]
    return vertices, np.array(triangles + caruncle)


def to_file_axes(vectors: Float) -> Float:
    """The inverse of ``assets.camera_axes``: m, x right, y away from the viewer, z up."""
    return np.stack([vectors[..., 0], vectors[..., 2], -vectors[..., 1]], axis=-1) / 1000


def tables() -> dict[str, np.ndarray]:
    """The arrays of ``eye_region.npz`` that the importer reads; no refinement, one mode that lifts."""
    vertices, triangles = almond()
    components = np.zeros((VERTICES, 3, 20))
    components[:, :, 0] = to_file_axes(np.tile([0.0, -1.0, 0.0], (VERTICES, 1)))
    index = np.zeros((VERTICES, 9), np.int32)
    index[:, 0] = np.arange(VERTICES)
    weight = np.zeros((VERTICES, 9))
    weight[:, 0] = 1.0
    uv = np.stack([0.5 + vertices[:, 0] / 68, 0.5 - vertices[:, 1] / 68], axis=1)
    return {
        "pca_mean": to_file_axes(vertices),
        "pca_components": components,
        "pca_coeff_std": np.full(20, 0.1),
        "eye_region_triangles": triangles.astype(np.int32),
        "eye_region_subdiv_index": index,
        "eye_region_subdiv_weight": weight,
        "eye_region_subdiv_triangles": triangles.astype(np.int32),
        "eye_region_uv": uv,
    }


def write_imported(folder: Path) -> Path:
    """The layout of an import."""
    for name in ("skin", "iris", "lashes"):
        (folder / name).mkdir(parents=True)
    np.savez(folder / "eye_region.npz", **tables())
    _write_skins(folder / "skin", "jpg")
    for name in IRISES:
        cv2.imwrite(str(folder / "iris" / f"{name}.jpg"), _iris(name))
    for name in ("top_1", "bottom_1"):
        cv2.imwrite(str(folder / "lashes" / f"{name}.png"), _hairs())
    return folder


def write_checkout(folder: Path) -> Path:
    """The layout of a checkout of UnityEyes 2."""
    assets, arrays = folder / "Assets", tables()
    resources = assets / "Resources"
    for name in ("IrisTextures", "SkinTextures", "ShapePCA", "SubdivData"):
        (resources / name).mkdir(parents=True)
    (assets / "Lashes").mkdir()
    vertices = arrays["pca_mean"]
    mesh = _mesh_chunk(vertices, arrays["eye_region_triangles"], arrays["eye_region_uv"])
    (assets / "eye_region.3ds").write_bytes(mesh)
    np.savetxt(resources / "ShapePCA/mesh_mean.txt", vertices)
    np.savetxt(resources / "ShapePCA/pca_components.txt", arrays["pca_components"].reshape(-1, 20))
    np.savetxt(resources / "ShapePCA/transformed_std.txt", arrays["pca_coeff_std"])
    refined = resources / "SubdivData"
    np.savetxt(refined / "new_tris_eye_region.txt", arrays["eye_region_triangles"].ravel(), "%d")
    np.savetxt(refined / "new_v_idxs_eye_region.txt", arrays["eye_region_subdiv_index"], "%d", ",")
    np.savetxt(refined / "new_v_weights_eye_region.txt", arrays["eye_region_subdiv_weight"], "%.8f", ",")
    _write_skins(resources / "SkinTextures", "png")
    for name in IRISES:
        cv2.imwrite(str(resources / "IrisTextures" / f"eyeball_{name}.png"), _iris(name))
    for name in ("top_1", "bottom_1"):
        cv2.imwrite(str(assets / "Lashes" / f"lashes_{name}.png"), _hairs())
    return folder


def _write_skins(folder: Path, ending: str) -> None:
    rng = np.random.default_rng(5)
    for k, person in enumerate(PEOPLE):
        skin = np.clip(np.array([110, 140, 190 - 30 * k]) + rng.normal(0, 12, (64, 64, 3)), 0, 255)
        for name in ("color", "color_look_down"):
            cv2.imwrite(str(folder / f"{person}_{name}.{ending}"), skin.astype(np.uint8))
        relief = rng.normal(32768, 800, (64, 64)).astype(np.uint16)
        cv2.imwrite(str(folder / f"{person}_disp.png"), relief)


def _iris(name: str) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, 128), np.linspace(-0.5, 0.5, 128))
    radius = np.hypot(x, y)[..., None]
    color = np.array([40, 70, 110] if name == "brown" else [150, 140, 130])
    eyeball = np.where(radius < 0.0686, 0, np.where(radius < 0.14, color, [215, 220, 225]))
    return eyeball.astype(np.uint8)


def _hairs() -> np.ndarray:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[32:60, ::4, 3] = 255
    return picture


def _chunk(kind: int, body: bytes) -> bytes:
    return struct.pack("<HI", kind, 6 + len(body)) + body


def _mesh_chunk(vertices: Float, triangles: np.ndarray, uv: Float) -> bytes:
    def counted(array: np.ndarray, dtype: str) -> bytes:
        return struct.pack("<H", len(array)) + array.astype(dtype).tobytes()

    faces = np.column_stack([triangles, np.zeros(len(triangles), int)])
    mesh = (
        _chunk(0x4110, counted(vertices, "<f4"))
        + _chunk(0x4120, counted(faces, "<u2"))
        + _chunk(0x4140, counted(uv, "<f4"))
    )
    named = b"eye_region\0" + _chunk(0x4100, mesh)
    return _chunk(0x4D4D, _chunk(0x0002, b"\3\0\0\0") + _chunk(0x3D3D, _chunk(0x4000, named)))
