"""What may stand on the command line, and what each command does with it."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vcam import __version__
from vcam.cli import commands as acts
from vcam.cli import machine, remote

_SMALLEST_PX = 16


def parser() -> argparse.ArgumentParser:
    """What the command line may say; each command carries its ``act``."""
    parser = argparse.ArgumentParser(
        prog="gazecam", description="A webcam whose eyes meet the lens. Without a command: run."
    )
    parser.add_argument("--version", action="version", version=f"gazecam {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_process(commands)
    _add_bench(commands)
    for name, act, text in (
        ("doctor", acts.doctor, "what works on this machine, and the one fix for what does not"),
        ("devices", acts.devices, "cameras by name, and virtual cameras"),
    ):
        command = _command(commands, name, act, text)
        command.add_argument("--json", action="store_true", help="for programs")
    _add_setup(commands)
    calibrate = _command(commands, "calibrate", machine.calibrate, "20-second guided calibration")
    calibrate.add_argument("--source", metavar="camera[:NAME|N]", help="which camera, where none is running")
    _add_settings(calibrate)
    for name, text in remote.COMMANDS.items():
        _command(commands, name, remote.ask_running, text)
    return parser


def _command(
    commands: Any, name: str, act: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument("-v", "--verbose", action="store_true", help="log more")
    command.set_defaults(act=act)
    return command


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strength", type=float, metavar="0..1", help="how much of the way to the lens")
    command.add_argument(
        "--backend", choices=("auto", "cpu", "cuda", "tensorrt"), help="what runs the models"
    )
    command.add_argument(
        "--redirector", choices=("cfgr", "geometric", "gazenerf"), help="what redraws the eyes"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="another settings file (TOML) than your own"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="any setting, repeatable",
    )


def _add_run(commands: Any) -> None:
    run = _command(commands, "run", acts.run, "live: camera in, GazeCam out")
    run.add_argument("--source", metavar="camera[:NAME|N] | demo | PATH", help="where frames come from")
    run.add_argument("--sink", metavar="virtual | pipewire | preview | PATH", help="where frames go")
    run.add_argument("--size", type=_size, metavar="WxH", help="what the camera is asked for, e.g. 1280x720")
    run.add_argument("--fps", type=float, help="likewise its rate")
    run.add_argument("--no-tray", action="store_true", help="no tray icon, no window: the terminal alone")
    run.add_argument("--duration", type=_seconds, metavar="S", help="stop after this many seconds")
    _add_settings(run)


def _add_process(commands: Any) -> None:
    process = _command(commands, "process", acts.process, "correct a picture or video file")
    process.add_argument("input", type=Path, metavar="IN")
    process.add_argument("output", type=Path, metavar="OUT")
    process.add_argument("--lossless", action="store_true", help="bit-exact outside the eyes (FFV1 in .mkv)")
    process.add_argument("--compare", action="store_true", help="before | after, side by side")
    process.add_argument("--report", type=Path, metavar="R.json", help="what was done to each frame")
    _add_settings(process)


def _add_bench(commands: Any) -> None:
    bench = _command(commands, "bench", acts.bench, "latency of each stage on this machine")
    bench.add_argument("--json", action="store_true", help="for programs")
    bench.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH")
    bench.add_argument("--frames", type=_count, default=300, metavar="N")
    _add_settings(bench)


def _add_setup(commands: Any) -> None:
    setup = _command(commands, "setup-device", machine.setup_device, "make the virtual camera named GazeCam")
    setup.add_argument("--yes", action="store_true", help="go ahead without a question")
    setup.add_argument("--remove", action="store_true", help="take it away again")


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if found is None or int(found[1]) < _SMALLEST_PX or int(found[2]) < _SMALLEST_PX:
        raise argparse.ArgumentTypeError(
            f"expected WIDTHxHEIGHT, each {_SMALLEST_PX} or more, e.g. 1280x720, got {text!r}"
        )
    return int(found[1]), int(found[2])


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, got {text!r}")
    return value
