"""Every error that GazeCam raises on purpose.

    VcamError
    +-- ConfigError            a setting or an argument is wrong (exit code 2)
    +-- SourceError            frames cannot be read
    |   +-- SourceUnavailable      the device or file cannot be opened
    |   +-- SourceStalled          it was open and stopped delivering
    +-- SinkError              frames cannot be delivered
    |   +-- SinkUnavailable        the device or file cannot be opened
    +-- ModelError             a learned model is missing, damaged, made for something else, or fails
    +-- FrameError             a value that travels between stages is malformed
    +-- what belongs to one part is declared there: InstanceError and its kin (platform.instance_errors),
        SettingsNotSaved (settings_file), CalibrationError (calibration), CalibrationStoreError,
        AutostartError, ShortcutError, HotkeyUnavailable and the errors of its message bus (desktop)

A message says what failed, where, what was expected and found, and what to do next.
Errors of other libraries are translated where they enter, with ``raise ... from``.
"""


class VcamError(Exception):
    """Base of all errors raised by ``vcam``."""


class ConfigError(VcamError):
    """A setting or command-line argument is unknown, of the wrong type or out of range."""


class SourceError(VcamError):
    """Frames cannot be read."""


class SourceUnavailable(SourceError):
    """A camera or file cannot be opened."""


class SourceStalled(SourceError):
    """A source that was open has stopped delivering frames."""


class SinkError(VcamError):
    """Frames cannot be delivered."""


class SinkUnavailable(SinkError):
    """A virtual camera, window or file cannot be opened for output."""


class ModelError(VcamError):
    """A learned model is missing, damaged, made for something else, or fails."""


class FrameError(VcamError):
    """A value that travels between stages has the wrong shape, dtype or range."""
