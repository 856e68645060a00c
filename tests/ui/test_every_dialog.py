"""Every dialog of the program, found from its classes: the lock empties it and gives it back (SECURITY L5, L6, F25).

A new dialog is opened here by itself, where its arguments are known by name; else the test asks for what it lacks.
"""

import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from io import BytesIO
from typing import get_type_hints

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QTextEdit
from reportlab.pdfgen.canvas import Canvas

from medbill_desktop import ui
from medbill_desktop.ui.dialogs.asking import letter_printer
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.usecases.joining import Enrolment
from medbill_desktop.usecases.users import ListUsers, list_users
from tests.ui.test_lock import office, spoken, unlock, window  # noqa: F401
from tests.ui.window import CANARY

for module in pkgutil.walk_packages(ui.__path__, "medbill_desktop.ui."):
    importlib.import_module(module.name)


def kinds(kind=SecureDialog):
    for each in kind.__subclasses__():
        if each.__module__.startswith("medbill_desktop."):
            yield each
        yield from kinds(each)


KINDS = sorted(kinds(), key=lambda each: each.__name__)


def a_pdf():
    made = BytesIO()
    page = Canvas(made)
    page.drawString(72, 720, CANARY)
    page.save()
    return made.getvalue()


def stand_in(kind):
    """Make a noun of a use case; every fact is given by its type."""
    plain = {str: CANARY, int: 1, bool: False, bytes: a_pdf(), datetime: datetime(2026, 11, 18, tzinfo=UTC)}
    plain[date] = date(2026, 11, 18)
    given = {}
    for name, type_ in get_type_hints(kind).items():
        base = getattr(type_, "__supertype__", type_)
        if name == "format":
            given[name] = "pdf"  # what the bytes are
        elif base in plain:
            given[name] = plain[base]
        elif inspect.isclass(base) and issubclass(base, Enum):
            given[name] = next(iter(base))
        else:
            given[name] = stand_in(base) if is_dataclass(base) else ()
    return kind(**given)


def known(window):  # noqa: F811
    """What dialogs take, by the name of the argument."""
    desk = window.workspace.page.desk
    people = desk.ask(list_users, ListUsers())
    nothing = lambda *_: None  # noqa: E731
    return {
        "parent": window, "page": window.workspace.page, "desk": desk, "jobs": window.jobs, "shell": window.workspace,
        "then": nothing, "say": nothing, "printed": nothing, "title": "Question", "sentence": CANARY, "button": "Yes",
        "pdf": a_pdf(), "printer": letter_printer(), "left": True, "name": CANARY, "person": people[0],
        "codes": [f"CANARY-{n}" for n in range(10)], "enrolment": Enrolment(CANARY, "Harbor Street"),
    }  # fmt: skip


def opened(kind, window):  # noqa: F811
    given, missing = {}, []
    for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
        if parameter.default is not inspect.Parameter.empty:
            continue
        if name in (have := known(window)):
            given[name] = have[name]
        elif inspect.isclass(parameter.annotation):
            given[name] = stand_in(parameter.annotation)
        else:
            missing.append(name)
    assert not missing, f"{kind.__name__} takes {missing}: add them to `known` so that its lock is tried"
    made = kind(**given)
    made.open()
    return made


def typed_into(dialog):
    """Type into every field that takes text; return what then stands in each."""
    fields = [
        each for each in dialog.content.findChildren(QLineEdit)
        if each.isVisible() and each.isEnabled() and not each.isReadOnly() and each.validator() is None
    ]  # fmt: skip
    for each in fields:
        each.setText("half typed")
    notes = [*dialog.content.findChildren(QPlainTextEdit), *dialog.content.findChildren(QTextEdit)]
    for each in notes:
        each.setPlainText("half typed")
    return {**{each: each.text() for each in fields}, **{each: each.toPlainText() for each in notes}}


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)
def test_the_lock_empties_it_and_gives_it_back(kind, window, qtbot, qapp):  # noqa: F811
    dialog = opened(kind, window)
    results = []
    dialog.finished.connect(results.append)
    qtbot.waitExposed(dialog)
    words = typed_into(dialog)
    said = [
        each.text().replace("&", "")
        for each in dialog.content.findChildren(QLabel)
        if each.isVisible() and len(each.text()) > 12
    ]
    assert not said or any(each in spoken(qapp) for each in said), "what is read aloud can be judged below"
    window.lock.lock_now()
    heard = spoken(qapp)
    assert [each for each in said if each in heard] == []
    assert CANARY not in heard
    assert "half typed" not in heard
    assert not dialog.isVisible()
    assert not any(dialog.content.isAncestorOf(each) for each in QApplication.allWidgets() if each.isVisible())
    assert dialog.windowTitle() == "Locked"
    assert results == []
    unlock(window, qtbot)
    assert dialog.isVisible()
    assert dialog.content.isVisible()
    assert {each: each.toPlainText() if hasattr(each, "toPlainText") else each.text() for each in words} == words
    assert results == []
    dialog.reject()


def test_there_are_dialogs_to_try_and_nothing_else_is_one():
    assert len(KINDS) >= 10
    assert all(issubclass(each, QObject) for each in KINDS)
