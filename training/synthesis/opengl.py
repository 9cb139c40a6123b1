"""OpenGL as both renderers use it: a context without a screen, shader texts, uniforms by name."""

from collections.abc import Sequence
from pathlib import Path

import moderngl
import numpy as np

from training.synthesis.errors import RendererUnavailable


def open_context() -> moderngl.Context:
    """A context that draws without a screen; raises RendererUnavailable."""
    try:
        return moderngl.create_context(
            require=330,
            standalone=True,
            backend="egl",  # pyright: ignore[reportArgumentType]  # moderngl annotates it as a dict
        )
    except Exception as error:  # moderngl and glcontext raise bare Exception
        raise RendererUnavailable(
            f"OpenGL 3.3 through EGL did not start: {error}; Debian: apt install libegl1 libgl1-mesa-dri"
        ) from error


def shader_source(name: str, folders: Sequence[Path]) -> str:
    """The text of a shader in the first folder that has it, ``//include`` lines replaced by those files."""
    path = next(folder / name for folder in folders if (folder / name).is_file())
    lines = path.read_text(encoding="utf-8").split("\n")
    mark = "//include "
    return "\n".join(
        shader_source(line.removeprefix(mark).strip(), folders) if line.startswith(mark) else line
        for line in lines
    )


def set_uniforms(program: moderngl.Program, **uniforms: object) -> None:
    """Set uniforms, passing over those this shader doesn't use; matrices (n, n) act on columns."""
    for name, value in uniforms.items():
        member = program.get(name, None)
        if isinstance(member, moderngl.Uniform):
            array = np.asarray(value, np.float32)
            if array.ndim == 2 and array.shape[0] == array.shape[1]:
                array = array.T
            member.write(np.ascontiguousarray(array).tobytes())


def set_sampler(program: moderngl.Program, name: str, unit: int) -> None:
    """Read the texture ``name`` from a texture unit."""
    member = program[name]
    assert isinstance(member, moderngl.Uniform), name
    member.value = unit
