"""Roles: what each may, down to the single use case, and the practice's own (SECURITY A1-A3, H6)."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.role_matrix import Matrix, RoleColumn
from medbill_desktop.domain.users import Limit, Permission, own_key
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.role_panels import LimitsPanel, NamePanel, RightPanel, copy_of
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Tone
from medbill_desktop.ui.widgets.role_matrix import PEOPLE, RoleMatrix
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.roles import (
    AskMatrix,
    PrintMatrix,
    RetireRole,
    SaveRole,
    print_matrix,
    retire_role,
    save_role,
    set_limits,
    show_matrix,
)


class RolesPage(Page):
    """The matrix, and beside it what the chosen cell is about."""

    topics = frozenset({"users"})
    draft_form = "roles"

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Roles")
        self.grid = RoleMatrix()
        copy = self.button("Copy the role", "Ctrl+N", self._on_copy, case=save_role, name="copy_role",
                           icon_name="ph.copy")  # fmt: skip
        paper = self.button("Print", "Ctrl+P", self._on_print, case=print_matrix, name="print_roles",
                            icon_name="ph.printer")  # fmt: skip
        self.tools(paper, copy)
        self.add(self.grid, 1, edge=Metric.PAGE - Metric.CELL_PAD)
        self.add(KeyLine(("Space", "ticks, in an own role"), ("Enter", "shows what a right opens")))
        self.keys += [Key("Space", "Tick or clear a right of an own role"), Key("Enter", "Show what a right opens")]
        self._limits = self.button("Limits", "Alt+L", self._on_limits, case=set_limits, name="role_limits")
        self._rename = self.button("Rename", "Alt+R", self._on_rename, case=save_role, name="rename_role")
        self._retire = self.button("Retire", "Alt+X", self._on_retire, case=retire_role, name="retire_role")
        self._undo = self.button("Take back", "Alt+Z", self.grid.cells.forget, case=save_role, name="role_take_back")
        self._save = self.button("Save the role", "Ctrl+Enter", self._on_save, case=save_role, kind="primary",
                                 name="save_role")  # fmt: skip
        self.action_bar.add(self._limits, self._rename, self._retire, self._undo, self._save)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.opened.connect(self._on_opened)
        self.grid.refused.connect(self._on_vain)
        self.grid.cells.changed.connect(self._on_ticked)

    def reload(self) -> None:
        self._on_matrix(self.desk.ask(show_matrix, AskMatrix()))

    def draft(self) -> Mapping[str, object] | None:
        ticked = self.grid.cells.ticked
        return {role: sorted(each.name for each in rights) for role, rights in ticked.items()} or None

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Tick again what was not saved; roles that are gone, and rights of another version, are left out."""
        known = {each.name: each for each in Permission}
        self.grid.cells.ticked = {
            role: frozenset(known[each] for each in names if each in known) for role, names in draft.items()
        }
        self.reload()

    def start_over(self) -> None:
        self.grid.cells.forget()

    def focus_first(self) -> None:
        self.grid.setFocus()

    def leave(self) -> None:
        self.close_panel()

    def open_panel(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        """Beside the panel there is no room for words in the bar."""
        super().open_panel(title, content, note=note, buttons=buttons)
        self.action_bar.say("")

    @Slot(object)
    def _on_matrix(self, matrix: Matrix) -> None:
        self.grid.show_matrix(matrix)
        self._on_chosen(self.grid.column)

    @Slot(object)
    def _on_chosen(self, column: RoleColumn | None) -> None:
        own = column is not None and column.own
        may = self.desk.may(save_role)
        unsaved = column is not None and column.key in self.grid.cells.ticked
        self._limits.setEnabled(column is not None and self.desk.may(set_limits))
        self._rename.setEnabled(own and may)
        self._retire.setEnabled(own and may)
        self._save.setEnabled(unsaved and may)
        self._undo.setEnabled(bool(self.grid.cells.ticked))
        self.action_bar.say(self._said(column))

    def _said(self, column: RoleColumn | None) -> str:
        if column is None:
            return ""
        cells = self.grid.cells
        name = column.name[:1].upper() + column.name[1:]
        if changes := cells.rights(column) ^ column.permissions:
            return f"{name}: {len(changes)} not saved."
        if not column.own:
            return f"{name} is built in. Copy it to change it."
        held = len(column.holders)
        return f"{name}: held by {'nobody' if not held else '1 person' if held == 1 else f'{held} people'}."

    @Slot()
    def _on_ticked(self) -> None:
        self._on_chosen(self.grid.column)
        if self.grid.cells.ticked:
            self.touched()
        else:
            self.finished()

    @Slot(object)
    def _on_vain(self, column: RoleColumn) -> None:
        words = "Everybody keeps this." if column.own else "A built-in role stays as it is. Copy it with Ctrl+N."
        self.shell.say(words, Tone.WARN)

    @Slot(object, object)
    def _on_opened(self, line: Any, column: RoleColumn | None) -> None:
        if isinstance(line, Permission):
            panel = RightPanel(line, self.grid.cells.columns)
            self.open_panel(str(line)[:1].upper() + str(line)[1:], panel)
        elif isinstance(line, Limit) and column is not None and self.desk.may(set_limits):
            self._on_limits()
        elif line is PEOPLE and column is not None:
            self.shell.go("users")

    def _on_copy(self) -> None:
        if (column := self.grid.column) is not None:
            NamePanel(self, column, new=True, made=self._on_copied).open()

    def _on_copied(self, role_id: Id) -> None:
        self.reload()
        self.grid.choose_role(own_key(role_id))

    def _on_rename(self) -> None:
        if (column := self.grid.column) is not None and column.own:
            NamePanel(self, column, new=False).open()

    def _on_limits(self) -> None:
        if (column := self.grid.column) is not None:
            LimitsPanel(self, column).open()

    def _on_save(self) -> None:
        column = self.grid.column
        if column is None or not column.own:
            return
        rights = self.grid.cells.rights(column)
        command = SaveRole(self.desk.new_id(), copy_of(column), column.name, column.base, rights)
        self.run(save_role, command, self._on_saved)

    @Slot(object)
    def _on_saved(self, _: object) -> None:
        self.reload()
        self._on_ticked()  # other roles may still wait to be saved
        self.shell.say("The role is saved. It holds at the next thing that who has it does.")

    def _on_retire(self) -> None:
        column = self.grid.column
        role_id = None if column is None else copy_of(column)
        if column is not None and role_id is not None:
            sentence = f"{column.name} is given to nobody any more. What was done with it stays in the log."
            self.shell.confirm("Retire a role", sentence, "Retire", lambda: self._go(role_id))

    def _go(self, role_id: Any) -> None:
        self.run(retire_role, RetireRole(self.desk.new_id(), role_id), self._on_retired)

    @Slot(object)
    def _on_retired(self, _: object) -> None:
        self.shell.say("The role is retired.")

    def _on_print(self) -> None:
        self.ask(print_matrix, PrintMatrix(), self._on_paper)

    @Slot(object)
    def _on_paper(self, pdf: bytes) -> None:
        self.shell.preview("Roles", pdf, suggested="roles.pdf")
