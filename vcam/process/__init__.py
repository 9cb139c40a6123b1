"""A picture or video file in, its corrected copy out."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from vcam.process.checks import check_outputs
from vcam.process.ledger import FrameCorrector, Ledger, Totals
from vcam.process.picture import process_picture
from vcam.process.picture_format import PictureFormat, picture_format
from vcam.process.video import Progress, VideoPass
from vcam.sinks.clip_format import ClipFormat, clip_format
from vcam.sinks.partial import PartialFile
from vcam.sources.media import MediaFile
from vcam.types import Frame, Image

__all__ = ["FrameCorrector", "Totals", "process_file"]


def _unwatched(_done: int, _total: int | None) -> None:
    """Nobody watches the progress."""


def process_file(  # noqa: PLR0913  all but two are options with a default or a name
    source: Path,
    target: Path,
    *,
    make_corrector: Callable[[], FrameCorrector],
    lossless: bool = False,
    compare: bool = False,
    report: Path | None = None,
    progress: Progress = _unwatched,
) -> Totals:
    """Correct a picture or video, told apart by content; ``target`` appears complete or not at all.

    ``lossless`` keeps every pixel that the corrector left alone bit for bit. ``compare`` puts before
    and after side by side. ``report`` gets a JSON record of each frame. ``progress`` is called with
    (frames done, frames in all or None) after each. Arguments are checked before a corrector is made.

    Raises:
        ConfigError: the paths or their endings do not fit each other or the options.
        SourceUnavailable: the source cannot be read.
        SinkError: the target or the report cannot be written.

    """
    check_outputs(source, target, report)
    form = _form(source, target, lossless=lossless)
    ledger = Ledger(keep_records=report is not None)
    with ExitStack() as stack:
        result_file = stack.enter_context(PartialFile(target))
        report_file = stack.enter_context(PartialFile(report)) if report else None
        corrector = stack.enter_context(closing(make_corrector()))
        if isinstance(form, PictureFormat):
            ledger.enter(process_picture(source, result_file, form, corrector.correct, compare=compare))
            progress(1, 1)
        else:
            job = stack.enter_context(closing(VideoPass(source, result_file.path, form, compare=compare)))
            job.run(lambda frame: _corrected_image(frame, corrector, ledger), progress)
        if report_file is not None:
            ledger.write(report_file, source, target)
    return ledger.totals()


def _form(source: Path, target: Path, *, lossless: bool) -> PictureFormat | ClipFormat:
    with closing(MediaFile(source)) as media:
        still = media.is_still
    return picture_format(target, lossless=lossless) if still else clip_format(target, lossless=lossless)


def _corrected_image(frame: Frame, corrector: FrameCorrector, ledger: Ledger) -> Image:
    correction = corrector.correct(frame)
    ledger.enter(correction)
    return correction.frame.image
