"""Arrays of an uncompressed ``.npz`` without reading them: mapped into memory where they lie.

``numpy.load`` copies an array of an archive as a whole at every access; a training wants single pictures out
of gigabytes, in several processes that share one page cache.
"""

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

_LOCAL_HEADER = struct.Struct("<4s22xHH")


def map_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an archive by name, read-only.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no ``.npz``, is cut off, or is compressed.

    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            return {m.filename.removesuffix(".npy"): _mapped(path, file, m) for m in members}
    except zipfile.BadZipFile as error:
        raise ValueError(f"no complete .npz archive: {error}") from error


def _mapped(path: Path, file: BinaryIO, member: zipfile.ZipInfo) -> np.ndarray:
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed; write it with numpy.savez, not savez_compressed")
    file.seek(member.header_offset)
    signature, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise ValueError(f"{member.filename} does not lie where the archive says")
    file.seek(name_length + extra_length, 1)
    version = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(file)
    if dtype.hasobject:
        raise ValueError(f"{member.filename} holds Python objects")
    if 0 in shape:
        return np.empty(shape, dtype)
    order = "F" if fortran else "C"
    # a plain view: indexing a memmap itself costs several times as much
    return np.memmap(path, dtype, mode="r", offset=file.tell(), shape=shape, order=order).view(np.ndarray)
