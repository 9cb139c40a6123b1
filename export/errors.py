"""What can go wrong between a checkpoint and a model file."""


class ExportError(Exception):
    """A checkpoint cannot become a model file, or a model file is not what its checkpoint says."""
