"""Every form, panel and dialog of the program keeps a draft, or says why it keeps none (SECURITY L11)."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from medbill_desktop import ui
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.half_forms import FORMS
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings_tab import FormTab

FIELD = re.compile(
    r"\b(LineField|NoteField|MoneyField|DateField|CodeField|ChoiceField|TypeAhead|QLineEdit|QPlainTextEdit|QComboBox"
    r"|QCheckBox|QRadioButton|RoleTicks|GuarantorForm|PatientForm|CoverageForm|Form)\("
)
SAYS = ("keeps", "kept_as", "no_draft", "draft_form")
# Parts of a form, and who keeps what stands in them.
PARTS = {
    "PaymentEntry": "PaymentsPage", "PatientForm": "RegistrationPage", "GuarantorForm": "RegistrationPage",
    "CoverageForm": "RegistrationPage", "ContactChoices": "RegistrationPage", "BatchPanel": "ChargesPage",
    "Diagnoses": "ChargesPage", "LineRow": "ChargesPage", "LineGrid": "ChargesPage", "Entry": "ChargesPage",
    "Beside": "DuplicatesPage", "WhoStep": "InviteDialog",
}  # fmt: skip
# What forms are built on: each of their forms is looked at by itself.
BASES = {"PanelForm", "RolePanel", "SigningPanel", "FormTab"}
# Forms that stand in the body of a page or tab, and name their draft where they are made.
IN_THE_BODY = {"DetailsTab", "Editor"}
# Kept as soon as it is ticked: nothing is ever half-typed.
AT_ONCE = {"WatchTick"}

for module in pkgutil.walk_packages(ui.__path__, "medbill_desktop.ui."):
    importlib.import_module(module.name)

ROOT = Path(ui.__file__).parent
SOURCES = sorted([*(ROOT / "pages").glob("*.py"), *(ROOT / "dialogs").glob("*.py"), ROOT / "emergency.py"])


def below(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith("medbill_desktop.ui."):
            yield each
        yield from below(each)


def places():
    """Return every class of the pages and dialogs in whose own source fields are made."""
    rooms = ("medbill_desktop.ui.pages", "medbill_desktop.ui.dialogs", "medbill_desktop.ui.emergency")
    found = {each for each in below(QWidget) if each.__module__.startswith(rooms) and each.__name__ not in BASES}
    return sorted((each for each in found if FIELD.search(inspect.getsource(each))), key=lambda each: each.__name__)


def says(kind):
    return any(getattr(kind, each, "") for each in SAYS)


@pytest.mark.parametrize("kind", places(), ids=lambda each: each.__name__)
def test_what_has_fields_keeps_a_draft_or_says_why_not(kind):
    if issubclass(kind, PanelForm) and not says(kind):
        assert re.search(r"\b(keeps|no_draft)=", inspect.getsource(kind)), "name its draft: keeps=..., or no_draft=..."
        return
    owner = PARTS.get(kind.__name__)
    if owner is not None:
        assert says(next(each for each in below(QWidget) if each.__name__ == owner))
    elif kind.__name__ in IN_THE_BODY:
        assert "page.keep(" in inspect.getsource(kind)
    elif kind.__name__ not in AT_ONCE and "PanelForm(" not in inspect.getsource(kind):
        ours = [each for each in kind.__mro__ if each.__module__.startswith("medbill_desktop.ui.pages")]
        made_by_init = any("self.keeps" in inspect.getsource(each) for each in ours)
        assert says(kind) or made_by_init, "name its draft in `keeps`, or say in `no_draft` why it keeps none"


def calls(name):
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield path.name, node


def test_every_small_form_in_the_side_panel_names_its_draft_or_says_why_not():
    made = list(calls("PanelForm"))
    silent = [
        f"{name}:{node.lineno}"
        for name, node in made
        if not {each.arg for each in node.keywords} & {"keeps", "no_draft"}
    ]
    assert silent == []
    assert len(made) > 40


def test_every_dialog_in_which_something_can_be_typed_says_what_it_does():
    dialogs = {each for each in below(SecureDialog) if FIELD.search(inspect.getsource(each))}
    assert {each.__name__ for each in dialogs if not says(each)} == set()
    assert len(dialogs) >= 5
    assert all(says(each) for each in below(FormTab))


def named():
    """Return every name of a draft that stands in the pages and dialogs."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.keyword) and node.arg == "keeps") or (
                isinstance(node, ast.Assign)
                and any(
                    getattr(each, "id", getattr(each, "attr", "")) in ("keeps", "kept_as", "draft_form")
                    for target in node.targets
                    for each in ast.walk(target)
                )
            ):
                yield from (each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant))


def test_every_draft_has_plain_words_and_a_way_back():
    missing = {each for each in named() if isinstance(each, str) and re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", each)}
    assert missing - set(FORMS) == set()
    keys = {each.key for each in PAGES}
    of_pages = {getattr(each.factory, "draft_form", "") for each in PAGES}
    for name, form in FORMS.items():
        assert form.words[0].isupper(), name
        assert form.page in keys or form.again, name
        assert form.key or form.line_key or form.again or form.part or name in of_pages, name


@pytest.mark.parametrize("page", sorted({each.page for each in FORMS.values() if each.page}))
def test_the_keys_that_open_forms_are_on_their_pages(page, window):
    spec = next(each for each in PAGES if each.key == page)
    made = spec.factory(window.desk, window.jobs, window)
    there = {each.key() for each in made.findChildren(QShortcut)}
    in_use = set(named())
    for name, form in FORMS.items():
        for key in (form.key, form.line_key):
            if form.page == page and key and key != "Enter" and (name in in_use or "." in name):
                assert QKeySequence(key) in there, f"{form.words}: {key}"


def test_a_secret_never_lies_in_a_draft():
    for kind in below(SecureDialog):
        if kind.keeps and re.search(r"[Kk]it|[Cc]ode|[Pp]assword", inspect.getsource(kind)):
            assert kind.kept_part is not SecureDialog.kept_part or kind.__name__ == "InviteDialog", kind.__name__
    assert Page.no_draft == ""
