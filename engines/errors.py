"""Every error that ``engines`` raises on purpose.

    EngineError
    +-- EngineUnavailable      no backend of this machine can run the model; each one's reason is given
    +-- ModelNotFound          a file of the model is not there
    +-- ModelMismatch          model.onnx and model.json do not belong together, or one is malformed
    +-- InferenceError         a run was asked for with wrong tensors, or the backend failed at it

Errors of the backends' libraries are translated where they enter, with ``raise ... from``.
"""


class EngineError(Exception):
    """Base of all errors raised by ``engines``."""


class EngineUnavailable(EngineError):
    """No backend of those asked for can run on this machine."""


class ModelNotFound(EngineError):
    """A model's folder, or one of its two files, is not there."""


class ModelMismatch(EngineError):
    """A model's files are malformed or do not belong together."""


class InferenceError(EngineError):
    """A run got tensors that the model does not take, or failed."""
