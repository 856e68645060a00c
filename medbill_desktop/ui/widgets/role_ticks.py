"""The roles of a person as ticks, each with what it may do in a few words (SECURITY A2)."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from medbill_desktop.domain.users import BUILT_IN, OwnRole, Role, RoleBook, RoleKey
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


def say_roles(roles: Iterable[RoleKey], book: RoleBook = BUILT_IN) -> str:
    """Return `Biller, Owner` in the order of the list; the practice's own roles by their names."""
    return ", ".join(name_of(each, book) for each in book.in_order(roles))


def name_of(role: RoleKey, book: RoleBook) -> str:
    """Return the name of a role as screens write it."""
    return ROLE_WORDS[Role(role)][0] if role in ROLE_WORDS else book.name_of(role)


def _about(role: OwnRole) -> str:
    base = ROLE_WORDS[role.base][0]
    less = len(role.narrowed)
    parts = [f"{less} right{'' if less == 1 else 's'} less"] if less else []
    parts += [f"{len(role.added)} more"] if role.added else []
    return f"as {base}, {' and '.join(parts)}" if parts else f"as {base}"


class RoleTicks(QWidget):
    """A tick for each role, those of the practice's own after the built-in ones; `changed` when the person ticks."""

    changed = Signal()

    def __init__(self, own: Iterable[OwnRole] = ()) -> None:
        super().__init__()
        self._ticks: dict[RoleKey, QCheckBox] = {}
        self._problem = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        offered: list[tuple[RoleKey, str, str, str]] = [
            (role, words, what, f"role_{role.name.lower()}") for role, (words, what) in ROLE_WORDS.items()
        ]
        offered += [(each.key, each.name, _about(each), f"role_own_{each.id}") for each in own]
        for role, words, what, name in offered:
            tick = self._ticks[role] = QCheckBox(words.replace("&", "&&"))
            tick.setObjectName(name)
            tick.setAccessibleDescription(what)
            tick.clicked.connect(lambda _checked=False: self.changed.emit())
            note = label(what, Type.CAPTION, "2", wrap=True)
            note.setContentsMargins(Space.THREE, 0, 0, Space.ONE)
            column.addWidget(tick)
            column.addWidget(note)
        column.addWidget(self._problem)

    def value(self) -> frozenset[RoleKey]:
        return frozenset(role for role, tick in self._ticks.items() if tick.isChecked())

    def show_roles(self, roles: Iterable[RoleKey]) -> None:
        held = set(roles)
        for role, tick in self._ticks.items():
            tick.setChecked(role in held)

    def say(self, words: str) -> None:
        """Show what is wrong with the choice."""
        self._problem.say(words, Tone.STOP)

    def focus_first(self) -> None:
        next(iter(self._ticks.values())).setFocus(Qt.FocusReason.OtherFocusReason)
