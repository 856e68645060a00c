"""F1: the page of the manual for this screen, and its keys (UX, Keys)."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTextBrowser, QVBoxLayout

from medbill_desktop import assets
from medbill_desktop.ui.theme import Metric, Space, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import KeyCap, label


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the F1 card."""

    key: str
    words: str


EVERYWHERE = (
    Key("Ctrl+K", "find anything"),
    Key("Ctrl+L", "lock"),
    Key("Ctrl+1 .. 9", "pages"),
    Key("Alt+Left", "back"),
    Key("F5", "read again"),
    Key("Ctrl+Shift+P", "hide the rows of lists but the chosen one"),
    Key("F1", "this help"),
)
BEFORE_SIGN_IN = (Key("Enter", "presses the button that has the keyboard"), Key("F1", "this help"))


def help_text(key: str) -> str:
    """Return the manual's page for a screen, or its index where a screen has none."""
    for name in (f"help/{key}.md", "help/index.md"):
        try:
            return assets.path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
    return "# Help\n\nThis installation lacks its manual."


def key_card(keys: Iterable[Key]) -> str:
    """Return the keys as a Markdown table."""
    lines = "\n".join(f"| {each.key} | {each.words} |" for each in keys)
    return f"| Key | does |\n|---|---|\n{lines}"


class HelpPanel(QFrame):
    """Lies over the right of the window; Esc or F1 closes it."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "left")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(Metric.SIDE_PANEL)
        self.setObjectName("help_panel")
        self.setAccessibleName("Help")
        self._text = QTextBrowser()
        self._text.setOpenLinks(False)
        self._text.anchorClicked.connect(self._on_link)
        head = QHBoxLayout()
        head.addWidget(label("Help", Type.HEADING), 1)
        head.addWidget(KeyCap("Esc"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.THREE, Space.TWO, Space.TWO, Space.TWO)
        column.addLayout(head)
        column.addWidget(self._text, 1)
        column.addWidget(Button("All help pages", kind="link", pressed=lambda: self._show_page("index")))
        self._keys: tuple[Key, ...] = ()
        self.hide()

    def show_help(self, key: str, keys: Iterable[Key], everywhere: Iterable[Key] = EVERYWHERE) -> None:
        """Show the page of a screen with its keys."""
        self._keys = (*keys, *everywhere)
        self._show_page(key)
        self.show()
        self.raise_()
        self._text.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_help(self) -> None:
        self.hide()
        self.closed.emit()

    @property
    def words(self) -> str:
        return self._text.toPlainText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_help()
            return
        super().keyPressEvent(event)

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        # Only pages of the manual; a link out of the program would open a browser with our address in it.
        if url.isRelative():
            self._show_page(url.path().removesuffix(".md"))

    def _show_page(self, key: str) -> None:
        text = help_text(key) if key.replace("_", "").isalnum() else help_text("index")
        self._text.setMarkdown(f"{text}\n\n{key_card(self._keys)}" if key != "index" else text)
