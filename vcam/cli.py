"""Arguments -> Config; logging; errors -> exit codes."""

import argparse
import faulthandler
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vcam import __version__
from vcam.config import Config, load
from vcam.errors import ConfigError, VcamError

_SMALLEST_PX = 16
_DONE, _FAILED, _WRONG_USAGE, _INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code: 0 fine, 1 failed, 2 wrong usage or settings, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help", "--version"}):
        words.insert(0, "run")
    args = _parser().parse_args(words)
    if arguments is None and not args.verbose:
        _silence_native_libraries()
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    code = _act(args)
    if arguments is None and any(thread.daemon for thread in threading.enumerate()):
        # a thread left behind inside a native library aborts an interpreter that ends around it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _act(args: argparse.Namespace) -> int:
    try:
        return args.act(args)
    except ConfigError as error:
        return _fail(error, _WRONG_USAGE)
    except VcamError as error:
        return _fail(error, _FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _silence_native_libraries() -> None:
    """Keep MediaPipe's and OpenCV's own remarks off the terminal: they write to descriptor 2, we do not."""
    sys.stderr = os.fdopen(
        os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace"
    )
    faulthandler.enable(sys.stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _fail(error: VcamError, code: int) -> int:
    print(f"gazecam: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gazecam", description="A webcam whose eyes meet the lens. Without a command: run."
    )
    parser.add_argument("--version", action="version", version=f"gazecam {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_process(commands)
    _add_bench(commands)
    for name, act, text in (
        ("doctor", _doctor, "what works on this machine, and the one fix for what does not"),
        ("devices", _devices, "cameras by name, and virtual cameras"),
    ):
        command = _command(commands, name, act, text)
        command.add_argument("--json", action="store_true", help="for programs")
    _command(commands, "setup-device", _setup_device, "make the virtual camera named GazeCam")
    _command(commands, "calibrate", _calibrate, "20-second guided calibration")
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
    command.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="any setting, repeatable",
    )


def _add_run(commands: Any) -> None:
    run = _command(commands, "run", _run, "live: camera in, GazeCam out")
    run.add_argument("--source", metavar="camera[:NAME|N] | demo | PATH", help="where frames come from")
    run.add_argument("--sink", metavar="virtual | preview | PATH", help="where frames go")
    run.add_argument("--size", type=_size, metavar="WxH", help="what the camera is asked for, e.g. 1280x720")
    run.add_argument("--fps", type=float, help="likewise its rate")
    run.add_argument("--no-tray", action="store_true", help="no tray icon (this version has none yet)")
    run.add_argument("--duration", type=_seconds, metavar="S", help="stop after this many seconds")
    _add_settings(run)


def _add_process(commands: Any) -> None:
    process = _command(commands, "process", _process, "correct a picture or video file")
    process.add_argument("input", type=Path, metavar="IN")
    process.add_argument("output", type=Path, metavar="OUT")
    process.add_argument("--lossless", action="store_true", help="bit-exact outside the eyes (FFV1 in .mkv)")
    process.add_argument("--compare", action="store_true", help="before | after, side by side")
    process.add_argument("--report", type=Path, metavar="R.json", help="what was done to each frame")
    _add_settings(process)


def _add_bench(commands: Any) -> None:
    bench = _command(commands, "bench", _bench, "latency of each stage on this machine")
    bench.add_argument("--json", action="store_true", help="for programs")
    bench.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH")
    bench.add_argument("--frames", type=_count, default=300, metavar="N")
    _add_settings(bench)


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


def _config(args: argparse.Namespace) -> Config:
    """Defaults, then the file, then --set, then the named options."""
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
    return load(args.config, [*args.settings, *options])


def _run(args: argparse.Namespace) -> int:
    from vcam.app import run_live

    meter = run_live(_config(args), args.duration)
    print(meter.table())
    return _DONE


def _process(args: argparse.Namespace) -> int:
    from vcam.app import build_corrector
    from vcam.process import process_file

    config = _config(args)
    totals = process_file(
        args.input,
        args.output,
        make_corrector=lambda: build_corrector(config),
        lossless=args.lossless,
        compare=args.compare,
        report=args.report,
        progress=_bar("frames"),
    )
    passed = ", ".join(f"{reason} {count}" for reason, count in totals.passed_through.items())
    print(
        f"{args.output}: {totals.frames} frames, {totals.with_face} with a face, {totals.corrected} corrected"
        + (f"; passed through: {passed}" if passed else "")
    )
    return _DONE


def _bench(args: argparse.Namespace) -> int:
    from vcam.app import build_corrector
    from vcam.bench import run_bench

    with closing(build_corrector(_config(args))) as corrector:
        result = run_bench(corrector, args.size, args.frames, _bar("frames"))
    print(json.dumps(result.record(), indent=1) if args.json else result.text())
    return _DONE


def _doctor(args: argparse.Namespace) -> int:
    from vcam.platform.doctor import live_mode_ready, run_checks

    checks = run_checks()
    if args.json:
        print(json.dumps([asdict(check) for check in checks], indent=1))
    else:
        for check in checks:
            fix = f"\n      fix: {check.fix}" if check.fix else ""
            print(f"{check.status:4}  {check.name}: {check.message}{fix}")
    return _DONE if live_mode_ready(checks) else _FAILED


def _devices(args: argparse.Namespace) -> int:
    from vcam.platform.cameras import list_cameras

    cameras = list_cameras()
    if args.json:
        print(json.dumps([asdict(camera) for camera in cameras], indent=1))
        return _DONE
    for camera in cameras:
        print(f"{camera.device}  {camera.name}{'  (virtual)' if camera.virtual else ''}")
    if not cameras:
        print("no camera found; `gazecam doctor` says why")
    return _DONE


def _setup_device(_args: argparse.Namespace) -> int:
    from vcam.platform.cameras import OWN_NAME
    from vcam.platform.virtual_camera import locate_virtual_camera
    from vcam.platform.virtual_device import Problem

    found = locate_virtual_camera(OWN_NAME)
    print("This version does not set up the device by itself yet; it comes with the desktop release.")
    if isinstance(found, Problem):
        print(f"{found.message}\nDo this once: {found.fix}")
        return _FAILED
    print(f"It is there already: {found.name} ({found.device}).")
    return _DONE


def _calibrate(_args: argparse.Namespace) -> int:
    print(
        "This version has no guided calibration yet; it comes with the desktop release.\n"
        "Until then: --set gaze.pitch_offset_deg=DEG and --set gaze.yaw_offset_deg=DEG shift the estimate."
    )
    return _FAILED


def _bar(unit: str) -> Callable[[int, int | None], None]:
    """A progress bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None

    def show(done: int, total: int | None) -> None:
        filled = int(30 * done / total) if total else 0
        amount = f"{done}/{total}" if total else str(done)
        end = "\n" if done == total else ""
        print(f"\r[{'#' * filled:30}] {amount} {unit}", end=end, file=sys.stderr, flush=True)

    return show
