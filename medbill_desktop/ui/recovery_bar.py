"""At the top of the window: the recovery kit was used, or made by an officer; none tried for a year; no backup."""

from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout

from medbill_desktop.domain.dates import say_date
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, reveal
from medbill_desktop.usecases.declare import UseCase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.kits import (
    AskAlerts,
    AskKitNews,
    AskOwed,
    KitUse,
    MadeKit,
    Owed,
    SeeKit,
    SeeUse,
    kit_news,
    recovery_alerts,
    recovery_owed,
    see_kit,
    see_use,
)

DRILL_WORDS = "The recovery kit was not tried for a year: take the page out of the safe and retype it."
BACKUP_WORDS = "No backup opens with the new recovery kit yet. Make a backup."
MADE_WORDS = "whoever keeps its page could come in as you. Ask what it is for, and where the page lies."
OWED_WORDS = "The recovery kit was used. A new kit and new keys are owed: they are made at your next sign-in."


class RecoveryBar(QFrame):
    """Officers acknowledge each use of a kit, owners each kit of an officer; what is owed stays until it is done."""

    looked_at = Signal()

    def __init__(self, desk: Desk, jobs: Jobs) -> None:
        super().__init__()
        self._desk, self._jobs = desk, jobs
        self._acknowledge: tuple[UseCase[Any, Any], object] | None = None
        self.setProperty("tint", "stop")
        self.setObjectName("recovery_bar")
        self._line = StatusLine(Type.BODY)
        self.seen = Button("I know of it", name="seen", pressed=self._on_seen)
        self.look = Button("Look at it", name="look_at_kits", pressed=self.looked_at.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(Metric.PAGE, Space.HALF, Space.TWO, Space.HALF)
        row.addWidget(self._line, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.seen)
        row.addWidget(self.look)
        self.hide()
        jobs.changed.connect(self._on_changed)
        self.reload()

    @property
    def words(self) -> str:
        return self._line.words

    def reload(self) -> None:
        """Ask one thing after the other: a use of the kit, a kit that an officer made, what is owed."""
        if self._desk.may(recovery_alerts):
            self._jobs.ask(recovery_alerts, AskAlerts()).on(self._on_alerts)
        else:
            self._ask_news()

    @Slot(object)
    def _on_alerts(self, uses: tuple[KitUse, ...]) -> None:
        if not uses:
            self._ask_news()
            return
        self._acknowledge = see_use, SeeUse(self._desk.new_id(), uses[0].id)
        when = say_date(uses[0].began_at.astimezone().date())
        more = "" if len(uses) == 1 else f" {len(uses)} uses wait for you."
        self._show(f"The recovery kit was used on {when}. If nobody of you did, treat it as a theft.{more}", seen=True)

    def _ask_news(self) -> None:
        self._jobs.ask(kit_news, AskKitNews()).on(self._on_news)

    @Slot(object)
    def _on_news(self, made: tuple[MadeKit, ...]) -> None:
        if made:
            self._acknowledge = see_kit, SeeKit(self._desk.new_id(), made[0].id)
            when = say_date(made[0].made_at.astimezone().date())
            more = "" if len(made) == 1 else f" {len(made)} kits wait for you."
            self._show(f"{made[0].maker} made a recovery kit on {when}: {MADE_WORDS}{more}", seen=True)
        else:
            self._ask_owed()

    def _ask_owed(self) -> None:
        if self._desk.may(recovery_owed):
            self._jobs.ask(recovery_owed, AskOwed()).on(self._on_owed)
        else:
            self._show("", seen=False)

    @Slot(object)
    def _on_owed(self, owed: Owed) -> None:
        words = (
            OWED_WORDS if owed.pressing else BACKUP_WORDS if owed.backup else DRILL_WORDS if owed.drill else ""
        )  # fmt: skip
        self._show(words, seen=False)

    def _show(self, words: str, *, seen: bool) -> None:
        self._line.say(words, Tone.STOP if seen else Tone.WARN)
        reveal(self.seen, seen)
        reveal(self.look, not seen)
        reveal(self, bool(words))

    def _on_seen(self) -> None:
        if self._acknowledge is not None:
            self._jobs.start(*self._acknowledge)

    @Slot(object)
    def _on_changed(self, topics: frozenset[str]) -> None:
        if topics & {"recovery", "backup"}:
            self.reload()
