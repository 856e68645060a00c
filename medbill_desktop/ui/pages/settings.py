"""Settings: the practice, whom it bills, prices and codes, documents, security, and one's own screen (UX Settings).

`shell.go("settings", "fees")` opens a part by its key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QWidget

from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.security_page import SecurityTab
from medbill_desktop.ui.pages.settings_appearance import AppearanceTab
from medbill_desktop.ui.pages.settings_catalogs import CATALOGS, CatalogTab
from medbill_desktop.ui.pages.settings_codes import CodesTab
from medbill_desktop.ui.pages.settings_contracts import ContractsTab
from medbill_desktop.ui.pages.settings_fees import FeesTab
from medbill_desktop.ui.pages.settings_hours import HoursTab
from medbill_desktop.ui.pages.settings_notices import NoticesTab
from medbill_desktop.ui.pages.settings_practice import PracticeTab
from medbill_desktop.ui.pages.settings_statements import RulesTab
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space
from medbill_desktop.ui.widgets.part_list import ListedPart, PartGroup, PartList
from medbill_desktop.ui.widgets.words import reveal
from medbill_desktop.usecases.catalogs import find_fees
from medbill_desktop.usecases.cipher import cipher_facts
from medbill_desktop.usecases.code_sets import list_releases
from medbill_desktop.usecases.contracts import list_contracts
from medbill_desktop.usecases.declare import Case
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.notices import add_notice
from medbill_desktop.usecases.practice import open_practice
from medbill_desktop.usecases.preferences import set_preference
from medbill_desktop.usecases.statements import statement_rules
from medbill_desktop.usecases.watching import office_hours


@dataclass(frozen=True, slots=True)
class SettingsPart:
    """One part of the settings; `also` are other words by which people look for it."""

    key: str
    title: str
    case: Case  # who may not run it does not see the part
    made: Callable[[Page], SettingsTab]
    also: str = ""


def _catalog(name: str, also: str) -> SettingsPart:
    catalog = next(each for each in CATALOGS if each.name == name)
    return SettingsPart(name, name.capitalize(), catalog.listing, partial(CatalogTab, catalog=catalog), also)


# A new part stands in the group where a clerk would look for it; at most nine groups have a key.
GROUPS: tuple[tuple[str, tuple[SettingsPart, ...]], ...] = (
    (
        "Practice",
        (
            SettingsPart("practice", "Practice", open_practice, PracticeTab, "name address npi tin lock minutes"),
            _catalog("places", "locations offices"),
            _catalog("providers", "doctors npi taxonomy"),
            SettingsPart("hours", "Office hours", office_hours, HoursTab, "days watching"),
        ),
    ),
    ("People we bill", (_catalog("payers", "insurance plans rules limits"),)),
    (
        "Prices and codes",
        (
            SettingsPart("fees", "Prices", find_fees, FeesTab, "fee schedule charges"),
            SettingsPart("contracts", "Contracts", list_contracts, ContractsTab, "allowed rates clia medicare"),
            SettingsPart("codes", "Code sets", list_releases, CodesTab, "icd hcpcs cpt releases ncci mue"),
        ),
    ),
    (
        "Documents",
        (
            SettingsPart("statements", "Statements", statement_rules, RulesTab, "letters envelope cycle messages"),
            SettingsPart("notices", "Notices", add_notice, NoticesTab, "privacy practices hipaa npp"),
        ),
    ),
    (
        "Security",
        (
            SettingsPart("security", "Security", cipher_facts, SecurityTab, "computers kits keys enrolment encryption"),
            SettingsPart("appearance", "Appearance", set_preference, AppearanceTab, "dark light theme screen"),
        ),
    ),
)
TABS: tuple[SettingsPart, ...] = tuple(each for _, parts in GROUPS for each in parts)
LEAST_WIDTH = 900  # of the page beside a panel, below which the list of the parts goes


class SettingsPage(Page):
    """The parts that the role may open, in a list at the left; each is read when it comes into sight."""

    topics = frozenset({"practice", "catalogs", "settings", "statements", "codes"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Settings")
        self.tabs: dict[str, SettingsTab] = {}
        self._pages = QStackedWidget()
        groups = self._groups()
        for part in TABS:
            if desk.may(part.case):
                self._add_tab(part)
        self.parts = PartList(groups, spoken="Parts of the settings", find="Find a setting")
        self._lay_out()
        for group in groups:
            self.action(group.title, group.shortcut, partial(self._on_group, group))
        self.action("Find a setting", "Alt+F", self._on_find)
        self.action("The part above", "Alt+Up", partial(self.parts.step, -1))
        self.action("The part below", "Alt+Down", partial(self.parts.step, 1))
        self._common = list(self.keys)
        self.parts.chosen.connect(self._on_chosen)
        self.parts.entered.connect(self.focus_first)
        self.parts.choose(next(iter(self.tabs)))

    def _groups(self) -> list[PartGroup]:
        shown = [(title, [each for each in parts if self.desk.may(each.case)]) for title, parts in GROUPS]
        filled = [(title, parts) for title, parts in shown if parts]
        return [
            PartGroup(title, f"Alt+{at}", tuple(ListedPart(each.key, each.title, each.also) for each in parts))
            for at, (title, parts) in enumerate(filled, 1)
        ]

    def _add_tab(self, part: SettingsPart) -> None:
        tab = self.tabs[part.key] = part.made(self)
        self._pages.addWidget(tab)
        self.action_bar.add(*tab.buttons)

    def _lay_out(self) -> None:
        across = QWidget()
        row = QHBoxLayout(across)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.ONE)
        row.addWidget(self.parts)
        self._pages.setMinimumWidth(1)  # the widest of the parts does not keep the window wide
        row.addWidget(self._pages, 1)
        self.body.setSpacing(0)
        self.add(across, 1, edge=Metric.PAGE - Metric.CELL_PAD)

    @property
    def tab(self) -> SettingsTab:
        return self.tabs[self.parts.current]

    def open(self, place: object) -> None:
        if place in self.tabs:
            self.parts.choose(str(place))

    def reload(self) -> None:
        self.tab.reload()

    def leave(self) -> None:
        self.close_panel()

    def focus_first(self) -> None:
        self.tab.focus_first()

    def open_panel(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        self._make_room(Metric.SIDE_PANEL)
        super().open_panel(title, content, note=note, buttons=buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room(0 if self.panel.isHidden() else Metric.SIDE_PANEL)

    def _on_panel_closed(self) -> None:
        self._make_room(0)
        super()._on_panel_closed()

    def _make_room(self, panel: int) -> None:
        """Let the list go while a panel needs its room; in narrow windows the panel lies over the page instead."""
        beside = panel if self.window().width() >= Metric.NARROW else 0
        reveal(self.parts, self.width() - beside >= LEAST_WIDTH)

    def _on_group(self, group: PartGroup) -> None:
        self.parts.choose_group(group)
        self.focus_first()

    def _on_find(self) -> None:
        self.put_panel_away()
        self.parts.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.parts.search.selectAll()

    @Slot(str)
    def _on_chosen(self, key: str) -> None:
        tab, walking = self.tabs[key], self._is_walking()
        self.put_panel_away()
        self.problems.say()
        self._pages.setCurrentWidget(tab)
        for each in self.tabs.values():
            for button in each.buttons:
                reveal(button, each is tab)
        reveal(self.action_bar, bool(tab.buttons))
        self.keys: list[Key] = [*self._common, *tab.keys]
        if self.isVisible():
            tab.reload()
            if walking is not None:
                walking.setFocus()
            else:
                tab.focus_first()

    def _is_walking(self) -> QWidget | None:
        """Return what of the list has the keyboard: whoever walks through the parts stays in it."""
        focus = QApplication.focusWidget()
        return focus if focus is not None and self.parts.isAncestorOf(focus) else None
