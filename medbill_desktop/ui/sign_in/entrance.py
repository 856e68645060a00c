"""The way in before anybody is signed in: the view that the state of the folder asks for (SECURITY L1, F35)."""

from functools import partial
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.lock import Stage
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.preparing import MakingBar
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.session import State


class Entrance(QWidget):
    """`signed_in` carries a desk (first run), `sign_in_wanted` where a practice waits for its people."""

    signed_in = Signal(object)
    founded = Signal(object)  # the desk of the owner, while the last step of the first run is shown
    sign_in_wanted = Signal()
    training_wanted = Signal()

    def __init__(self, office: Any, jobs: Jobs, *, kit: bool = False, has_training: bool = False) -> None:
        """`kit`: somebody holds the recovery kit and says so, whatever the state is."""
        super().__init__()
        self._office, self._jobs, self._kit, self._has_training = office, jobs, kit, has_training
        self.stage = Stage()
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self.stage)
        self._look()

    def focus_first(self) -> None:
        if isinstance(view := self.stage.content, Column):
            view.focus_first()

    def say_error(self, error: object) -> None:
        """Show what went wrong on the view that is on."""
        if isinstance(view := self.stage.content, Welcome | Trouble):
            view.say(explain(error))

    @Slot()
    def _look(self) -> None:
        if self.stage.content is None:
            self._put(Column(icon_name="ph.receipt-fill", title="MedBill"))
        self._jobs.call(self._office.look, while_locked=True).on(self._on_looked, self._on_trouble)

    @Slot(object)
    def _on_looked(self, state: State) -> None:
        if self._kit and state in (State.SIGNED_OUT, State.LOCKED, State.SEALED):
            self._show_kit_choice()
        elif self._office.needs_restore:
            self.show_restore(missing=True)
        elif state is State.NO_PRACTICE:
            self._show_welcome()
        elif state is State.NOT_ENROLLED:
            self.show_unknown()
        else:
            self.sign_in_wanted.emit()

    @Slot(object)
    def _on_trouble(self, error: object) -> None:
        view = Trouble(explain(error))
        view.again.clicked.connect(self._look)
        view.restore.clicked.connect(partial(self.show_restore, missing=False))
        self._put(view)

    def _show_welcome(self) -> None:
        view = Welcome(has_training=self._has_training)
        view.new.clicked.connect(self._on_new)
        view.look_around.clicked.connect(self._on_look_around)
        view.restore.clicked.connect(partial(self.show_restore, missing=False))
        self._put(view)

    @Slot()
    def _on_look_around(self) -> None:
        if isinstance(view := self.stage.content, Welcome):
            view.begin_making()
        self.training_wanted.emit()

    @Slot(object, object, str)
    def show_step(self, done: int, total: int, text: str) -> None:
        """Show how far the training practice is."""
        if isinstance(view := self.stage.content, Welcome):
            view.making.show_step(done, total, text)

    @Slot()
    def _on_new(self) -> None:
        from medbill_desktop.ui.sign_in.first_run import FirstRun

        view = FirstRun(self._office, self._jobs)
        view.finished.connect(self.signed_in)
        view.founded.connect(self.founded)
        view.left.connect(self._show_welcome)
        self._put(view)

    def _show_kit_choice(self) -> None:
        view = KitChoice()
        view.restore.clicked.connect(partial(self.show_restore, missing=False))
        view.enrol.clicked.connect(partial(self.show_enrol, "", ""))
        view.reset.clicked.connect(self.show_reset)
        view.back.clicked.connect(self.sign_in_wanted)
        self._put(view)

    @Slot()
    def show_unknown(self) -> None:
        """Offer what lets a computer in that the practice does not know."""
        from medbill_desktop.ui.sign_in.code_view import UnknownComputer

        view = UnknownComputer()
        view.code.clicked.connect(self.show_code)
        view.kit.clicked.connect(partial(self.show_enrol, "", ""))
        view.restore.clicked.connect(partial(self.show_restore, missing=False))
        self._put(view)

    @Slot()
    def show_code(self) -> None:
        """Enrol this computer with a code, and sign in with it."""
        from medbill_desktop.ui.sign_in.code_view import CodeView

        view = CodeView(self._office, self._jobs)
        view.signed_in.connect(self.signed_in)
        view.left.connect(self._on_left)
        self._put(view)

    def show_enrol(self, kit: str = "", news: str = "") -> None:
        """Enrol this computer; after a restore the kit's line is known already."""
        from medbill_desktop.ui.sign_in.kit_views import EnrolView

        view = EnrolView(self._office, self._jobs, kit=kit, news=news)
        view.enrolled.connect(self.sign_in_wanted)
        view.restore_wanted.connect(partial(self.show_restore, missing=False))
        self._put(view)

    @Slot()
    def show_reset(self) -> None:
        """Give an owner or officer a new sign-in with the kit."""
        from medbill_desktop.ui.sign_in.reset_view import ResetView

        view = ResetView(self._office, self._jobs)
        view.left.connect(self._on_left)
        self._put(view)

    def show_restore(self, *, missing: bool = False) -> None:
        """Restore a backup into this folder."""
        from medbill_desktop.ui.sign_in.kit_views import RestoreView

        view = RestoreView(self._office, self._jobs, missing=missing)
        view.restored.connect(self.show_enrol)
        view.left.connect(self._on_left)
        self._put(view)

    @Slot()
    def _on_left(self) -> None:
        self._kit = False
        self._look()

    def _put(self, view: Column) -> None:
        old = self.stage.content
        view.say_training(self._office.kind == "training")
        self.stage.show_content(view)
        if old is not None:
            old.deleteLater()
        view.focus_first()


class Welcome(Column):
    """The first start: a practice of one's own, a training practice, or a backup."""

    help_key = "first_run"

    def __init__(self, *, has_training: bool) -> None:
        super().__init__(icon_name="ph.receipt-fill", title="Welcome to MedBill")
        self.say_title(
            "Welcome to MedBill", "Billing for a small practice. All data stays on this computer, encrypted."
        )
        self.new = Button("Set up a practice", "Enter", kind="primary", name="new_practice")
        self.look_around = Button("Look around in a training practice", name="look_around")
        self.restore = Button("Restore a backup", name="restore")
        self.making, self._problem = MakingBar(), StatusLine()
        for each in (self.new, self.look_around, self.restore, self.making, self._problem):
            self.body.addWidget(each)
        reveal(self.look_around, has_training)
        reveal(self.making, False)

    def focus_first(self) -> None:
        self.new.setFocus()

    def begin_making(self) -> None:
        """The training practice is being made: nothing else can be begun meanwhile."""
        self._problem.say("")
        self._offer(False)

    def say(self, words: str) -> None:
        """Say why there is none."""
        self._problem.say(words)
        self._offer(True)

    def _offer(self, on: bool) -> None:
        reveal(self.making, not on)
        for each in (self.new, self.look_around, self.restore):
            each.setEnabled(on)


class KitChoice(Column):
    """What the kit is for today."""

    help_key = "recovery_kit"

    def __init__(self) -> None:
        super().__init__(icon_name="ph.lifebuoy", title="The recovery kit")
        words = (
            "It opens the practice for a computer that is not enrolled, gives an owner or officer a new sign-in, and"
            " brings a backup back. All officers are told that it was used, and a new kit and new keys are owed."
        )
        self.say_title("The recovery kit", words)
        self.enrol = Button("Enrol this computer", kind="primary", name="enrol")
        self.restore = Button("Restore a backup", name="restore")
        self.reset = Button("Give an owner or officer a new sign-in", name="reset")
        self.back = Button("Back to sign-in", kind="link", icon_name="ph.arrow-left", name="back")
        for each in (self.enrol, self.reset, self.restore, self.back):
            self.body.addWidget(each)

    def focus_first(self) -> None:
        self.enrol.setFocus()


class Trouble(Column):
    """Something on this computer does not answer, in plain words."""

    def __init__(self, words: str) -> None:
        super().__init__(icon_name="ph.warning", title="MedBill can't open the practice yet")
        self._words = label(words, wrap=True, name="trouble")
        self.again = Button("Try again", "F5", kind="primary", name="again")
        self.restore = Button("Restore a backup", name="restore")
        for each in (self._words, self.again, self.restore):
            self.body.addWidget(each)

    def focus_first(self) -> None:
        self.again.setFocus()

    def say(self, words: str) -> None:
        self._words.setText(words)
