"""OpenGL without a screen: the context, programs from the shader folder, and buffers of triangles."""

from collections.abc import Mapping
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from training.synthesis.errors import RendererUnavailable
from training.synthesis.face_model import Index
from vcam.geometry.angles import Float

_SHADERS = (Path(__file__).parent / "shaders", Path(__file__).parents[1] / "shaders")


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


def shader_source(name: str) -> str:
    """The text of a shader with its ``//include`` lines replaced by the files they name."""
    path = next(folder / name for folder in _SHADERS if (folder / name).is_file())
    lines = path.read_text(encoding="utf-8").split("\n")
    included = [
        shader_source(line.removeprefix("//include ").strip()) if line.startswith("//include ") else line
        for line in lines
    ]
    return "\n".join(included)


class Program:
    """One pair of shaders, and uniforms set by name."""

    def __init__(self, context: moderngl.Context, name: str, fragment: str | None = None) -> None:
        """Compile ``name.vert`` with ``fragment.frag``, by default of the same name."""
        self.context = context
        self.program = context.program(
            vertex_shader=shader_source(f"{name}.vert"),
            fragment_shader=shader_source(f"{fragment or name}.frag"),
        )

    def set(self, **uniforms: object) -> None:
        """Set uniforms, passing over those this shader doesn't use; matrices (n, n) act on columns."""
        for name, value in uniforms.items():
            member = self.program.get(name, None)
            if isinstance(member, moderngl.Uniform):
                array = np.asarray(value, np.float32)
                if array.ndim == 2 and array.shape[0] == array.shape[1]:
                    array = array.T
                member.write(np.ascontiguousarray(array).tobytes())

    def samplers(self, **units: int) -> None:
        """Say which texture unit each sampler reads."""
        for name, unit in units.items():
            member = self.program[name]
            assert isinstance(member, moderngl.Uniform), name
            member.value = unit


class Mesh:
    """Triangles whose lasting attributes stay on the device; the moving ones come with every batch."""

    def __init__(
        self, program: Program, triangles: Index, lasting: Mapping[str, Float], moving: Mapping[str, int]
    ) -> None:
        """``lasting``: arrays (V, n) by attribute; ``moving``: widths of those that ``load`` brings."""
        context = program.context
        self._count = int(triangles.max()) + 1
        self._width = sum(moving.values())
        self._moving = context.buffer(reserve=4 * self._count * self._width)
        content = [(self._moving, " ".join(f"{n}f" for n in moving.values()), *moving)]
        for name, array in lasting.items():
            buffer = context.buffer(np.asarray(array, np.float32).tobytes())
            content.append((buffer, f"{np.asarray(array).shape[1]}f", name))
        index = context.buffer(triangles.astype(np.int32).tobytes())
        self._array = context.vertex_array(program.program, content, index)

    def draw(self, *moving: Float) -> None:
        """Draw with the moving attributes (V, n) in the order they were declared."""
        packed = np.concatenate(moving, axis=1).astype(np.float32)
        assert packed.shape == (self._count, self._width), (packed.shape, self._count, self._width)
        self._moving.orphan()
        self._moving.write(packed.tobytes())
        self._array.render(moderngl.TRIANGLES)


def smooth_texture(
    context: moderngl.Context, picture: NDArray[np.uint8], *, mipmaps: bool = False
) -> moderngl.Texture:
    """A picture (H, W[, C]), row 0 at texture coordinate 0; ``mipmaps`` where it is drawn much smaller."""
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    size = (picture.shape[1], picture.shape[0])
    texture = context.texture(size, channels, np.ascontiguousarray(picture).tobytes(), alignment=1)
    if mipmaps:
        texture.build_mipmaps()
    texture.repeat_x = texture.repeat_y = False
    return texture
