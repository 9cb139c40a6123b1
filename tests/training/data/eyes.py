"""Small shards with exact labels, made by formula instead of by a renderer.

A scene is a smooth pattern seen through a turn and a stretch of its own per gaze, so that the flow between
any two of its pictures is known everywhere.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 168, 120
CANTHI = np.array([[44.75, 65.75], [122.75, 65.75]], np.float32)
PEOPLE = (
    {"name": "f01", "split": "train"},
    {"name": "m02", "split": "train"},
    {"name": "f05", "split": "test"},
)
GAZES = np.deg2rad([(0, 0), (-10, 5), (10, -15), (0, 15)]).astype(np.float32)
BLINK = np.array([0.0, 0.0, 0.0, 1.0], np.float32)
"""The last picture's eye is closed."""


def write_shards(folder: Path, scenes: int = 3, shards: int = 2, seed: int = 0) -> Path:
    """A folder of ``shards`` files with one scene per person in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number in range(shards):
        arrays = make_arrays(scenes, np.random.default_rng([seed, number]))
        path = folder / f"eyes-{number:05d}.npz"
        np.savez(path, **arrays)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append({"file": path.name, "scenes": scenes, "sha256": digest})
    index = {
        "format": "gazecam-eyes",
        "version": 1,
        "image_size": [WIDTH, HEIGHT],
        "canthus_span_px": 78.0,
        "canthus_y_px": 65.75,
        "shards": entries,
        "people": list(PEOPLE),
        "recipe": {"seed": seed},
    }
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def make_arrays(scenes: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The arrays of one shard."""
    count = len(GAZES)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j and BLINK[i] == BLINK[j]]
    made = [_scene(pairs, rng) for _ in range(scenes)]
    stacked = {name: np.stack([scene[name] for scene in made]) for name in made[0]}
    return stacked | {
        "gaze": np.tile(GAZES, (scenes, 1, 1)),
        "axis": np.tile(GAZES, (scenes, 1, 1)),
        "head": rng.normal(0, 0.2, (scenes, 2)).astype(np.float32),
        "canthi": np.tile(CANTHI, (scenes, 1, 1)),
        "iris": np.zeros((scenes, count, 5), np.float32),
        "lids": np.zeros((scenes, count, 2, 16, 2), np.float32),
        "openness": np.tile(np.where(BLINK > 0, 0.02, 0.35).astype(np.float32), (scenes, 1)),
        "person": (np.arange(scenes) % len(PEOPLE)).astype(np.int16),
        "blink": np.tile(BLINK, (scenes, 1)),
        "pairs": np.tile(np.array(pairs, np.int8), (scenes, 1, 1)),
    }


def grid(width: int, height: int, step: float = 1.0) -> np.ndarray:
    """(height, width, 2) px of the picture at the centers of cells ``step`` px wide."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return (np.stack([x, y], axis=-1) + 0.5) * step - 0.5


def pattern(points: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """(..., 3) uint8 at points (..., 2): waves of 25 to 60 px, another phase per channel."""
    x, y = points[..., :1] / 9.0, points[..., 1:] / 7.0
    wave = np.sin(x + phase) + np.cos(y - phase) + np.sin(0.5 * (x + y) + 2 * phase)
    return np.rint(127.5 + 40 * wave).clip(0, 255).astype(np.uint8)


def _scene(pairs: list[tuple[int, int]], rng: np.random.Generator) -> dict[str, np.ndarray]:
    phase = rng.uniform(0, 6, 3)
    lenses = [_lens(rng) for _ in GAZES]
    half = grid(WIDTH // 2, HEIGHT // 2, 2.0)
    full = grid(WIDTH, HEIGHT)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[52:80, 55:113] = 255
    flows, visible = [], []
    for i, j in pairs:
        seen_at = _through(np.linalg.inv(lenses[i]) @ lenses[j], half)
        flows.append((seen_at - half).astype(np.float16))
        inside = (seen_at >= 0).all(-1) & (seen_at <= (WIDTH - 1, HEIGHT - 1)).all(-1)
        visible.append(np.where(inside, 255, 0).astype(np.uint8))
    return {
        "images": np.stack([pattern(_through(lens, full), phase) for lens in lenses]),
        "eye_mask": np.stack([mask] * len(GAZES)),
        "flow": np.stack(flows),
        "visible": np.stack(visible),
    }


def _lens(rng: np.random.Generator) -> np.ndarray:
    """(3, 3): a small turn, stretch and shift about the middle."""
    center = np.eye(3)
    center[:2, 2] = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    turn, stretch = rng.normal(0, 0.06), 1 + rng.normal(0, 0.05, 2)
    inner = np.eye(3)
    inner[:2, :2] = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * stretch
    inner[:2, 2] = rng.normal(0, 3, 2)
    return center @ inner @ np.linalg.inv(center)


def _through(lens: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ lens[:2, :2].T + lens[:2, 2]
