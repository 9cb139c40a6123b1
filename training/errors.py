"""What can go wrong before, between and after the steps of a training.

    TrainingError
    +-- RecipeError         a recipe or ``--set`` names what does not exist, or gives it a wrong value
    +-- CheckpointError     a checkpoint is missing, damaged, or of another model
    +-- EvaluationError     there is nothing to evaluate, or two answers do not belong together

A message says what failed, where, what was expected and found, and what to do next.
"""


class TrainingError(Exception):
    """Base of the errors that training raises on purpose."""


class RecipeError(TrainingError):
    """A recipe is unreadable, or one of its settings is unknown, of the wrong type or out of range."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be read, is damaged, or belongs to another model or recipe."""


class EvaluationError(TrainingError):
    """An evaluation has no pairs, or is given pictures that do not belong to them."""
