"""What can go wrong between the running program and a second one.

InstanceError          (a VcamError)
+-- FolderUnsafe           the folder where the two would meet is not this user's alone, or cannot be had
+-- AlreadyRunning         another GazeCam of this user runs
+-- NotRunning             none runs that could be asked
+-- NotAnswering           one runs and says nothing: still starting, hung, or just ended
+-- CommandRefused         one runs and did not do what it was asked
"""

from vcam.errors import VcamError


class InstanceError(VcamError):
    """The running program and a second one cannot come to terms."""


class FolderUnsafe(InstanceError):
    """The folder where the two would meet is not this user's alone, or cannot be had."""


class AlreadyRunning(InstanceError):
    """Another GazeCam of this user runs."""


class NotRunning(InstanceError):
    """No GazeCam of this user runs that could be asked."""


class NotAnswering(InstanceError):
    """It runs and says nothing: still starting, hung, or just ended."""


class CommandRefused(InstanceError):
    """It runs and did not do what it was asked; the message is its own."""
