"""How a job in the guest works through its steps and leaves what it found for the tests on the host."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path


def run_steps(steps: Sequence[Callable[[], object]]) -> None:
    """Run every step and write ``$VM_OUT/facts.json``; a step that fails leaves its traceback."""
    facts: dict[str, object] = {}
    for step in steps:
        since = time.perf_counter()
        try:
            facts[step.__name__] = {"value": step()}
        except Exception:  # a step must not take the others' evidence with it
            facts[step.__name__] = {"error": traceback.format_exc()}
        print(f"{step.__name__}: {time.perf_counter() - since:.1f} s", flush=True)
    Path(os.environ["VM_OUT"], "facts.json").write_text(json.dumps(facts, indent=1))
    sys.stdout.flush()
    os._exit(0)
