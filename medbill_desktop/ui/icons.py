"""Icons of the Phosphor set, drawn in the colours worn at the moment of painting (LOOK, Using the tokens)."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from medbill_desktop.ui.theme import Tone, colors, tone_color


def _of_set(pattern: str) -> Path:
    """Return a file of the set as QtAwesome carries it.

    Imported, QtAwesome loads all of its twelve sets and QtPy with all of Qt: 35 MB, and a fifth of the start.
    """
    found = find_spec("qtawesome")
    if found is None or found.origin is None:
        raise FileNotFoundError("QtAwesome is missing from this installation")
    return next(Path(found.origin).with_name("fonts").glob(pattern))


@cache
def _glyphs() -> dict[str, str]:
    codes = json.loads(_of_set("phosphor-charmap-*.json").read_text(encoding="ascii"))
    return {f"ph.{name}": chr(int(code, 16)) for name, code in codes.items()}


def _glyph(name: str) -> str:
    """Return the character of `ph.users`; raises KeyError where the set has no such icon."""
    return _glyphs()[name]


@cache
def _font() -> QFont:
    number = QFontDatabase.addApplicationFont(str(_of_set("phosphor-[0-9]*.ttf")))
    return QFont(QFontDatabase.applicationFontFamilies(number)[0])


def ink(role: str | Tone) -> str:
    """Return the colour of a role (`text2`, `accent`, ...) or a status."""
    return tone_color(role) if isinstance(role, Tone) else str(getattr(colors(), role))


def paint_icon(painter: QPainter, rect: QRect, name: str, color: str) -> None:
    """Draw the icon in the middle of `rect`."""
    font = QFont(_font())
    font.setPixelSize(min(rect.width(), rect.height()))
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _glyph(name))
    painter.restore()


class _Phosphor(QIconEngine):
    def __init__(self, name: str, role: str | Tone, on: str | None) -> None:
        super().__init__()
        _glyph(name)
        self._name, self._role, self._on = name, role, on

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        name = self._on if self._on is not None and state is QIcon.State.On else self._name
        role: str | Tone = "accent" if name is not self._name else self._role
        paint_icon(painter, rect, name, ink("text3" if mode is QIcon.Mode.Disabled else role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Phosphor(self._name, self._role, self._on)


def icon(name: str, role: str | Tone = "text2", *, on: str | None = None) -> QIcon:
    """Return an icon such as `ph.users`; `on` is the one shown, in the accent, while a button is checked."""
    return QIcon(_Phosphor(name, role, on))
