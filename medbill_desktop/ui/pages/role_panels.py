"""The side panels of the roles: what a right opens, the name of a copy, and the limits of a role."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, OverLimit
from medbill_desktop.domain.role_matrix import RoleColumn
from medbill_desktop.domain.users import THIS_MONTH, UNLIMITED, VOID_ANY, VOID_OWN_SAME_DAY, Limit, Permission
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, LineField, MoneyField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.roles import Amount, SaveRole, SetLimits, cases_of, save_role, set_limits


def copy_of(column: RoleColumn) -> Id | None:
    """Return the id of an own role, None of a built-in one."""
    return Id(int(column.key.partition(":")[2])) if column.own else None


class RightPanel(PanelText):
    """What a right opens, use case by use case, and who has it."""

    def __init__(self, right: Permission, columns: Sequence[RoleColumn]) -> None:
        super().__init__()
        have = [each for each in columns if right in each.permissions]
        names = ", ".join(each.name for each in have) or "no role"
        people = sorted({name for each in have for name in each.holders})
        self.facts([("Roles", names), ("People", ", ".join(people) or "nobody")])
        opened = cases_of(right)
        for title, some in (
            ("Changes", [each for each in opened if each.changes]),
            ("Reads", [each for each in opened if not each.changes]),
        ):
            if some:
                self.sentence(title, Type.STRONG)
            for each in some:
                self.sentence(each.words)
                self.sentence(each.id, Type.CAPTION, "2")
        if not opened:
            self.sentence("Nothing in this version of the program asks for it yet.", ink="2")
        self.end()


class RolePanel(QWidget):
    """A small form about one role, sent with Ctrl+Enter."""

    title, done, keeps = "", "", ""

    def __init__(self, page: Page, column: RoleColumn, words: str, button: str) -> None:
        super().__init__()
        self.page, self.role, self.form, self.about = page, column, Form(), column.key
        self._trouble = StatusLine()
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, Space.ONE, 0)
        column_.setSpacing(Space.TWO)
        column_.addWidget(label(words, wrap=True))
        column_.addWidget(self.form)
        column_.addWidget(self._trouble)
        column_.addStretch(1)
        self.save = primary_button(button, name="panel_save", pressed=self.send)
        self.cancel = Button("Cancel", "Esc", pressed=page.give_up_panel)

    def open(self) -> None:
        self.page.open_panel(self.title, self, note=self.role.name, buttons=(self.save, self.cancel))
        next(iter(self.form.fields.values())).field.setFocus()

    def send(self) -> None:
        """Save what was typed."""

    def run(self, case: Any, command: object) -> None:
        self.save.setEnabled(False)
        self._trouble.say("")
        self.page.jobs.start(case, command).on(self._on_done, self._on_refused)

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self.page.shell.say(self.done)
        self.page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.save.setEnabled(True)
        if isinstance(error, OverLimit) and error.may_ask:
            self.page.offer_approval(error)
        elif isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self._trouble.say(" ".join(each.sentence() for each in homeless))
        else:
            self._trouble.say(explain(error), Tone.STOP)


class NamePanel(RolePanel):
    """The name of a new copy, or another name for an own role; `made` is called with the id of a copy."""

    def __init__(self, page: Page, column: RoleColumn, *, new: bool, made: Callable[[Id], None] | None = None) -> None:
        words = "The copy may what this role may. Tick and clear it afterwards." if new else "The role stays the same."
        super().__init__(page, column, words, "Make the copy" if new else "Rename")
        self.title, self.keeps = ("Copy a role", "role.copy") if new else ("Rename a role", "role.name")
        self.done = "The copy is made. Tick what it may." if new else "The role is renamed."
        self._new, self._made = new, made
        self.form.add("name", "Name of the role", LineField(name="role_name", most=60), 0, 0, 12)
        if not new:
            self.form.set_values({"name": column.name})

    def send(self) -> None:
        role_id = None if self._new else copy_of(self.role)
        command = SaveRole(
            self.page.desk.new_id(), role_id, self.form.text("name"), self.role.base, self.role.permissions
        )
        self.run(save_role, command)

    @Slot(object)
    def _on_done(self, done: object) -> None:
        super()._on_done(done)
        if self._made is not None and isinstance(done, int):
            self._made(Id(done))


class LimitsPanel(RolePanel):
    """How much a role may; empty money is without a limit."""

    title, done, keeps = "Limits", "The limits are set, from today on.", "role.limits"

    def __init__(self, page: Page, column: RoleColumn) -> None:
        words = "They hold from today. Above them somebody else approves. An empty amount is no limit."
        super().__init__(page, column, words, "Set the limits")
        add, held = self.form.add, column.limits
        add("write_off_charge_cents", "Write-off per charge", MoneyField(name="limit_charge"), 0, 0, 7)
        add("write_off_patient_day_cents", "Write-offs per patient and day", MoneyField(name="limit_day"), 1, 0, 7)
        add("discount_percent", "Discount, percent", LineField(name="limit_discount", most=3), 2, 0, 7)
        dates = [(THIS_MONTH, "Any day of the running month"), *((days, _days(days)) for days in range(32))]
        add("back_date_days", "Back-dating", ChoiceField(dates, name="limit_days"), 3, 0, 12)
        reach = [(0, "Nothing"), (VOID_OWN_SAME_DAY, "Own, the same day"), (VOID_ANY, "Anything")]
        add("void_reach", "May void", ChoiceField(reach, name="limit_void"), 4, 0, 12)
        self.form.set_values(
            {
                each.name.lower(): None if amount == UNLIMITED else str(amount) if each is _PERCENT else amount
                for each, amount in held.items()
            }
        )

    def send(self) -> None:
        if typed := self.form.typed_problems():
            self.form.show_problems(typed)
            return
        amounts = tuple(Amount(each, self._typed(each)) for each in Limit if each.name.lower() in self.form.fields)
        self.run(set_limits, SetLimits(self.page.desk.new_id(), self.role.key, amounts))

    def _typed(self, which: Limit) -> int:
        value = self.form.value(which.name.lower())
        if which is _PERCENT:
            text = str(value or "0").removesuffix("%").strip()
            return int(text) if text.isdecimal() and text.isascii() else -1
        return value if isinstance(value, int) else UNLIMITED


_PERCENT: Final = Limit.DISCOUNT_PERCENT


def _days(days: int) -> str:
    return "Not at all" if not days else "1 day" if days == 1 else f"{days} days"
