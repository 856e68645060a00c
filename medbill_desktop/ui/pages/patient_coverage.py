"""The Coverage tab: policies with their days; added, corrected, replaced and ended (BILLING R2-R4)."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.coverages import Standing, overlap, rank_word
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.half_typed import Keeper
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.coverage_form import CoverageForm
from medbill_desktop.ui.pages.coverage_papers import OrderPanel, PapersPanel
from medbill_desktop.ui.pages.patient_authorizations import authorizations_button
from medbill_desktop.ui.pages.patient_tab import PanelForm, PatientTab, press_within
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import DateField
from medbill_desktop.ui.widgets.panel import RESTORED
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.coverage_papers import decide_order, save_papers
from medbill_desktop.usecases.coverages import (
    CheckCoverage,
    CoverageLine,
    EndCoverage,
    SaveCoverage,
    check_coverage,
    end_coverage,
    save_coverage,
)

TONES = {Standing.ACTIVE: Tone.OK, Standing.ENDED: Tone.NONE, Standing.FUTURE: Tone.INFO}
FORM_WIDTH = 760
TOLD_WHILE_TYPED = ("overlap", "used", "dates", "member-pattern", "msp")


def masked(member_id: str) -> str:
    """Return all but the last four hidden (UX 7)."""
    return member_id if len(member_id) <= 4 else "•" * 5 + member_id[-4:]


class CoverageTab(PatientTab):
    """The dated list, and under it the form of the policy that is added or changed."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._shown: set[Id] = set()
        columns = (
            Column("payer", "Payer", Kind.NAME, stretch=True),
            Column("rank", "Rank", width=96, value=lambda row: rank_word(row.coverage.rank).capitalize()),
            Column("member_id", "Member id", Kind.CODE, 150, value=self._member_id),
            Column("group", "Group", Kind.CODE, 120, value=lambda row: row.coverage.group_number, drop=2),
            Column(
                "relationship", "Patient is", width=96, value=lambda r: r.coverage.relationship.capitalize(), drop=1
            ),
            Column("first_day", "First day", Kind.DATE, 96, value=lambda row: row.coverage.first_day),
            Column("last_day", "Last day", Kind.DATE, 96, value=lambda row: row.coverage.last_day),
            Column("standing", "Status", Kind.STATUS, 210, value=_status),
        )
        empty = "No policy: the patient pays. Ctrl+Shift+A adds one."
        self.table = Table(columns, name="coverages", spoken="Coverages", sizes=page.shell.sizes, empty=empty)
        self._editor = Editor(self)
        self._editor.hide()
        add = page.button("Add", "Ctrl+Shift+A", self._on_add, case=save_coverage, icon_name="ph.plus")
        replace_it = page.button("Replace", "Ctrl+Shift+R", self._on_replace, case=save_coverage)
        end = page.button("End", "Ctrl+Shift+E", self._on_end, case=end_coverage)
        papers = page.button("Signatures", "Ctrl+Shift+F", self._on_papers, case=save_papers)
        order = page.button("Order", "Ctrl+Shift+O", self._on_order, case=decide_order)
        show = page.button("Show member id", "Ctrl+M", self._on_show)
        row = QHBoxLayout()
        row.setContentsMargins(Space.ONE, 0, 0, 0)
        row.setSpacing(Space.ONE)
        for each in (add, replace_it, end, show):
            row.addWidget(each)
        row.addStretch(1)
        more = QHBoxLayout()
        more.setContentsMargins(Space.ONE, 0, 0, 0)
        more.setSpacing(Space.ONE)
        for each in (papers, order, authorizations_button(self)):
            more.addWidget(each)
        more.addStretch(1)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(row)
        self.column.addLayout(more)
        self.column.addWidget(self._editor, 4)
        page.keys.append(Key("Enter", "Change the policy"))
        page.keys.append(Key("Ctrl+Shift+B", "End the old policy the day before the new one"))
        page.keys.append(Key("F6", "The guarantor is the subscriber"))
        page.keys.append(Key("F4", "Write the address in postal style"))
        self.table.opened.connect(self._on_opened)

    def _member_id(self, row: CoverageLine) -> str:
        return row.coverage.member_id if row.id in self._shown else masked(row.coverage.member_id)

    def show_card(self, card: Any) -> None:
        if self.card is not None and self.card.id != card.id:
            self.forget()
        super().show_card(card)
        self.table.show_rows(card.coverages)

    def forget(self) -> None:
        super().forget()
        self._shown.clear()
        self._editor.close_editor()
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        if self._editor.isVisible():
            self._editor.form.fields["payer_id"].field.setFocus()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row(self) -> CoverageLine | None:
        row = self.table.chosen_row()
        return row if isinstance(row, CoverageLine) else None

    def _on_add(self) -> None:
        if self.card is not None:
            taken = {each.coverage.rank for each in self.card.coverages if each.standing == Standing.ACTIVE}
            rank = next((each for each in (1, 2, 3) if each not in taken), 1)
            self._editor.edit("Add a policy", None, rank=rank)

    @Slot(object)
    def _on_opened(self, row: CoverageLine) -> None:
        if self.page.desk.may(save_coverage):
            self._note_shown(row)
            self._editor.edit("Change the policy", row)

    def _on_replace(self) -> None:
        if (row := self._row()) is not None:
            self._editor.edit(f"A policy that replaces {row.payer}; that one ends the day before", row, replaces=True)

    def _on_end(self) -> None:
        if (row := self._row()) is not None:
            open_end(self.page, row)

    def _on_papers(self) -> None:
        if (row := self._row()) is not None:
            PapersPanel(self.page, row).open("Signatures and Medicare")

    def _on_order(self) -> None:
        if self.card is not None and any(each.standing is Standing.ACTIVE for each in self.card.coverages):
            OrderPanel(self.page, self.card.id, self.card.coverages).open("Order of the plans")

    def _on_show(self) -> None:
        if (row := self._row()) is not None:
            self._note_shown(row)
            self.table.viewport().update()

    def _note_shown(self, row: CoverageLine) -> None:
        """A member id is masked until asked for, and asking is in the log (UX 7)."""
        if row.id not in self._shown:
            self._shown.add(row.id)
            self.page.jobs.call(lambda: self.page.desk.record("coverage.show_member_id", coverage=int(row.id)))


class Editor(QWidget):
    """One policy under the list; judged while it is typed."""

    def __init__(self, tab: CoverageTab) -> None:
        super().__init__()
        self._tab, self._replaces, self._sending = tab, False, False
        self._row: CoverageLine | None = None
        self.keeps, self.about = "coverage", ""
        self._draft: Keeper | None = None
        self.form = CoverageForm(tab.page.desk)
        self.form.setMaximumWidth(FORM_WIDTH)
        self._title, self._trouble = label("", Type.HEADING), StatusLine(Type.BODY)
        save = primary_button("Save policy", name="save_policy", pressed=self._on_save, listens=False)
        press_within(self, save)
        leave = Button("Cancel", "Esc", pressed=self.give_up)
        self._instead = Button("End the old one the day before", "Ctrl+Shift+B", pressed=self._on_instead)
        self._instead.hide()
        self._overlapping: Id | None = None
        row = QHBoxLayout()
        row.addWidget(save)
        row.addWidget(leave)
        row.addWidget(self._instead)
        row.addStretch(1)
        row.addWidget(self._trouble, 9)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.ONE, Space.ONE, 0, 0)
        column.addWidget(self._title)
        column.addWidget(scrolling(self.form), 1)
        column.addLayout(row)
        self.form.changed.connect(self._on_changed)
        self.form.guarantor_wanted.connect(self._on_same)

    def edit(self, title: str, row: CoverageLine | None, *, rank: int = 1, replaces: bool = False) -> None:
        """Open with a policy that is there, or empty; what was left unfinished of it is put back."""
        self._put_aside()
        self._row, self._replaces = row, replaces
        self._offer_instead(None)
        self._title.setText(title)
        self._trouble.say("")
        self.form.clear()
        self.form.set_values({"relationship": "self", "subscriber_sex": "", "rank": rank})
        if row is not None:
            details = row.coverage
            if replaces:
                today = self._tab.page.desk.clock.today()
                details = replace(details, member_id="", first_day=today, last_day=None)
            self.form.show_details(details, row.payer)
        self.show()
        self.keeps, self.about = "coverage.replace" if replaces else "coverage", "" if row is None else str(row.id)
        self._draft = self._tab.page.keep(self)
        if self._draft is not None and self._draft.restore():
            self._trouble.say(RESTORED, Tone.INFO)
        self.form.fields["payer_id"].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def give_up(self) -> None:
        """Close without saving (Esc); what was typed can be brought back."""
        if self._draft is not None and self._draft.give_up():
            self._tab.page.shell.say("Given up. Half-finished work brings it back.", Tone.INFO)
        self._draft = None
        self.close_editor()

    def _put_aside(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.detach()

    def close_editor(self) -> None:
        """Close: it is saved, or another patient comes and what is half-typed is kept."""
        self._put_aside()
        if self.isHidden():
            return
        self.hide()
        self.form.clear()
        self._row = None
        self._tab.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return
        super().keyPressEvent(event)

    def _asked(self) -> CheckCoverage | None:
        card = self._tab.card
        if card is None:
            return None
        details = self.form.details(self._tab.page.desk.clock.today(), card.patient)
        held = None if self._row is None else self._row.id
        return CheckCoverage(card.id, details, None if self._replaces else held, held if self._replaces else None)

    @Slot()
    def _on_changed(self) -> None:
        asked = self._asked()
        if asked is None or self.form.missing():
            return
        found = self._tab.page.desk.ask(check_coverage, asked)
        self._show([each for each in found if each.code in TOLD_WHILE_TYPED], focus=False)

    @Slot()
    def _on_same(self) -> None:
        if (card := self._tab.card) is not None:
            self.form.fill_subscriber(card.guarantor.details)

    def _offer_instead(self, overlapping: Id | None) -> None:
        """Offer to let a new policy replace the one it overlaps, with one key (BILLING R2)."""
        self._overlapping = overlapping
        self._instead.setVisible(overlapping is not None)

    def _on_instead(self) -> None:
        card = self._tab.card
        old = (
            next((each for each in card.coverages if each.id == self._overlapping), None) if card is not None else None
        )
        if old is not None:
            self._row, self._replaces = old, True
            self._title.setText(f"A policy that replaces {old.payer}; that one ends the day before")
            self._offer_instead(None)
            self._on_changed()

    def _overlapped(self, problems: list[Problem]) -> Id | None:
        """Return the one open policy of the same rank that a new one overlaps, and may replace."""
        asked, card = self._asked(), self._tab.card
        if asked is None or card is None or self._row is not None or not any(p.code == "overlap" for p in problems):
            return None
        new = asked.coverage
        alike = [
            each
            for each in card.coverages
            if each.coverage.rank == new.rank
            and each.coverage.first_day < new.first_day
            and overlap(each.coverage.first_day, each.coverage.last_day, new.first_day, new.last_day)
        ]
        return alike[0].id if len(alike) == 1 else None

    def _show(self, problems: list[Problem], *, focus: bool = True) -> None:
        self._offer_instead(self._overlapped(problems))
        homeless = self.form.show_problems(problems, focus=focus)
        self._trouble.say(" ".join(each.sentence() for each in homeless))

    def _on_save(self) -> None:
        asked = self._asked()
        if asked is None or self._sending:
            return
        if missing := self.form.missing():
            self._show(list(missing))
            return
        desk = self._tab.page.desk
        command = SaveCoverage(
            desk.new_id(), asked.patient_id or Id(0), asked.coverage, asked.coverage_id, asked.replaces
        )
        self._sending = True
        self._tab.page.jobs.start(save_coverage, command).on(self._on_saved, self._on_refused, self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._sending = False

    @Slot(object)
    def _on_saved(self, _: object) -> None:
        self._tab.page.shell.say("The policy is saved.")
        if self._draft is not None:
            self._draft.finish()
        self.close_editor()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        if isinstance(error, Invalid):
            self._show(list(error.problems))
        else:
            self._trouble.say(explain(error))


def open_end(page: Page, row: CoverageLine) -> PanelForm:
    """Ask for the last day of a policy."""

    def does() -> None:
        day = made.form.value("last_day")
        if day is None:
            made.form.show_problems([Problem("dates", "last_day", "Type the last day.")])
            return
        made.run(end_coverage, EndCoverage(page.desk.new_id(), row.id, day), "The policy has a last day.")  # type: ignore[arg-type]

    words = f"{row.payer}, since {show_date(row.coverage.first_day)}. The last day is still covered."
    made = PanelForm(page, words, "End it", does, keeps="coverage.end", about=row.id)
    made.form.add("last_day", "Last day", DateField(page.desk.clock.today), 0, 0, 7)
    made.open("End a policy")
    return made


def _status(row: CoverageLine) -> Status:
    if row.incomplete:
        return Status(Tone.WARN, f"{row.standing.capitalize()}, subscriber incomplete")
    return Status(TONES[row.standing], row.standing.capitalize())
