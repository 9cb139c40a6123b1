"""Commands for the GazeCam that is running already."""

import argparse
import time

from vcam.cli.exits import DONE
from vcam.platform.instance import NotAnswering, ask, is_running

COMMANDS = {
    "toggle": "switch eye contact on or off in the GazeCam that is running",
    "on": "switch eye contact on, likewise",
    "off": "switch eye contact off, likewise",
    "preview": "show its window",
    "status": "say what it is doing",
    "quit": "end it",
}
"""Each with its help."""
_ENDS_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.05


def ask_running(args: argparse.Namespace) -> int:
    """Have the running program do what the command says, and print its answer."""
    print(ask(args.command))
    if args.command == "quit":
        _wait_for_its_end()
    return DONE


def _wait_for_its_end() -> None:
    """So that ``gazecam quit && gazecam`` starts anew instead of meeting one that is about to end."""
    until = time.monotonic() + _ENDS_WITHIN_S
    while is_running():
        if time.monotonic() > until:
            raise NotAnswering(f"GazeCam is still running after {_ENDS_WITHIN_S:g} s; end its process")
        time.sleep(_LOOK_EVERY_S)
