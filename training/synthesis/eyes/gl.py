"""Programs from the shader folders, and buffers of triangles."""

from collections.abc import Mapping
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from training.synthesis.face_model import Index
from training.synthesis.opengl import set_sampler, set_uniforms, shader_source
from vcam.geometry.angles import Float

_SHADERS = (Path(__file__).parent / "shaders", Path(__file__).parents[1] / "shaders")


class Program:
    """One pair of shaders, and uniforms set by name."""

    def __init__(self, context: moderngl.Context, name: str, fragment: str | None = None) -> None:
        """Compile ``name.vert`` with ``fragment.frag``, by default of the same name."""
        self.context = context
        self.program = context.program(
            vertex_shader=shader_source(f"{name}.vert", _SHADERS),
            fragment_shader=shader_source(f"{fragment or name}.frag", _SHADERS),
        )

    def set(self, **uniforms: object) -> None:
        """Set uniforms, passing over those this shader doesn't use; matrices (n, n) act on columns."""
        set_uniforms(self.program, **uniforms)

    def samplers(self, **units: int) -> None:
        """Say which texture unit each sampler reads."""
        for name, unit in units.items():
            set_sampler(self.program, name, unit)


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
