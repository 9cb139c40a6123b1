"""What can be wrong with the data that a training reads."""

from training.errors import TrainingError


class DataError(TrainingError):
    """A folder of data is missing, damaged, incomplete or laid out otherwise; names the first wrong file."""
