"""Ground-truth backward flow between two gazes of a scene, and where it can be seen.

Skin is rasterized in the target picture with its place in the source picture as an attribute. The
eyeball turns as a rigid body: a target pixel's ray meets a point of the iris (through the cornea) or of
the ball, and the flow leads to where that same point is seen in the source picture.
"""

from dataclasses import dataclass

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.cornea import REFRACTIVE_INDEX, Eyeball
from training.synthesis.eyes.gl import Mesh, Program
from training.synthesis.eyes.renderer import FAR_MM, NEAR_MM, EyeRenderer, Pictures
from training.synthesis.eyes.scene import Scene
from training.synthesis.eyes.still import Stills
from training.synthesis.eyes.view import HEIGHT, WIDTH, View
from training.synthesis.grids import eye_cap
from vcam.geometry.angles import Float

FLOW_WIDTH, FLOW_HEIGHT = WIDTH // 2, HEIGHT // 2
DEPTH_TOLERANCE_MM = 0.6
_SKIN, _BALL = 1.0, 2.0
_SEARCH_STEPS = 4


@dataclass(frozen=True, slots=True)
class Flow:
    """K pairs at half the stored size; its pixel (i, j) lies at stored px (2 i + 0.5, 2 j + 0.5)."""

    flow: NDArray[np.float16]
    """(K, 60, 84, 2) stored px (dx, dy): the target at p shows what the source shows at p + flow."""
    visible: NDArray[np.uint8]
    """(K, 60, 84) 255 where the source picture shows that point."""


class FlowTracer:
    """Makes flow with the renderer's own context and surface."""

    def __init__(self, renderer: EyeRenderer, pairs: int) -> None:
        context = renderer.context
        self._context, self._pairs = context, pairs
        self._program = Program(context, "flow")
        moving = {"position": 3, "elsewhere": 3}
        self._skin = Mesh(self._program, renderer.surface.triangles, {}, moving)
        self._cap, triangles = eye_cap(22, 40)
        self._ball = Mesh(self._program, triangles, {}, moving)
        size = (FLOW_WIDTH, FLOW_HEIGHT * pairs)
        self._target = context.framebuffer(
            [context.texture(size, 4, dtype="f4")], context.depth_renderbuffer(size)
        )
        x, y = np.meshgrid(2 * np.arange(FLOW_WIDTH) + 0.5, 2 * np.arange(FLOW_HEIGHT) + 0.5)
        self._grid: Float = np.stack([x, y], axis=-1).astype(np.float64)

    def trace(self, scene: Scene, stills: Stills, pictures: Pictures) -> Flow:
        """The flow of a scene's pairs."""
        sources, targets = np.array(scene.pairs).T
        seen = self._rasterized(scene, stills, pictures, (sources, targets))
        places: Float = np.broadcast_to(self._grid, (*seen.shape[:3], 2)).astype(np.float64)
        visible = np.full(seen.shape[:3], True)
        skin = seen[..., 3] == _SKIN
        pair = np.broadcast_to(np.arange(len(sources))[:, None, None], skin.shape)
        places[skin] = stills.view.project(seen[skin][:, :3].astype(np.float64))
        # Around a silhouette or on a slope the nearest stored depth may belong to a neighbor.
        farthest = np.stack([cv2.dilate(depth, np.ones((3, 3), np.uint8)) for depth in pictures.depth_mm])
        nearest = _sampled(farthest, sources[pair[skin]], places[skin])
        visible[skin] = seen[skin][:, 2] < nearest + DEPTH_TOLERANCE_MM
        ball = seen[..., 3] == _BALL
        rotations = stills.eye_rotation[sources[pair[ball]]], stills.eye_rotation[targets[pair[ball]]]
        places[ball], facing = ball_places(scene.eyeball, stills.view, rotations, self._grid_of(ball))
        shown = _sampled(pictures.eye_mask, sources[pair[ball]], places[ball])
        visible[ball] = facing & (shown > 127)
        flow = np.clip(places - self._grid, -WIDTH, WIDTH)
        return Flow(flow.astype(np.float16), np.where(visible, 255, 0).astype(np.uint8))

    def _grid_of(self, chosen: NDArray[np.bool_]) -> Float:
        return np.broadcast_to(self._grid, (*chosen.shape, 2))[chosen]

    def _rasterized(
        self,
        scene: Scene,
        stills: Stills,
        pictures: Pictures,
        pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> NDArray[np.float32]:
        """(K, h, w, 4) of each target pixel: where its point lies in the source, camera frame; material."""
        self._target.use()
        self._context.enable(moderngl.DEPTH_TEST)
        self._target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self._program.set(clip=stills.view.clip_matrix(NEAR_MM, FAR_MM))
        ball = stills.view.to_camera(scene.eyeball.radius_mm * self._cap)
        for k, (source, target) in enumerate(zip(*pairs, strict=True)):
            self._target.viewport = (0, k * FLOW_HEIGHT, FLOW_WIDTH, FLOW_HEIGHT)
            self._program.set(material=_SKIN)
            self._skin.draw(pictures.skin[target], pictures.skin[source])
            self._program.set(material=_BALL)
            self._ball.draw(ball, ball)
        raw = np.frombuffer(self._target.read(components=4, dtype="f4"), np.float32)
        return raw.reshape(self._pairs, FLOW_HEIGHT, FLOW_WIDTH, 4)


def ball_places(
    eyeball: Eyeball, view: View, rotations: tuple[Float, Float], pixels: Float
) -> tuple[Float, NDArray[np.bool_]]:
    """Where the source picture shows what target pixels show of an eyeball.

    Args:
        eyeball: the ball.
        view: of both pictures.
        rotations: (N, 3, 3) eye frame to camera frame of the source and of the target, per pixel.
        pixels: (N, 2) stored px of the target.

    Returns:
        (N, 2) stored px of the source, and (N,) whether that point faces the camera there.
    """
    source, target = rotations
    points, is_iris = _met(eyeball, view, target, pixels)
    places = view.project(_turned(source, points) + view.translation)
    # Refraction lifts and magnifies the iris: search for the pixel whose refracted ray meets the point.
    lift = REFRACTIVE_INDEX
    for _ in range(_SEARCH_STEPS):
        met, hit = _met(eyeball, view, source[is_iris], places[is_iris])
        gap = _turned(source[is_iris], points[is_iris] - met)
        step = gap[:, :2] * (view.focal_px / view.translation[2]) * 0.5 * (1 + lift) / lift
        places[is_iris] += np.where(hit[:, None], step, 0.0)
    normal = _turned(source, points)
    return np.nan_to_num(places), np.sum(normal * (normal + view.translation), axis=1) < 0


def _met(eyeball: Eyeball, view: View, rotation: Float, pixels: Float) -> tuple[Float, NDArray[np.bool_]]:
    """``Eyeball.trace`` for pixels (N, 2) of eyeballs turned by (N, 3, 3)."""
    origin = -np.einsum("nji,j->ni", rotation, view.translation)
    rays = np.einsum("nji,nj->ni", rotation, view.rays(pixels))
    return eyeball.trace(origin, rays)


def _turned(rotation: Float, points: Float) -> Float:
    return np.einsum("nij,nj->ni", rotation, points)


def _sampled(stack: NDArray[np.generic], which: NDArray[np.int64], places: Float) -> NDArray[np.float64]:
    """(N,) nearest values of pictures (M, H, W) at stored px (N, 2) of picture ``which``; 0 outside."""
    x, y = np.rint(places).astype(np.int64).T
    inside = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
    values = stack[which, np.clip(y, 0, HEIGHT - 1), np.clip(x, 0, WIDTH - 1)].astype(np.float64)
    return np.where(inside, values, 0.0)
