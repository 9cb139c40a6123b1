"""Draws layers into a floating-point picture with OpenGL (EGL, so without a screen; software will do)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from training.synthesis.camera import Camera
from training.synthesis.face_model import Index
from training.synthesis.illumination import RoomLight
from training.synthesis.opengl import open_context, set_sampler, set_uniforms, shader_source
from vcam.geometry.angles import Float

_SHADERS = Path(__file__).parent / "shaders"
Uniform: TypeAlias = "float | Float | tuple[float, ...]"


class Layer:
    """Triangles with one shader; some attributes stay, others are given anew for each frame."""

    def __init__(
        self,
        context: moderngl.Context,
        shader: tuple[str, str],
        triangles: Index,
        still: Mapping[str, Float],
        moving: Mapping[str, int],
    ) -> None:
        """``still``: attribute arrays (V, n); ``moving``: names and widths of those that ``draw`` brings."""
        vertex, fragment = (shader_source(name, [_SHADERS]) for name in shader)
        self._program = context.program(vertex_shader=vertex, fragment_shader=fragment)
        self._moving = moving
        count = int(triangles.max()) + 1
        rows = [np.zeros((count, width), np.float32) for width in moving.values()]
        self._buffer = context.buffer(np.concatenate(rows, axis=1).tobytes() if rows else b"\0")
        content = []
        if still:
            packed = np.concatenate([np.asarray(a, np.float32) for a in still.values()], axis=1)
            layout = " ".join(f"{np.asarray(a).shape[1]}f" for a in still.values())
            content.append((context.buffer(packed.tobytes()), *self._used(layout, still)))
        if moving:
            layout = " ".join(f"{width}f" for width in moving.values())
            content.append((self._buffer, *self._used(layout, moving)))
        index = context.buffer(triangles.astype(np.int32).tobytes())
        self._array = context.vertex_array(self._program, content, index)

    def _used(self, layout: str, names: Mapping[str, Any]) -> tuple[str, ...]:
        """Layout and names with the attributes that the compiler dropped turned into padding."""
        words, kept = [], []
        for word, name in zip(layout.split(), names, strict=True):
            if name in self._program:
                words.append(word)
                kept.append(name)
            else:
                words.append(f"{4 * int(word[0])}x")
        return (" ".join(words), *kept)

    def set(self, **uniforms: Uniform) -> None:
        """Set uniforms, passing over those this shader doesn't use; matrices (n, n) act on columns."""
        set_uniforms(self._program, **uniforms)

    def sampler(self, name: str, unit: int) -> None:
        """Read the texture ``name`` from a texture unit."""
        set_sampler(self._program, name, unit)

    def draw(self, **moving: Float) -> None:
        """Draw with the moving attributes (V, n)."""
        if self._moving:
            packed = np.concatenate([moving[name] for name in self._moving], axis=1).astype(np.float32)
            self._buffer.write(packed.tobytes())
        self._array.render(moderngl.TRIANGLES)


class Renderer:
    """One picture at a time, larger than asked for, and scaled down in linear light."""

    def __init__(self, camera: Camera, oversampling: int = 2) -> None:
        """Raises RendererUnavailable where OpenGL cannot start."""
        self.context = open_context()
        self._camera = camera
        size = (camera.width * oversampling, camera.height * oversampling)
        self._drawn = self.context.framebuffer(
            [self.context.renderbuffer(size, 4, dtype="f2")], self.context.depth_renderbuffer(size)
        )
        # Color mixes by the share covered; coverage itself adds up.
        self.context.blend_func = (  # pyright: ignore[reportAttributeAccessIssue]  # annotated as a pair
            moderngl.SRC_ALPHA,
            moderngl.ONE_MINUS_SRC_ALPHA,
            moderngl.ONE,
            moderngl.ONE_MINUS_SRC_ALPHA,
        )
        self._size = size

    def layer(
        self, shader: tuple[str, str], triangles: Index, still: Mapping[str, Float], moving: Mapping[str, int]
    ) -> Layer:
        """A layer that sees the scene through this renderer's camera."""
        made = Layer(self.context, shader, triangles, still, moving)
        pixel = self._camera.width / (self._camera.focal_px * self._size[0])
        made.set(clip=self._camera.clip_matrix(), pixel=pixel)
        return made

    def texture(self, picture: NDArray[np.uint8], unit: int) -> moderngl.Texture:
        """Put a BGR or BGRA picture (row 0 at the top) on a texture unit, smoothed for smaller sizes."""
        code = cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGB
        flipped = np.ascontiguousarray(cv2.cvtColor(picture, code)[::-1])
        made = self.context.texture((picture.shape[1], picture.shape[0]), picture.shape[2], flipped.tobytes())
        made.build_mipmaps()
        made.anisotropy = 8.0
        made.repeat_x = made.repeat_y = False
        made.use(unit)
        return made

    def begin(self) -> None:
        """Start an empty picture."""
        self._drawn.use()
        self.context.enable(moderngl.DEPTH_TEST)
        self._drawn.clear(0.0, 0.0, 0.0, 0.0)

    def partial_cover(self, on: bool) -> None:
        """Whether alpha says how much of a pixel is covered: for hair thinner than a pixel."""
        switch = self.context.enable if on else self.context.disable
        switch(moderngl.BLEND)

    def finish(self) -> NDArray[np.float32]:
        """(H, W, 4) linear RGB, premultiplied by coverage, at the camera's size."""
        raw = np.frombuffer(self._drawn.read(components=4, dtype="f2"), np.float16)
        picture = raw.reshape(self._size[1], self._size[0], 4)[::-1].astype(np.float32)
        # One glint far out of range would bleed over its neighbors.
        np.minimum(picture, 4.0, out=picture)
        size = (self._camera.width, self._camera.height)
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def light_uniforms(light: RoomLight) -> dict[str, Uniform]:
    """The uniforms of ``common.glsl`` for three soft boxes."""
    boxes = light.softboxes
    return {
        "box_axes": np.stack([box.axes() for box in boxes]),  # rows land as columns
        "box_half": np.concatenate([(box.half_width, box.half_height) for box in boxes]),
        "box_radiance": np.concatenate([box.radiance for box in boxes]),
        "ambient_above": light.above,
        "ambient_below": light.below,
    }


def visibility(
    context: moderngl.Context,
    points: tuple[Float, Float],
    occluders: tuple[Float, Index],
    directions: Float,
    size: int = 768,
) -> NDArray[np.float32]:
    """Which vertices see out of the scene, by one depth picture per direction.

    Args:
        context: where to draw.
        points: vertices (V, 3) mm and unit normals (V, 3) to judge.
        occluders: vertices (W, 3) mm and triangles (T, 3) that stand in the way.
        directions: (D, 3) unit vectors away from the scene.
        size: edge of the depth picture, px.

    Returns:
        (V, D) float32, 0 hidden to 1 in view.

    """
    vertices, normals = points
    middle = occluders[0].mean(axis=0)
    reach = float(np.linalg.norm(occluders[0] - middle, axis=1).max()) * 1.02
    depth = context.depth_texture((size, size))
    target = context.framebuffer(depth_attachment=depth)
    layer = Layer(context, ("depth.vert", "depth.frag"), occluders[1], {"position": occluders[0]}, {})
    seen = np.empty((len(vertices), len(directions)), np.float32)
    target.use()
    context.enable(moderngl.DEPTH_TEST)
    lifted = vertices + 1.0 * normals - middle
    for k, toward in enumerate(directions):
        side = np.cross(toward, [0.36, 0.48, 0.8])
        side /= np.linalg.norm(side)
        view = np.stack([side, np.cross(toward, side), -toward]) / reach
        clip = np.eye(4)
        clip[:3, :3], clip[:3, 3] = view, -view @ middle
        layer.set(clip=clip)
        target.clear(depth=1.0)
        layer.draw()
        image = np.frombuffer(depth.read(), np.float32).reshape(size, size)
        at = lifted @ view.T
        place = np.clip(((at[:, :2] * 0.5 + 0.5) * size).astype(int), 0, size - 1)
        seen[:, k] = image[place[:, 1], place[:, 0]] > at[:, 2] * 0.5 + 0.5 - 0.6 / reach
    target.release()
    depth.release()
    return seen
