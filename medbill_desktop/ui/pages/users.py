"""Users: who may sign in, and what they may do (SECURITY A2, A3, K14a, K27)."""

from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.staff_tasks import Held
from medbill_desktop.ui.dialogs.enrolment_codes import offer_codes
from medbill_desktop.ui.dialogs.inviting import InviteDialog, ResetDialog
from medbill_desktop.ui.dialogs.joining import JoiningDialog
from medbill_desktop.ui.dialogs.leaving import LeavingDialog
from medbill_desktop.ui.dialogs.new_keys import NewKeysDialog
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.users_panels import OfficersPanel, RolesPanel
from medbill_desktop.ui.pages.users_staff import LeavePanel, TasksPanel, say_days
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.role_ticks import say_roles
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, reveal
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.inviting import invite_user, reset_user
from medbill_desktop.usecases.joining import let_try_again, remove_person, with_sign_ins
from medbill_desktop.usecases.key_rotation import Rotated, Why, begin_rotation
from medbill_desktop.usecases.leave import put_on_leave
from medbill_desktop.usecases.roles import show_matrix
from medbill_desktop.usecases.staff_tasks import SettleNewKeys, finish_task, list_tasks, settle_new_keys
from medbill_desktop.usecases.users import (
    ListUsers,
    SignIn,
    UserLine,
    add_user,
    deactivate_user,
    enrol_again,
    list_users,
    name_officers,
    unlock_attempts,
)


class UsersPage(Page):
    """Everyone with a sign-in; the chosen one's roles open at the right."""

    topics = frozenset({"users"})

    no_draft = "A filter of the list."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Users")
        self._panel: QWidget | None = None
        self._table = Table(columns(desk), name="users", spoken="Users", sizes=shell.sizes, empty="Nobody yet.")
        self._left = QCheckBox("Show who left")
        self._left.setObjectName("show_left")
        self._left.setToolTip("Show who left (Alt+L)")
        self.action("Show who left", "Alt+L", self._left.toggle)
        add = self.button("Add a person", "Ctrl+N", self._on_add, case=add_user, icon_name="ph.user-plus")
        add.setToolTip("The person sits down here now and chooses a password (Ctrl+N)")
        ask = self.button("Invite", "Alt+I", self._on_invite, case=invite_user, icon_name="ph.ticket", name="invite")
        ask.setToolTip("The person comes later, with a one-time code (Alt+I)")
        officers = self.button("Officers", "Alt+O", self._on_officers, case=name_officers, name="officers")
        keys = self.button("New keys", "Alt+K", self._on_new_keys, case=begin_rotation, name="new_keys")
        roles = self.button("Roles", "Alt+R", self._on_roles, case=show_matrix, name="roles")
        roles.setToolTip("What each role may, and the practice's own roles (Alt+R)")
        self.tools(keys, roles, officers, ask, add)
        self.add(self._table, 1)
        below = KeyLine(("Enter", "shows the roles of a person"))
        self.add(beside(below, self._left))
        self.keys += [Key("Enter", "Show the roles"), Key("Ctrl+Enter", "Save what the panel shows")]
        self._unlock = self.button("Let in again", "Alt+U", self._on_unlock, case=unlock_attempts, name="let_in")
        self._anew = self.button("New password", "Alt+W", self._on_anew, case=enrol_again, name="new_password")
        self._code = self.button("One-time code", "Alt+C", self._on_code, case=reset_user, name="one_time")
        self._code.setToolTip("The person chooses a new password and authenticator later, with a code (Alt+C)")
        self._leave = self.button("Leave", "Alt+A", self._on_leave, case=put_on_leave, name="leave")
        self._leave.setToolTip("Days on which the person is away and can't sign in (Alt+A)")
        self._tasks = self.button("To do", "Alt+T", self._on_tasks, case=finish_task, name="tasks")
        self._tasks.setToolTip("What joining or leaving left to do (Alt+T)")
        self._remove = self.button("Remove", "Alt+X", self._on_remove, case=deactivate_user, name="remove_user")
        self._unlock.setToolTip("Forget the failed sign-ins of this person at this computer (Alt+U)")
        self._anew.setToolTip("The person chooses a new password and authenticator at this computer (Alt+W)")
        self.action_bar.add(self._unlock, self._tasks, self._leave, self._code, self._anew, self._remove)
        self._left.toggled.connect(self.reload)
        self._table.opened.connect(self._on_opened)
        self._table.chosen.connect(self._on_chosen)
        self.panel.opened.connect(self._say_what_holds)
        self.panel.closed.connect(self._say_what_holds)

    def reload(self) -> None:
        people = self.desk.ask(list_users, ListUsers(everyone=self._left.isChecked()))
        self._table.show_rows(with_sign_ins(people, self.shell.office.slots))
        self._on_chosen(self._table.chosen_row())

    def leave(self) -> None:
        self.close_panel()

    @property
    def chosen(self) -> UserLine | None:
        row = self._table.chosen_row()
        return row if isinstance(row, UserLine) else None

    @Slot(object)
    def _on_chosen(self, _: object) -> None:
        row = self.chosen
        others = row is not None and not row.is_me
        here = row is not None and row.active
        barred = row is not None and row.sign_in is SignIn.WAITS
        self._unlock.setEnabled(others and here and barred and self.desk.may(unlock_attempts))
        self._remove.setEnabled(others and here and self.desk.may(deactivate_user))
        self._anew.setEnabled(row is not None and self.desk.may(enrol_again))
        self._code.setEnabled(others and self.desk.may(reset_user))
        self._leave.setEnabled(others and here and self.desk.may(put_on_leave))
        self._tasks.setEnabled(row is not None and self.desk.may(list_tasks))
        self._anew.say("New password" if row is None or row.active else "Bring back")
        reveal(self._unlock, barred)
        self._say_what_holds()
        if self.panel.isVisible() and row is not None and isinstance(self._panel, RolesPanel):
            self._show_roles(row, focus=False)
        elif self.panel.isVisible() and row is not None and isinstance(self._panel, TasksPanel):
            self._show_tasks(row)

    @Slot()
    def _say_what_holds(self) -> None:
        """Say it below the table; beside an open panel there is no room, and the panel says it."""
        self.action_bar.say("" if self.panel.isVisible() else _what_holds(self.chosen))

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        self._show_roles(row, focus=True)

    def _show_roles(self, row: UserLine, *, focus: bool) -> None:
        if isinstance(self._panel, RolesPanel) and self.panel.isVisible() and self._panel.line == row:
            return
        panel = self._panel = RolesPanel(self, row, self._on_roles_saved)
        note = "This is you." if row.is_me else "" if row.active else "Left. Bring back with Alt+W."
        self.open_panel(row.name, panel, note=note, buttons=(panel.save,))
        if focus:
            panel.ticks.focus_first()

    @Slot(object)
    def _on_roles_saved(self, _: object) -> None:
        self.shell.say("Roles saved. They hold from now on.")
        self.close_panel()

    def _on_roles(self) -> None:
        self.shell.go("roles")

    def _on_officers(self) -> None:
        panel = self._panel = OfficersPanel(self, self.desk.ask(list_users, ListUsers()))
        self.open_panel("Officers", panel, buttons=(panel.save,))
        panel.form.fields["privacy"].setFocus()

    def _on_add(self) -> None:
        JoiningDialog(self, self.desk, self.jobs, self.shell, then=self._show_new).open()

    def _on_invite(self) -> None:
        InviteDialog(self, self.desk, self.jobs, self.shell, self._show_new).open()

    def _show_new(self, user_id: Id) -> None:
        """Put the cursor on who just came into the list: the next key is meant for them."""
        self.reload()
        self._table.choose_next(user_id)

    def _on_code(self) -> None:
        if (row := self.chosen) is not None:
            ResetDialog(self, self.desk, self.jobs, self.shell, row, self._show_new).open()

    def _on_leave(self) -> None:
        if (row := self.chosen) is not None:
            panel = self._panel = LeavePanel(self, row)
            self.open_panel("Leave of absence", panel, note=row.name, buttons=(panel.save,))
            panel.focus_first()

    def _on_tasks(self) -> None:
        if (row := self.chosen) is not None:
            self._show_tasks(row)

    def _show_tasks(self, row: UserLine) -> None:
        panel = self._panel = TasksPanel(self, row)
        self.open_panel("To do", panel, note=row.name)
        panel.focus_first()

    def _on_anew(self) -> None:
        row = self.chosen
        if row is not None and row.is_me:
            self.shell.go("account")
        elif row is not None:
            JoiningDialog(self, self.desk, self.jobs, self.shell, again=row, then=self._show_new).open()

    def _on_unlock(self) -> None:
        if (row := self.chosen) is not None:
            desk, slots = self.desk, self.shell.office.slots
            job = self.jobs.work(lambda watch: let_try_again(desk, slots, row.id, row.name), writes=True)
            job.on(self._on_unlocked, self.say_error)

    @Slot(object)
    def _on_unlocked(self, _: object) -> None:
        self.reload()  # the key file and the counter come after the database, whose change was told
        self.shell.say("Failed sign-ins of this person are forgotten at this computer.")

    def _on_remove(self) -> None:
        if (row := self.chosen) is not None:
            LeavingDialog(self, row.name, partial(self._go, row)).open()

    def _go(self, row: UserLine, held: frozenset[Held]) -> None:
        desk, slots = self.desk, self.shell.office.slots
        self.problems.say()
        job = self.jobs.work(lambda watch: remove_person(desk, slots, row.id, held), writes=True)
        job.on(partial(self._on_removed, row, held), self.say_error)

    def _on_removed(self, row: UserLine, held: frozenset[Held], _: object) -> None:
        self.close_panel()
        self.shell.say("The person was removed.")
        never_came = row.sign_in in (SignIn.INVITED, SignIn.CODE_OVER) and not row.has_authenticator
        if self.desk.may(begin_rotation) and not never_came:
            NewKeysDialog(self, self._make_keys, left=True, held=held).open()

    def _on_new_keys(self) -> None:
        NewKeysDialog(self, self._make_keys, left=False).open()

    def _make_keys(self, why: Why) -> None:
        office = self.shell.office
        self.problems.say()
        job = self.jobs.work(lambda watch: office.rotate_keys(why, watch), "Making new keys", writes=True)
        job.cancelled.connect(self._on_keys_cancelled)
        job.on(self._on_keys_made, self.say_error)

    @Slot()
    def _on_keys_cancelled(self) -> None:
        self.shell.say("The old keys stay in force; nothing was changed.", Tone.WARN)

    @Slot(object)
    def _on_keys_made(self, made: Rotated) -> None:
        again = "" if not made.computers_dropped else f" Computers to enrol again: {made.computers_dropped}."
        self.shell.say(f"The practice has new keys.{again} A backup is being made.")
        self.run(settle_new_keys, SettleNewKeys(self.desk.new_id()))
        self.run(make_backup, MakeBackup(self.desk.new_id()), title="Making a backup")
        offer_codes(self, made)


def beside(line: KeyLine, box: QWidget) -> QWidget:
    """Put a box at the right end of the line below a table."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(line, 1)
    row.addWidget(box)
    return whole


def _what_holds(row: UserLine | None) -> str:
    if row is None:
        return ""
    todo = f" To do: {row.open_tasks} (Alt+T)." if row.open_tasks else ""
    return f"{_what_is(row)}{todo}".strip()


def _what_is(row: UserLine) -> str:
    if not row.active:
        return "Left. Comes back with the roles they had."
    if row.away is not None:
        return f"{say_days(row.away.first_day, row.away.last_day)}."
    if row.sign_in is SignIn.INVITED and row.invited is not None:
        return f"The code works until {say_moment(row.invited.until)}. A new one with Alt+C."
    if row.is_me:
        return "This is you. Your password is on My account."
    return _BARRED.get(row.sign_in, "")


_BARRED = {
    SignIn.NO_SLOT: "The sign-in was never finished. New password (Alt+W) makes it whole.",
    SignIn.LOCKED_OUT: "A hundred wrong attempts at this computer. A one-time code (Alt+C) opens the way again.",
    SignIn.CODE_OVER: "The one-time code ran out unused. Make a new one with Alt+C.",
    SignIn.WAITS: "Wrong attempts at this computer. Let in again with Alt+U, or wait.",
}


def _officer(row: UserLine) -> str:
    named = (("Privacy", row.privacy_officer), ("Security", row.security_officer))
    return ", ".join(words for words, on in named if on)


def _sign_in(row: UserLine) -> Status:
    if not row.active:
        return Status(Tone.WARN, "Left, to do") if row.open_tasks else Status(Tone.NONE, "Left")
    if row.sign_in is SignIn.NO_SLOT:
        return Status(Tone.STOP, "Needs a new password")
    if row.sign_in is SignIn.LOCKED_OUT:
        return Status(Tone.STOP, "Locked out")
    if row.sign_in is SignIn.CODE_OVER:
        return Status(Tone.STOP, "Code ran out")
    if row.sign_in is SignIn.INVITED:
        return Status(Tone.INFO, "Invited, not yet come")
    if row.is_away:
        return Status(Tone.INFO, "On leave")
    if row.sign_in is SignIn.WAITS:
        return Status(Tone.WARN, "Has to wait")
    if not row.has_authenticator:
        return Status(Tone.WARN, "No authenticator")
    return Status(Tone.OK, "Authenticator")


def columns(desk: Desk) -> tuple[Column, ...]:
    """Return the columns; the names of the practice's own roles are in the book of whoever looks."""
    return (
        Column("name", "Name", Kind.NAME, stretch=True),
        Column("roles", "Roles", width=300, value=lambda row: say_roles(row.roles, desk.user.book)),
        Column("officer", "Officer", width=136, value=_officer, drop=1),
        Column("sign_in", "Sign-in", Kind.STATUS, 190, value=_sign_in),
        Column("open_tasks", "To do", Kind.COUNT, 72, value=lambda row: row.open_tasks or None, drop=3),
        Column(
            "codes_left", "Codes left", Kind.COUNT, 88, value=lambda row: row.codes_left if row.active else None, drop=2
        ),
    )
