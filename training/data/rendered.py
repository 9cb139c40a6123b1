"""Samples of rendered scenes: which of their pictures are shown, and in which pairs."""

import bisect

import numpy as np

from training.data.samples import EyePicture, EyeSample
from training.data.shards import EyeShards, Scene

LEAVE_ALONE_BLINK = 0.35
"""An eye closed further than this shows too little to be redrawn; its pairs ask for no change."""
SAME_BLINK = 0.08
"""Pictures of a pair may differ by this much in how far the lids are closed: gaze is all that changes."""
NEAR_LENS = np.radians(5.0)
"""A picture whose gaze is this close to the lens shows what the product asks for."""


class RenderedPairs:
    """Every ordered pair of a scene with equally open lids; an eye too closed to redraw stays as it is.

    Pairs whose target looks into the lens, or nearly, occur ``lens_copies`` times.
    """

    def __init__(self, shards: EyeShards, lens_copies: int = 1) -> None:
        self.shards = shards
        self._pairs = [_pairs_of(shards[i], lens_copies) for i in range(len(shards))]
        self._ends = np.cumsum([len(p) for p in self._pairs]).tolist()

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who occurs."""
        return self.shards.people

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, index: int) -> EyeSample:
        where = bisect.bisect_right(self._ends, index)
        pairs = self._pairs[where]
        i, j = pairs[index - self._ends[where] + len(pairs)].tolist()
        scene = self.shards[where]
        return unchanged(scene, i, j) if scene["blink"][i] > LEAVE_ALONE_BLINK else pair_of(scene, i, j)


class RenderedPictures:
    """Every picture of every scene."""

    def __init__(self, shards: EyeShards) -> None:
        self.shards = shards
        self._ends = np.cumsum([len(shards[i]["gaze"]) for i in range(len(shards))]).tolist()

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who occurs."""
        return self.shards.people

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, index: int) -> EyePicture:
        where = bisect.bisect_right(self._ends, index)
        scene = self.shards[where]
        i = index - self._ends[where] + len(scene["gaze"])
        return EyePicture(
            np.asarray(scene["images"][i]),
            np.array(scene["gaze"][i]),
            np.array(scene["head"]),
            np.array(scene["canthi"]),
            scene.person,
            float(scene["openness"][i]),
        )


def pair_of(scene: Scene, i: int, j: int) -> EyeSample:
    """Pictures ``i`` and ``j`` of a scene as source and target."""
    images, masks, gaze = scene["images"], scene["eye_mask"], scene["gaze"]
    flow, visible = _flow_of(scene, i, j)
    return EyeSample(
        source=np.asarray(images[i]),
        target=np.asarray(images[j]),
        source_gaze=np.array(gaze[i]),
        target_gaze=np.array(gaze[j]),
        head=np.array(scene["head"]),
        canthi=np.array(scene["canthi"]),
        person=scene.person,
        source_mask=np.asarray(masks[i]),
        target_mask=np.asarray(masks[j]),
        flow=flow,
        visible=visible,
        openness=(float(scene["openness"][i]), float(scene["openness"][j])),
        source_lids=np.array(scene["lids"][i]),
        source_iris=np.array(scene["iris"][i]),
    )


def unchanged(scene: Scene, i: int, j: int) -> EyeSample:
    """Picture ``i`` as both source and target, although the gaze of ``j`` is asked for."""
    image, mask = np.asarray(scene["images"][i]), np.asarray(scene["eye_mask"][i])
    flow, visible = _flow_of(scene, i, i)
    return EyeSample(
        source=image,
        target=image,
        source_gaze=np.array(scene["gaze"][i]),
        target_gaze=np.array(scene["gaze"][j]),
        head=np.array(scene["head"]),
        canthi=np.array(scene["canthi"]),
        person=scene.person,
        source_mask=mask,
        target_mask=mask,
        flow=flow,
        visible=visible,
        openness=(float(scene["openness"][i]), float(scene["openness"][i])),
        leave_alone=True,
    )


def _pairs_of(scene: Scene, lens_copies: int) -> np.ndarray:
    """(P, 2) int8 pairs of a scene's pictures that train."""
    blink = scene["blink"]
    same = np.abs(blink[:, None] - blink[None, :]) <= SAME_BLINK
    closed = blink > LEAVE_ALONE_BLINK
    # a closed eye may be asked for any gaze but stays as it is; an open one is never asked to close
    pairs = np.argwhere(np.where(closed[:, None], True, same & ~closed[None, :])).astype(np.int8)
    to_lens = np.linalg.norm(scene["gaze"], axis=1)[pairs[:, 1]] < NEAR_LENS
    return np.repeat(pairs, np.where(to_lens, lens_copies, 1), axis=0)


def _flow_of(scene: Scene, i: int, j: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    flow = scene["flow"]
    if i == j:
        grid = flow.shape[1:3]
        return np.zeros((*grid, 2), np.float32), np.full(grid, 255, np.uint8)
    found = np.flatnonzero((scene["pairs"] == (i, j)).all(axis=1))
    if not found.size:
        return None, None
    return flow[found[0]], scene["visible"][found[0]]
