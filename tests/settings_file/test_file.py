"""What may be wrong with a settings file, what is said then, and that nothing is ever lost."""

import errno
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vcam.config import Config, updated
from vcam.errors import ConfigError
from vcam.settings_file import SettingsFile, SettingsNotSaved, default_path

ROOT = Path(__file__).parents[2]
unix = pytest.mark.skipif(sys.platform == "win32", reason="permissions as on Unix")
NOBODY = 65534


def changed(config: Config, **sections: object) -> Config:
    return updated(config, sections, "test")


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.toml")


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """A folder of a user who is not root, as whom the block runs: permissions mean nothing to root."""
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() != 0:
            yield Path(place)
            return
        os.chown(place, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(place)
        finally:
            os.seteuid(0)


# --- reading ---


def test_without_a_file_the_defaults_hold_and_nothing_is_written(file, tmp_path):
    assert file.load() == Config()
    assert file.load_or_last_good() == (Config(), None)
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "an unknown key": (
        "[source]\nfsp = 30\n",
        "unknown setting source.fsp; did you mean source.fps? known: fps, height, spec, width",
    ),
    "a key without its section": ("fps = 30\n", "unknown setting fps; did you mean source.fps? known: "),
    "a wrong type": (
        '[policy]\nstrength = "much"\n',
        "policy.strength: expected a finite number from 0.0 to 1.0",
    ),
    "a number for a switch": ("[sink]\noverlay = 1\n", "sink.overlay: expected true or false, got 1"),
    "a value out of range": (
        "[policy]\nstrength = 1.5\n",
        "policy.strength: expected a finite number from 0.0 to 1.0, got 1.5",
    ),
    "a choice that is none": (
        '[desktop]\ntheme = "pink"\n',
        'desktop.theme: expected one of "system", "light", "dark", got "pink"',
    ),
    "values that do not go together": (
        "[policy]\nhead_none_deg = 10\n",
        "policy.head_none_deg: expected 23 or more",
    ),
    "a half-written file": ("[policy]\nstrength = 0.5\n[sour", "not valid TOML: Expected ']'"),
    "a half-written value": ('[source]\nspec = "cam', "not valid TOML: "),
    "bytes that are no text": (
        b"[policy]\nstrength = 0.5 # \xff\xfe\n",
        "settings must be UTF-8, but byte 26 is not",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_quoted_and_the_last_good_settings_hold(file, what):
    content, message = WRONG[what]
    file.save(changed(Config(), policy={"strength": 0.4}))
    file.path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=re.escape(message)):
        file.load()
    config, problem = file.load_or_last_good()
    assert config == changed(Config(), policy={"strength": 0.4})
    assert problem is not None
    assert problem.startswith(f"{file.path}: ")
    assert message in problem
    assert problem.endswith(" GazeCam goes on with the settings that worked last; correct that file")


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_stays_beside_the_one_that_a_save_puts_in_its_place(file, what):
    content = WRONG[what][0]
    before = content if isinstance(content, bytes) else content.encode()
    file.save(changed(Config(), policy={"strength": 0.4}))
    file.path.write_bytes(before)
    config, _ = file.load_or_last_good()
    assert file.path.read_bytes() == before  # reading changes nothing
    file.save(changed(config, source={"spec": "camera:Logi"}))
    assert file.path.with_name("settings.rejected.toml").read_bytes() == before
    assert SettingsFile(file.path).load() == changed(
        Config(), policy={"strength": 0.4}, source={"spec": "camera:Logi"}
    )


def test_each_rejected_file_is_kept_under_a_name_of_its_own(file, tmp_path):
    for number, text in enumerate(["[one", "[two", "[two", "[three"]):
        file.path.write_text(text)
        config, _ = file.load_or_last_good()
        file.save(changed(config, source={"width": 100 + number}))
    kept = {path.name: path.read_text() for path in tmp_path.glob("settings.rejected*")}
    assert kept == {
        "settings.rejected.toml": "[one",
        "settings.rejected.2.toml": "[two",
        "settings.rejected.3.toml": "[three",
    }


def test_with_no_last_good_settings_the_defaults_hold(file):
    file.path.write_text("[policy\n")
    config, problem = file.load_or_last_good()
    assert config == Config()
    assert "GazeCam goes on with the default settings" in problem


def test_a_last_good_copy_that_is_wrong_itself_is_left_alone(file, tmp_path):
    file.path.write_text("[policy\n")
    tmp_path.joinpath("settings.last-good.toml").write_text("policy = 3\n")
    config, problem = file.load_or_last_good()
    assert config == Config()
    assert "not valid TOML" in problem


def test_an_empty_file_means_the_defaults_and_does_not_spoil_the_last_good_copy(file, tmp_path):
    file.save(changed(Config(), policy={"strength": 0.4}))
    file.path.write_text("\n")
    assert file.load() == Config()
    assert "strength = 0.4" in tmp_path.joinpath("settings.last-good.toml").read_text()


def test_a_folder_in_place_of_the_file_is_named_and_put_aside(file, tmp_path):
    file.path.mkdir()
    config, problem = file.load_or_last_good()
    assert f"{file.path}: cannot read the settings: " in problem
    file.save(changed(config, policy={"strength": 0.4}))
    assert tmp_path.joinpath("settings.rejected.toml").is_dir()
    assert SettingsFile(file.path).load().policy.strength == 0.4


@unix
def test_an_unreadable_file_is_named_and_put_aside():
    with ordinary_user() as place:
        file = SettingsFile(place / "settings.toml")
        file.save(changed(Config(), policy={"strength": 0.4}))
        file.path.write_text("[policy]\nstrength = 0.3\n")
        file.path.chmod(0)
        config, problem = file.load_or_last_good()
        assert config.policy.strength == 0.4
        assert f"{file.path}: cannot read the settings: Permission denied" in problem
        file.save(changed(config, source={"width": 640}))
        aside = place / "settings.rejected.toml"
        aside.chmod(0o600)
        assert aside.read_text() == "[policy]\nstrength = 0.3\n"
        assert SettingsFile(file.path).load() == changed(config, source={"width": 640})


# --- saving ---


def test_only_what_differs_is_written(file):
    file.save(changed(Config(), policy={"strength": 0.4}, redirector="geometric"))
    assert file.path.read_text() == 'redirector = "geometric"\n\n[policy]\nstrength = 0.4\n'


def test_everything_is_written_where_that_is_asked_for(file):
    file.save(Config(), only_changed=False)
    text = file.path.read_text()
    assert 'redirector = "cfgr"' in text
    assert "[policy]\nstrength = 1.0\n" in text
    assert file.load() == Config()


def test_nothing_to_save_touches_nothing(file):
    file.path.write_text("# mine\npolicy.strength = 0.5\n")
    before = file.path.stat()
    file.save(file.load())
    assert file.path.stat().st_mtime_ns == before.st_mtime_ns
    assert file.path.stat().st_ino == before.st_ino


HAND_WRITTEN = """\
# how I sit at home
redirector = "cfgr"   # the learned one

[policy]
# Anna says less is more
strength = 0.5 # half
rest_s = 2

[source]
spec = "camera:Logi #2"
"""


def test_comments_order_and_layout_of_the_user_stay(file):
    file.path.write_text(HAND_WRITTEN)
    config = file.load()
    file.save(
        changed(
            config,
            policy={"strength": 0.75},
            source={"spec": "camera:C920", "width": 640},
            sink={"compare": "on"},
        )
    )
    expected = HAND_WRITTEN.replace("strength = 0.5 #", "strength = 0.75 #")
    expected = expected.replace('"camera:Logi #2"\n', '"camera:C920"\nwidth = 640\n')
    assert file.path.read_text() == f'{expected}\n[sink]\ncompare = "on"\n'


def test_a_layout_that_cannot_be_kept_is_copied_before_it_changes(file, tmp_path):
    text = "# inline\npolicy = {strength = 0.3, rest_s = 2.0}\n"
    file.path.write_text(text)
    file.save(changed(file.load(), policy={"strength": 0.6}))
    assert tmp_path.joinpath("settings.before.toml").read_text() == text
    assert file.load() == changed(Config(), policy={"strength": 0.6, "rest_s": 2.0})


def test_what_was_written_by_hand_meanwhile_stays(file):
    config = file.load()
    file.path.write_text("# by hand\n[source]\nwidth = 640\n")
    file.save(changed(config, policy={"strength": 0.6}))
    assert file.path.read_text() == "# by hand\n[source]\nwidth = 640\n\n[policy]\nstrength = 0.6\n"


def test_a_change_that_does_not_go_with_what_was_written_meanwhile_is_refused(file):
    config = file.load()
    file.path.write_text("[policy]\nhead_none_deg = 25.0\n")
    with pytest.raises(
        SettingsNotSaved, match=r"does not go with what the file says by now: .*head_none_deg"
    ):
        file.save(changed(config, policy={"head_full_deg": 24.0}))
    assert file.path.read_text() == "[policy]\nhead_none_deg = 25.0\n"


def test_a_setting_that_goes_back_to_its_default_is_written_over_the_old_one(file):
    file.path.write_text("[policy]\nstrength = 0.5\n")
    file.save(changed(file.load(), policy={"strength": 1.0}))
    assert file.path.read_text() == "[policy]\nstrength = 1.0\n"


def test_saves_from_many_threads_all_arrive(file):
    def save(number: int) -> None:
        key = ["width", "height"][number % 2]
        other = SettingsFile(file.path)
        other.save(changed(other.load(), source={key: 100 + number}))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    source = file.load().source
    assert source.width in range(100, 108, 2)
    assert source.height in range(101, 109, 2)


def test_saves_from_two_programs_keep_what_the_other_changed(file):
    script = """
import sys
from pathlib import Path
from vcam.config import Config, updated
from vcam.settings_file import SettingsFile
file = SettingsFile(Path(sys.argv[1]))
config = file.load()
for value in range(100, 140):
    config = updated(config, {"source": {sys.argv[2]: value}}, "test")
    file.save(config)
"""
    programs = [
        subprocess.Popen([sys.executable, "-c", script, str(file.path), key], cwd=ROOT)
        for key in ("width", "height")
    ]
    assert [program.wait() for program in programs] == [0, 0]
    assert (file.load().source.width, file.load().source.height) == (139, 139)


def test_a_reader_never_sees_half_a_file(file):
    config, done = Config(), threading.Event()
    file.save(config, only_changed=False)
    seen: list[str] = []

    def read() -> None:
        while not done.is_set():
            seen.append(file.path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for width in range(100, 130):
        file.save(changed(config, source={"width": width}), only_changed=False)
    done.set()
    reader.join()
    assert seen
    assert all(text.startswith("redirector") and text.endswith("split = 0.5\n") for text in seen)


@unix
def test_a_full_disk_leaves_the_old_file_and_says_so(file, tmp_path, monkeypatch):
    file.save(changed(Config(), policy={"strength": 0.4}))
    before = file.path.read_text()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    message = r"settings\.toml: the settings could not be saved \(No space left on device\); they hold until"
    with pytest.raises(SettingsNotSaved, match=message):
        file.save(changed(file.load(), policy={"strength": 0.6}))
    monkeypatch.undo()
    assert file.path.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".settings.toml.lock",
        "settings.last-good.toml",
        "settings.toml",
    ]
    file.save(changed(file.load(), policy={"strength": 0.6}))  # and with room again it works
    assert file.load().policy.strength == 0.6


@unix
def test_a_file_that_may_not_grow_is_left_as_it_was(tmp_path):
    """The kernel's own refusal, in a process whose files may not exceed 64 bytes."""
    path = tmp_path / "settings.toml"
    path.write_text("[policy]\nstrength = 0.4\n")
    script = f"""
import resource
from pathlib import Path
from vcam.config import updated
from vcam.settings_file import SettingsFile, SettingsNotSaved
file = SettingsFile(Path({str(path)!r}))
config = updated(file.load(), {{"source": {{"spec": "camera:" + 80 * "x"}}}}, "test")
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
try:
    file.save(config)
except SettingsNotSaved as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "the settings could not be saved (File too large)" in done.stdout, done.stderr
    assert path.read_text() == "[policy]\nstrength = 0.4\n"


@unix
def test_a_read_only_folder_is_said_and_reading_goes_on():
    with ordinary_user() as place:
        file = SettingsFile(place / "settings.toml")
        file.path.write_text("[policy]\nstrength = 0.4\n")
        place.chmod(0o500)
        config, problem = file.load_or_last_good()
        assert (config.policy.strength, problem) == (0.4, None)
        with pytest.raises(SettingsNotSaved, match=r"could not be saved \(Permission denied\)"):
            file.save(changed(config, policy={"strength": 0.6}))
        place.chmod(0o700)
        assert file.path.read_text() == "[policy]\nstrength = 0.4\n"


def test_a_folder_that_is_missing_is_made(tmp_path):
    file = SettingsFile(tmp_path / "a" / "b" / "settings.toml")
    file.save(changed(Config(), policy={"strength": 0.4}))
    assert file.load().policy.strength == 0.4


@unix
def test_a_link_to_the_file_stays_a_link(tmp_path):
    real = tmp_path / "dotfiles" / "gazecam.toml"
    real.parent.mkdir()
    real.write_text("[policy]\nstrength = 0.4\n")
    link = tmp_path / "settings.toml"
    link.symlink_to(real)
    file = SettingsFile(link)
    file.save(changed(file.load(), policy={"strength": 0.6}))
    assert link.is_symlink()
    assert real.read_text() == "[policy]\nstrength = 0.6\n"


@unix
def test_permissions_stay_as_they_were(file):
    file.path.write_text("[policy]\nstrength = 0.4\n")
    file.path.chmod(0o640)
    file.save(changed(file.load(), policy={"strength": 0.6}))
    assert file.path.stat().st_mode & 0o777 == 0o640


def test_the_users_file_lies_where_the_system_keeps_settings(monkeypatch, tmp_path):
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        assert default_path() == tmp_path / "gazecam" / "settings.toml"
    assert default_path().name == "settings.toml"
