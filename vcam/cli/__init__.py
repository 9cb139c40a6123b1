"""Arguments -> Config; logging; errors -> exit codes."""

import argparse
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Sequence

from vcam.cli.arguments import parser
from vcam.cli.exits import FAILED, INTERRUPTED, WRONG_USAGE
from vcam.errors import ConfigError, VcamError
from vcam.platform.logs import FORMAT, TIME


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code: 0 fine, 1 failed, 2 wrong usage or settings, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help", "--version"}):
        words.insert(0, "run")
    args = parser().parse_args(words)
    if arguments is None and not args.verbose:
        _silence_native_libraries()
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.INFO, format=FORMAT, datefmt=TIME)
    code = _act(args)
    if arguments is None and any(thread.daemon for thread in threading.enumerate()):
        # a thread left behind inside a native library aborts an interpreter that ends around it
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - so it is without a console
                stream.flush()
        os._exit(code)
    return code


def _act(args: argparse.Namespace) -> int:
    try:
        return args.act(args)
    except ConfigError as error:
        return _fail(error, WRONG_USAGE)
    except VcamError as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _silence_native_libraries() -> None:
    """Keep MediaPipe's and OpenCV's own remarks off the terminal: they write to descriptor 2, we do not."""
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is without a console
        return
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
