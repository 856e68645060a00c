"""Charges: a day's superbills keyed in a grid and posted as one batch (UX Charges; BILLING C1-C6, J20)."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, format_cents
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.charge_batch import BatchPanel
from medbill_desktop.ui.pages.charge_entry import Entry
from medbill_desktop.ui.pages.charge_lacks import what_is_lacking
from medbill_desktop.ui.pages.charge_more import show_more
from medbill_desktop.ui.pages.charge_sheet import Kept, Sheet, placed, sheet_of
from medbill_desktop.ui.pages.charge_visits import VisitsToKey, begun, linked
from medbill_desktop.ui.pages.claims_note import ClaimsNote
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import primary_button
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.charges import EnteredSuperbills, EnterSuperbills, enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import OpenPatient, PatientCard, open_patient
from medbill_desktop.usecases.visits import VisitLine

BESIDE = 1300  # in narrower windows the batch lies over the grid
ROOM = 1000  # so wide the page must be for both; with the help beside it, it is not


class ChargesPage(Page):
    """Nothing is posted until the batch is; what is keyed is kept sealed meanwhile."""

    topics = frozenset({"visits", "catalogs", "patients"})
    draft_form = "charges"

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Superbill 1")
        self._kept: list[Kept] = []
        self._numbers = count(1)
        self._open: Kept | None = None  # the kept superbill that is being changed
        self._visits = VisitsToKey(desk)
        self._claims = ClaimsNote(self)
        self._sending = self._boxes = self._lacked = False
        self.entry, self.batch = Entry(desk), BatchPanel()
        self.entry.kept = lambda: [each.sheet for each in self._kept if each is not self._open]
        self._lay_out()
        self._make_actions()
        self.entry.changed.connect(self._on_typed)
        self.entry.judged.connect(self._on_judged)
        self.entry.patient_picked.connect(self._on_patient)
        self.batch.picked.connect(self._on_picked)
        self.batch.typed.connect(self._on_paper)
        self.panel.opened.connect(lambda: self._place_batch(shown=False))

    def _lay_out(self) -> None:
        self.add(scrolling(self.entry), 1)
        self.add(
            KeyLine(
                ("F2", "box numbers of the CMS-1500"),
                ("Ctrl+D", "repeats the line above"),
                ("F4", "drug, times, authorization"),
                ("F6", "goes to the batch"),
            )
        )
        self.batch.setParent(self)  # placed when the width of the window is known
        self.batch.hide()
        self.action_bar.setMinimumWidth(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_batch(shown=False)

    def minimumSizeHint(self) -> QSize:
        """Say what is needed where the batch gives way."""
        least, beside = super().minimumSizeHint(), self._across.indexOf(self.batch) >= 0
        return QSize(least.width() - (self.batch.width() if beside else 0), least.height())

    def _place_batch(self, *, shown: bool) -> None:
        """Beside the grid; in a narrow window over it, while it has the keyboard."""
        taken = self.panel.width() + BESIDE - ROOM if self.panel.isVisible() else 0
        beside = self.window().width() >= BESIDE and self.width() - taken >= ROOM
        if beside and self._across.indexOf(self.batch) < 0:
            self._across.insertWidget(0, self.batch)
        elif not beside and self._across.indexOf(self.batch) >= 0:
            self._across.removeWidget(self.batch)
        self.batch.setVisible(beside or shown)
        if not beside and shown:
            self.batch.setGeometry(0, 0, self.batch.width(), self.height())
            self.batch.raise_()

    def _make_actions(self) -> None:
        post = self.button("Post batch", "Ctrl+Shift+Enter", self._on_post, case=enter_superbills, name="post_batch")
        self._next = primary_button("Save and next", name="save_and_next", pressed=self._on_save)
        self._take_out = self.button("Take out", "Ctrl+Shift+Delete", self._on_take_out, name="take_out")
        self._take_out.setToolTip("Take this superbill out of the batch (Ctrl+Shift+Delete)")
        self._take_out.hide()
        self.action_bar.add(self._take_out, post, self._next)
        self.keys.append(Key("Ctrl+Enter", "Save and next"))
        self.action("Show CMS-1500 box numbers", "F2", self._on_boxes)
        self.action("Repeat the line above", "Ctrl+D", self.entry.lines.repeat)
        self.action("Remove the line", "Ctrl+Delete", self.entry.lines.remove)
        self.action("Drug, times and authorization of the line", "F4", self._on_more)
        self.action("Move the diagnosis up", "Alt+Up", lambda: self.entry.diagnoses.shift(-1))
        self.action("Move the diagnosis down", "Alt+Down", lambda: self.entry.diagnoses.shift(1))
        self.action("New superbill", "Ctrl+N", self._on_new)
        self.action("Go to the batch", "F6", self._on_batch)

    def open(self, place: object) -> None:
        if isinstance(place, PatientPlace):
            self._set_aside()
            self.entry.show_sheet(replace(self.entry.next_sheet(), patient_id=place.patient_id, patient=" "))
            self._on_patient(place.patient_id)
        elif isinstance(place, VisitLine):
            self._set_aside()
            self._key_visit(place)
        self._say()

    def reload(self) -> None:
        self._visits.forget()
        self.entry.fill_the_only()
        self._show_batch()
        self.entry.look()
        self._say_what_is_lacking()

    def _say_what_is_lacking(self) -> None:
        """A practice that has just begun has no provider, place or price yet."""
        lacking = what_is_lacking(self.desk)
        if lacking:
            self.problems.say((lacking, Tone.WARN))
        elif self._lacked:
            self.problems.say()
        self._lacked = bool(lacking)

    def leave(self) -> None:
        if self.draft() is not None:
            self.shell.keep_draft(self)

    def focus_first(self) -> None:
        self._place_batch(shown=False)
        head = (self.entry.patient, self.entry.provider, self.entry.place)
        wanted = next((each for each in head if each.value() is None), self.entry.diagnoses.fields[0])
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.panel.isVisible():
            if self.batch.isAncestorOf(self.focusWidget() or self):
                self.focus_first()
            else:
                self.shell.back()
            return
        super().keyPressEvent(event)

    def draft(self) -> Mapping[str, object] | None:
        now = self.entry.sheet()
        if not self._kept and now.is_empty:
            return None
        return {
            "kept": [each.sheet.plain() for each in self._kept],
            "now": now.plain(),
            "open": None if self._open is None else self._kept.index(self._open),
            "count": self.batch.count.text(),
            "paper": self.batch.paper.text(),
        }

    def restore(self, draft: Mapping[str, Any]) -> None:
        for plain in draft["kept"]:
            self.entry.show_sheet(sheet_of(plain))
            self._kept.append(self._judged(next(self._numbers)))
        self.batch.count.setText(draft["count"])
        self.batch.paper.setText(draft["paper"])
        self.entry.show_sheet(sheet_of(draft["now"]))
        self._open = None if draft["open"] is None else self._kept[draft["open"]]
        self._show_batch()
        self._say()

    def start_over(self) -> None:
        self._kept.clear()
        self._open = None
        self._visits.forget()
        self.batch.clear_paper()
        self.entry.show_sheet(self.entry.next_sheet())
        self._show_batch()
        self._say()

    # One superbill

    def _judged(self, number: int) -> Kept:
        """Return what stands in the grid, with what is wrong with it."""
        sheet, found = self.entry.sheet(), self.entry.found
        stops = self.entry.stops
        if not sheet.lines and not stops:
            stops = (Problem("no-line", "line.1.code", "There is no service line.", "Type a code."),)
        cents = ZERO if found is None else found.total_cents
        return Kept(number, sheet, cents, stops[0].sentence() if stops else "")

    def _on_save(self) -> None:
        self.entry.lines.end_code()
        self.entry.look()
        sheet = self.entry.sheet()
        if sheet.is_empty:
            self.entry.show_stops()
            return
        if sheet.superbill() is None:
            self.entry.show_stops()
            self._say()
            return
        self._put_in_batch()
        self._begin_next(sheet)

    def _put_in_batch(self) -> None:
        if self._open is None:
            self._kept.append(self._judged(next(self._numbers)))
        else:
            at = self._kept.index(self._open)
            self._kept[at] = self._judged(self._open.id)
        self._open = None
        self.touched()

    def _begin_next(self, before: Sheet) -> None:
        """Go on with the next visit that waits, or with an empty superbill of the same day."""
        waiting = self._to_key()
        if before.visit_id is not None and waiting:
            self._key_visit(waiting[0])
        else:
            self.entry.show_sheet(self.entry.next_sheet())
        self._show_batch()
        self._say()
        self.focus_first()

    def _set_aside(self) -> None:
        """Keep a superbill that is half keyed when another is wanted."""
        sheet = self.entry.sheet()
        if sheet.superbill() is not None and (sheet.lines or sheet.diagnoses or self._open is not None):
            self.entry.look()
            self._put_in_batch()
        self._open = None

    def _key_visit(self, line: VisitLine) -> None:
        self.entry.show_sheet(begun(line))
        self._on_patient(line.visit.patient_id)

    def _on_new(self) -> None:
        self._set_aside()
        self.entry.show_sheet(self.entry.next_sheet())
        self._show_batch()
        self._say()
        self.focus_first()

    def _on_take_out(self) -> None:
        if self._open is not None:
            self._kept.remove(self._open)
            self._open = None
            self.entry.show_sheet(self.entry.next_sheet())
            self._show_batch()
            self._say()
            self.touched()
            self.focus_first()

    def _on_more(self) -> None:
        show_more(self, self.entry)

    def _on_boxes(self) -> None:
        self._boxes = not self._boxes
        self.entry.show_boxes(self._boxes)

    def _on_batch(self) -> None:
        self._place_batch(shown=True)
        self.batch.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_typed(self) -> None:
        self.touched()

    @Slot()
    def _on_paper(self) -> None:
        self.touched()
        self._show_batch()
        self._say()

    @Slot()
    def _on_judged(self) -> None:
        if self.entry.day.value() not in (None, self._visits.day):
            self._show_batch()
        self._say()

    @Slot(object)
    def _on_patient(self, patient_id: Id) -> None:
        """Open the record, which is in the log, to offer its policies; link the visit that waits."""
        self._link_visit(patient_id)
        if self._kept and not self.entry.lacks_head:
            self.entry.diagnoses.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)  # all else is carried over
        self.ask(open_patient, OpenPatient(patient_id), self._on_opened)

    def _link_visit(self, patient_id: Id) -> None:
        sheet = self.entry.sheet()
        if sheet.visit_id is not None or sheet.service_date is None:
            return
        mine = [each for each in self._to_key() if each.visit.patient_id == patient_id]
        if len(mine) == 1:
            self.entry.show_sheet(linked(sheet, mine[0]))
            self.entry.diagnoses.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_opened(self, card: PatientCard) -> None:
        if card.id == self.entry.patient.value():
            self.entry.name_patient(card.name)
            self.entry.show_coverages(card.coverages)
            self.entry.look()

    # The batch

    def _to_key(self) -> list[VisitLine]:
        return self._visits.of(self.entry.day.value() or self.desk.clock.today(), self._kept)

    def _show_batch(self) -> None:
        day = self.entry.day.value() or self.desk.clock.today()
        self.batch.show_batch(self._kept, self._to_key(), day)

    @Slot(object)
    def _on_picked(self, what: object) -> None:
        self._set_aside()
        if isinstance(what, VisitLine):
            self._key_visit(what)
        elif isinstance(what, Kept):
            self._open = next((each for each in self._kept if each.id == what.id), None)
            self.entry.show_sheet(what.sheet)
            if what.sheet.patient_id is not None:
                self.ask(open_patient, OpenPatient(what.sheet.patient_id), self._on_opened)
        self._show_batch()
        self._say()
        self.focus_first()

    def _say(self) -> None:
        number = len(self._kept) + 1 if self._open is None else self._kept.index(self._open) + 1
        of = "" if self.batch.control_count is None else f" of {self.batch.control_count}"
        self.say_title(f"Superbill {number}{of}")
        self._take_out.setVisible(self._open is not None)
        if self.entry.sheet().is_empty:
            kept = f"{len(self._kept)} in the batch; nothing is posted until you post it."
            self.action_bar.say(kept if self._kept else "Nothing is keyed yet.")
            return
        stops = self.entry.stops
        if not stops and not self.entry.sheet().lines:
            self.action_bar.say("Type the diagnoses, then the code of the first service.")
        elif not stops:
            self.action_bar.say("Goes into the batch; posted with it.", lead="Ready", tone=Tone.OK)
        else:
            many = "1 problem" if len(stops) == 1 else f"{len(stops)} problems"
            self.action_bar.say("Kept in the batch; posted when it is fixed.", lead=many, tone=Tone.STOP)

    def _on_post(self) -> None:
        if self._sending:
            return
        self.entry.lines.end_code()
        sheet = self.entry.sheet()
        # The next visit stands open after each one that is saved; it hinders nothing until something is keyed in it.
        waits = bool(self._kept) and not (sheet.diagnoses or sheet.lines)
        if not sheet.is_empty and not waits:
            self.entry.look()
            if self.entry.sheet().superbill() is None:
                self.entry.show_stops()
                return
            self._put_in_batch()
            self.entry.show_sheet(self.entry.next_sheet())
            self._show_batch()
        wrong = [each for each in self._kept if each.problem]
        if wrong:
            said = [Problem("problem", "batch", f"{each.sheet.patient}: {each.problem}") for each in wrong[:3]]
            self.say_problems(*said)
            self._on_picked(wrong[0])
            return
        superbills = tuple(s for s in (each.sheet.superbill() for each in self._kept) if s is not None)
        command = EnterSuperbills(self.desk.new_id(), superbills, self.batch.control_count, self.batch.control_cents)
        self._sending = True
        self.problems.say()
        job: Job = self.jobs.start(enter_superbills, command, "Posting charges")
        job.on(self._on_posted, self._on_refused, self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._sending = False

    @Slot(object)
    def _on_posted(self, done: EnteredSuperbills) -> None:
        count_ = len(done.visit_ids)
        many = "1 superbill" if count_ == 1 else f"{count_} superbills"
        lines = "1 charge" if len(done.charge_ids) == 1 else f"{len(done.charge_ids)} charges"
        self.shell.say(f"Posted {many}, {lines}, {format_cents(done.cents)}.")
        self._kept.clear()
        self._open = None
        self._visits.forget()
        self.batch.clear_paper()
        self._claims.look(done.visit_ids)
        self.finished()
        self._show_batch()
        self._say()
        self.focus_first()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        if not isinstance(error, Invalid):
            self.say_error(error)
            return
        self._kept, said = placed(self._kept, error.problems)
        self.say_problems(*said[:3])
        self._show_batch()
