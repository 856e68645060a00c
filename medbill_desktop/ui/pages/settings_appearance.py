"""Light or dark, for this person on every computer of the practice."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.doings import THEME_KEY
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Choice, wear, worn
from medbill_desktop.ui.widgets.fields import ChoiceField
from medbill_desktop.ui.widgets.setting import Setting
from medbill_desktop.usecases.preferences import SetPreference, set_preference

WORDS = ((Choice.SYSTEM, "As the desktop"), (Choice.LIGHT, "Light"), (Choice.DARK, "Dark"))


class AppearanceTab(SettingsTab):
    """The theme; it is worn as soon as it is chosen."""

    no_draft = "Worn and kept as soon as it is chosen."

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.theme = ChoiceField(WORDS, name="theme")
        self.theme.setAccessibleName("Theme")
        self.theme.setMinimumWidth(300)
        self.inset(Setting("Theme", "Kept for you alone, and worn at once.", self.theme))
        self.column.addStretch(1)
        self.theme.activated.connect(self._on_chosen)

    def reload(self) -> None:
        self.theme.set_value(worn.choice)

    def focus_first(self) -> None:
        self.theme.setFocus()

    @Slot()
    def _on_chosen(self, *_: object) -> None:
        choice, app = self.theme.value(), QApplication.instance()
        if isinstance(choice, Choice) and isinstance(app, QApplication):
            wear(app, choice)
            self.page.run(set_preference, SetPreference(THEME_KEY, choice.value))
