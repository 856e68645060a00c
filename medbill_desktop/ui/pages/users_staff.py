"""The panels of the Users page for people who come, are away and go: tasks and leaves (SECURITY K14, A16, H5)."""

from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import DateField, Form, FormField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.leave import (
    EndLeave,
    LeaveLine,
    ListLeaves,
    PutOnLeave,
    end_leave,
    list_leaves,
    put_on_leave,
)
from medbill_desktop.usecases.staff_tasks import FinishTask, ListTasks, TaskLine, finish_task, list_tasks
from medbill_desktop.usecases.users import UserLine

HEADINGS = {"joining": "Joining", "leaving": "Leaving"}


class TasksPanel(QWidget):
    """What joining and leaving left to do for one person: open ones with Done, done ones with who and when."""

    no_draft = "Only a day is typed, and each press of Done saves by itself."

    def __init__(self, page: Page, person: UserLine) -> None:
        super().__init__()
        self._page, self.person = page, person
        self.done_on = DateField(page.desk.clock.today, name="done_on")
        self.done_on.set_value(page.desk.clock.today())
        self.buttons: dict[str, Button] = {}
        self.said = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        tasks = page.desk.ask(list_tasks, ListTasks(person.id))
        if any(not each.done for each in tasks):
            self._day = FormField("Done on", self.done_on)
            column.addWidget(self._day)
        for which, words in HEADINGS.items():
            mine = [each for each in tasks if each.list == which]
            if mine:
                column.addWidget(label(words, Type.CAPTION, "2"))
            for each in mine:
                column.addWidget(self._line(each))
        if not tasks:
            column.addWidget(label("Nothing to do for this person.", ink="2"))
        column.addWidget(self.said)
        column.addStretch(1)

    def _line(self, task: TaskLine) -> QWidget:
        if task.done:
            line = StatusLine(Type.BODY)
            when = "" if task.done_on is None else f" {show_date(task.done_on)}"
            line.say(f"{task.words}. Done{when} by {task.done_by}.", Tone.OK)
            return line
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.ONE)
        row.addWidget(label(task.words, wrap=True), 1)
        button = self.buttons[task.kind] = Button(
            "Done", name=f"task_{task.kind}", pressed=partial(self._on_done, task)
        )
        button.setAccessibleName(f"Done: {task.words}")
        button.setEnabled(self._page.desk.may(finish_task))
        row.addWidget(button)
        return box

    def focus_first(self) -> None:
        for button in self.buttons.values():
            button.setFocus()
            return

    def _on_done(self, task: TaskLine) -> None:
        day = self.done_on.value()
        if day is None:
            self._day.say(self.done_on.problem or "Type the day on which it was done.")
            return
        command = FinishTask(self._page.desk.new_id(), task.id, day)
        self._page.jobs.start(finish_task, command).on(self._on_finished, self._on_failed)

    @Slot(object)
    def _on_finished(self, _: object) -> None:
        self._page.shell.say("Ticked off.")

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.said.say(explain(error))


class LeavePanel(QWidget):
    """Leave of absence: from the first day to the last nobody signs in under this name."""

    keeps = "user.leave"

    def __init__(self, page: Page, person: UserLine) -> None:
        super().__init__()
        self._page, self.person, self.form, self.about = page, person, Form(), person.id
        today = page.desk.clock.today
        self.form.add("first_day", "First day away", DateField(today, name="leave_first"), 0, 0, 12)
        self.form.add("last_day", "Last day away", DateField(today, name="leave_last"), 1, 0, 12)
        self.said = StatusLine()
        self.back: Button | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Who is away can't sign in. It ends by itself after the last day.", ink="2", wrap=True))
        for each in page.desk.ask(list_leaves, ListLeaves(person.id)):
            column.addWidget(self._line(each))
        column.addWidget(self.form)
        column.addWidget(self.said)
        column.addStretch(1)
        self.save = primary_button("Save the leave", name="save_leave", pressed=self._on_save)
        self.save.setEnabled(page.desk.may(put_on_leave) and person.active and not person.is_me)

    def _line(self, leave: LeaveLine) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.ONE)
        row.addWidget(label(say_days(leave.first_day, leave.last_day), wrap=True), 1)
        words = "Back today" if leave.runs else "Call off"
        self.back = Button(words, name="end_leave", pressed=partial(self._on_end, leave.id))
        self.back.setEnabled(self._page.desk.may(end_leave))
        row.addWidget(self.back)
        return box

    def focus_first(self) -> None:
        self.form.fields["first_day"].setFocus()

    def _on_save(self) -> None:
        first, last = self.form.value("first_day"), self.form.value("last_day")
        self.said.say("")
        if not isinstance(first, date) or not isinstance(last, date):
            self.said.say("Type the first and the last day away.")
            return
        command = PutOnLeave(self._page.desk.new_id(), self.person.id, first, last)
        self._page.jobs.start(put_on_leave, command).on(self._on_saved, self._on_failed)

    def _on_end(self, leave_id: Id) -> None:
        command = EndLeave(self._page.desk.new_id(), leave_id)
        self._page.jobs.start(end_leave, command).on(self._on_ended, self._on_failed)

    @Slot(object)
    def _on_saved(self, _: object) -> None:
        self._page.shell.say("The leave is saved.")
        self._page.close_panel()

    @Slot(object)
    def _on_ended(self, _: object) -> None:
        self._page.shell.say("The person can sign in again.")
        self._page.close_panel()

    @Slot(object)
    def _on_failed(self, error: Any) -> None:
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self.said.say(" ".join(each.sentence() for each in homeless))
        else:
            self.said.say(explain(error))


def say_days(first: date, last: date) -> str:
    return f"Away {say_date(first)} to {say_date(last)}" if first != last else f"Away {say_date(first)}"
