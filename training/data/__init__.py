"""Data sets of eyes, and what turns their samples into batches.

``open_pairs`` and ``open_pictures`` read a data set, an ``Augmentation`` or an exact cut makes arrays of a
sample, and ``batches.Feed`` deals them out, the same for every number of workers and after every stop.
"""

from pathlib import Path
from typing import Literal

from training.data.errors import DataError
from training.data.samples import EyePairs, EyePictures

Split = Literal["train", "test", "all"]


def open_pairs(folder: Path, split: Split = "train", lens_copies: int = 1) -> EyePairs:
    """The pairs of a folder: rendered shards, PRGAN's packaged patches, or crops made from ColumbiaGaze.

    Args:
        folder: where they lie.
        split: of whom.
        lens_copies: how often a pair occurs whose target looks into the lens; of rendered shards only.

    Raises:
        DataError: the folder is none of these, or its first wrong file.

    """
    if _is_rendered(folder):
        from training.data.rendered import RenderedPairs
        from training.data.shards import EyeShards

        return RenderedPairs(EyeShards(folder, split), lens_copies)
    if lens_copies != 1:
        raise DataError(f"{folder}: lens_copies is {lens_copies}, but only rendered shards can repeat pairs")
    from training.data.columbia import ColumbiaPairs, ColumbiaPatches

    return ColumbiaPairs(ColumbiaPatches(folder, split))


def open_pictures(folder: Path, split: Split = "train") -> EyePictures:
    """The single pictures of the same folders.

    Raises:
        DataError: the folder is none of these, or its first wrong file.

    """
    if _is_rendered(folder):
        from training.data.rendered import RenderedPictures
        from training.data.shards import EyeShards

        return RenderedPictures(EyeShards(folder, split))
    from training.data.columbia import ColumbiaPatches

    return ColumbiaPatches(folder, split)


def _is_rendered(folder: Path) -> bool:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected rendered shards or ColumbiaGaze patches")
    return (folder / "index.json").exists()
