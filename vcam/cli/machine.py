"""What prepares this machine and this person: setup-device and calibrate."""

import argparse
import sys

from vcam.cli.exits import DONE, FAILED
from vcam.errors import ConfigError


def setup_device(args: argparse.Namespace) -> int:
    """Make the virtual camera, asking first; and, where menus exist, an entry in the user's."""
    from vcam.platform import shortcut
    from vcam.platform.setup_device import Talk, set_up

    if not set_up(Talk(print, _asked if sys.stdin.isatty() else None), yes=args.yes, remove=args.remove):
        return FAILED
    if shortcut.is_wanted() and not args.remove and not shortcut.is_current():
        shortcut.install()
        print("GazeCam is in your applications menu.")
    elif shortcut.is_wanted() and args.remove:
        shortcut.remove()
    return DONE


def _asked(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def calibrate(args: argparse.Namespace) -> int:
    """Open the guided calibration: in the program that runs, else by itself."""
    from vcam.platform.instance import NotRunning, ask

    try:
        print(ask("calibrate"))
    except NotRunning:
        return _calibrate_alone(args)
    return DONE


def _calibrate_alone(args: argparse.Namespace) -> int:
    from vcam.assembly import find_source, session_parts
    from vcam.calibration_store import CalibrationStore
    from vcam.cli.settings import own_config
    from vcam.desktop import missing_parts
    from vcam.session import LiveSession

    config, _, _ = own_config(args)
    if missing := missing_parts():
        raise ConfigError(missing)
    from vcam.desktop.calibration import run_calibration

    camera = find_source(config).name
    session = LiveSession(config, session_parts())
    session.start()
    try:
        return run_calibration(session, CalibrationStore(), camera)
    finally:
        session.stop()
