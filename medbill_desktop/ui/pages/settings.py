"""Settings: practice, payers, providers, places, prices, statements, appearance, security (UX Settings).

`shell.go("settings", "fees")` opens a tab by its key.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QTabBar

from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Key, Page, Shell
from medbill_desktop.ui.pages.security_page import SecurityTab
from medbill_desktop.ui.pages.settings_appearance import AppearanceTab
from medbill_desktop.ui.pages.settings_catalogs import CATALOGS, CatalogTab
from medbill_desktop.ui.pages.settings_codes import CodesTab
from medbill_desktop.ui.pages.settings_contracts import ContractsTab
from medbill_desktop.ui.pages.settings_fees import FeesTab
from medbill_desktop.ui.pages.settings_hours import HoursTab
from medbill_desktop.ui.pages.settings_practice import PracticeTab
from medbill_desktop.ui.pages.settings_statements import RulesTab
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Metric
from medbill_desktop.ui.widgets.words import reveal, rule
from medbill_desktop.usecases.catalogs import find_fees
from medbill_desktop.usecases.cipher import cipher_facts
from medbill_desktop.usecases.code_sets import list_releases
from medbill_desktop.usecases.contracts import list_contracts
from medbill_desktop.usecases.declare import Case
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.practice import open_practice
from medbill_desktop.usecases.preferences import set_preference
from medbill_desktop.usecases.statements import statement_rules
from medbill_desktop.usecases.watching import office_hours

Making = tuple[str, str, Case, Callable[[Page], SettingsTab]]
TABS: tuple[Making, ...] = (
    ("practice", "Practice", open_practice, PracticeTab),
    *((each.name, each.name.capitalize(), each.listing, partial(CatalogTab, catalog=each)) for each in CATALOGS),
    ("fees", "Prices", find_fees, FeesTab),
    ("contracts", "Contracts", list_contracts, ContractsTab),
    ("codes", "Code sets", list_releases, CodesTab),
    ("statements", "Statements", statement_rules, RulesTab),
    ("hours", "Office hours", office_hours, HoursTab),
    ("appearance", "Appearance", set_preference, AppearanceTab),
    ("security", "Security", cipher_facts, SecurityTab),
)


class SettingsPage(Page):
    """Tabs that the role may open; each is read when it comes into sight."""

    topics = frozenset({"practice", "catalogs", "settings", "statements", "codes"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Settings")
        self.tabs: dict[str, SettingsTab] = {}
        self._bar, self._pages = QTabBar(), QStackedWidget()
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setAccessibleName("Parts of the settings")
        self.body.setSpacing(0)
        self.add(self._bar)
        self.add(rule())
        self.add(self._pages, 1, edge=Metric.PAGE - Metric.CELL_PAD)
        for key, title, case, made in TABS:
            if desk.may(case):
                self._add_tab(key, title, made(self))
        self._common = list(self.keys)
        self._bar.currentChanged.connect(self._on_tab)
        self._on_tab(0)

    def _add_tab(self, key: str, title: str, tab: SettingsTab) -> None:
        at = len(self.tabs)
        self.tabs[key] = tab
        self._bar.addTab(title)
        shortcut = f"Alt+{(at + 1) % 10}"  # the tenth is Alt+0; what comes behind it is found with Ctrl+K
        self._bar.setTabToolTip(at, f"{title} ({shortcut})" if at < 10 else title)
        self._pages.addWidget(tab)
        if at < 10:
            self.action(title, shortcut, partial(self._bar.setCurrentIndex, at))
        self.action_bar.add(*tab.buttons)

    @property
    def tab(self) -> SettingsTab:
        return list(self.tabs.values())[self._bar.currentIndex()]

    def open(self, place: object) -> None:
        if place in self.tabs:
            self._bar.setCurrentIndex(list(self.tabs).index(str(place)))

    def reload(self) -> None:
        self.tab.reload()

    def leave(self) -> None:
        self.close_panel()

    def focus_first(self) -> None:
        self.tab.focus_first()

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        tab = self.tab
        self.close_panel()
        self.problems.say()
        self._pages.setCurrentWidget(tab)
        for each in self.tabs.values():
            for button in each.buttons:
                reveal(button, each is tab)
        reveal(self.action_bar, bool(tab.buttons))
        self.keys: list[Key] = [*self._common, *tab.keys]
        if self.isVisible():
            tab.reload()
            tab.focus_first()
