"""GazeCam: a webcam whose eyes meet the lens."""

__version__ = "0.1.0"
