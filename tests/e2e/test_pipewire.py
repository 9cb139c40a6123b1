"""The PipeWire camera in a session of its own: the real daemon, real readers, a real browser."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from tests.e2e import program
from tests.e2e.footage import still
from tests.e2e.pipewire import browser
from tests.e2e.pipewire.producer import Producer
from tests.e2e.pipewire.reader import Reader
from tests.e2e.pipewire.session import PACKAGES, Session, end, missing
from tests.e2e.vm import pattern
from tests.e2e.witness import Mask, Witness, apart
from tests.sinks.contract import FrameSinkContract
from vcam.app import build_corrector
from vcam.config import load
from vcam.errors import SinkError, SinkUnavailable
from vcam.process.picture import settled
from vcam.sinks.pipewire import NEUTRAL_GRAY, PipeWireSink
from vcam.stages import FrameSink
from vcam.types import Image

SIZE = 320, 240
# of 255; 2.6 measured, for GStreamer's conversion rounds down by up to 3; a wrong matrix costs 10 and more
FAITHFUL = 4.0


def _obstacle() -> str | None:
    if sys.platform != "linux":
        return f"PipeWire is Linux's, this is {sys.platform}"
    if lacking := missing(PACKAGES):
        return lacking
    plugin = subprocess.run(["gst-inspect-1.0", "pipewiresrc"], capture_output=True, check=False)
    return None if plugin.returncode == 0 else "needs the package gstreamer1.0-pipewire"


pytestmark = pytest.mark.skipif(_obstacle() is not None, reason=str(_obstacle()))


@pytest.fixture(scope="module")
def shared_session() -> Iterator[Session]:
    with Session() as session:
        yield session


@pytest.fixture
def session(shared_session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The session of all tests, entered by this process too."""
    return entered(shared_session, monkeypatch)


@pytest.fixture
def own_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session that the test may damage."""
    with Session() as session:
        yield entered(session, monkeypatch)


def entered(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.delenv("PIPEWIRE_REMOTE", raising=False)
    monkeypatch.delenv("PIPEWIRE_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", session.environment["XDG_RUNTIME_DIR"])
    return session


def read(reader: Reader, count: int) -> list[tuple[int, float]]:
    """Number of and difference to the pattern, for the next pictures."""
    images = [reader.read() for _ in range(count)]
    return [(pattern.read_number(image), pattern.difference(image)) for image in images]


def read_until(reader: Reader, wanted: Callable[[int], bool]) -> int:
    """The first number that is wanted."""
    return next(number for number in (read(reader, 1)[0][0] for _ in range(500)) if wanted(number))


class TestPipeWireSink(FrameSinkContract):
    @pytest.fixture
    def sink(self, session: Session) -> Iterator[FrameSink]:
        assert session.cameras() == []
        sink = PipeWireSink((96, 64), 30)
        yield sink
        sink.close()


def test_it_is_listed_as_a_camera_named_gazecam(session):
    sink = PipeWireSink(SIZE, 30)
    [camera] = session.cameras()
    assert (camera["node.description"], camera["media.role"]) == ("GazeCam", "Camera")
    sink.close()
    session.wait_for(lambda: session.cameras() == [], "the end of the camera")


def test_frames_arrive_whole_and_in_order(session):
    with Producer(SIZE), Reader(session, SIZE) as reader:
        frames = read(reader, 30)
    numbers = [number for number, _ in frames]
    assert numbers == sorted(set(numbers))
    assert max(difference for _, difference in frames) < FAITHFUL


def test_an_odd_size_loses_its_last_row_and_column(session):
    with Producer((325, 241)) as producer, Reader(session, (324, 240)) as reader:
        assert producer.sink.size == (324, 240)
        picture = reader.read()
    whole = pattern.draw(pattern.read_number(picture), (325, 241))
    assert np.abs(picture.astype(int) - whole[:240, :324]).mean() < FAITHFUL


def test_a_frame_of_another_size_is_fitted_between_bars(session):
    tall = np.full((240, 120, 3), 200, np.uint8)
    with Producer(SIZE, draw=lambda _: tall), Reader(session, SIZE) as reader:
        picture = reader.read()
    assert np.abs(picture[:, 100:220].astype(int) - 200).max() < 6
    assert picture[:, :95].max() < 6
    assert picture[:, 225:].max() < 6


def test_two_readers_get_the_same_frames(session):
    with Producer(SIZE), Reader(session, SIZE) as first, Reader(session, SIZE) as second:
        read(first, 1)
        pairs = [(read(first, 1), read(second, 1)) for _ in range(30)]
    ours, theirs = ({number for [(number, _)] in side} for side in zip(*pairs, strict=True))
    assert len(ours & theirs) > 20


@pytest.mark.parametrize("killed", [False, True])
def test_a_reader_that_gives_no_buffer_back_cannot_starve_the_other(session, killed):
    with Producer(SIZE) as producer, Reader(session, SIZE) as hog, Reader(session, SIZE) as reader:
        read(hog, 1)
        for _ in range(20):  # meanwhile the hog, whose pictures nobody takes, gets all buffers
            read(reader, 1)
        if killed:
            hog.signal(signal.SIGKILL)
        before = producer.sent
        read_until(reader, lambda number: number > before + 20)


def test_readers_are_counted_as_they_come_and_go(session):
    with Producer(SIZE) as producer:
        watch = producer.sink.watch()
        assert watch.readers() == 0
        assert not watch.wait(0.01)
        with Reader(session, SIZE) as first:
            assert watch.wait(30)
            assert watch.readers() == 1
            first.read()
            with Reader(session, SIZE) as second:
                second.read()
                assert watch.wait(30)
                assert watch.readers() == 2
            session.wait_for(lambda: watch.readers() == 1, "the end of the second reader")
            first.read()
        session.wait_for(lambda: watch.readers() == 0, "the end of both readers")
        with Reader(session, SIZE) as third:
            assert len(read(third, 3)) == 3
    assert watch.readers() is None


def test_a_frame_that_nobody_reads_is_not_even_converted(session, monkeypatch):
    monkeypatch.setattr("vcam.sinks.pipewire.yuy2", lambda _: pytest.fail("converted"))
    with Producer(SIZE) as producer:
        session.wait_for(lambda: producer.sent >= 5 or producer.error is not None, "five frames")
    assert producer.error is None


def test_a_camera_that_starts_again_is_read_again(session):
    for first in (0, 1000):
        with Producer(SIZE, first), Reader(session, SIZE) as reader:
            assert read_until(reader, lambda number: number >= 0) // 1000 == first // 1000


def test_the_last_picture_a_reader_gets_is_plain_gray(session):
    with Producer(SIZE) as producer, Reader(session, SIZE) as reader:
        reader.read()
        closing = threading.Thread(target=producer.close)  # beside the reader, who must not stop to read
        closing.start()
        while (picture := reader.read()).std() > 2:
            pass
        closing.join()
    assert abs(float(picture.mean()) - NEUTRAL_GRAY) < FAITHFUL


def test_a_stuck_reader_holds_up_neither_the_sender_nor_the_other_reader(session):
    with Producer(SIZE) as producer, Reader(session, SIZE) as stuck, Reader(session, SIZE) as reader:
        read(stuck, 2)
        read(reader, 2)
        stuck.signal(signal.SIGSTOP)
        before = producer.sent
        read_until(reader, lambda number: number > before + 30)
        stuck.signal(signal.SIGCONT)
        behind = producer.sent
        assert read_until(stuck, lambda number: number > behind) > behind


def test_a_reader_that_wants_another_format_disturbs_nobody(session):
    wants = "pipewiresrc target-object=gazecam ! video/x-raw,format=GRAY8 ! fakesink"
    with Producer(SIZE) as producer, Reader(session, SIZE) as reader:
        read(reader, 2)
        watch = producer.sink.watch()
        picky = session.start("gst-launch-1.0", *wants.split())
        assert watch.wait(30)
        before = producer.sent
        read_until(reader, lambda number: number > before + 10)
        session.programs.pop("gst-launch-1.0")  # it may have ended meanwhile, or wait: versions differ
        end(picky)
        read_until(reader, lambda number: number > before + 20)


def test_the_camera_goes_with_a_killed_program_and_can_be_started_again(session):
    words = [sys.executable, "-m", "tests.e2e.pipewire.producer", *map(str, SIZE)]
    where = {"cwd": program.ROOT, "env": session.environment}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **where) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "listed\n"
        assert len(session.cameras()) == 1
        killed.kill()
    session.wait_for(lambda: session.cameras() == [], "the end of the camera")
    with Producer(SIZE), Reader(session, SIZE) as reader:
        assert len(read(reader, 3)) == 3


def test_a_daemon_that_hangs_holds_up_neither_sending_nor_closing(own_session):
    with Producer(SIZE) as producer, Reader(own_session, SIZE) as reader:
        read(reader, 2)
        own_session.programs["pipewire"].send_signal(signal.SIGSTOP)
        before = producer.sent
        own_session.wait_for(lambda: producer.sent > before + 20, "twenty more frames")
    assert producer.error is None


@pytest.mark.parametrize("read_meanwhile", [False, True])
def test_the_end_of_the_daemon_is_reported(own_session, read_meanwhile):
    with Producer(SIZE) as producer:
        if read_meanwhile:
            with Reader(own_session, SIZE) as reader:
                read(reader, 2)
                end_of_daemon(own_session, producer)
        else:
            end_of_daemon(own_session, producer)
        assert producer.sink.watch().readers() is None
    assert isinstance(producer.error, SinkError)
    assert str(producer.error).startswith("PipeWire camera: connection error; is PipeWire running?")


def end_of_daemon(session: Session, producer: Producer) -> None:
    daemon = session.programs.pop("pipewire")
    session.programs.clear()  # WirePlumber goes with it
    daemon.kill()
    daemon.wait()
    session.wait_for(lambda: producer.error is not None, "the sender's error")


def test_without_a_daemon_the_error_names_the_command_that_starts_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(SinkUnavailable, match=r"daemon does not run for this user .*systemctl --user enable"):
        PipeWireSink(SIZE, 30)


def test_without_a_session_manager_the_error_says_so(monkeypatch):
    monkeypatch.setattr("vcam.sinks.pipewire_node._START_S", 0.3)
    with Session(managed=False) as session:
        entered(session, monkeypatch)
        with pytest.raises(SinkUnavailable, match=r"no session manager runs, .*enable --now wireplumber"):
            PipeWireSink(SIZE, 30)


@dataclass(frozen=True)
class Meeting:
    """A frame of the demo through the real program, as a web page in Chromium gets it."""

    visit: browser.Visit
    picture: Image
    expected: Image
    eyes: Mask


@pytest.fixture(scope="module")
def meeting(shared_session: Session, tmp_path_factory: pytest.TempPathFactory) -> Meeting:
    if lacking := missing(browser.PACKAGES):
        pytest.skip(f"Chromium's camera {lacking}")
    path = tmp_path_factory.mktemp("meeting") / "still.png"
    picture = still(program.DEMO, program.OPEN_EYES, (1280, 720))
    cv2.imwrite(str(path), picture)
    # the whole way to the lens at once, and nothing that stands in for a correction on a busy machine
    patient = ["policy.max_step_deg=90", "sink.pass_through_after_s=3000", "sink.placeholder_after_s=3000"]
    with closing(build_corrector(load(None, patient))) as corrector:
        expected = settled(picture, corrector.correct).frame.image
    with closing(Witness()) as witness:
        eyes = witness.eyes(picture).grown()
    options = [word for setting in patient for word in ("--set", setting)]
    product = shared_session.start(
        *program.command("run", "--source", path, "--sink", "pipewire", "--no-tray", *options)
    )
    shared_session.wait_for(lambda: len(shared_session.cameras()) == 1, "the product's camera")
    visit = browser.visit(shared_session, "GazeCam", 3)
    product.send_signal(signal.SIGINT)
    assert product.wait(30) == 130
    return Meeting(visit, picture, expected, eyes)


def as_sent(image: Image) -> Image:
    """What the way through YUV 4:2:0 leaves of a picture."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), cv2.COLOR_YUV2BGR_I420)


def test_chromium_lists_the_running_product_as_gazecam(meeting):
    assert meeting.visit.failure == ""
    assert json.loads(meeting.visit.labels) == ["GazeCam"]


def test_chromium_draws_the_corrected_eyes(meeting):
    assert [image.shape for image in meeting.visit.frames] == [(720, 1280, 3)] * 3
    for image in meeting.visit.frames:
        to_corrected = apart(image, as_sent(meeting.expected), meeting.eyes)
        to_uncorrected = apart(image, as_sent(meeting.picture), meeting.eyes)
        assert to_uncorrected > 2
        assert to_corrected < to_uncorrected / 3


def test_chromium_draws_all_else_as_the_camera_saw_it(meeting):
    outside = ~meeting.eyes
    assert max(apart(image, as_sent(meeting.picture), outside) for image in meeting.visit.frames) < 1
