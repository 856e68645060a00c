"""Why do I owe this? The amount, a sentence to read aloud, and the entries that add up to it (UX 4, LOOK)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.theme import Space, Type
from medbill_desktop.ui.widgets.words import IconLabel, label, rule
from medbill_desktop.usecases.accounts import Entry, Explanation

ICONS = {
    "charge": "ph.receipt",
    "apply": "ph.money",
    "payment": "ph.money",
    "adjustment": "ph.handshake",
    "transfer": "ph.arrows-left-right",
    "reversal": "ph.arrow-u-up-left",
    "credit": "ph.piggy-bank",
}


class WhyPanel(QWidget):
    """The content of the side panel."""

    def __init__(self, found: Explanation, line: str) -> None:
        """`line` says what is explained, such as its date and code."""
        super().__init__()
        self.setObjectName("why")
        self.found = found
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.HALF, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        column.addLayout(self._figure(line))
        column.addLayout(_with_icon("ph.quotes-fill", label("Read aloud", Type.CAPTION, "2"), "accent"))
        self.aloud = label(found.read_aloud, wrap=True, name="read_aloud")
        self.aloud.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(self.aloud)
        column.addWidget(rule())
        column.addWidget(label("How it came to this", Type.CAPTION, "2"))
        column.addLayout(self._entries())
        column.addWidget(rule())
        column.addLayout(self._sums())
        column.addWidget(label(self._foot(), Type.CAPTION, "2"))
        column.addStretch(1)

    def _figure(self, line: str) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(self.found.title, wrap=True))
        words.addWidget(label(line, Type.CAPTION, "2", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(Space.ONE + Space.HALF)
        row.addWidget(label(format_cents(self.found.balance_cents), Type.FIGURE, name="why_amount"))
        row.addLayout(words, 1)
        return row

    def _entries(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.ONE)
        grid.setVerticalSpacing(Space.ONE)
        grid.setColumnStretch(1, 1)
        for at, each in enumerate(self.found.entries):
            self._entry(grid, at, each)
        return grid

    @staticmethod
    def _entry(grid: QGridLayout, at: int, each: Entry) -> None:
        detail = " · ".join(part for part in (show_date(each.posted_on), each.detail) if part)
        ink = "3" if each.undone else ""
        both = QVBoxLayout()
        both.setSpacing(0)
        both.addWidget(label(each.words, ink=ink, wrap=True))
        both.addWidget(label(f"{detail} · taken back" if each.undone else detail, Type.CAPTION, "2", wrap=True))
        grid.addWidget(IconLabel(ICONS.get(each.kind, "ph.dot-outline")), at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(both, at, 1)
        grid.addWidget(_amount(each.cents, Type.BODY, ink), at, 2, Qt.AlignmentFlag.AlignTop)

    def _sums(self) -> QGridLayout:
        found, grid = self.found, QGridLayout()
        grid.setColumnStretch(0, 1)
        parts = [("Patient owes", found.owes_cents), ("With insurance", found.with_insurance_cents)]
        parts = [each for each in parts if each[1]]
        whole = parts[0][0] if len(parts) == 1 and parts[0][1] == found.balance_cents else "Balance"
        lines = [(whole, found.balance_cents, Type.STRONG)]
        if whole == "Balance":
            lines += [(f"of it: {words.lower()}", cents, Type.BODY) for words, cents in parts]
        for at, (words, cents, role) in enumerate(lines):
            grid.addWidget(label(words, role), at, 0)
            grid.addWidget(_amount(cents, role), at, 1)
        return grid

    def _foot(self) -> str:
        count = len(self.found.entries)
        entries = "1 entry" if count == 1 else f"{count} entries"
        since = self.found.unchanged_since
        return entries if since is None else f"{entries}, unchanged since {show_date(since)}"


def _amount(cents: int, role: Type, ink: str = "") -> QLabel:
    made = label(format_cents(cents), role, ink or ("3" if cents == 0 and role is Type.BODY else ""))
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    if cents >= 0:
        made.setContentsMargins(0, 0, made.fontMetrics().horizontalAdvance(")"), 0)
    return made


def _with_icon(icon_name: str, words: QLabel, role: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(IconLabel(icon_name, role))
    row.addWidget(words, 1)
    return row
