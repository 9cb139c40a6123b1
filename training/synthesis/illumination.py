"""The light of a room: soft boxes over a graded ambient, and how much of it reaches each vertex.

Every direction is in the camera frame and points from the scene toward the light.
Radiance is linear RGB; 1.0 on a white surface is about the sensor's mid gray.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthesis.face_model import Index
from vcam.geometry.angles import Float


@dataclass(frozen=True, slots=True)
class Softbox:
    """A window, a lamp or a screen: a rectangle of light at infinity."""

    direction: tuple[float, float, float]
    half_width: float
    """Tangent of half the angle it spans sideways."""
    half_height: float
    radiance: tuple[float, float, float]

    def axes(self) -> Float:
        """(3, 3) rows: right, down and toward the light, orthonormal."""
        toward = np.asarray(self.direction) / np.linalg.norm(self.direction)
        right = np.cross([0.0, 1.0, 0.0], toward)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(toward, right), toward])

    def diffuse(self, directions: Float) -> Float:
        """Radiance (N, 3) spread over a lobe of the same energy, for a coarse set of directions."""
        spread = max(0.25, 0.4 * (self.half_width + self.half_height))
        sharpness = 1.0 / spread**2
        energy = 4 * self.half_width * self.half_height
        lobe = np.exp(sharpness * (directions @ self.axes()[2] - 1)) * sharpness / (2 * np.pi)
        return energy * lobe[:, None] * np.asarray(self.radiance)


@dataclass(frozen=True, slots=True)
class RoomLight:
    """All light on the scene."""

    softboxes: tuple[Softbox, ...]
    above: tuple[float, float, float]
    below: tuple[float, float, float]

    def ambient(self, directions: Float) -> Float:
        """Radiance (N, 3) of ceiling, walls and desk."""
        height = 0.5 - 0.5 * directions[:, 1:2]
        return height * np.asarray(self.above) + (1 - height) * np.asarray(self.below)

    def diffuse(self, directions: Float) -> Float:
        """All radiance (N, 3), smooth enough for a coarse set of directions."""
        return self.ambient(directions) + sum(box.diffuse(directions) for box in self.softboxes)


def sphere_directions(count: int) -> Float:
    """(count, 3) unit vectors spread evenly over the sphere (golden spiral)."""
    k = np.arange(count)
    y = 1 - (2 * k + 1) / count
    turn = np.pi * (3 - np.sqrt(5)) * k
    radius = np.sqrt(1 - y * y)
    return np.stack([radius * np.cos(turn), y, radius * np.sin(turn)], axis=1)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Light transport of one still mesh: what part of each direction arrives at each vertex."""

    directions: Float
    """(D, 3) in the mesh's own frame."""
    visibility: NDArray[np.float32]
    """(V, D), or (1, D) where all vertices see the same; 0 to 1."""
    received: NDArray[np.float32]

    """(V, D): visibility times cosine times solid angle over pi."""

    @classmethod
    def from_visibility(
        cls, directions: Float, visibility: NDArray[np.float32], normals: Float
    ) -> "Transfer":
        """Join the visibility (V, D) with the normals (V, 3)."""
        cosine = np.maximum(0.0, normals @ directions.T)
        weight = 4.0 / len(directions)
        received = np.asarray(visibility * cosine * weight, np.float32)
        return cls(directions, visibility, received)

    def irradiance(self, light: RoomLight, rotation: Float) -> Float:
        """(V, 3) light that a white matt surface sends back, for a mesh turned by ``rotation`` (3, 3)."""
        return self.received @ light.diffuse(self.directions @ rotation.T)

    def box_visibility(self, light: RoomLight, rotation: Float) -> Float:
        """(V, boxes): what share of each soft box a vertex sees."""
        turned = self.directions @ rotation.T
        shares = np.stack([box.diffuse(turned)[:, 1] for box in light.softboxes], axis=1)
        return self.visibility @ (shares / shares.sum(axis=0))


def vertex_normals(vertices: Float, triangles: Index, places: Index | None = None) -> Float:
    """(V, 3) unit normals, weighted by area; vertices of one place (``face_model.weld``) share theirs."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    owner = np.arange(len(vertices)) if places is None else places
    sums = np.stack(
        [
            np.bincount(owner[triangles].T.ravel(), np.tile(facing[:, k], 3), owner.max() + 1)
            for k in range(3)
        ],
        axis=1,
    )[owner]
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def blur_over_mesh(values: Float, edges: Index, rounds: int) -> Float:
    """``values`` (V, C) averaged with neighbors along ``edges`` (E, 2): light that scatters under skin."""
    count = len(values)
    degree = np.maximum(np.bincount(edges.ravel(), minlength=count), 1)[:, None]
    for _ in range(rounds):
        sums = np.stack(
            [
                np.bincount(edges[:, 0], values[edges[:, 1], k], count)
                + np.bincount(edges[:, 1], values[edges[:, 0], k], count)
                for k in range(values.shape[1])
            ],
            axis=1,
        )
        values = 0.5 * values + 0.5 * sums / degree
    return values
