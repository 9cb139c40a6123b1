import json
import re
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from vcam.config import Config, flat, flat_table, load, updated
from vcam.errors import ConfigError
from vcam.settings_file.text import edited


@dataclass(frozen=True, slots=True)
class Fade:
    full_deg: float = field(default=20.0, metadata={"range": (0.0, 90.0)})
    none_deg: float = field(default=30.0, metadata={"range": (0.0, 90.0)})

    def __post_init__(self) -> None:
        if self.full_deg >= self.none_deg:
            raise ConfigError(f"full_deg must be below none_deg, got {self.full_deg} and {self.none_deg}")


@dataclass(frozen=True, slots=True)
class Policy:
    strength: float = field(default=1.0, metadata={"range": (0.0, 1.0)})
    glances: bool = True
    head: Fade = field(default_factory=Fade)


@dataclass(frozen=True, slots=True)
class Tree:
    """A section in a section, every kind of field, and values that constrain each other."""

    name: str = "lens"
    count: int = field(default=3, metadata={"range": (0, 10)})
    gain: float = 0.5
    mode: Literal["auto", "on", "off"] = "auto"
    policy: Policy = field(default_factory=Policy)


# what TOML, JSON and the shell treat specially, and one character of every UTF-8 length
_TEXT = st.text("aZ09 -_.,:=#\"'\\\n\r\t\x00\x7f[]{}é\u2028\U0001f441", max_size=20)


def _set(*overrides: str) -> Config:
    return load(None, overrides)


def _written(folder: Path, text: str | bytes) -> Path:
    path = folder / "gazecam.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_file_or_overrides_the_defaults_hold():
    config = load()
    assert config == Config()
    assert (config.source.spec, config.source.width, config.source.fps) == ("camera", 1280, 30.0)
    assert (config.sink.compare, config.redirector, config.engine.backend) == ("auto", "cfgr", "auto")


def test_a_file_changes_only_what_it_names(tmp_path):
    path = _written(tmp_path, '[source]\nspec = "demo"\n[sink]\noverlay = true\n')
    config = load(path)
    assert config.source == updated(Config().source, {"spec": "demo"}, "test")
    assert config.sink.overlay is True
    assert config.tracking == Config().tracking


def test_an_override_beats_the_file_and_the_last_override_wins(tmp_path):
    path = _written(tmp_path, "source.fps = 15\nsource.width = 640\n")
    config = load(path, ["source.fps=24", "source.fps=25"])
    assert (config.source.fps, config.source.width) == (25.0, 640)


def test_an_integer_is_a_number_and_becomes_a_float():
    fps = _set("source.fps=60").source.fps
    assert isinstance(fps, float)
    assert fps == 60.0


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Config().redirector = "geometric"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("camera:Logitech C920", "camera:Logitech C920"),
        ("C:\\clips\\a #1.mp4", "C:\\clips\\a #1.mp4"),
        ("2024", "2024"),
        ("true", "true"),
        ("a=b", "a=b"),
        ('"in quotes"', "in quotes"),
        (r"'C:\literal'", r"C:\literal"),
        ("", ""),
    ],
)
def test_a_bare_word_is_a_string_where_a_string_is_expected(text, spec):
    assert _set(f"source.spec={text}").source.spec == spec


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "source.fsp=3",
            "unknown setting source.fsp; did you mean source.fps? known: fps, height, spec, width",
        ),
        ("fps=3", "unknown setting fps; did you mean source.fps?"),
        ("source.upper=3", "unknown setting source.upper; known: fps, height, spec, width"),
        ("source.fps=fast", "source.fps: expected a finite number from 1.0 to 240.0, got fast"),
        ("source.fps=", "got nothing"),
        ('source.fps="30"', 'source.fps: expected a finite number from 1.0 to 240.0, got "30"'),
        ("source.fps=true", "got true"),
        ("source.fps=nan", "got nan"),
        ("source.fps=inf", "got inf"),
        ("source.fps=1e999", "got inf"),
        ("source.fps=1" + "0" * 400, "expected a finite number from 1.0 to 240.0, got 1000"),
        ("source.fps=0.99", "expected a finite number from 1.0 to 240.0, got 0.99"),
        ("source.fps=240.5", "expected a finite number from 1.0 to 240.0, got 240.5"),
        ("source.fps=1979-05-27", "got 1979-05-27"),
        ("source.fps={a = 1}", "source.fps: expected a finite number"),
        ("source.fps=1\nsource.width=2", "on one line"),
        ("source.fps.x=1", "source.fps is a value, not a section"),
        ("source.width=640.0", "source.width: expected an integer from 16 to 7680, got 640.0"),
        ("source.width=true", "source.width: expected an integer from 16 to 7680, got true"),
        ("sink.overlay=1", "sink.overlay: expected true or false, got 1"),
        ("sink.compare=maybe", 'sink.compare: expected one of "auto", "on", "off", got "maybe"'),
        ("redirector=3", 'redirector: expected one of "cfgr", "geometric", "gazenerf", got "3"'),
        (r'source.spec="C:\x"', "text in quotes follows TOML, text without is taken as it is"),
        ("source=3", "source is a section, got 3; set one of source.spec, source.width"),
        ("source.fps", "--set source.fps: expected key=value"),
        ("=3", "--set =3: expected key=value"),
    ],
)
def test_a_bad_override_is_refused_with_what_was_expected(override, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        _set(override)


def test_a_key_cannot_be_a_value_and_a_section_at_once():
    with pytest.raises(ConfigError, match=re.escape("--set source.fps=3: source is also set to 1")):
        _set("source=1", "source.fps=3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[source]\nfsp = 30\n", "unknown setting source.fsp; did you mean source.fps?"),
        ('[source]\nfps = "30"\n', 'source.fps: expected a finite number from 1.0 to 240.0, got "30"'),
        ("source = 3\n", "source is a section, got 3"),
        ("[redirector]\nname = 3\n", "redirector is a value, not a section"),
        ("[source]\nfps = \n", "not valid TOML: Invalid value (at line 2, column 7)"),
        ("x = " + "[" * 100_000, "not valid TOML"),
        ("x = " + "9" * 5000, "not valid TOML"),
        (b"[source]\nspec = '\xff'\n", "settings must be UTF-8, but byte 17 is not"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, text, message):
    path = _written(tmp_path, text)
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    path = tmp_path / "nowhere.toml"
    with pytest.raises(ConfigError, match=re.escape(f"{path}: cannot read the settings: No such file")):
        load(path)


def test_a_folder_is_not_a_settings_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot read the settings"):
        load(tmp_path)


def test_a_byte_order_mark_is_accepted(tmp_path):
    path = _written(tmp_path, b"\xef\xbb\xbf[source]\r\nfps = 25\r\n")
    assert load(path).source.fps == 25.0


def test_values_that_constrain_each_other_are_checked_together():
    both = {"policy": {"head": {"full_deg": 40, "none_deg": 50}}}
    assert updated(Tree(), both, "test").policy.head == Fade(40.0, 50.0)
    with pytest.raises(
        ConfigError, match=r"gazecam\.toml: full_deg must be below none_deg, got 40\.0 and 30\.0"
    ):
        updated(Tree(), {"policy": {"head": {"full_deg": 40}}}, "gazecam.toml")


def test_a_section_in_a_section_is_named_in_full():
    with pytest.raises(ConfigError, match=re.escape("test: policy.head.full_deg: expected a finite number")):
        updated(Tree(), {"policy": {"head": {"full_deg": -1}}}, "test")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400, True, "0.5"])
def test_a_number_without_a_range_must_still_be_a_finite_number(value):
    with pytest.raises(ConfigError, match="gain: expected a finite number, got "):
        updated(Tree(), {"gain": value}, "test")


def test_true_is_not_the_integer_one():
    with pytest.raises(ConfigError, match="count: expected an integer from 0 to 10, got true"):
        updated(Tree(), {"count": True}, "test")


def test_a_field_of_a_kind_without_a_rule_is_a_mistake_of_the_programmer():
    @dataclass(frozen=True)
    class Wrong:
        when: bytes = b""

    with pytest.raises(TypeError, match="no rule for a field of type <class 'bytes'>"):
        updated(Wrong(), {"when": 1}, "test")


def _values(hint, limits):
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    low, high = limits or (None, None)
    kinds = {
        bool: st.booleans(),
        int: st.integers(low, high),
        float: st.floats(low, high, allow_nan=False, allow_infinity=False),
        str: _TEXT,
    }
    return kinds[hint]


def _tables(settings):
    """Nested tables that leave out, or set to any allowed value, each field of ``settings``."""
    hints = get_type_hints(type(settings))
    optional = {}
    for f in fields(settings):
        current = getattr(settings, f.name)
        nested = is_dataclass(current)
        optional[f.name] = _tables(current) if nested else _values(hints[f.name], f.metadata.get("range"))
    return st.fixed_dictionaries({}, optional=optional)


def _config_of(table):
    """The table's Config; an example whose values are fine alone and not together is skipped."""
    try:
        return updated(Config(), table, "test")
    except ConfigError:
        reject()


@settings(deadline=None)
@given(table=_tables(Config()))
@example(table={"source": {"spec": '\x7f\x00\n"\\ \U0001f441 é\u2028'}})
def test_what_is_written_loads_to_an_equal_config(tmp_path_factory, table):
    config = _config_of(table)
    path = _written(tmp_path_factory.getbasetemp(), edited("", flat(config)))
    assert load(path) == config


@settings(deadline=None)
@given(table=_tables(Tree()).filter(lambda t: "head" not in t.get("policy", {})))
def test_a_tree_keeps_every_value_it_is_given(table):
    def check(settings, part):
        for name, value in part.items():
            if isinstance(value, dict):
                check(getattr(settings, name), value)
            else:
                assert getattr(settings, name) == value

    check(updated(Tree(), table, "test"), table)


_NUMBERS = [True, 0, -1, 30, 10**400, 0.5, float("nan"), float("inf")]
_ANYTHING = st.sampled_from([None, *_NUMBERS, "", "on", "demo", [], [1], {}, {"fps": 1}])
_KEYS = st.sampled_from(["source", "fps", "redirector", "sink", "compare"]) | _TEXT


def _refusal(action):
    """The message of the ConfigError that ``action`` ends with, or None."""
    try:
        action()
    except ConfigError as error:
        return str(error)
    return None


@settings(deadline=None)
@given(table=st.dictionaries(_KEYS, _ANYTHING | st.dictionaries(_KEYS, _ANYTHING)))
def test_any_table_is_taken_or_refused_with_its_origin(table):
    message = _refusal(lambda: updated(Config(), table, "test"))
    assert message is None or message.startswith("test: ")


@settings(deadline=None)
@given(text=st.builds("{}={}".format, _KEYS | st.just("source.fps"), _TEXT))
def test_any_override_is_taken_or_refused_by_name(text):
    message = _refusal(lambda: load(None, [text]))
    assert message is None or message.startswith("--set")


@settings(deadline=None)
@given(table=_tables(Config()))
def test_a_file_and_overrides_say_the_same(table):
    config = _config_of(table)
    assert load(None, _as_overrides(asdict(config))) == config


def _as_overrides(values, prefix=""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _as_overrides(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")


def test_every_setting_has_one_whole_name():
    names = flat(Config())
    assert names["source.fps"] == 30.0
    assert names["desktop.hotkey"] == "Ctrl+Alt+G"
    assert load(None, [f"{key}={json.dumps(value)}" for key, value in names.items()]) == Config()


@settings(deadline=None)
@given(table=_tables(Tree()))
def test_whole_names_hold_every_value_of_a_nested_table(table):
    found = flat_table(table)
    assert not any(isinstance(value, dict) for value in found.values())
    for key, value in found.items():
        part = table
        for name in key.split("."):
            part = part[name]
        assert part == value


def test_what_concerns_the_window_is_a_section_of_its_own():
    desktop = _set("desktop.theme=dark", "desktop.split=0.25", "desktop.hotkey=").desktop
    assert (desktop.theme, desktop.split, desktop.hotkey) == ("dark", 0.25, "")
    assert (desktop.notifications, desktop.show_window_at_start) == (True, True)
