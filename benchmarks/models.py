"""What the models cost beside the tracker: both in one run, frame by frame, on the demo.

    python -m benchmarks.models [--frames 300] [--threads 1 2]

Each frame is tracked, then every model runs once on its two eyes with each number of threads, so that
whatever else the machine does burdens all alike. Quartiles are printed, because a machine that others use
makes the upper half mostly theirs.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing

import numpy as np

import engines
from vcam.bench import commit, machine
from vcam.eyepatches import cut_eyes
from vcam.model import MODELS
from vcam.sources.demo import DemoSource
from vcam.track import MeshTracker, TrackingSettings

_WARM_UP = 20
_QUANTILES = (10, 25, 50, 75, 95)
TRACKING = "tracking"


def measure(frames: int, threads: Sequence[int]) -> dict[str, np.ndarray]:
    """Milliseconds per frame (frames,) of the tracker and of each model on two eyes."""
    spent: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        source = stack.enter_context(closing(DemoSource(realtime=False)))
        tracker = stack.enter_context(closing(MeshTracker(TrackingSettings())))
        opened = {
            f"{name}, {count} thread{'s' if count > 1 else ''}": stack.enter_context(
                engines.load(engines.zoo_path(name), "cpu", count)
            )
            for name in MODELS
            for count in threads
        }
        while len(spent[TRACKING]) < frames + _WARM_UP:
            frame = source.read()
            assert frame is not None, "the demo runs in a loop"
            start = time.perf_counter()
            track = tracker.track(frame)
            elapsed = time.perf_counter() - start
            if track is None:
                continue
            spent[TRACKING].append(elapsed)
            eyes = cut_eyes(frame, track)
            angles = np.zeros((2, 2), np.float32)
            given = {"patch": eyes.pixels, "head": eyes.head, "source_gaze": eyes.head, "target_gaze": angles}
            for label, engine in opened.items():
                inputs = {tensor.name: given[tensor.name] for tensor in engine.spec.inputs}
                start = time.perf_counter()
                engine.run(inputs)
                spent[label].append(time.perf_counter() - start)
    return {label: np.array(seconds[_WARM_UP:]) * 1e3 for label, seconds in spent.items()}


def table(spent: dict[str, np.ndarray]) -> str:
    """Quantiles in ms, and the ratio of each median to that of tracking."""
    tracking = float(np.median(spent[TRACKING]))
    header = "".join(f"{f'p{q}':>8}" for q in _QUANTILES)
    lines = [f"{'ms, both eyes':28}{header}{'/ tracking':>12}"]
    for label, ms in spent.items():
        figures = "".join(f"{value:8.2f}" for value in np.percentile(ms, _QUANTILES))
        lines.append(f"{label:28}{figures}{float(np.median(ms)) / tracking:12.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--frames", type=int, default=300)
    ask.add_argument("--threads", type=int, nargs="+", default=[engines.DEFAULT_THREADS])
    args = ask.parse_args()
    print(table(measure(args.frames, args.threads)))
    print(f"{machine()}; {commit()}")


if __name__ == "__main__":
    main()
