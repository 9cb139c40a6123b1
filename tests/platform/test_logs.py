"""The log file: what it holds, how large it grows, and that it never gets in the way."""

import logging
import re
import sys
from pathlib import Path

import pytest

from vcam.errors import SourceUnavailable
from vcam.platform.logs import LogFile, default_path, logged_to_file

_log = logging.getLogger("vcam.some.part")


@pytest.fixture(autouse=True)
def everything(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "gazecam.log"


def test_a_line_is_that_of_the_terminal_with_the_day_before_it(path):
    with logged_to_file(path):
        _log.info("30.0 fps, delay 27 ms")
    expected = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO vcam\.some\.part: 30\.0 fps, delay 27 ms\n"
    assert re.fullmatch(expected, path.read_text())


def test_nothing_is_logged_before_or_after(path):
    _log.info("before")
    with logged_to_file(path):
        _log.info("within")
    _log.info("after")
    assert path.read_text().count("\n") == 1


def test_a_new_start_goes_on_in_the_same_file(path):
    for word in ("first", "second"):
        with logged_to_file(path):
            _log.info(word)
    assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()] == ["first", "second"]


def test_the_file_never_grows_large_and_three_old_ones_stay(path):
    with logged_to_file(path):
        for number in range(6000):
            _log.info("%d %s", number, 990 * "x")
    sizes = {file.name: file.stat().st_size for file in path.parent.iterdir()}
    assert sorted(sizes) == ["gazecam.log", "gazecam.log.1", "gazecam.log.2", "gazecam.log.3"]
    assert max(sizes.values()) <= 1_000_000
    assert " 5999 xxx" in path.read_text()


def test_the_name_of_the_user_is_left_out_of_lines_and_tracebacks(path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("USERPROFILE", "/home/anna")
    with logged_to_file(path):
        _log.info("the clip %s", Path("/home/anna/clip.mp4"))
        try:
            raise OSError("/home/anna/secret")
        except OSError:
            _log.exception("it failed")
    text = path.read_text()
    assert "anna" not in text
    assert "~/clip.mp4" in text
    assert "OSError: ~/secret" in text


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as on Unix")
def test_the_file_is_the_users_alone(path):
    with logged_to_file(path):
        pass
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_opened_is_one_warning_and_no_more(tmp_path, caplog):
    (tmp_path / "file").touch()
    with logged_to_file(tmp_path / "file" / "gazecam.log"):
        _log.info("goes on")
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "nothing is logged to a file: " in warning.getMessage()


def test_a_disk_that_fills_ends_the_log_without_a_word(path, capsys, monkeypatch):
    def full(_self: LogFile) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LogFile, "flush", full)
    with logged_to_file(path):
        _log.info("one")
        _log.info("two")
        assert not any(isinstance(handler, LogFile) for handler in logging.getLogger().handlers)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("error", [SourceUnavailable("no camera; plug one in"), ZeroDivisionError("by zero")])
def test_what_ends_the_program_is_the_last_line_of_the_file_alone(path, caplog, error):
    with pytest.raises(type(error)), logged_to_file(path):
        raise error
    text = path.read_text()
    assert f"ERROR vcam.platform.logs: ended: {error}\n" in text
    assert ("Traceback" in text) == isinstance(error, ZeroDivisionError)
    assert str(error) not in caplog.text


def test_the_log_lies_where_the_system_keeps_logs(monkeypatch, tmp_path):
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        assert default_path() == tmp_path / "gazecam/log/gazecam.log"
    assert default_path().name == "gazecam.log"
