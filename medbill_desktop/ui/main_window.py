"""The window: shows what the session allows, and at a lock nothing else (SECURITY L5-L14, P5).

States follow Office: a view for sign-in, first run and lock, a Workspace for the person who is signed in. Whatever is
not on the stage has left the widget tree.
"""

import gc
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from medbill_desktop.domain.backup_schedule import Occasion
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.lock import Lock, Stage
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.entrance import Entrance
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.sign_in_view import SignInView
from medbill_desktop.ui.system_events import SystemEvents
from medbill_desktop.ui.theme import Choice, wear, worn
from medbill_desktop.ui.window_memory import WindowMemory
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.watch import Watch

if TYPE_CHECKING:
    from medbill_desktop.ui.places import PageSpec
    from medbill_desktop.ui.workspace import Workspace

TITLE = "MedBill"
LOCKED_TITLE = "MedBill - Locked"
SIZE = (1366, 768)
LEAST_SIZE = (880, 440)  # a small screen at 150 %, less its task bar
ARRIVED = "Your sign-in is ready. Sign in with your password and the next code of your authenticator."
ARRIVED_IN_TRAINING = "Your sign-in is ready. Sign in with your password."
FRAME = 48  # what a window system puts around a window, at most


def all_pages() -> "Sequence[PageSpec]":
    """Load the pages and what they stand on; nobody sees one before the sign-in."""
    from medbill_desktop.ui.pages import PAGES

    return PAGES


class MainWindow(QWidget):
    """One practice in one window."""

    opened = Signal(object)  # Workspace: a person sits at the desk

    def __init__(
        self, office: Any, specs: "Sequence[PageSpec] | None" = None, *, memory: WindowMemory | None = None,
        training: Callable[[Watch], Any] | None = None,
    ) -> None:  # fmt: skip
        """`specs` None is all pages of the program.

        `training` opens the office of a training practice, made where there is none; called on a worker.
        """
        super().__init__()
        self._office, self._specs, self._memory = office, specs, memory or WindowMemory()
        self._training = training
        self._workspace: Workspace | None = None
        self._focus: QWidget | None = None
        self._closing = False
        self.successor: MainWindow | None = None  # the training practice, once somebody looks around
        self._name = ""
        self._choice = worn.choice  # what the program was started with, for people who chose nothing
        self.jobs = Jobs(guard=office.job)
        self.lock = Lock(office, office.clock.monotonic, self)
        self.system = SystemEvents()
        self.stage = Stage()
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self.stage)
        self.setWindowTitle(TITLE)
        self.setMinimumSize(*LEAST_SIZE)
        self.lock.locking.connect(self._on_locking)
        self.lock.locked.connect(self._on_locked)
        self.lock.sealed.connect(self._on_sealed)
        self.lock.counted.connect(self._on_counted)
        self.system.locking.connect(self.lock.lock_for)
        self.system.suspending.connect(self.lock.suspend)
        self.lock.put_away.connect(self.system.rest)
        self.lock.ticked.connect(self.system.look)
        self._lock_key = QShortcut(QKeySequence("Ctrl+L"), self)
        self._lock_key.setContext(Qt.ShortcutContext.ApplicationShortcut)
        self._lock_key.activated.connect(self.lock.lock_now)
        self._was_placed = self.restoreGeometry(self._memory.geometry())
        if not self._was_placed:
            self.resize(*SIZE)
        self.show_entrance()

    @property
    def workspace(self) -> "Workspace | None":
        """What the person who is signed in sees; None while nobody is."""
        return self._workspace

    def show_first(self) -> None:
        """Show the window as it was left; the first time whole on a small screen, so that no edge lies outside it."""
        room = self.screen().availableSize()
        if not self._was_placed and (room.width() <= SIZE[0] or room.height() <= SIZE[1] + FRAME):
            self.showMaximized()
        else:
            self.show()
        self.system.listen(self)

    def show_sign_in(self, *, over_lock: bool = False, name: str = "", news: str = "") -> None:
        """Show the sign-in; over a lock it can go back to the locked screen."""
        view = SignInView(
            self._office, self.jobs, practice=self._memory.practice(self._office.vault_id),
            computer=self._memory.text("computer"), over_lock=over_lock,
        )  # fmt: skip
        view.signed_in.connect(self.sit_down)
        view.has_kit.connect(self._show_kit)
        view.has_code.connect(self._show_arrival)
        view.back.connect(self._show_locked)
        view.welcome(name, news)
        self._put(view)

    @Slot(object)
    def sit_down(self, desk: Desk) -> None:
        """A person signed in: whatever was there of another one goes, and a workspace of their own comes."""
        from medbill_desktop.ui.sign_in.duty_view import DutyView, is_owed  # its steps load what no sign-in needs

        self._destroy_workspace()
        self._name = desk.user.name
        self.jobs.seat(desk)
        self.jobs.release()
        if is_owed(self._office, desk):
            duty = DutyView(self._office, self.jobs)
            duty.say_training(self._office.kind == "training")
            duty.paid.connect(self._on_paid)
            self._put(duty)
            return
        self._open_workspace(desk)

    @Slot()
    def _on_paid(self) -> None:
        """What the practice owed after a use of the kit is done, or can't be done now: the day goes on."""
        if self._office.state is State.OPEN:
            self._open_workspace(self._office.desk)

    def _open_workspace(self, desk: Desk) -> None:
        from medbill_desktop.ui.workspace import Workspace

        specs = all_pages() if self._specs is None else self._specs
        workspace = self._workspace = Workspace(self._office, desk, self.jobs, self.lock.clipboard, specs)
        workspace.lock_wanted.connect(self.lock.lock_now)
        self.lock.watch.touched.connect(workspace.backups.touched)
        self._dress(workspace.preference("theme"))
        self._memory.keep_practice(self._office.vault_id, desk.ask(open_practice, OpenPracticeCard()).facts.name)
        workspace.shown.connect(self._on_shown)
        # Queued: the workspace that says so is destroyed by it.
        workspace.urgent.changed.connect(self._on_rights_changed, Qt.ConnectionType.QueuedConnection)
        self._put(workspace)
        self.setWindowTitle(TITLE)
        if workspace.rail.order:
            workspace.go(workspace.rail.order[0])
        workspace.backups.start_first()
        self.opened.emit(workspace)

    @Slot()
    def _on_locking(self) -> None:
        workspace = self._workspace
        if workspace is not None:
            workspace.keep_drafts()
            if not self.lock.suspends:
                workspace.start_backup(Occasion.LOCK)

    @Slot()
    def _on_locked(self) -> None:
        """Within the same turn of the loop: results wait, the page leaves the tree, the title says nothing."""
        self.jobs.hold()
        now = QApplication.focusWidget()
        workspace = self._workspace
        self._focus = now if workspace is not None and now is not None and workspace.isAncestorOf(now) else None
        self._show_locked()

    @Slot()
    def _show_locked(self) -> None:
        view = LockedView(self._office, self.jobs, self._name, self._office.clock.now())
        view.unlocked.connect(self._on_unlocked)
        view.someone_else.connect(lambda: self.show_sign_in(over_lock=True))
        view.sign_out.connect(self._on_sign_out)
        self._put(view)
        self.setWindowTitle(LOCKED_TITLE)

    @Slot(object)
    def _on_unlocked(self, desk: Desk) -> None:
        workspace = self._workspace
        if workspace is None or workspace.urgent.bar is not None:
            self.sit_down(desk)  # the lock ended an emergency access: what it opened does not come back
            return
        self._put(workspace)
        self._on_shown(workspace.title)
        self.lock.give_back()
        self.jobs.release()
        if self._focus is not None:
            self._focus.setFocus()
        self._focus = None

    @Slot()
    def _on_rights_changed(self) -> None:
        """An emergency access began or ended: the pages that it shows come, or go with all that is on them."""
        workspace = self._workspace
        if workspace is None or self._office.state is not State.OPEN:
            return
        if (self._office.desk.emergency is None) is (workspace.urgent.bar is None):
            return
        workspace.keep_drafts()
        key, place = workspace.urgent.resume if workspace.urgent.resume[0] else (workspace.current, None)
        self.sit_down(self._office.desk)
        if self._workspace is not None and (place is not None or key in self._workspace.rail.order):
            self._workspace.go(key, place)

    @Slot(str)
    def _on_shown(self, page: str) -> None:
        self.setWindowTitle(f"{page} - {TITLE}" if page else TITLE)

    @Slot(object)
    def _on_sealed(self, state: State) -> None:
        if not self._name:
            return  # nobody was at the desk: the entrance looks at the folder, and shows what it finds itself
        self._name = ""
        self._destroy_workspace()
        self.setWindowTitle(LOCKED_TITLE if state is State.SEALED else TITLE)
        if not self._closing:
            self.show_sign_in()

    @Slot()
    def _on_sign_out(self) -> None:
        office = self._office
        self.jobs.call(office.sign_out, while_locked=True).on(failed=self._on_refused)

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        view = self.stage.content
        if isinstance(view, LockedView):
            view.problem.say(explain(error))

    @Slot(object)
    def _on_counted(self, seconds: int | None) -> None:
        if self._workspace is not None and self.stage.content is self._workspace:
            self._workspace.foot.count_down(seconds)

    @Slot(str)
    @Slot(str, str)
    def _show_arrival(self, name: str, code: str = "") -> None:
        """Let somebody who has a one-time code choose a password; nobody is signed in by it (SECURITY K13)."""
        from medbill_desktop.ui.sign_in.arrival_view import ArrivalView

        view = ArrivalView(self._office, self.jobs, name=name, code=code)
        view.left.connect(self._back_to_sign_in)
        news = ARRIVED_IN_TRAINING if self._office.kind == "training" else ARRIVED
        view.arrived.connect(partial(self._back_to_sign_in, news=news))
        self._put(view)

    def _back_to_sign_in(self, name: str = "", *, news: str = "") -> None:
        self.show_sign_in(over_lock=self._office.state is State.LOCKED, name=name, news=news)

    @Slot()
    def _show_kit(self) -> None:
        self.show_entrance(kit=True)

    def show_entrance(self, *, kit: bool = False) -> None:
        """Show what the state of the folder asks for before anybody is signed in."""
        entrance = Entrance(self._office, self.jobs, kit=kit, has_training=self._training is not None)
        entrance.signed_in.connect(self.sit_down)
        entrance.founded.connect(self._on_founded)
        entrance.sign_in_wanted.connect(self.show_sign_in)
        entrance.training_wanted.connect(self._on_training)
        self._put(entrance)

    @Slot(object)
    def _on_founded(self, desk: Desk) -> None:
        """The owner is signed in while the first run still asks about backups: a lock then knows whose it is."""
        self._name = desk.user.name

    @Slot()
    def _on_training(self) -> None:
        if self._training is not None:
            job = self.jobs.work(self._training).on(self._on_training_open, self._on_training_failed)
            if isinstance(view := self.stage.content, Entrance):
                job.progressed.connect(view.show_step)

    @Slot(object)
    def _on_training_open(self, office: object) -> None:
        """Show the training practice in a window of its own office; this one, which holds nothing yet, goes."""
        # Held here: a window without a parent that nobody holds is collected while it is on the screen.
        self.successor = MainWindow(office, self._specs, memory=self._memory)
        self.successor.show_first()
        self.close()

    @Slot(object)
    def _on_training_failed(self, error: object) -> None:
        view = self.stage.content
        if isinstance(view, Entrance):
            view.say_error(error)

    def _put(self, content: QWidget) -> None:
        """Put a view or the workspace on; a view that is taken off is destroyed, the workspace is kept."""
        old = self.stage.content
        self.stage.show_content(content)
        if old is not None and old is not content and old is not self._workspace:
            old.deleteLater()
        if isinstance(content, Column | Entrance):
            content.focus_first()

    def _destroy_workspace(self) -> None:
        """Nothing that one person saw is left for the next (SECURITY L13, L14)."""
        self.jobs.drop()
        self.lock.destroy_dialogs()
        self.lock.clipboard.clear_ours()
        old, self._workspace, self._focus = self._workspace, None, None
        if old is not None:
            old.forget()
            if self.stage.content is old:
                self.stage.take_content()
            old.deleteLater()
            QApplication.sendPostedEvents(old, QEvent.Type.DeferredDelete)
        del old
        gc.collect()

    def _dress(self, theme: object) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            known = isinstance(theme, str) and theme in tuple(Choice)
            choice = Choice(str(theme)) if known else self._choice
            if choice is not worn.choice:
                wear(app, choice)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep drafts, back up where it is due, and leave nothing behind."""
        workspace = self._workspace
        self._memory.keep_geometry(self.saveGeometry())
        if workspace is not None and self._office.state is State.OPEN and not self._closing:
            workspace.keep_drafts()
            self._closing = True
            if workspace.start_backup(Occasion.SIGN_OUT):
                workspace.say("Making the day's backup, then MedBill closes.")
                self.jobs.busy_changed.connect(self._on_quiet)
                event.ignore()
                return
        self._closing = True
        self.system.close()
        self._destroy_workspace()
        self.jobs.close()
        self._office.close()
        event.accept()

    @Slot(bool)
    def _on_quiet(self, busy: bool) -> None:
        if not busy:
            self.close()
