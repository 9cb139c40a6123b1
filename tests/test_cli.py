import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.clips import numbered, write_clip
from vcam import __version__
from vcam.app import DesktopWish
from vcam.cli import main
from vcam.config import Config
from vcam.errors import SinkError, VcamError
from vcam.platform.cameras import Camera
from vcam.platform.checks import Check
from vcam.platform.instance import Instance, is_running
from vcam.platform.setup_device import Talk
from vcam.settings_file import SettingsFile, default_path

_log = logging.getLogger(__name__)

ASKED = ("toggle", "on", "off", "preview", "status", "quit")
COMMANDS = ("run", "process", "bench", "doctor", "devices", "setup-device", "calibrate", *ASKED)


class Runs:
    """Stands for live mode: notes what it was started with."""

    def __init__(self) -> None:
        self.started: list[tuple[Config, float | None]] = []
        self.desktop: DesktopWish | None = None
        self.error: BaseException | None = None
        self.told = "what is told at its end"

    def __call__(self, config: Config, duration_s: float | None, desktop: DesktopWish | None = None) -> str:
        self.started.append((config, duration_s))
        self.desktop = desktop
        if self.error:
            raise self.error
        _log.warning("live mode has run")
        return self.told

    @property
    def config(self) -> Config:
        ((config, _),) = self.started
        return config


@pytest.fixture
def live(monkeypatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr("vcam.app.start_live", runs)
    return runs


@pytest.fixture(autouse=True)
def home(monkeypatch) -> Iterator[Path]:
    """A user of the tests' own, whose settings, log and running program are nobody's else."""
    with tempfile.TemporaryDirectory() as place:  # a short path, for the socket
        for name in ("CONFIG_HOME", "STATE_HOME", "DATA_HOME", "RUNTIME_DIR"):
            monkeypatch.setenv(f"XDG_{name}", place)
        yield Path(place)


@pytest.fixture
def settings(home) -> Path:
    path = default_path()
    if not path.is_relative_to(home):
        pytest.skip("where settings lie is not to be chosen on this system")
    path.parent.mkdir()
    return path


class NoMesh:
    """A face mesh that needs no models and finds nobody."""

    def find(self, _rgb: np.ndarray, _at_s: float) -> None:
        return None

    def close(self) -> None: ...


@pytest.fixture
def faceless(monkeypatch) -> None:
    monkeypatch.setattr("vcam.track.open_face_mesh", lambda _model: NoMesh())


def usage_error(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return left.value.code


def test_without_a_command_it_runs(live):
    assert main([]) == 0
    assert live.started == [(Config(), None)]


@pytest.mark.parametrize("words", [["--source", "demo"], ["run", "--source", "demo"]])
def test_options_alone_belong_to_run(live, words):
    assert main(words) == 0
    assert live.config.source.spec == "demo"


def test_every_option_of_run_reaches_its_setting(live):
    words = "--source camera:2 --sink out.mp4 --size 640x360 --fps 25 --strength 0.5 --backend cpu"
    assert main([*words.split(), "--redirector", "geometric", "--duration", "8", "--no-tray"]) == 0
    ((config, duration_s),) = live.started
    assert (config.source.spec, config.sink.spec) == ("camera:2", "out.mp4")
    assert (config.source.width, config.source.height, config.source.fps) == (640, 360, 25.0)
    assert (config.policy.strength, config.engine.backend, config.redirector) == (0.5, "cpu", "geometric")
    assert duration_s == 8.0


@pytest.mark.parametrize("name", ['C:\\clips\\it\'s "mine".mp4', "camera:Logi, 4K = best", "ümläut.mp4"])
def test_a_source_reaches_live_mode_letter_by_letter(live, name):
    assert main(["--source", name]) == 0
    assert live.config.source.spec == name


def test_options_win_over_set_and_set_over_the_file(live, tmp_path):
    file = tmp_path / "gazecam.toml"
    file.write_text("[policy]\nstrength = 0.1\nglance_deg = 5.0\nrest_s = 2.0\n", "utf-8")
    words = [
        "--config",
        str(file),
        "--set",
        "policy.strength=0.2",
        "--set",
        "policy.rest_s=3",
        "--strength",
        "0.3",
    ]
    assert main(words) == 0
    policy = live.config.policy
    assert (policy.glance_deg, policy.rest_s, policy.strength) == (5.0, 3.0, 0.3)


def test_what_live_mode_tells_at_its_end_is_printed(live, capsys):
    main(["--source", "demo"])
    assert capsys.readouterr().out == "what is told at its end\n"
    live.told = ""
    main(["--source", "demo"])
    assert capsys.readouterr().out == ""


def test_the_users_settings_hold_without_a_word(live, settings):
    settings.write_text("[policy]\nstrength = 0.4\nrest_s = 2.0\n", "utf-8")
    assert main(["--strength", "0.6"]) == 0
    assert (live.config.policy.strength, live.config.policy.rest_s) == (0.6, 2.0)
    assert live.desktop.settings.path == settings
    assert live.desktop.problem is None


def test_a_slip_in_the_users_settings_is_quoted_and_the_last_good_ones_hold(live, settings, caplog):
    settings.write_text("[policy]\nstrength = 0.4\n", "utf-8")
    assert main([]) == 0
    settings.write_text("[policy]\nstrength = 4\n", "utf-8")
    live.started.clear()
    assert main([]) == 0
    message = f"{settings}: policy.strength: expected a finite number from 0.0 to 1.0, got 4. GazeCam goes on"
    assert message in caplog.text
    assert live.desktop.problem.startswith(message)
    assert live.config.policy.strength == 0.4


@pytest.mark.usefixtures("live")
def test_what_only_the_command_line_said_is_not_for_the_users_file(settings):
    assert main(["--source", "demo"]) == 0
    assert not settings.exists()


def test_a_file_named_on_the_command_line_takes_the_place_of_the_users(live, settings, tmp_path):
    settings.write_text("[policy\n", "utf-8")
    other = tmp_path / "other.toml"
    other.write_text("[policy]\nstrength = 0.2\n", "utf-8")
    assert main(["--config", str(other)]) == 0
    assert live.config.policy.strength == 0.2
    assert live.desktop.settings.path == other


def test_without_a_tray_no_desktop_is_asked_for(live):
    assert main(["--no-tray"]) == 0
    assert live.desktop is None


@pytest.mark.usefixtures("live")
def test_only_what_sends_to_a_camera_writes_a_log_file(home):
    assert main(["--source", "demo", "--sink", "out.mp4"]) == 0
    assert not list(home.rglob("*.log"))
    assert main(["--source", "demo"]) == 0
    if sys.platform == "linux":
        (log,) = home.rglob("*.log")
        assert log.read_text().endswith("WARNING tests.test_cli: live mode has run\n")


@pytest.mark.usefixtures("faceless")
def test_files_are_corrected_without_the_users_settings(settings, tmp_path):
    settings.write_text("[policy\n", "utf-8")
    source = write_clip(tmp_path / "in.mp4", [numbered(0)])
    assert main(["process", str(source), str(tmp_path / "out.mp4")]) == 0


@pytest.mark.parametrize("command", ASKED)
def test_a_command_without_a_running_program_says_how_to_start_one(capsys, command):
    assert main([command]) == 1
    assert capsys.readouterr().err == "gazecam: GazeCam is not running; start it with: gazecam\n"


@pytest.mark.parametrize("command", ASKED[:-1])
def test_a_command_reaches_the_running_program_and_its_answer_is_printed(capsys, command):
    with Instance.acquire(lambda asked: f"{asked}: done"):
        assert main([command]) == 0
    assert capsys.readouterr().out == f"{command}: done\n"


def test_a_refusal_of_the_running_program_exits_with_1(capsys):
    def refuse(_command: str) -> str:
        raise VcamError("GazeCam runs without a window")

    with Instance.acquire(refuse):
        assert main(["preview"]) == 1
    assert capsys.readouterr().err == "gazecam: GazeCam runs without a window\n"


def test_quit_returns_once_the_program_has_ended(capsys):
    asked = threading.Event()

    def answer(_command: str) -> str:
        asked.set()
        return "GazeCam is closing."

    instance = Instance.acquire(answer)

    def end() -> None:
        asked.wait(20)
        time.sleep(0.1)  # what ending takes
        instance.close()

    ending = threading.Thread(target=end)
    ending.start()
    assert main(["quit"]) == 0
    assert not is_running()
    ending.join()
    assert capsys.readouterr().out == "GazeCam is closing.\n"


def test_calibrate_opens_it_in_the_running_program(capsys):
    with Instance.acquire(lambda command: f"The {command} window is open."):
        assert main(["calibrate"]) == 0
    assert capsys.readouterr().out == "The calibrate window is open.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "source.fsp=30"], "unknown setting source.fsp"),
        (["--set", "policy.strength=much"], "policy.strength: expected"),
        (["--set", "policy.strength=2"], "policy.strength: expected"),
        (["--strength", "1.5"], "policy.strength: expected"),
        (["--size", "20000x720"], "source.width: expected"),
        (["--set", "policy.head_none_deg=10"], "policy.head_none_deg: expected"),
        (["--config", "absent.toml"], "absent.toml"),
    ],
)
def test_a_wrong_setting_is_named_and_exits_with_2(live, capsys, words, message):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("gazecam: ")
    assert message in error
    assert live.started == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "720p"], "expected WIDTHxHEIGHT, each 16 or more, e.g. 1280x720, got '720p'"),
        (["--size", "0x0"], "each 16 or more"),
        (["--size", "1280x"], "expected WIDTHxHEIGHT"),
        (["--duration", "soon"], "expected a number of seconds above 0, got 'soon'"),
        (["--duration", "0"], "expected a number of seconds above 0"),
        (["--duration", "nan"], "expected a number of seconds above 0"),
        (["--duration", "inf"], "expected a number of seconds above 0"),
        (["--redirector", "magic"], "invalid choice: 'magic'"),
        (["--backend", "gpu"], "invalid choice: 'gpu'"),
        (["--fps", "fast"], "invalid float value: 'fast'"),
        (["--sorce", "demo"], "unrecognized arguments: --sorce demo"),
        (["dance"], "invalid choice: 'dance'"),
        (["process", "in.mp4"], "the following arguments are required: OUT"),
        (["bench", "--frames", "many"], "expected a whole number above 0, got 'many'"),
        (["bench", "--frames", "0"], "expected a whole number above 0, got '0'"),
    ],
)
def test_wrong_usage_is_explained_and_exits_with_2(live, capsys, words, message):
    assert usage_error(*words) == 2
    assert message in capsys.readouterr().err
    assert live.started == []


@pytest.mark.usefixtures("faceless")
def test_a_redirector_that_does_not_exist_yet_says_what_to_use_instead(capsys):
    assert main(["bench", "--redirector", "gazenerf"]) == 2
    assert "use cfgr or geometric" in capsys.readouterr().err


@pytest.mark.usefixtures("faceless")
def test_a_source_that_cannot_be_opened_exits_with_1(tmp_path, capsys):
    assert main(["--source", str(tmp_path / "absent.mp4"), "--sink", str(tmp_path / "out.mp4")]) == 1
    assert "absent.mp4" in capsys.readouterr().err


def test_a_failure_while_running_exits_with_1_and_its_message(live, capsys):
    live.error = SinkError("virtual camera /dev/video9: the device is gone; plug it in")
    assert main([]) == 1
    assert capsys.readouterr().err == "gazecam: virtual camera /dev/video9: the device is gone; plug it in\n"


def test_an_interrupted_run_exits_with_130_and_without_a_word(live, capsys):
    live.error = KeyboardInterrupt()
    assert main([]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys, command):
    assert usage_error(command, "--help") == 0
    assert f"usage: gazecam {command}" in capsys.readouterr().out


def test_the_help_lists_every_command(capsys):
    assert usage_error("--help") == 0
    assert set(COMMANDS) <= set(capsys.readouterr().out.split())


def test_the_version_is_printed(capsys):
    assert usage_error("--version") == 0
    assert capsys.readouterr().out == f"gazecam {__version__}\n"


@pytest.mark.usefixtures("faceless")
def test_process_writes_the_file_and_says_what_became_of_it(tmp_path: Path, capsys):
    source = write_clip(tmp_path / "in.mp4", [numbered(index) for index in range(4)])
    target = tmp_path / "out.mp4"
    assert main(["process", str(source), str(target)]) == 0
    assert target.stat().st_size > 0
    expected = f"{target}: 4 frames, 0 with a face, 0 corrected; passed through: no face 4\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_doctor_fails_where_live_mode_cannot_run(monkeypatch, capsys, status, code):
    found = [Check("camera", status, "no camera found", "plug one in")]
    monkeypatch.setattr("vcam.platform.doctor.run_checks", lambda _wanted: found)
    assert main(["doctor"]) == code
    assert capsys.readouterr().out == f"{status:4}  camera: no camera found\n      fix: plug one in\n"
    assert main(["doctor", "--json"]) == code
    (check,) = json.loads(capsys.readouterr().out)
    assert check == {"name": "camera", "status": status, "message": "no camera found", "fix": "plug one in"}


def test_doctor_judges_by_the_users_own_settings(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = SettingsFile().path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[sink]\nspec = "pipewire"\nspeed = 3\n', "utf-8")
    seen = []
    monkeypatch.setattr("vcam.platform.doctor.run_checks", lambda wanted: seen.append(wanted) or [])
    assert main(["doctor"]) == 0
    assert "sink.speed" in seen[0].settings_problem
    path.write_text('[sink]\nspec = "pipewire"\n', "utf-8")
    main(["doctor"])
    assert (seen[1].sink, seen[1].settings_problem) == ("pipewire", None)
    capsys.readouterr()


def test_devices_lists_cameras_by_name(monkeypatch, capsys):
    cameras = [Camera("Logi 4K", "/dev/video0", False), Camera("GazeCam", "/dev/video9", True)]
    monkeypatch.setattr("vcam.platform.cameras.list_cameras", lambda: cameras)
    assert main(["devices"]) == 0
    assert capsys.readouterr().out == "/dev/video0  Logi 4K\n/dev/video9  GazeCam  (virtual)\n"
    assert main(["devices", "--json"]) == 0
    assert [camera["name"] for camera in json.loads(capsys.readouterr().out)] == ["Logi 4K", "GazeCam"]


def test_devices_without_a_camera_says_where_to_look(monkeypatch, capsys):
    monkeypatch.setattr("vcam.platform.cameras.list_cameras", list)
    assert main(["devices"]) == 0
    assert capsys.readouterr().out == "no camera found; `gazecam doctor` says why\n"
    assert main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("command", ["doctor", "devices"])
def test_what_is_true_of_this_machine_is_printed_as_json(capsys, command):
    assert main([command, "--json"]) in {0, 1}
    found = json.loads(capsys.readouterr().out)
    assert all("name" in entry for entry in found)


class SetUp:
    """Stands for the making of the device: notes how it was asked."""

    def __init__(self, success: bool) -> None:
        self.success = success
        self.asked: dict[str, bool] = {}

    def __call__(self, talk: Talk, *, yes: bool, remove: bool) -> bool:
        self.asked = {"yes": yes, "remove": remove, "someone there": talk.allow is not None}
        talk.say("what is done")
        return self.success


linux = pytest.mark.skipif(sys.platform != "linux", reason="menus of the kind that Linux desktops have")


@linux
def test_setup_device_makes_the_device_and_an_entry_in_the_menu(monkeypatch, capsys, home):
    made = SetUp(True)
    monkeypatch.setattr("vcam.platform.setup_device.set_up", made)
    entry = home / "applications/gazecam.desktop"
    assert main(["setup-device", "--yes"]) == 0
    assert made.asked == {"yes": True, "remove": False, "someone there": False}
    assert entry.exists()
    assert capsys.readouterr().out == "what is done\nGazeCam is in your applications menu.\n"
    assert main(["setup-device"]) == 0
    assert capsys.readouterr().out == "what is done\n"
    assert main(["setup-device", "--remove"]) == 0
    assert made.asked["remove"]
    assert not entry.exists()


@linux
def test_setup_device_that_fails_exits_with_1_and_leaves_the_menu_alone(monkeypatch, home):
    monkeypatch.setattr("vcam.platform.setup_device.set_up", SetUp(False))
    assert main(["setup-device"]) == 1
    assert not (home / "applications").exists()


def test_calibrate_without_a_screen_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr("vcam.desktop.missing_parts", lambda: "the tray needs a desktop, and there is none")
    assert main(["calibrate"]) == 2
    assert capsys.readouterr().err == "gazecam: the tray needs a desktop, and there is none\n"


def test_it_starts_as_a_module_as_well():
    done = subprocess.run(
        [sys.executable, "-m", "vcam.cli", "--version"], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"gazecam {__version__}\n"
