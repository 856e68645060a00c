"""The panels of the Users page: roles of a person, and the officers (SECURITY A2, A3, H4)."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Type
from medbill_desktop.ui.widgets.buttons import primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form
from medbill_desktop.ui.widgets.role_ticks import RoleTicks
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.users import ChangeRoles, NameOfficers, UserLine, change_roles, name_officers


class RolesPanel(QWidget):
    """The roles of one person; `saved` is the page's, which outlives the panel."""

    keeps = "person.roles"

    def __init__(self, page: Page, line: UserLine, saved: Callable[[object], object]) -> None:
        super().__init__()
        self.about = line.id
        self._page, self.line, self._saved = page, line, saved
        self.ticks, self._said = RoleTicks(page.desk.user.book.offered), StatusLine()
        self.ticks.show_roles(line.roles)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Roles", Type.CAPTION, "2"))
        column.addWidget(self.ticks)
        column.addWidget(self._said)
        column.addStretch(1)
        self.save = primary_button("Save roles", name="save_roles", pressed=self._on_save)
        self.save.setEnabled(line.active and page.desk.may(change_roles))
        self.ticks.setEnabled(line.active)

    def _on_save(self) -> None:
        command = ChangeRoles(self._page.desk.new_id(), self.line.id, self.ticks.value())
        # The list that comes anew puts another panel in the place of this one, which then hears nothing any more.
        self._page.jobs.start(change_roles, command).on(self._saved, self._on_failed)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        if isinstance(error, Invalid):
            self.ticks.say(str(error))
        else:
            self._page.say_error(error)


class OfficersPanel(QWidget):
    """Who is the privacy officer and who the security officer: one or two people (SECURITY H4)."""

    keeps = "officers"

    def __init__(self, page: Page, people: tuple[UserLine, ...]) -> None:
        super().__init__()
        self._page, self.form = page, Form()
        people = tuple(each for each in people if each.active)
        choices = [(each.id, each.name) for each in people]
        for at, (name, words) in enumerate((("privacy", "Privacy officer"), ("security", "Security officer"))):
            self.form.add(name, words, ChoiceField(choices, name=f"{name}_officer"), at, 0, 12)
        self.form.set_values(
            {"privacy": next((each.id for each in people if each.privacy_officer), None),
             "security": next((each.id for each in people if each.security_officer), None)}
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(label("The practice always names both. One person may be both.", ink="2", wrap=True))
        column.addWidget(self.form)
        column.addStretch(1)
        self.save = primary_button("Save officers", name="save_officers", pressed=self._on_save)

    def _on_save(self) -> None:
        privacy, security = self.form.value("privacy"), self.form.value("security")
        if isinstance(privacy, int) and isinstance(security, int):
            command = NameOfficers(self._page.desk.new_id(), Id(privacy), Id(security))
            self._page.jobs.start(name_officers, command).on(self._on_done, self._on_failed)

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self._page.shell.say("Officers saved.")
        self._page.close_panel()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        if isinstance(error, Invalid):
            self.form.show_problems(error.problems)
        else:
            self._page.say_error(error)
