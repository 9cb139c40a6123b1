"""What the person is asked to do at which moment of a calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcam.calibration import SACCADE_S, STEPS, Step

LASTS_S: Mapping[Step, float] = {step: 4.0 if step in {"lens", "face"} else 3.0 for step in STEPS}
"""20 s for all of them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of the run."""

    step: Step
    before: Step | None
    """The step that it follows; None for the first."""
    number: int
    """Of the step, from 0."""
    since_s: float
    """How long the step has lasted."""
    share: float
    """[0, 1] of the time in which looks count that has passed."""


class Guide:
    """A run through some steps: what holds at a time, in s of any one clock."""

    def __init__(self, steps: Sequence[Step], start_s: float) -> None:
        """Begin with the first of ``steps`` at ``start_s``."""
        self.steps = tuple(steps)
        self._starts = [start_s]
        for step in steps:
            self._starts.append(self._starts[-1] + LASTS_S[step])

    def at(self, time_s: float) -> Moment | None:
        """What holds at a time; None before the first and after the last step."""
        for number, (step, start) in enumerate(zip(self.steps, self._starts[:-1], strict=True)):
            if start <= time_s < self._starts[number + 1]:
                since = time_s - start
                share = max(since - SACCADE_S, 0.0) / (LASTS_S[step] - SACCADE_S)
                before = self.steps[number - 1] if number else None
                return Moment(step, before, number, since, share)
        return None

    def over(self, time_s: float) -> bool:
        """Whether the last step has ended."""
        return time_s >= self._starts[-1]


def request(step: Step) -> tuple[str, str]:
    """What to do in a step, and how, for the person to read."""
    match step:
        case "lens":
            return "Look into the lens", "of your camera, wherever it stands, until this picture changes"
        case "face":
            return "Look at the dot", "between the eyes, as you would look at somebody in a call"
        case _:
            return "Follow the dot with your eyes", "your head may move along"
