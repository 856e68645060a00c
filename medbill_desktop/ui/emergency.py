"""Emergency access at the window: the question, the red bar while it runs, what officers are told (SECURITY A4)."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.emergency import MINUTES, WORDS_LEAST, EmergencyReason
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.doings import Doing
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, FormField, NoteField
from medbill_desktop.ui.widgets.panel import EmptyState
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.declare import Ask, Case
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.emergency import (
    Alert,
    AskAlerts,
    BeginEmergency,
    EndEmergency,
    begin_emergency,
    end_emergency,
    is_hidden_from,
    list_alerts,
)

TICK_MS = 1000
EDGE = 4  # the red frame around the window's content
WIDTH = 520
ASKED = (
    f"For {MINUTES} minutes you may read what your role hides. You can't change anything by it. Every record that you"
    " open is written down, and the officers of the practice are told until one of them signs it off."
)


def opens_by_emergency(desk: Desk, case: Case) -> bool:
    """Tell whether an emergency access would open a page that this person does not see."""
    return not desk.may(case) and isinstance(case, Ask) and case.emergency


def may_need_it(desk: Desk) -> bool:
    return desk.emergency is None and is_hidden_from(desk.user)


class EmergencyDialog(SecureDialog):
    """Asks why; Ctrl+Enter begins."""

    keeps = "emergency"

    def __init__(self, parent: QWidget, desk: Desk, jobs: Jobs) -> None:
        super().__init__(parent, "Emergency access")
        self._desk, self._jobs = desk, jobs
        self.reason = FormField(
            "Why", ChoiceField([(None, "Choose"), *((each, each.value) for each in EmergencyReason)], name="why")
        )
        self.words = FormField("What happened", NoteField(name="what_happened", lines=4))
        self._trouble = StatusLine()
        self.body.addWidget(label(ASKED, wrap=True))
        for each in (self.reason, self.words, self._trouble):
            self.body.addWidget(each)
        self.go = Button("Open the records", "Ctrl+Enter", kind="primary", name="begin_emergency", pressed=self._on_go)
        self.add_buttons(Button("Cancel", "Esc", name="cancel", pressed=self.reject), self.go)
        self.keep_width(WIDTH)
        self.reason.field.setFocus()

    def _on_go(self) -> None:
        reason, words = self.reason.field.value(), self.words.field.value()  # type: ignore[attr-defined]
        self.reason.say("" if isinstance(reason, EmergencyReason) else "Choose why.")
        short = len(words) < WORDS_LEAST
        self.words.say("Say what happened, in at least ten letters." if short else "")
        if not isinstance(reason, EmergencyReason) or short:
            return
        self.go.setEnabled(False)
        command = BeginEmergency(self._desk.new_id(), reason, words)
        self._jobs.start(begin_emergency, command).on(self._on_begun, self._on_refused)

    @Slot(object)
    def _on_begun(self, _: object) -> None:
        self.accept()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.go.setEnabled(True)
        self._trouble.say(str(error) if isinstance(error, Invalid) else explain(error))


class EmergencyBar(QFrame):
    """While one runs: how long still, and the button that ends it; `over` once it has ended, for whatever reason."""

    over = Signal()

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        super().__init__()
        self._desk, self._jobs, self._told = desk, jobs, False
        self.setProperty("tint", "stop")
        self.setObjectName("emergency_bar")
        self._line = StatusLine(Type.STRONG)
        self.end_now = Button("End now", name="end_emergency", pressed=self._on_end)
        row = QHBoxLayout(self)
        row.setContentsMargins(Metric.PAGE, Space.HALF, Space.TWO, Space.HALF)
        row.addWidget(self._line, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.end_now)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()

    @property
    def words(self) -> str:
        return self._line.words

    @Slot()
    def look(self) -> None:
        """Say how long is left; whoever locked the screen, or let the time pass, ended it."""
        held = self._desk.emergency
        if held is None:
            self._tell()
            return
        left = max(held.until - self._desk.clock.now(), timedelta())
        minutes, seconds = divmod(int(left.total_seconds()), 60)
        words = f"Emergency access: {minutes}:{seconds:02} left. Every record that you open is written down."
        self._line.say(words, Tone.STOP)

    def _on_end(self) -> None:
        self.end_now.setEnabled(False)
        command = EndEmergency(self._desk.new_id())
        self._jobs.start(end_emergency, command).on(self._on_ended, self._on_failed)

    @Slot(object)
    def _on_ended(self, _: object) -> None:
        self._tell()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.end_now.setEnabled(True)
        self._line.say(f"{explain(error)} Lock the screen: that ends the emergency access as well.", Tone.STOP)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._timer.stop()
            self.over.emit()


class AlertBar(QFrame):
    """Tells an officer of every emergency access that nobody has signed off; it can't be closed."""

    looked_at = Signal()

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        super().__init__()
        self._desk, self._jobs = desk, jobs
        self.setProperty("tint", "stop")
        self.setObjectName("emergency_alert")
        self._line = StatusLine(Type.BODY)
        self.show_them = Button("Look at it", name="look_at_emergency", pressed=self.looked_at.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(Metric.PAGE, Space.HALF, Space.TWO, Space.HALF)
        row.addWidget(self._line, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.show_them)
        self.hide()
        jobs.changed.connect(self._on_changed)
        self.reload()

    @property
    def words(self) -> str:
        return self._line.words

    def reload(self) -> None:
        if self._desk.may(list_alerts):
            self._jobs.ask(list_alerts, AskAlerts(unsigned=True)).on(self._on_alerts)

    @Slot(object)
    def _on_alerts(self, alerts: tuple[Alert, ...]) -> None:
        if alerts:
            self._line.say(_told(alerts), Tone.STOP)
        reveal(self, bool(alerts))

    @Slot(object)
    def _on_changed(self, topics: frozenset[str]) -> None:
        if "emergency" in topics:
            self.reload()


class Urgent(QObject):
    """What a workspace has to do with emergency access: the bars, the frame, and the pages that it would open."""

    changed = Signal()  # one began or ended: the window makes another workspace

    def __init__(self, window: QWidget, desk: Desk, jobs: Jobs, specs: Sequence[PageSpec]) -> None:
        super().__init__(window)
        self._window, self._desk, self._jobs = window, desk, jobs
        self._hidden = {each.key: each for each in specs if opens_by_emergency(desk, each.case)}
        self.resume: tuple[str, object] = ("", None)  # what was refused, and is shown once an emergency opens it
        self.alert = AlertBar(desk, jobs)
        self.bar = EmergencyBar(desk, jobs) if desk.emergency is not None else None
        jobs.changed.connect(self._on_changed)
        if self.bar is not None:
            self.bar.over.connect(self.changed)

    def frame(self, column: QVBoxLayout) -> None:
        """While one runs, put the red frame around the window's content and the bar on top of it."""
        if self.bar is not None:
            self._window.setProperty("ground", "alarm")
            self._window.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
            column.addWidget(self.bar)

    def doings(self) -> tuple[Doing, ...]:
        return (Doing("Emergency access", self.ask, also="break glass urgent"),) if may_need_it(self._desk) else ()

    def refused(self, key: str, place: object) -> QWidget | None:
        """Return what stands in place of a page that the role hides; None where no emergency opens it."""
        if (hidden := self._hidden.get(key)) is None:
            return None
        self.resume = (key, place)
        return RefusedPage(hidden.case, self.ask)

    def ask(self) -> None:
        """Ask why, and begin."""
        EmergencyDialog(self._window, self._desk, self._jobs).open()

    @Slot(object)
    def _on_changed(self, topics: frozenset[str]) -> None:
        if "emergency" in topics:
            self.changed.emit()


class RefusedPage(QWidget):
    """Instead of a page that the role hides: why, and the way in an emergency."""

    def __init__(self, case: Case, asked: Callable[[], object]) -> None:
        super().__init__()
        self.button = Button("Emergency access", name="ask_emergency", pressed=asked)
        words = f"Your role may not {case.needs}. In an emergency you may read for {MINUTES} minutes, and say why."
        self.setFocusProxy(self.button)
        column = QVBoxLayout(self)
        column.addWidget(EmptyState("ph.lock-simple", words, self.button))


def _told(alerts: tuple[Alert, ...]) -> str:
    newest = alerts[0]
    when = say_date(newest.began_at.astimezone().date())
    if len(alerts) == 1:
        return f"{newest.person} used emergency access on {when}. It waits for your look and signature."
    return f"{len(alerts)} emergency accesses wait for your look and signature; the newest by {newest.person}, {when}."
