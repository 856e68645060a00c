# ruff: noqa: E501  (stylesheet rules stand in one line each)
"""The look in numbers: spacing, type, metrics, colours, and the palette and stylesheet made from them (LOOK).

Ratios in comments are WCAG 2.2 contrast, measured: first on `surface`, then the lowest on any background the colour may stand on.
Nothing outside this file names a colour, a font size or a distance.
"""

import sys
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from medbill_desktop import assets


class Space:
    """The 8-px grid. `HALF` is only for icon to word and for stacked lines of one thing."""

    HALF: Final = 4
    ONE: Final = 8
    TWO: Final = 16
    THREE: Final = 24
    FOUR: Final = 32


class Radius:
    SMALL: Final = 3  # chips, check boxes, focus in tables
    CONTROL: Final = 5  # fields, buttons


class Metric:
    ROW: Final = 28  # work lists, ledgers and their headers
    CONTROL: Final = 32  # fields and buttons, ring included
    RING: Final = 3  # how far a button's fill stands inside its box
    RAIL: Final = 152
    RAIL_FOLDED: Final = 48  # icons only, in windows under 1180 px
    TOP: Final = 48
    FOOT: Final = 24
    SIDE_PANEL: Final = 368
    PAGE: Final = 24  # where text begins; tables begin CELL_PAD before it
    CELL_PAD: Final = 8
    ACTION_BAR: Final = 48
    NARROW: Final = 1180  # below it the rail folds and side panels lie over the page
    WIDE: Final = 1700  # from here on columns get their full words
    FOCUS: Final = 2
    ICON: Final = 16  # in rows, buttons, chips
    ICON_RAIL: Final = 20


class Type(Enum):
    """Role -> (points, weight). Two weights; size and grey do the rest."""

    CAPTION = (9.0, QFont.Weight.Normal)  # column heads, hints, foot
    BODY = (10.0, QFont.Weight.Normal)  # cells, fields, prose
    STRONG = (10.0, QFont.Weight.DemiBold)  # totals, the one word that matters
    HEADING = (12.0, QFont.Weight.DemiBold)  # panel and section titles
    TITLE = (15.0, QFont.Weight.DemiBold)  # one per page
    FIGURE = (20.0, QFont.Weight.DemiBold)  # the one sum a page is about

    def font(self) -> QFont:
        """The system's own interface font where it has one, else Inter, else Noto Sans; always with tabular figures."""
        points, weight = self.value
        system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
        named = [] if system.lower() in {"sans", "sans serif", "dejavu sans", "ms shell dlg 2"} else [system]
        font = QFont([*named, "Segoe UI", "Inter", "Noto Sans", "Cantarell", "DejaVu Sans", "Droid Sans Fallback"])
        font.setPointSizeF(points * (96 / 72 if sys.platform == "darwin" else 1))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font


class Tone(Enum):
    """A status is always icon + word + colour. The icon's shape carries it without the colour."""

    OK = "ph.check-circle-fill"
    WARN = "ph.warning-fill"
    STOP = "ph.x-circle-fill"
    INFO = "ph.info-fill"
    NONE = "ph.circle"


@dataclass(frozen=True, slots=True)
class Colors:
    canvas: str  # window, rail, top bar, side panels, foot
    surface: str  # pages, tables, fields
    raised: str  # menus, dialogs, completer lists
    control: str  # quiet buttons, key caps, hover
    selected: str  # the current row, the current page in the rail
    hairline: str  # decoration only: never the sole edge of a control
    field: str  # edge of fields and check boxes, 3:1 everywhere
    text: str
    text2: str  # labels, second facts
    text3: str  # column heads, hints, zeros
    accent: str  # focus, links, primary button, check marks
    on_accent: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    stop: str
    stop_bg: str
    info: str
    info_bg: str


LIGHT: Final = Colors(
    canvas="#F3F4F8",
    surface="#FFFFFF",
    raised="#FFFFFF",
    control="#E7E9F0",
    selected="#E8EBFA",
    hairline="#E0E3EA",
    field="#7E8598",  # 3.7, 3.0
    text="#1A1E2B",  # 16.6, 13.7
    text2="#485066",  # 8.0, 6.6
    text3="#5F667E",  # 5.7, 4.7
    accent="#3A4AB5",  # 7.4, 6.1
    on_accent="#FFFFFF",  # 7.4 on accent
    ok="#076150",  # 7.4, 6.1
    ok_bg="#DFF3EE",  # ok on it 6.4, text 14.4
    warn="#8A5A08",  # 5.9, 4.9
    warn_bg="#FAF0D9",  # warn on it 5.2, text 14.7
    stop="#AB0F3C",  # 7.3, 6.0
    stop_bg="#FCE8EC",  # stop on it 6.2, text 14.2
    info="#0B648C",  # 6.5, 5.4
    info_bg="#E2F0F8",  # info on it 5.6, text 14.3
)

DARK: Final = Colors(
    canvas="#12141B",
    surface="#1A1D26",
    raised="#222632",
    control="#2C3140",
    selected="#2A3158",
    hairline="#2C313D",
    field="#767E94",  # 4.2, 3.1
    text="#E8EAF1",  # 14.0, 10.4
    text2="#B6BCCB",  # 8.9, 6.6
    text3="#979FB1",  # 6.3, 4.7
    accent="#A3AEFF",  # 8.1, 6.0
    on_accent="#141938",  # 8.2 on accent
    ok="#5EDCC4",  # 10.0, 7.5
    ok_bg="#123530",  # ok on it 7.9, text 11.1
    warn="#E6B347",  # 8.7, 6.5
    warn_bg="#352B14",  # warn on it 7.2, text 11.6
    stop="#FF8289",  # 7.1, 5.2
    stop_bg="#411C24",  # stop on it 6.2, text 12.3
    info="#6DB4EC",  # 7.5, 5.6
    info_bg="#14303F",  # info on it 6.2, text 11.5
)


def dress(c: Colors, tick: str = "", caret: str = "") -> tuple[QPalette, str]:
    """Palette and stylesheet for `QApplication` on the Fusion style; `tick` (in `on_accent`) and `caret` (in `text2`) are picture paths."""
    palette, role = QPalette(), QPalette.ColorRole
    for where, colour in {
        role.Window: c.canvas, role.Base: c.surface, role.AlternateBase: c.surface, role.Button: c.control,
        role.WindowText: c.text, role.Text: c.text, role.ButtonText: c.text, role.BrightText: c.stop,
        role.PlaceholderText: c.text3, role.Highlight: c.selected, role.HighlightedText: c.text,
        role.Accent: c.accent, role.Link: c.accent, role.LinkVisited: c.accent,
        role.ToolTipBase: c.raised, role.ToolTipText: c.text, role.Mid: c.field, role.Midlight: c.hairline,
    }.items():  # fmt: skip
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(c.text3))
    sheet = f"""
QLineEdit, QComboBox, QPlainTextEdit {{ background: {c.surface}; border: 1px solid {c.field}; padding: 5px 8px;
  border-radius: {Radius.CONTROL}px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border: 2px solid {c.accent}; padding: 4px 7px; }}
*[problem="true"], *[problem="true"]:focus {{ border-color: {c.stop}; }}
QLineEdit[cell="true"] {{ border-color: {c.surface}; }} QLineEdit[cell="true"]:hover {{ border-color: {c.hairline}; }}
QLineEdit[cell="true"]:focus {{ border: 2px solid {c.accent}; }}
QLineEdit[cell="true"][problem="true"] {{ border-color: {c.stop}; }}
QLineEdit:read-only, QLineEdit:disabled {{ background: {c.canvas}; border-color: {c.hairline}; color: {c.text2}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url("{caret}"); width: 12px; height: 12px; }}
QCheckBox::indicator, QRadioButton::indicator, QTableView::indicator {{ width: 14px; height: 14px; border: 1px solid {c.field};
  border-radius: {Radius.SMALL}px; background: {c.surface}; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; image: url("{tick}"); }}
QRadioButton::indicator {{ border-radius: 8px }} QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {c.accent} }}
QCheckBox::indicator:focus, QRadioButton::indicator:unchecked:focus {{ width: 12px; height: 12px; border: 2px solid {c.accent}; }}
QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus {{ border-color: {c.text}; }}
QPushButton {{ background: {c.control}; color: {c.text}; border: 2px solid transparent; background-clip: padding;
  border-radius: {Radius.CONTROL + 2}px; padding: 4px 12px; min-height: 20px; }}
QPushButton:hover {{ background: {c.selected}; }}
QPushButton:focus {{ border-color: {c.accent}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; }}
QPushButton[kind="primary"]:focus {{ border-color: {c.text}; }}
QPushButton:disabled, QPushButton[kind="primary"]:disabled {{ background: {c.control}; color: {c.text3}; }}
QPushButton[kind="link"] {{ background: transparent; color: {c.accent}; padding: 4px 2px; }}
QTableView {{ background: {c.surface}; border: none; outline: none; }}
QTableView::item {{ padding: 0 5px; border-bottom: 1px solid {c.hairline}; }}
QTableView::item:selected {{ background: {c.selected}; color: {c.text}; }}
QHeaderView::section {{ background: {c.surface}; color: {c.text3}; border: none; border-bottom: 1px solid {c.hairline}; padding: 0 8px; }}
QTabBar::tab {{ color: {c.text2}; padding: 6px 4px; margin-right: 16px; border: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }} QTabBar::tab:focus {{ border-color: {c.accent}; }}
QMenu, QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.hairline}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: {Radius.SMALL}px; }}
QMenu::item:selected {{ background: {c.selected}; }}
QProgressBar {{ background: {c.control}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 2px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {c.field}; min-height: 32px; border-radius: 3px; margin: 2px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none; height: 0; }}
"""
    return palette, sheet + _grounds(c)


def _grounds(c: Colors) -> str:
    """The rest by property: `ground`, `ink`, `edge`, `tint` (chips) and the rail."""
    tints = "".join(
        f'QLabel[tint="{name}"], QFrame[tint="{name}"] {{ background: {ground}; color: {ink};'
        f" border-radius: {Radius.SMALL}px; }}\n"
        for name, ground, ink in (
            ("ok", c.ok_bg, c.ok), ("warn", c.warn_bg, c.warn), ("stop", c.stop_bg, c.stop), ("info", c.info_bg, c.info),
            ("key", c.control, c.text2),
        )
    )  # fmt: skip
    inks = "".join(
        f'QLabel[ink="{name}"] {{ color: {ink}; }}\n'
        for name, ink in (
            ("2", c.text2), ("3", c.text3), ("ok", c.ok), ("warn", c.warn), ("stop", c.stop), ("info", c.info),
            ("accent", c.accent),
        )
    )  # fmt: skip
    return f"""
*[ground="canvas"] {{ background: {c.canvas}; }} *[ground="surface"] {{ background: {c.surface}; }}
*[ground="alarm"] {{ background: {c.stop}; }} *[ground="raised"] {{ background: {c.raised}; }}
QFrame[edge="left"] {{ border: none; border-left: 1px solid {c.hairline}; }}
QFrame[edge="right"] {{ border: none; border-right: 1px solid {c.hairline}; }}
QFrame[edge="top"] {{ border: none; border-top: 1px solid {c.hairline}; }}
QFrame[edge="bottom"] {{ border: none; border-bottom: 1px solid {c.hairline}; }}
QFrame[edge="all"] {{ border: 1px solid {c.hairline}; border-radius: {Radius.CONTROL}px; }}
QFrame[rule="true"] {{ background: {c.hairline}; border: none; max-height: 1px; min-height: 1px; }}
{tints}{inks}
QLabel {{ background: transparent; }}
QPushButton[kind="foot"] {{ background: transparent; color: {c.text2}; border: 1px solid transparent; padding: 0 6px;
  min-height: 16px; border-radius: {Radius.SMALL}px; }}
QPushButton[kind="foot"]:hover {{ background: {c.control}; }} QPushButton[kind="foot"]:focus {{ border-color: {c.accent}; }}
QToolButton {{ background: transparent; color: {c.text2}; border: 2px solid transparent; border-radius: {Radius.CONTROL}px;
  padding: 4px 8px; text-align: left; }}
QToolButton:hover {{ background: {c.control}; }}
QToolButton:checked {{ background: {c.selected}; color: {c.text}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QTextBrowser, QScrollArea {{ background: transparent; border: none; }}
QListView {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.field}; outline: none; padding: 4px; }}
QHeaderView {{ background: {c.surface}; border: none; }}
QListView#parts {{ background: transparent; border: none; padding: 0; }}
QListView::item {{ padding: 5px 8px; }} QListView::item:selected {{ background: {c.selected}; color: {c.text}; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {c.field}; min-width: 32px; border-radius: 3px; margin: 2px; }}
QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ background: none; border: none; width: 0; }}
"""


class Choice(StrEnum):
    """Which of the two sets a person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class _Worn(QObject):
    """The set that the program wears at the moment; icons and delegates ask for it each time they paint."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colors = LIGHT
        self.choice = Choice.SYSTEM
        self.follows = False

    @Slot()
    def follow(self) -> None:
        app = QApplication.instance()
        if self.choice is Choice.SYSTEM and isinstance(app, QApplication):
            wear(app, Choice.SYSTEM)


worn: Final = _Worn()


def colors() -> Colors:
    """Return the colours worn at the moment."""
    return worn.colors


def tone_color(tone: Tone) -> str:
    """Return the text colour of a status."""
    c = worn.colors
    return {Tone.OK: c.ok, Tone.WARN: c.warn, Tone.STOP: c.stop, Tone.INFO: c.info, Tone.NONE: c.text3}[tone]


def wear(app: QApplication, choice: Choice = Choice.SYSTEM) -> None:
    """Dress the whole program; with SYSTEM it goes on following the desktop."""
    dark = choice is Choice.DARK or (choice is Choice.SYSTEM and app.styleHints().colorScheme() is Qt.ColorScheme.Dark)
    worn.choice, worn.colors = choice, DARK if dark else LIGHT
    if not worn.follows:
        app.styleHints().colorSchemeChanged.connect(worn.follow)
        app.setStyle("Fusion")
        worn.follows = True
    name = "dark" if dark else "light"
    palette, sheet = dress(worn.colors, _picture(f"tick-{name}.svg"), _picture(f"caret-{name}.svg"))
    app.setPalette(palette)
    app.setFont(Type.BODY.font())
    app.setStyleSheet(sheet)
    worn.changed.emit()


def _picture(name: str) -> str:
    return assets.path(f"icons/{name}").as_posix()
