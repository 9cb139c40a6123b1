"""The settings that the dialog offers: their names for people, what they mean, and how their text is read."""

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeAlias

from vcam.config import Config
from vcam.desktop.dotted import value_at
from vcam.desktop.hotkey_keys import parse_keys
from vcam.errors import ConfigError

Kind: TypeAlias = Literal["number", "text", "keys", "choice", "check"]


@dataclass(frozen=True, slots=True)
class SettingsField:
    """One setting as a person meets it."""

    key: str
    """Its dotted name in ``Config``."""
    label: str
    """With the mnemonic."""
    kind: Kind
    help: str = ""
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Name and value, of a choice; of a check: the values of on and off, where they are no booleans."""


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Settings that belong together."""

    title: str
    fields: tuple[SettingsField, ...] = field(default_factory=tuple)


PAGES = (
    SettingsPage(
        "General",
        (
            SettingsField(
                "desktop.theme",
                "&Appearance",
                "choice",
                choices=(("As the system", "system"), ("Light", "light"), ("Dark", "dark")),
            ),
            SettingsField(
                "desktop.hotkey",
                "&Shortcut",
                "keys",
                "Switches eye contact on and off from any program. Empty: none.",
            ),
            SettingsField("desktop.show_window_at_start", "Open the &window when GazeCam starts", "check"),
            SettingsField(
                "desktop.notifications",
                "Say when the camera is lost or back, or a &fallback was needed",
                "check",
            ),
        ),
    ),
    SettingsPage(
        "Camera",
        (
            SettingsField(
                "source.spec",
                "&Source",
                "text",
                "camera, camera:NAME, demo, or the path of a video or picture.",
            ),
            SettingsField(
                "source.fps", "&Frame rate", "number", "What the camera is asked for.", "per second"
            ),
            SettingsField(
                "sink.on_demand",
                "Open the camera only &while a program uses GazeCam",
                "check",
                "Its light is off otherwise. Needs a system that tells who reads GazeCam.",
                choices=(("on", "auto"), ("off", "off")),
            ),
            SettingsField(
                "sink.placeholder_after_s",
                "&Placeholder after",
                "number",
                "How long a camera may be silent before viewers get a calm picture instead.",
                "seconds",
            ),
        ),
    ),
    SettingsPage(
        "Limits",
        (
            SettingsField(
                "policy.gaze_full_deg",
                "&Eyes: full up to",
                "number",
                "How far from the lens you may look and still be corrected in full.",
                "degrees",
            ),
            SettingsField("policy.gaze_none_deg", "E&yes: none from", "number", "", "degrees"),
            SettingsField(
                "policy.head_full_deg",
                "&Head: full up to",
                "number",
                "The same for turning the head.",
                "degrees",
            ),
            SettingsField("policy.head_none_deg", "Hea&d: none from", "number", "", "degrees"),
            SettingsField(
                "policy.glance_deg",
                "&Glances from",
                "number",
                "A quick look this much farther away is let through.",
                "degrees",
            ),
            SettingsField(
                "policy.rest_s",
                "&Rest after",
                "number",
                "A look that lasts so long is no glance any more.",
                "seconds",
            ),
        ),
    ),
    SettingsPage(
        "Engine",
        (
            SettingsField(
                "redirector",
                "Re&draw the eyes",
                "choice",
                choices=(("With the learned model", "cfgr"), ("By geometry alone", "geometric")),
            ),
            SettingsField(
                "estimator",
                "&Read the gaze",
                "choice",
                choices=(("Learned model and geometry", "fused"), ("By geometry alone", "geometric")),
            ),
            SettingsField(
                "engine.backend",
                "Run the models &on",
                "choice",
                "Automatic takes the fastest part that works.",
                choices=(
                    ("Automatic", "auto"),
                    ("Processor (CPU)", "cpu"),
                    ("NVIDIA, CUDA", "cuda"),
                    ("NVIDIA, TensorRT", "tensorrt"),
                ),
            ),
            SettingsField(
                "engine.models",
                "&Models of your own",
                "text",
                "A folder. Empty: those that come with GazeCam.",
            ),
        ),
    ),
)


def parsed(config: Config, asked: SettingsField, text: str) -> Any:
    """The value that a text stands for, in the type that the setting has.

    Raises:
        ConfigError: it stands for none that is accepted; a sentence to stand beside the field.
    """
    text = text.strip()
    if asked.kind == "keys" and text:
        parse_keys(text)
    if asked.kind != "number":
        return text
    lowest, highest = _range_at(config, asked.key)
    current = value_at(config, asked.key)
    try:
        value = type(current)(text.replace(",", "."))
    except ValueError:
        raise ConfigError(
            f"Expected a number from {lowest:g} to {highest:g}, got {text or 'nothing'}."
        ) from None
    if not lowest <= value <= highest:  # NaN too
        raise ConfigError(f"Expected {lowest:g} to {highest:g}, got {text}.")
    return value


def key_named_in(problem: str) -> str | None:
    """The setting that an error message is about: the first known one it names."""
    places = {asked.key: problem.find(asked.key) for page in PAGES for asked in page.fields}
    named = {key: at for key, at in places.items() if at >= 0}
    return min(named, key=lambda key: (named[key], -len(key))) if named else None


def _range_at(config: Config, key: str) -> tuple[float, float]:
    *sections, name = key.split(".")
    owner: Any = value_at(config, ".".join(sections)) if sections else config
    assert is_dataclass(owner)
    declared = next(part for part in fields(owner) if part.name == name)
    return declared.metadata["range"]
