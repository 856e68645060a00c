"""What stands half-typed in a form: read from its fields, kept every few seconds, put back (SECURITY L11).

Every form is kept in the same way, by whatever holds it: a side panel and a dialog keep their content, a page the forms
in its body. Passwords are never read; a form with other secrets says so in `no_draft` and is not kept at all.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol
from weakref import WeakSet

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from medbill_desktop.domain.drafts import DraftName
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import LockedError
from medbill_desktop.ui.widgets.type_ahead import TypeAhead
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.drafts import OpenDraft, open_draft

KEEP_AFTER_MS: Final = 5000
LATE_MS: Final = 250  # choices that come from a worker are waited for so long, and so often
LATE_TIMES: Final = 12

Typed = dict[str, Any]  # what stands in each field, by the name of the field


class DraftKeeping(Protocol):
    """What the office does with drafts, behind the person's back."""

    def keep_draft(self, form: str, plain: bytes) -> None: ...
    def drop_draft(self, form: str) -> None: ...
    def settle(self) -> None: ...


def fields_of(content: QWidget) -> Iterator[tuple[str, QWidget]]:
    """Return every field that a person types in, ticks or chooses from, each with a name of its own."""
    seen: dict[str, int] = {}
    for each in content.findChildren(QWidget):
        if not _is_kept(each):
            continue
        words = each.text() if isinstance(each, QAbstractButton) else ""  # a list of ticks may come in another order
        name = f"{each.objectName() or each.accessibleName() or type(each).__name__} {words}".strip()
        seen[name] = at = seen.get(name, 0) + 1
        yield (name if at == 1 else f"{name}#{at}"), each


def _is_kept(field: QWidget) -> bool:
    if isinstance(field, QLineEdit):
        inside = isinstance(field.parent(), QComboBox | QAbstractSpinBox)
        return not (inside or field.isReadOnly() or field.echoMode() is not QLineEdit.EchoMode.Normal)
    if isinstance(field, QPlainTextEdit):
        return not field.isReadOnly()
    return isinstance(field, QComboBox) or (isinstance(field, QAbstractButton) and field.isCheckable())


def typed_in(content: QWidget) -> Typed:
    """Return what stands in the fields as plain values."""
    return {name: _value(each) for name, each in fields_of(content)}


def _value(field: QWidget) -> Any:
    match field:
        case TypeAhead():
            picked = field.value()
            return [field.text(), picked if isinstance(picked, int | str) else None]
        case QLineEdit():
            return field.text()
        case QPlainTextEdit():
            return field.toPlainText()
        case QComboBox():
            return field.currentText()
        case QAbstractButton():
            return field.isChecked()
    return None


def put_back(content: QWidget, typed: Mapping[str, Any]) -> Typed:
    """Put values back as if they were typed; return those that found no field, or no such choice, yet.

    Twice over: what one field brings into sight or fills in for another is typed over by what stood there.
    """
    late: Typed = {}
    for tells in (True, False):
        places = dict(fields_of(content))
        late = {}
        for name, value in typed.items():
            if name not in places or not _put(places[name], value, tells=tells):
                late[name] = value
    return late


def _put(field: QWidget, value: Any, *, tells: bool) -> bool:
    """Put one value back; `tells` lets the form hear of it as of a person's typing."""
    if _value(field) == value:
        return True
    match field:
        case TypeAhead() if isinstance(value, list) and len(value) == 2:
            field.fill_again(str(value[0]), value[1], tells=tells)
        case QLineEdit() if isinstance(value, str):
            field.setText(value)
            if tells:
                field.textEdited.emit(value)
        case QPlainTextEdit() if isinstance(value, str):
            field.setPlainText(value)
        case QComboBox() if isinstance(value, str):
            if (at := field.findText(value)) < 0:
                return False
            field.setCurrentIndex(at)
            if tells:
                field.activated.emit(at)
        case QAbstractButton() if isinstance(value, bool):
            if tells and field.isEnabled():
                field.click()
            else:
                field.setChecked(value)
    return True


class Shelf(QObject):
    """The drafts of who sits at the desk: where forms are kept, found again, given up and brought back.

    What was thrown away lies here in memory until the person leaves the desk, so that it can be undone.
    """

    emptied = Signal(str)  # the key of a draft that was thrown away: whoever shows its form empties it

    def __init__(self, desk: Desk, office: DraftKeeping, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._office = desk, office
        self._kept: dict[str, bytes] = {}  # of this sitting: also what a full disk has not taken yet
        self._thrown: list[tuple[str, bytes]] = []
        self._keepers: WeakSet[Keeper] = WeakSet()

    def find(self, key: str) -> Mapping[str, Any] | None:
        """Return what was kept under this key, of the same person only."""
        plain = self._kept.get(key) or self._desk.ask(open_draft, OpenDraft(key))
        found = json.loads(plain) if plain else None
        return found if isinstance(found, dict) else None

    def keep(self, key: str, values: Mapping[str, object]) -> None:
        """Seal it to the person; a later one takes its place."""
        plain = json.dumps(values).encode()
        with suppress(LockedError):  # the key is gone already: what was typed was kept at the lock
            self._office.keep_draft(key, plain)
            self._kept[key] = plain

    def drop(self, key: str) -> None:
        """The form was saved: nothing of it is left."""
        self._kept.pop(key, None)
        with suppress(LockedError):
            self._office.drop_draft(key)

    def throw_away(self, key: str) -> None:
        """Give a draft up, and empty its form where it is open; `bring_back` undoes it."""
        plain = self._kept.get(key) or self._desk.ask(open_draft, OpenDraft(key))
        if plain:
            self._thrown.append((key, plain))
        for each in self._living():
            if each.key == key:
                each.empty()
        self.drop(key)
        self.emptied.emit(key)

    @property
    def has_thrown(self) -> bool:
        return bool(self._thrown)

    def bring_back(self) -> str:
        """Keep again what was thrown away last; return its key, empty where there is nothing."""
        if not self._thrown:
            return ""
        key, plain = self._thrown.pop()
        with suppress(LockedError):
            self._office.keep_draft(key, plain)
            self._kept[key] = plain
        return key

    def move(self, key: str, to: str) -> bool:
        """Keep a draft under another name, as its record was merged; False where one of that name is there already."""
        if self.find(to) is not None:
            return False
        if (held := self.find(key)) is not None:
            self.keep(to, held)
            self.drop(key)
        return True

    def flush(self) -> None:
        """Keep what was typed since it was kept last: the screen locks, or another page is shown."""
        for each in self._living():
            each.flush()

    def settle(self) -> None:
        """Wait until what was kept is written; not in the GUI thread."""
        self._office.settle()

    def add(self, keeper: "Keeper") -> None:
        self._keepers.add(keeper)

    def forget(self, keeper: "Keeper") -> None:
        self._keepers.discard(keeper)

    def _living(self) -> list["Keeper"]:
        return [each for each in self._keepers if isValid(each)]


class Keeper(QObject):
    """Keeps one form: from the first letter that is not kept, five seconds later; at once when asked."""

    def __init__(self, content: QWidget, shelf: Shelf, name: DraftName) -> None:
        super().__init__(content)
        self.content, self.key = content, name.key
        self._shelf, self._is_kept, self._touched = shelf, False, False
        self._heard: WeakSet[QWidget] = WeakSet()
        self._late: Typed = {}
        self._tries = 0
        self._due = QTimer(self, interval=KEEP_AFTER_MS, singleShot=True)
        self._due.timeout.connect(self.flush)
        self._later = QTimer(self, interval=LATE_MS)
        self._later.timeout.connect(self._on_later)
        self._start = typed_in(content)
        self._listen()
        content.installEventFilter(self)
        shelf.add(self)

    def restore(self) -> bool:
        """Put back what was kept; tell whether there was anything."""
        held = self._shelf.find(self.key)
        if held is None or not isinstance(held.get("typed"), dict):
            return False
        self._late = put_back(self.content, held["typed"])
        self._tries = LATE_TIMES
        if self._late:
            self._later.start()
        self._is_kept, self._touched = True, False
        self._due.stop()
        return True

    @Slot()
    def flush(self) -> None:
        """Keep what differs from how the form was opened; a form that is as it was has no draft."""
        if not self._touched or not isValid(self.content):
            return
        self._touched = False
        self._due.stop()
        if typed := self.typed():
            self._shelf.keep(self.key, {"typed": typed})
            self._is_kept = True
        elif self._is_kept:
            self._shelf.drop(self.key)
            self._is_kept = False

    def typed(self) -> Typed:
        """Return what stands otherwise than when the form was opened."""
        now = {name: value for name, value in typed_in(self.content).items() if self._start.get(name) != value}
        return {**self._late, **now}

    def finish(self) -> None:
        """The form was saved, and how it stands now is how it was opened."""
        self._stop()
        if self._is_kept:
            self._shelf.drop(self.key)
            self._is_kept = False
        self._start = typed_in(self.content)

    def rebase(self) -> None:
        """The form was filled anew, and nobody has typed in it."""
        self._start = typed_in(self.content)

    def give_up(self) -> bool:
        """The person leaves the form without saving it; tell whether that can be undone."""
        self.flush()
        kept, self._is_kept = self._is_kept, False
        self._stop()
        if kept:
            self._shelf.throw_away(self.key)
        return kept

    def empty(self) -> None:
        """Put the form back as it was opened."""
        self._late, self._is_kept = {}, False
        put_back(self.content, self._start)
        self._stop()

    def detach(self) -> None:
        """Keep what is not kept, and look at the form no more."""
        self.flush()
        self._stop()
        self.content.removeEventFilter(self)
        self._shelf.forget(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # fields that came later are heard as well
            self._listen()
        return False

    def _stop(self) -> None:
        self._touched = False
        self._due.stop()
        self._later.stop()

    def _listen(self) -> None:
        for _, each in fields_of(self.content):
            if each in self._heard:
                continue
            self._heard.add(each)
            if isinstance(each, QLineEdit):
                each.textEdited.connect(self._on_touched)
                if isinstance(each, TypeAhead):
                    each.picked.connect(self._on_touched)
            elif isinstance(each, QPlainTextEdit):
                each.textChanged.connect(self._if_typing)
            elif isinstance(each, QComboBox):
                each.activated.connect(self._on_touched)
            elif isinstance(each, QAbstractButton):
                each.clicked.connect(self._on_touched)

    @Slot()
    def _if_typing(self, *_: object) -> None:
        field = self.sender()
        if isinstance(field, QWidget) and field.hasFocus():
            self._on_touched()

    @Slot()
    def _on_touched(self, *_: object) -> None:
        self._touched = True
        if not self._due.isActive():
            self._due.start()

    @Slot()
    def _on_later(self) -> None:
        """Choices that a worker brings come after the form; what was chosen of them is put back then."""
        self._tries -= 1
        touched = self._touched
        self._late = put_back(self.content, self._late)
        self._touched = touched
        if not self._late or self._tries <= 0:
            self._later.stop()


def keeper_of(content: QWidget, shelf: Shelf, patient_id: Id | None = None, form: str = "") -> Keeper | None:
    """Return the keeper of a form that names its draft (`keeps`, `about`), None of what keeps none."""
    form, about = form or getattr(content, "keeps", ""), getattr(content, "about", None)
    if not form:
        return None
    return Keeper(content, shelf, DraftName(form, patient_id, "" if about is None else str(about)))
