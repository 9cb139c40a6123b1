"""Arguments and settings files -> Config."""

import argparse
import json
import logging

from vcam.config import Config, load, overridden
from vcam.settings_file import SettingsFile

_log = logging.getLogger(__name__)


def _wishes(args: argparse.Namespace) -> list[str]:
    """What the command line says about settings, as key=value: --set, then the named options."""
    named = {
        "source.spec": getattr(args, "source", None),
        "source.fps": getattr(args, "fps", None),
        "sink.spec": getattr(args, "sink", None),
        "policy.strength": args.strength,
        "engine.backend": args.backend,
        "redirector": args.redirector,
    }
    if args.command == "run" and args.size:
        named["source.width"], named["source.height"] = args.size
    options = [f"{key}={json.dumps(value)}" for key, value in named.items() if value is not None]
    return [*args.settings, *options]


def config_of(args: argparse.Namespace) -> Config:
    """Defaults, then the file that --config names, then the command line."""
    return load(args.config, _wishes(args))


def own_config(args: argparse.Namespace) -> tuple[Config, SettingsFile, str | None]:
    """Likewise with the user's own file, which no slip in it keeps from starting; the file; what is wrong."""
    file = SettingsFile(args.config)
    if args.config:
        load(args.config)  # one that is named on the command line has to be there, and right
        stored, problem = file.load(), None
    else:
        stored, problem = file.load_or_last_good()
    if problem:
        _log.warning("%s", problem)
    return overridden(stored, _wishes(args)), file, problem
