"""Payers, providers and places: lists that are searched, added to and changed in the side panel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.payer_rules_panel import RulesPanel
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.catalogs import (
    ListPayers,
    ListPlaces,
    ListProviders,
    PayerDetails,
    PlaceDetails,
    ProviderDetails,
    SavePayer,
    SavePlace,
    SaveProvider,
    list_payers,
    list_places,
    list_providers,
    save_payer,
    save_place,
    save_provider,
)
from medbill_desktop.usecases.declare import Ask, UseCase
from medbill_desktop.usecases.payer_rules import payer_rules_of

FieldSpec = tuple[str, str, str, int, int, int]  # name, words, kind, row, column, span
ADDRESS: tuple[FieldSpec, ...] = (
    ("street", "Street", "line", 4, 0, 12), ("city", "City", "line", 5, 0, 12), ("state", "State", "code", 6, 0, 4),
    ("zip", "ZIP", "line", 6, 4, 8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that tells one list from another."""

    name: str  # `payers`
    one: str  # `payer`
    sentence: str
    columns: tuple[Column, ...]
    fields: tuple[FieldSpec, ...]
    listing: Ask[Any, Any]
    asked: Callable[..., Any]
    saving: UseCase[Any, Any]
    command: Callable[..., Any]
    empty: Any  # the details of a new one
    details: Callable[[Any], Any]
    said: Callable[[Any], str]


class CatalogTab(SettingsTab):
    """A list with a find field; Enter changes, Ctrl+N adds."""

    no_draft = "A search."

    def __init__(self, page: Page, catalog: Catalog) -> None:
        super().__init__(page)
        self._catalog = catalog
        self.search = LineField("Beginning of a name or number", name=f"find_{catalog.name}")
        self.search.setAccessibleName(f"Find {catalog.name}")
        self.search.setFixedWidth(280)
        self.unused = QCheckBox("Show those no longer used")
        self.unused.setToolTip("Show those no longer used (Alt+U)")
        self.table = Table(
            catalog.columns, name=catalog.name, spoken=catalog.name.capitalize(), sizes=page.shell.sizes,
            empty=f"No {catalog.one} yet. Add one with Ctrl+N.",
        )  # fmt: skip
        add = self.button(f"Add a {catalog.one}", "Ctrl+N", self._on_add, case=catalog.saving, name="add_entry")
        self.buttons = (add,)
        self.inset(self.search, self.unused)
        self.column.addWidget(self.table, 1)
        self.search.textChanged.connect(self.reload)
        self.unused.toggled.connect(self.reload)
        self.table.opened.connect(self._on_opened)
        if catalog.name == "payers":
            rules = self.button("Rules of the payer", "Ctrl+Shift+R", self._on_rules, case=payer_rules_of)
            self.buttons = (add, rules)
        shortcut = QShortcut(QKeySequence("Alt+U"), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.unused.toggle)
        self.keys += [Key("Alt+U", "Show those no longer used"), Key("Enter", f"Change the {catalog.one}")]

    @Slot()
    def reload(self, *_: object) -> None:
        asked = self._catalog.asked(self.search.text().strip(), self.unused.isChecked())
        found = self.desk.ask(self._catalog.listing, asked)
        typed = bool(self.search.text().strip())
        self.table.set_empty("Nothing begins like that." if typed else f"No {self._catalog.one} yet. Add with Ctrl+N.")
        self.table.show_rows(found)

    def focus_first(self) -> None:
        self.search.setFocus()

    def _on_add(self) -> None:
        self._edit(None, self._catalog.empty)

    def _on_rules(self) -> None:
        if (line := self.table.chosen_row()) is not None:
            RulesPanel(self.page, line.id, line.payer.name).open("Rules of the payer")

    @Slot(object)
    def _on_opened(self, line: Any) -> None:
        self._edit(line.id, self._catalog.details(line))

    def _edit(self, entry_id: Id | None, details: Any) -> None:
        title = f"Add a {self._catalog.one}" if entry_id is None else self._catalog.said(details)
        EntryPanel(self.page, self._catalog, entry_id, details).open(title)


class EntryPanel(PanelForm):
    """The form of one entry of a list."""

    def __init__(self, page: Page, catalog: Catalog, entry_id: Id | None, details: Any) -> None:
        super().__init__(page, catalog.sentence, "Save", self._on_send, keeps=f"{catalog.name}.entry", about=entry_id)
        self._catalog, self._entry_id, self._held = catalog, entry_id, details
        for name, words, kind, row, column, span in catalog.fields:
            self.form.add(name, words, _field(name, kind), row, column, span)
        self.form.set_values({name: getattr(details, name) for name in self.form.fields})
        for each in self.form.findChildren(LineField):
            each.home(False)  # a long name is read from its beginning
        allowed = page.desk.may(catalog.saving)
        self.form.setEnabled(allowed)
        self.confirm.setEnabled(allowed)

    def _on_send(self) -> None:
        typed = replace(self._held, **self.form.values())
        command = self._catalog.command(self.page.desk.new_id(), typed, self._entry_id)
        self.run(self._catalog.saving, command, f"The {self._catalog.one} is saved.")


def _field(name: str, kind: str) -> LineField | ChoiceField:
    if kind == "use":
        return ChoiceField(((True, "In use"), (False, "No longer used")), name=name)
    if kind == "provider":
        return ChoiceField((("rendering", "Gives care here"), ("referring", "Sends patients")), name=name)
    return CodeField(name=name) if kind == "code" else LineField(name=name, most=80)


def _use(active: bool) -> Status | None:
    return None if active else Status(Tone.NONE, "Not used")


PAYERS = Catalog(
    "payers", "payer", "The payer id and the address are what claims need.",
    (
        Column("name", "Name", Kind.NAME, stretch=True, value=lambda row: row.payer.name),
        Column("code", "Payer id", Kind.CODE, 92, value=lambda row: row.payer.payer_code),
        Column("kind", "Kind", Kind.CODE, 52, value=lambda row: row.payer.filing_indicator, drop=3),
        Column("city", "City", width=116, value=lambda row: row.payer.city, drop=2),
        Column("phone", "Phone", width=124, value=lambda row: show_phone(row.payer.phone), drop=1),
        Column("use", "Use", Kind.STATUS, 92, value=lambda row: _use(row.payer.active)),
    ),
    (
        ("name", "Name", "line", 0, 0, 12), ("payer_code", "Payer id", "code", 1, 0, 7),
        ("filing_indicator", "Kind, such as CI", "code", 1, 7, 5), ("phone", "Phone", "line", 2, 0, 12), *ADDRESS,
        ("active", "Use", "use", 7, 0, 12),
    ),
    list_payers, ListPayers, save_payer, SavePayer, PayerDetails(""), lambda line: line.payer,
    lambda details: details.name,
)  # fmt: skip

PROVIDERS = Catalog(
    "providers", "provider", "Who gives the care. The NPI stands on claims.",
    (
        Column("name", "Name", Kind.NAME, stretch=True),
        Column("npi", "NPI", Kind.CODE, 120, value=lambda row: row.provider.npi),
        Column("taxonomy", "Taxonomy", Kind.CODE, 130, value=lambda row: row.provider.taxonomy, drop=1),
        Column("kind", "Kind", width=90, value=lambda row: row.provider.kind.capitalize(), drop=2),
        Column("use", "Use", Kind.STATUS, 92, value=lambda row: _use(row.provider.active)),
    ),
    (
        ("last", "Last name, or name of the organization", "line", 0, 0, 12), ("first", "First name", "line", 1, 0, 7),
        ("credential", "Credential", "line", 1, 7, 5), ("npi", "NPI", "line", 2, 0, 6),
        ("taxonomy", "Taxonomy", "code", 2, 6, 6), ("kind", "What for", "provider", 3, 0, 12),
        ("active", "Use", "use", 4, 0, 12),
    ),
    list_providers, partial(ListProviders, kind=""), save_provider, SaveProvider, ProviderDetails(""),
    lambda line: line.provider,
    lambda details: f"{details.first} {details.last}".strip(),
)  # fmt: skip

PLACES = Catalog(
    "places", "place", "Where the care is given: 11 is an office, 02 and 10 are telehealth.",
    (
        Column("name", "Name", Kind.NAME, stretch=True, value=lambda row: row.place.name),
        Column("pos", "Place of service", Kind.CODE, 130, value=lambda row: row.place.pos),
        Column("street", "Street", width=150, value=lambda row: row.place.street, drop=2),
        Column("city", "City", width=116, value=lambda row: row.place.city, drop=1),
        Column("use", "Use", Kind.STATUS, 92, value=lambda row: _use(row.place.active)),
    ),
    (
        ("name", "Name", "line", 0, 0, 12), ("pos", "Place of service, two digits", "line", 1, 0, 12), *ADDRESS,
        ("active", "Use", "use", 7, 0, 12),
    ),
    list_places, ListPlaces, save_place, SavePlace, PlaceDetails(""), lambda line: line.place,
    lambda details: details.name,
)  # fmt: skip

CATALOGS: Sequence[Catalog] = (PAYERS, PROVIDERS, PLACES)
