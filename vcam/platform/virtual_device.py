"""The records that describe a virtual camera, found or missing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Backend: TypeAlias = Literal["v4l2loopback", "unitycapture", "obs"]


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """A virtual camera that frames can be sent to."""

    name: str
    """What other programs list it as."""
    device: str
    """What the sink opens: a node's path on Linux, the name elsewhere."""
    backend: Backend


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is none to send to, and the one thing to do about it."""

    message: str
    fix: str
