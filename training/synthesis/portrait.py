"""One person before one camera: pose in, picture out."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.synthesis import skin
from training.synthesis.baked_light import BakedLight
from training.synthesis.camera import Camera
from training.synthesis.eye_scan import EyeScan, read_picture
from training.synthesis.eyeballs import LID_AZIMUTH, SCLERA_RADIUS_MM, eye_rotation, eyeball_axis, lid_weights
from training.synthesis.face_model import FaceModel, Index, weld
from training.synthesis.grids import eye_cap, ribbon_triangles
from training.synthesis.head import Assets, Head, Person
from training.synthesis.illumination import RoomLight, blur_over_mesh, vertex_normals
from training.synthesis.pose import SIDES, Pose
from training.synthesis.renderer import Layer, Renderer, light_uniforms
from training.synthesis.strands import Strands
from training.synthesis.torso import COLLAR_SHARE, torso
from training.synthesis.webcam import decode
from vcam.geometry.angles import Float

LIMBUS_RADIUS_MM, CORNEA_RADIUS_MM = 5.95, 8.2


class Portrait:
    """Renders one person; holds the OpenGL objects."""

    def __init__(
        self,
        camera: Camera,
        light: RoomLight,
        person: Person,
        assets: Assets,
        oversampling: int = 2,
    ) -> None:
        """Load the assets and prepare the light.

        Raises:
            AssetError: a file is missing.
            RendererUnavailable: OpenGL does not start.

        """
        self._light, self._person = light, person
        scan = EyeScan.load(assets.eyes, person.eye_scan)
        self._head = head = Head(FaceModel.load(assets.ict), person, scan)
        self._renderer = Renderer(camera, oversampling)
        iris = read_picture(assets.eyes / "iris" / f"{person.iris}.jpg")
        for unit, picture in enumerate((scan.color, scan.color_down, iris)):
            self._renderer.texture(picture, unit)
        self._torso = torso()
        self._cap, cap_triangles = eye_cap()
        self._cloth_normals = vertex_normals(self._torso[0], self._torso[1], weld(self._torso[0]))
        self._baked = BakedLight.bake(
            self._renderer.context, head, (self._torso[0], self._torso[1], self._cloth_normals), self._cap
        )
        self._skin = self._skin_layer(decode(scan.plain_color[::-1] / 255))
        self._cloth = self._cloth_layer()
        self._eyes = {side: self._eye_layer(side, cap_triangles) for side in SIDES}
        # Scalp hair is dense, so that each strand covers all it touches (pixel=0).
        hair_look = {"root_shade": 0.30, "sheen": 1.0, "pixel": 0.0}
        self._hair = self._strand_layer(head.hair, person.hair, hair_look, rigid=True)
        lash_color = tuple(0.3 * c for c in person.hair)
        lash_look = {"root_shade": 0.7, "sheen": 0.02}
        self._lashes = self._strand_layer(head.pose_lashes(head.rest), lash_color, lash_look, rigid=False)

    def _skin_layer(self, base: Float) -> Layer:
        head = self._head
        rest = head.rest[: head.used]
        hair = np.asarray(self._person.hair) / base
        still = {
            "rest": rest,
            "photo": head.photo,
            "tint": skin.tint(rest, hair, head.growth**2),
            "gloss": skin.gloss(rest) * (1 - head.growth[:, None]),
        }
        moving = {"position": 3, "normal": 3, "irradiance": 3, "box_seen": 3}
        layer = self._renderer.layer(("surface.vert", "skin.frag"), head.triangles, still, moving)
        layer.set(base=base, **light_uniforms(self._light))
        layer.sampler("photo_open", 0)
        layer.sampler("photo_down", 1)
        return layer

    def _cloth_layer(self) -> Layer:
        vertices, triangles, cloth = self._torso
        ribbed = 1 - skin.smooth_step(COLLAR_SHARE - 0.004, COLLAR_SHARE + 0.004, cloth[:, 1])
        zeros = np.zeros(len(cloth))
        still = {
            "rest": vertices,
            "photo": np.column_stack([cloth, zeros]),
            "tint": np.column_stack([ribbed, zeros, zeros]),
            "gloss": zeros[:, None],
        }
        moving = {"position": 3, "normal": 3, "irradiance": 3, "box_seen": 3}
        layer = self._renderer.layer(("surface.vert", "cloth.frag"), triangles, still, moving)
        layer.set(base=self._person.sweater, **light_uniforms(self._light))
        return layer

    def _eye_layer(self, side: str, triangles: Index) -> Layer:
        moving = {"position": 3, "irradiance": 3}
        layer = self._renderer.layer(("eye.vert", "eye.frag"), triangles, {}, moving)
        layer.set(
            mirrored=1.0 if side == "left" else -1.0,
            sclera_radius=SCLERA_RADIUS_MM,
            limbus_radius=LIMBUS_RADIUS_MM,
            cornea_radius=CORNEA_RADIUS_MM,
            pupil_radius=self._person.pupil_radius_mm,
            lid_azimuth=LID_AZIMUTH,
            **light_uniforms(self._light),
        )
        layer.sampler("iris", 2)
        layer.sampler("lids", 3)
        return layer

    def _strand_layer(
        self, strands: Strands, color: tuple[float, ...], look: Mapping[str, float], *, rigid: bool
    ) -> Layer:
        """``rigid`` strands keep their shape on the head; of others, ``draw`` brings the shape each time."""
        still, shape = {"ribbon": strands.ribbon()}, strands.attributes()
        moving = {"irradiance": 3}
        if rigid:
            still.update(shape)
        else:
            moving.update(dict.fromkeys(shape, 3))
        triangles = ribbon_triangles(*strands.points.shape[:2])
        layer = self._renderer.layer(("strand.vert", "strand.frag"), triangles, still, moving)
        layer.set(base=color, **look, **light_uniforms(self._light))
        return layer

    def draw(self, pose: Pose) -> NDArray[np.float32]:
        """(H, W, 4) linear RGB light of the person, premultiplied by coverage."""
        turn = pose.turn
        kappa = np.radians(self._person.kappa_deg)
        in_head = {side: eyeball_axis(side, turn.T @ pose.gaze[side], kappa) for side in SIDES}
        lids = [lid_weights(side, in_head[side], pose.blink[side]) for side in SIDES]
        vertices = self._head.shape({**pose.expression, **lids[0], **lids[1]})
        down = [w for one in lids for name, w in one.items() if name.startswith(("eyeLookDown", "eyeBlink"))]
        self._renderer.begin()
        self._draw_skin(pose, vertices, look_down=min(1.0, sum(down) / 2))
        self._draw_cloth(pose)
        for side in SIDES:
            self._draw_eye(side, pose, vertices, turn @ eye_rotation(in_head[side]))
        self._draw_hair(pose, vertices)
        return self._renderer.finish()

    def _draw_hair(self, pose: Pose, vertices: Float) -> None:
        to_camera = np.eye(4)
        to_camera[:3, :3], to_camera[:3, 3] = pose.turn, pose.translation
        strands = self._head.hair
        self._hair.set(to_camera=to_camera)
        self._hair.draw(irradiance=strands.spread(self._baked.hair.irradiance(self._light, pose.turn)))
        around_eyes = [
            self._baked.eyes[side].irradiance(self._light, pose.turn).mean(axis=0) for side in SIDES
        ]
        strands = self._head.pose_lashes(vertices)
        glow = np.tile(np.mean(around_eyes, axis=0), (len(strands.points), 1))
        self._lashes.set(to_camera=to_camera)
        self._renderer.partial_cover(True)
        self._lashes.draw(irradiance=strands.spread(glow), **strands.attributes())
        self._renderer.partial_cover(False)

    def _draw_skin(self, pose: Pose, vertices: Float, look_down: float) -> None:
        head, turn = self._head, pose.turn
        normals = vertex_normals(vertices, head.triangles, head.places)[: head.used]
        rest = vertices[: head.used]
        share = skin.neck_share(head.rest[: head.used])[:, None]
        place = share * (rest @ turn.T + pose.translation) + (1 - share) * (rest + pose.shoulders)
        facing = share * (normals @ turn.T) + (1 - share) * normals
        still, level = self._baked.skin, np.eye(3)
        light = share * still.irradiance(self._light, turn)
        light = _scattered(light + (1 - share) * still.irradiance(self._light, level), head.edges)
        seen = share * still.box_visibility(self._light, turn)
        seen += (1 - share) * still.box_visibility(self._light, level)
        self._skin.set(look_down=look_down)
        self._skin.draw(position=place, normal=facing, irradiance=light, box_seen=seen)

    def _draw_cloth(self, pose: Pose) -> None:
        light = self._baked.cloth.irradiance(self._light, np.eye(3))
        seen = self._baked.cloth.box_visibility(self._light, np.eye(3))
        place = self._torso[0] + pose.shoulders
        self._cloth.draw(position=place, normal=self._cloth_normals, irradiance=light, box_seen=seen)

    def _draw_eye(self, side: str, pose: Pose, vertices: Float, eye_to_camera: Float) -> None:
        center = pose.eyeball_center(side)
        profile = self._head.lids[side].profile(vertices)
        lids = self._renderer.context.texture((len(profile), 1), 2, profile.tobytes(), dtype="f4")
        lids.repeat_x = lids.repeat_y = False
        lids.use(3)
        layer = self._eyes[side]
        layer.set(center=center, eye_to_camera=eye_to_camera, head_to_camera=pose.turn)
        layer.draw(
            position=(SCLERA_RADIUS_MM * self._cap) @ pose.turn.T + center,
            irradiance=self._baked.eyes[side].irradiance(self._light, pose.turn),
        )
        lids.release()


def _scattered(light: Float, edges: Index) -> Float:
    """Irradiance (V, 3) after it spread under the skin: red goes farthest."""
    once = blur_over_mesh(light, edges, 2)
    wide = 0.5 * (once[:, :1] + blur_over_mesh(once[:, :1], edges, 8))
    return np.column_stack([wide, 0.5 * (once[:, 1] + light[:, 1]), 0.7 * light[:, 2] + 0.3 * once[:, 2]])
