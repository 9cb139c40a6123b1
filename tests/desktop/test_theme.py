"""Both themes can be read."""

import re

import pytest
from PySide6.QtGui import QPalette

from vcam.desktop.theme import DARK, LIGHT, Theme, palette, style_sheet

THEMES = [LIGHT, DARK]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two "#rrggbb" colors, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_ratio_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "off", "problem"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_text_has_a_contrast_of_at_least_4_5(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [("on_accent", "accent"), ("text", "hover"), ("text", "problem_surface"), ("problem", "problem_surface")],
)
def test_text_on_colored_ground_has_it_too(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("line", ["border", "accent"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_the_edge_of_a_field_and_the_focus_can_be_seen(theme: Theme, line: str, ground: str) -> None:
    assert contrast(getattr(theme, line), getattr(theme, ground)) >= 3


def test_the_themes_differ_in_every_color() -> None:
    assert [name for name in Theme.__slots__ if getattr(LIGHT, name) == getattr(DARK, name)] == []


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_sheet_uses_colors_of_the_theme_only(theme: Theme) -> None:
    used = set(re.findall(r"#[0-9a-f]{3,8}", style_sheet(theme)))

    assert used <= {getattr(theme, name) for name in Theme.__slots__ if name != "name"}


def test_the_palette_is_the_themes() -> None:
    assert palette(DARK).color(QPalette.ColorRole.Window).name() == DARK.window
