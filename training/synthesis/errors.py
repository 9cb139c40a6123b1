"""What can go wrong before a picture is drawn."""


class SynthesisError(Exception):
    """Base of the renderer's errors."""


class AssetError(SynthesisError):
    """A file of the head model or of the eye scans is missing or not what it should be."""


class RendererUnavailable(SynthesisError):
    """This machine cannot draw: moderngl is not installed, or OpenGL 3.3 does not start without a screen."""
