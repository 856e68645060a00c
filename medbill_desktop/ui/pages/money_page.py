"""A page with more buttons at its foot than there is room for beside an open panel."""

from typing import Any

from PySide6.QtWidgets import QWidget

from medbill_desktop.ui.page import Page


class MoneyPage(Page):
    """While the panel is open the action bar is away: none of its buttons may be pressed then."""

    def open_panel(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        # Before the panel is shown, or Qt makes the window wider for both at once.
        self.action_bar.hide()
        super().open_panel(title, content, note=note, buttons=buttons)

    def say_at_foot(self, words: str, **more: Any) -> None:
        """Say what will happen, and show the action bar, where no panel is open."""
        if not self.panel.isVisible():
            self.action_bar.say(words, **more)
