"""The roles of a person as ticks, each with what it may do in a few words (SECURITY A2)."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label

ROLE_WORDS: Final[dict[Role, tuple[str, str]]] = {
    Role.FRONT_DESK: ("Front desk", "registers patients and visits, takes payments"),
    Role.BILLER: ("Biller", "enters charges, writes off up to a limit, runs statements"),
    Role.MANAGER: ("Practice manager", "also keeps fees and payers, voids, approves refunds"),
    Role.PRIVACY_OFFICER: ("Privacy officer", "reads the audit log, manages users and policy"),
    Role.OWNER: ("Owner", "may do nearly everything"),
    Role.AUDITOR: ("Auditor", "reads, and changes nothing"),
}


def say_roles(roles: Iterable[Role]) -> str:
    """Return `Biller, Owner` in the order of the list."""
    held = set(roles)
    return ", ".join(words for role, (words, _) in ROLE_WORDS.items() if role in held)


class RoleTicks(QWidget):
    """A tick for each role; `changed` when the person ticks."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._ticks: dict[Role, QCheckBox] = {}
        self._problem = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for role, (words, what) in ROLE_WORDS.items():
            tick = self._ticks[role] = QCheckBox(words)
            tick.setObjectName(f"role_{role.name.lower()}")
            tick.setAccessibleDescription(what)
            tick.clicked.connect(lambda _checked=False: self.changed.emit())
            note = label(what, Type.CAPTION, "2", wrap=True)
            note.setContentsMargins(Space.THREE, 0, 0, Space.ONE)
            column.addWidget(tick)
            column.addWidget(note)
        column.addWidget(self._problem)

    def value(self) -> frozenset[Role]:
        return frozenset(role for role, tick in self._ticks.items() if tick.isChecked())

    def show_roles(self, roles: Iterable[Role]) -> None:
        held = set(roles)
        for role, tick in self._ticks.items():
            tick.setChecked(role in held)

    def say(self, words: str) -> None:
        """Show what is wrong with the choice."""
        self._problem.say(words, Tone.STOP)

    def focus_first(self) -> None:
        next(iter(self._ticks.values())).setFocus(Qt.FocusReason.OtherFocusReason)
