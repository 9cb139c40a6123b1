"""What the commands do that work with cameras and files: run, process, bench, doctor, devices."""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict

from vcam.cli.exits import DONE, FAILED
from vcam.platform.logs import logged_to_file


def run(args: argparse.Namespace) -> int:
    """Live mode, with the user's own settings."""
    from vcam.app import DesktopWish, start_live
    from vcam.assembly import CAMERA_SINKS
    from vcam.cli.settings import own_config

    config, file, problem = own_config(args)
    with ExitStack() as stack:
        if config.sink.spec in CAMERA_SINKS:  # nobody watches the terminal then
            stack.enter_context(logged_to_file())
        told = start_live(config, args.duration, None if args.no_tray else DesktopWish(file, problem))
    if told:
        print(told)
    return DONE


def process(args: argparse.Namespace) -> int:
    """Correct a file."""
    from vcam.app import build_corrector
    from vcam.cli.settings import config_of
    from vcam.process import process_file

    config = config_of(args)
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
    return DONE


def bench(args: argparse.Namespace) -> int:
    """Time the correction."""
    from vcam.app import build_corrector
    from vcam.bench import run_bench
    from vcam.cli.settings import config_of

    with closing(build_corrector(config_of(args))) as corrector:
        result = run_bench(corrector, args.size, args.frames, _bar("frames"))
    print(json.dumps(result.record(), indent=1) if args.json else result.text())
    return DONE


def doctor(args: argparse.Namespace) -> int:
    """Judge this machine; fails where live mode cannot run."""
    from vcam.platform.doctor import Wanted, live_mode_ready, run_checks
    from vcam.settings_file import SettingsFile

    stored, problem = SettingsFile().load_or_last_good()
    checks = run_checks(Wanted(stored.sink.spec, stored.desktop.hotkey, problem))
    if args.json:
        print(json.dumps([asdict(check) for check in checks], indent=1))
    else:
        for check in checks:
            fix = f"\n      fix: {check.fix}" if check.fix else ""
            print(f"{check.status:4}  {check.name}: {check.message}{fix}")
    return DONE if live_mode_ready(checks) else FAILED


def devices(args: argparse.Namespace) -> int:
    """List the cameras."""
    from vcam.platform.cameras import list_cameras

    cameras = list_cameras()
    if args.json:
        print(json.dumps([asdict(camera) for camera in cameras], indent=1))
        return DONE
    for camera in cameras:
        print(f"{camera.device}  {camera.name}{'  (virtual)' if camera.virtual else ''}")
    if not cameras:
        print("no camera found; `gazecam doctor` says why")
    return DONE


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
