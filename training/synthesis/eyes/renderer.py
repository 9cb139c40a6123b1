"""Draws all gazes of a scene at once, side by side, and develops them into pictures."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.assets import EyeAssets
from training.synthesis.eyes.gl import Mesh, Program, smooth_texture
from training.synthesis.eyes.lashes import LOWER_FRINGE, UPPER_FRINGE, LashCard
from training.synthesis.eyes.lidline import LID_AZIMUTH, LidLine
from training.synthesis.eyes.photographs import read_lashes, read_rgb, read_skin
from training.synthesis.eyes.scene import Scene
from training.synthesis.eyes.still import Stills
from training.synthesis.eyes.surface import Surface
from training.synthesis.eyes.view import HEIGHT, WIDTH
from training.synthesis.grids import eye_cap
from training.synthesis.opengl import open_context
from training.synthesis.renderer import light_uniforms
from vcam.geometry.angles import Float

OVERSAMPLING = 2
NEAR_MM, FAR_MM = 150.0, 1200.0
_OPEN, _DOWN, _SLOPE, _IRIS, _HAIRS, _LIDS, _DRAWN, _DEPTHS = range(8)


@dataclass(frozen=True, slots=True)
class Pictures:
    """N developed pictures of one scene and what they know about each pixel."""

    images: NDArray[np.uint8]
    """(N, H, W, 3) RGB."""
    eye_mask: NDArray[np.uint8]
    """(N, H, W) share of each pixel that shows the eyeball, 0 to 255."""
    depth_mm: NDArray[np.float32]
    """(N, H, W) distance of the nearest surface along the camera's axis."""
    skin: Float
    """(N, V, 3) drawn skin vertices, camera frame, mm."""


class EyeRenderer:
    """Draws scenes of ``gazes`` pictures each from one set of assets."""

    def __init__(self, assets: EyeAssets, gazes: int) -> None:
        """Raises RendererUnavailable where OpenGL cannot start."""
        self.context = open_context()
        self._assets, self._gazes = assets, gazes
        self.surface = Surface(assets.tables)
        self._skin_program = Program(self.context, "skin")
        self._ball_program = Program(self.context, "ball")
        self._lash_program = Program(self.context, "lash")
        self._develop_program = Program(self.context, "screen", "develop")
        lasting = {"uv": self.surface.uv, "paint": self.surface.paint()}
        self._skin = Mesh(self._skin_program, self.surface.triangles, lasting, {"position": 3, "normal": 3})
        self._cap, cap_triangles = eye_cap(22, 40)
        self._ball = Mesh(self._ball_program, cap_triangles, {}, {"position": 3})
        self._cards = [LashCard(assets.tables, fringe) for fringe in (UPPER_FRINGE, LOWER_FRINGE)]
        self._card = Mesh(self._lash_program, LashCard.triangles(), {"uv": LashCard.uv()}, {"position": 3})
        screen = np.array([[-1.0, -1.0], [1, -1], [1, 1], [-1, 1]])
        self._screen = Mesh(self._develop_program, np.array([[0, 1, 2], [0, 2, 3]]), {}, {"corner": 2})
        self._screen_corners = screen
        self._lid_line = LidLine(assets.tables)
        self._make_targets()
        self._skin_program.samplers(photo_open=_OPEN, photo_down=_DOWN, slopes=_SLOPE)
        self._ball_program.samplers(iris=_IRIS, lids=_LIDS)
        self._lash_program.samplers(hairs=_HAIRS)
        self._develop_program.samplers(drawn=_DRAWN, depths=_DEPTHS)
        self._skin_textures = cache(self._load_skin)
        self._iris_texture = cache(self._load_iris)
        self._lash_texture = cache(self._load_lashes)
        # Hairs mix by the share covered; alpha, which marks the eyeball, stays as it is.
        self.context.blend_func = (  # pyright: ignore[reportAttributeAccessIssue]  # annotated as a pair
            moderngl.SRC_ALPHA,
            moderngl.ONE_MINUS_SRC_ALPHA,
            moderngl.ZERO,
            moderngl.ONE,
        )

    def _make_targets(self) -> None:
        wide = (WIDTH * OVERSAMPLING * self._gazes, HEIGHT * OVERSAMPLING)
        self._drawn_color = self.context.texture(wide, 4, dtype="f2")
        self._drawn_depth = self.context.depth_texture(wide)
        self._drawn_depth.compare_func = ""
        self._drawn = self.context.framebuffer([self._drawn_color], self._drawn_depth)
        small = (WIDTH * self._gazes, HEIGHT)
        self._developed = self.context.framebuffer(
            [self.context.texture(small, 4), self.context.texture(small, 1, dtype="f4")]
        )

    def _load_skin(self, person: str) -> tuple[moderngl.Texture, ...]:
        pictures = read_skin(self._assets.skins[person])
        return tuple(
            smooth_texture(self.context, picture)
            for picture in (pictures.color, pictures.color_down, pictures.slope)
        )

    def _load_iris(self, name: str) -> moderngl.Texture:
        return smooth_texture(self.context, read_rgb(self._assets.irises[name]))

    def _load_lashes(self, path: Path) -> moderngl.Texture:
        return smooth_texture(self.context, read_lashes(path), mipmaps=True)

    def draw(self, scene: Scene, stills: Stills) -> Pictures:
        """The pictures of all gazes of a scene."""
        skin = self.surface.vertices(stills.control)
        seen = stills.view.to_camera(skin)
        self._load_scene(scene, stills, skin)
        self._drawn.use()
        self._drawn.clear(*scene.look.background, 0.0, depth=1.0)
        self.context.enable(moderngl.DEPTH_TEST)
        self._draw_solids(scene, stills, seen)
        self._draw_lashes(scene, stills, skin)
        return self._develop(seen)

    def _load_scene(self, scene: Scene, stills: Stills, skin: Float) -> None:
        """Bind the scene's textures and set the uniforms that all its gazes share."""
        look, ball = scene.look, scene.eyeball
        units = (*self._skin_textures(scene.person), self._iris_texture(look.iris))
        for unit, texture in zip((_OPEN, _DOWN, _SLOPE, _IRIS), units, strict=True):
            texture.use(unit)
        lines = self._lid_line.elevations(skin, ball.radius_mm)
        lids = self.context.texture((lines.shape[1], len(lines)), 2, lines.tobytes(), dtype="f4")
        lids.repeat_x = lids.repeat_y = False
        lids.use(_LIDS)
        self._lids = lids
        shared: dict[str, object] = {
            **light_uniforms(scene.light.room),
            "clip": stills.view.clip_matrix(NEAR_MM, FAR_MM),
            "rotation": stills.view.rotation,
            "relight": scene.light.relight,
        }
        self._skin_program.set(
            **shared,
            skin_tint=look.skin_tint,
            eye_shadow=look.eye_shadow,
            gloss=look.gloss,
            bump=look.bump,
            liner=look.liner,
        )
        self._ball_program.set(
            **shared,
            center=stills.view.translation,
            radius=ball.radius_mm,
            limbus=ball.limbus_mm,
            cornea_radius=ball.cornea_mm,
            pupil=ball.pupil_mm,
            iris_tint=look.iris_tint,
            sclera_tint=look.sclera_tint,
            redness=look.redness,
            lid_azimuth=LID_AZIMUTH,
        )
        self._lash_program.set(**shared, lash_color=look.lash_color, lash_density=look.lash_density)
        self._develop_program.set(exposure=scene.light.exposure)

    def _draw_solids(self, scene: Scene, stills: Stills, seen: Float) -> None:
        normals = self.surface.normals(seen)
        ball = stills.view.to_camera(scene.eyeball.radius_mm * self._cap)
        for k in range(self._gazes):
            self._tile(k)
            self._skin_program.set(look_down=stills.look_down[k])
            self._skin.draw(seen[k], normals[k])
            self._ball_program.set(eye_to_camera=stills.eye_rotation[k], lid_row=(k + 0.5) / self._gazes)
            self._ball.draw(ball)

    def _draw_lashes(self, scene: Scene, stills: Stills, skin: Float) -> None:
        look = scene.look
        kinds = (
            (self._cards[0], self._assets.upper_lashes[look.upper_lashes], look.upper_lash_mm),
            (self._cards[1], self._assets.lower_lashes[look.lower_lashes], look.lower_lash_mm),
        )
        self.context.enable(moderngl.BLEND)
        self._drawn.depth_mask = False
        for card, path, length in kinds:
            self._lash_texture(path).use(_HAIRS)
            places = stills.view.to_camera(card.vertices(skin, length, stills.closing))
            for k in range(self._gazes):
                self._tile(k)
                self._card.draw(places[k])
        self._drawn.depth_mask = True
        self.context.disable(moderngl.BLEND)

    def _tile(self, k: int) -> None:
        width, height = WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING
        self._drawn.viewport = (k * width, 0, width, height)

    def _develop(self, seen: Float) -> Pictures:
        self._developed.use()
        self.context.disable(moderngl.DEPTH_TEST)
        self._drawn_color.use(_DRAWN)
        self._drawn_depth.use(_DEPTHS)
        self._screen.draw(self._screen_corners)
        wide = (HEIGHT, self._gazes, WIDTH)
        raw = np.frombuffer(self._developed.read(components=4, alignment=1), np.uint8)
        tiles = raw.reshape(*wide, 4).transpose(1, 0, 2, 3)
        depth = np.frombuffer(self._developed.read(components=1, attachment=1, dtype="f4"), np.float32)
        depth = depth.reshape(wide).transpose(1, 0, 2)
        self._lids.release()
        millimeters = 2 * FAR_MM * NEAR_MM / (FAR_MM + NEAR_MM - (2 * depth - 1) * (FAR_MM - NEAR_MM))
        return Pictures(
            np.ascontiguousarray(tiles[..., :3]), np.ascontiguousarray(tiles[..., 3]), millimeters, seen
        )
