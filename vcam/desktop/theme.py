"""Colors, type sizes and spacing: one light and one dark theme, as a palette and a style sheet of Qt."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

SPACE = 8
"""px; every distance is a multiple of it."""
RADIUS = 8
"""px, of everything with corners."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colors by their use, each "#rrggbb"; text on ``window`` and ``surface`` has a contrast of 4.5."""

    name: str
    window: str
    surface: str
    """Cards and fields."""
    hover: str
    border: str
    """Between a field and what it lies on: 3:1 against both."""
    hairline: str
    """Between things that need no border to be seen."""
    text: str
    muted: str
    accent: str
    on_accent: str
    off: str
    """What is switched off."""
    problem: str
    problem_surface: str


LIGHT = Theme(
    name="light",
    window="#f4f5f7",
    surface="#ffffff",
    hover="#e9ecf0",
    border="#868e99",
    hairline="#dde1e6",
    text="#1c2127",
    muted="#57606b",
    accent="#17703f",
    on_accent="#ffffff",
    off="#646d78",
    problem="#b3261e",
    problem_surface="#fdecea",
)
DARK = Theme(
    name="dark",
    window="#17191d",
    surface="#212429",
    hover="#2d3138",
    border="#7c8591",
    hairline="#33383f",
    text="#eceef1",
    muted="#a9b1bb",
    accent="#57c487",
    on_accent="#06240f",
    off="#9aa3ae",
    problem="#ff8f85",
    problem_surface="#3d2523",
)


def palette(theme: Theme) -> QPalette:
    """The theme for everything that Qt draws by itself."""
    colors = QPalette()
    role = QPalette.ColorRole
    for group_role, color in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.window),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Button, theme.surface),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.surface),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Accent, theme.accent),
    ):
        colors.setColor(group_role, QColor(color))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        colors.setColor(QPalette.ColorGroup.Disabled, disabled, QColor(theme.off))
    return colors


def style_sheet(theme: Theme) -> str:
    """The theme for the widgets whose look is ours."""
    return _SHEET.format_map(
        {
            **{name: getattr(theme, name) for name in Theme.__slots__},
            "space": SPACE,
            "half": SPACE // 2,
            "radius": RADIUS,
            "inner_radius": RADIUS - 2,
        }
    )


_SHEET = """
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolTip {{ color: {text}; background: {surface}; border: 1px solid {hairline}; padding: {half}px; }}
QLabel[role="headline"] {{ font-weight: 600; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="wrong"] {{ color: {problem}; }}
QFrame[role="card"] {{ background: {surface}; border: 1px solid {hairline}; border-radius: {radius}px; }}
QFrame[role="rule"] {{ background: {hairline}; border: none; max-height: 1px; min-height: 1px; }}

QPushButton {{
    color: {text}; background: {surface}; border: 1px solid {border}; border-radius: {inner_radius}px;
    padding: 6px 14px; min-height: 20px;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {hairline}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {off}; border-color: {hairline}; }}
QPushButton:default {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton:default:focus {{ border: 2px solid {text}; }}
QPushButton[role="quiet"] {{ background: transparent; border: 2px solid transparent; padding: 5px 9px; }}
QPushButton[role="quiet"]:hover {{ background: {hover}; }}
QPushButton[role="quiet"]:focus {{ border-color: {accent}; }}

QFrame[role="segments"] {{ background: {window}; border: 1px solid {border}; border-radius: {radius}px; }}
QPushButton[role="segment"] {{
    background: transparent; color: {text}; border: 2px solid transparent;
    border-radius: {inner_radius}px; padding: 5px 2px;
}}
QPushButton[role="segment"]:hover {{ background: {hover}; }}
QPushButton[role="segment"]:focus {{ border-color: {accent}; }}
QPushButton[role="segment"]:checked {{ background: {accent}; color: {on_accent}; font-weight: 600; }}
QPushButton[role="segment"]:checked:focus {{ border-color: {text}; }}

QSlider {{ min-height: 26px; border: 2px solid transparent; border-radius: {inner_radius}px; }}
QSlider:focus {{ border-color: {accent}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {border}; margin: 0 4px; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {accent}; margin: 0 4px; }}
QSlider::handle:horizontal {{
    width: 16px; height: 16px; margin: -7px 0; border-radius: 9px;
    background: {accent}; border: 1px solid {surface};
}}
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ background: {border}; }}

QComboBox, QLineEdit {{
    color: {text}; background: {surface}; border: 1px solid {border}; border-radius: {inner_radius}px;
    padding: 5px 9px; min-height: 22px; selection-background-color: {accent}; selection-color: {on_accent};
}}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: none; width: 0px; height: 0px; }}
QComboBox:hover, QLineEdit:hover {{ border-color: {text}; }}
QComboBox:focus, QLineEdit:focus {{ border: 2px solid {accent}; padding: 4px 8px; }}
QLineEdit[wrong="true"] {{ border: 2px solid {problem}; padding: 4px 8px; }}
QComboBox:disabled, QLineEdit:disabled {{ color: {off}; border-color: {hairline}; }}
QComboBox QAbstractItemView {{
    color: {text}; background: {surface}; border: 1px solid {border}; outline: none;
    selection-background-color: {accent}; selection-color: {on_accent};
}}

QCheckBox {{
    spacing: {space}px;
    padding: 4px 4px 4px 0px; border: 2px solid transparent; border-radius: {inner_radius}px;
}}
QCheckBox:focus {{ border-color: {accent}; }}
QCheckBox::indicator {{
    width: 16px; height: 16px; border: 1px solid {border}; border-radius: {half}px; background: {surface};
}}
QCheckBox::indicator:hover {{ border-color: {text}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; image: none; }}

QListWidget {{ background: transparent; border: none; outline: none; }}
QListWidget::item {{
    padding: 7px 10px;
    border: 2px solid transparent; border-radius: {inner_radius}px; color: {text};
}}
QListWidget::item:hover {{ background: {hover}; }}
QListWidget::item:selected {{ background: {hover}; color: {text}; font-weight: 600; }}
QListWidget::item:selected:focus {{ border-color: {accent}; }}

QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}

QMenu {{ padding: {half}px; }}

QFrame[role="problem"] {{
    background: {problem_surface};
    border: 1px solid {problem}; border-radius: {radius}px;
}}
"""
