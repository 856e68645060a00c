"""Collections: who was sent a final notice, and the accounts that are with the agency (BILLING S14)."""

from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.collections import STATE_WORDS, CaseState, Way
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.money_page import MoneyPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.fields import ChoiceField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.collections import (
    AccountService,
    AgencyFile,
    AgencyRemit,
    CandidateRow,
    CaseRow,
    DecideCase,
    ListCandidates,
    ListCases,
    LookAtAccount,
    PaidSinceHandover,
    RecallCase,
    ReportedPaid,
    ReviewAccount,
    SendCases,
    agency_file,
    agency_remit,
    decide_case,
    list_candidates,
    list_cases,
    look_at_account,
    paid_file,
    recall_case,
    reported_paid,
    review_account,
    send_cases,
)
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.receipts import METHODS

TONES: Final = {
    CaseState.REVIEWED: Tone.WARN,
    CaseState.APPROVED: Tone.INFO,
    CaseState.SENT: Tone.OK,
    CaseState.RECALLED: Tone.NONE,
    CaseState.REFUSED: Tone.NONE,
}


@dataclass(frozen=True, slots=True)
class CandidateLine:
    id: Id
    row: CandidateRow = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseLine:
    id: Id
    row: CaseRow = field(repr=False)


def _may_go(line: CandidateLine) -> Status:
    if line.row.why_not:
        return Status(Tone.NONE, line.row.why_not)
    more = f"; {_count(line.row.left_out, 'charge stays', 'charges stay')} here" if line.row.left_out else ""
    more += f"; {_count(line.row.asking, 'charge asks', 'charges ask')} you first" if line.row.asking else ""
    child = "A child's: an owner decides" if line.row.special else "May be handed over"
    return Status(Tone.WARN, child + more)


def _count(many: int, one: str, several: str) -> str:
    return f"{many} {one if many == 1 else several}"


CANDIDATES: Final = (
    Column("name", "Account", Kind.NAME, 220, value=lambda line: line.row.name),
    Column("mailed", "Final notice", Kind.DATE, 112, value=lambda line: line.row.final_mailed_on),
    Column("cents", "Owes", Kind.MONEY, 108, value=lambda line: line.row.cents),
    Column("state", "May it go?", Kind.STATUS, stretch=True, value=_may_go),
)
CASES: Final = (
    Column("tick", "", Kind.TICK, 36, hint="Is handed over, or goes into the file, with the others that are ticked"),
    Column("number", "Case", Kind.CODE, 72, value=lambda line: line.row.number),
    Column("name", "Account", Kind.NAME, stretch=True, value=lambda line: line.row.guarantor_name),
    Column("reviewed", "Reviewed by", width=124, value=lambda line: line.row.reviewed_by_name, drop=2),
    Column("approved", "Decided by", width=124, value=lambda line: line.row.approved_by_name, drop=1),
    Column("cents", "Handed over", Kind.MONEY, 108, value=lambda line: line.row.cents),
    Column("state", "Status", Kind.STATUS, 190,
           value=lambda line: Status(TONES[line.row.state], STATE_WORDS[line.row.state])),
)  # fmt: skip


REVIEWED: Final = "Reviewed; somebody else approves it."
LOOK: Final = (
    "The agency gets name, address, balance and dates, nothing else. What a patient keeps from plans, or from an"
    " address, stays here unless you tick it."
)


class ReviewPanel(PanelForm):
    """The services of an account: those that go, those that stay, and those that go only where they are ticked."""

    def __init__(self, page: Page, row: CandidateRow, found: tuple[AccountService, ...]) -> None:
        super().__init__(page, LOOK, "Propose it", self._on_propose, keeps="case", about=row.guarantor_id)
        self._row = row
        self.ticks: dict[Id, QCheckBox] = {}
        for at, each in enumerate(found):
            words = f"{show_date(each.service_date)}  {each.patient}  {each.words}  {format_cents(each.cents)}"
            said = label(words, wrap=True)
            if each.way is Way.ASKS:
                tick = self.ticks[each.charge_id] = QCheckBox(words)
                tick.setObjectName("goes_on_purpose")
                self.form.add_widget(tick, 2 * at)
            else:
                self.form.add_widget(said, 2 * at)
            why = each.why or "Goes"
            self.form.add_widget(label(why, Type.CAPTION, "2", wrap=True), 2 * at + 1)

    def open(self, title: str) -> None:
        super().open(title)
        first = next(iter(self.ticks.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_propose(self) -> None:
        chosen = tuple(each for each, tick in self.ticks.items() if tick.isChecked())
        command = ReviewAccount(self.page.desk.new_id(), self._row.guarantor_id, chosen, looked=True)
        self.run(review_account, command, REVIEWED)


class CollectionsPage(MoneyPage):
    """Candidates on top, cases below."""

    topics = frozenset({"payments", "ledger", "statements", "patients"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Collections")
        self.candidates = Table(CANDIDATES, name="candidates", spoken="After the final notice", sizes=shell.sizes,
                                empty="No final notice was mailed to anybody who still owes.")  # fmt: skip
        self.cases = Table(CASES, name="cases", spoken="Cases", sizes=shell.sizes,
                           empty="No account was handed over.")  # fmt: skip
        self.add(self.candidates, 2)
        self.add(label("Cases: who reviews an account does not approve it", ink="2"))
        self.add(self.cases, 2)
        self.add(
            KeyLine(
                ("Space", "ticks several cases"), ("Tab", "to the other list"), ("Alt+Left", "back to the payments")
            )
        )
        self._make_buttons()
        for table in (self.candidates, self.cases):
            table.chosen.connect(self._tell)
        self.cases.rows.ticked.connect(self._tell)
        self.panel.opened.connect(self._tell)
        self.panel.closed.connect(self._tell)
        self._tell()

    def _make_buttons(self) -> None:
        self._small = self.button("Small balances", "Ctrl+B", lambda: self.shell.go("small_balances"), name="go_small")
        self._paid = self.button("Payments since", "Ctrl+S", self._on_paid, case=paid_file, name="paid_file",
                                 icon_name="ph.file-arrow-down")  # fmt: skip
        self.tools(self._small, self._paid)
        self._review = self.button("Review", "Ctrl+N", self._on_review, case=review_account, name="review_account")
        self._no = self.button("Not approve", "Ctrl+D", self._on_no, case=decide_case, name="refuse_case")
        self._recall = self.button("Call back", "Ctrl+R", self._on_recall, case=recall_case, name="recall_case")
        self._remit = self.button("Agency pays", "Ctrl+T", self._on_remit, case=agency_remit, name="agency_remit")
        self._file = self.button("File", "Ctrl+P", self._on_file, case=agency_file, name="agency_file")
        self._send = self.button("Hand over", "Ctrl+H", self._on_send, case=send_cases, name="send_case")
        self._yes = self.button(
            "Approve", "Ctrl+Enter", self._on_yes, case=decide_case, kind="primary", name="approve_case"
        )
        self.action_bar.add(
            self._review, self._no, self._recall, self._remit, self._file, self._send, self._yes
        )  # fmt: skip

    def reload(self) -> None:
        self.ask(list_candidates, ListCandidates(), self._on_candidates)
        self.ask(list_cases, ListCases(), self._on_cases)

    def focus_first(self) -> None:
        self.candidates.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_candidates(self, rows: tuple[CandidateRow, ...]) -> None:
        self.candidates.show_rows([CandidateLine(each.guarantor_id, each) for each in rows])
        self._tell()

    @Slot(object)
    def _on_cases(self, rows: tuple[CaseRow, ...]) -> None:
        self.cases.rows.ticks &= {each.id for each in rows}
        self.cases.show_rows([CaseLine(each.id, each) for each in rows])
        self._tell()

    def _case(self) -> CaseRow | None:
        line = self.cases.chosen_row()
        return line.row if isinstance(line, CaseLine) else None

    def _cases_in(self, state: CaseState) -> list[CaseRow]:
        """Return the ticked cases in a state; where none is ticked, the chosen one."""
        lines = [self.cases.rows.line(at) for at in range(self.cases.rows.rowCount())]
        ticked = [each.row for each in lines if isinstance(each, CaseLine) and each.id in self.cases.rows.ticks]
        chosen = self._case()
        found = ticked or ([] if chosen is None else [chosen])
        return [each for each in found if each.state is state]

    def _candidate(self) -> CandidateRow | None:
        line = self.candidates.chosen_row()
        return line.row if isinstance(line, CandidateLine) else None

    @Slot()
    def _tell(self, *_: object) -> None:
        case, candidate, free = self._case(), self._candidate(), not self.panel.isVisible()
        state = None if case is None else case.state
        for button, use, on in (
            (self._review, review_account, candidate is not None and not candidate.why_not),
            (self._yes, decide_case, state is CaseState.REVIEWED),
            (self._no, decide_case, state is CaseState.REVIEWED),
            (self._send, send_cases, bool(self._cases_in(CaseState.APPROVED))),
            (self._file, agency_file, bool(self._cases_in(CaseState.SENT))),
            (self._remit, agency_remit, state is CaseState.SENT),
            (self._recall, recall_case, state in (CaseState.REVIEWED, CaseState.APPROVED, CaseState.SENT)),
        ):
            button.setEnabled(free and self.desk.may(use) and on)
        self.say_at_foot("" if case is None else case.words)

    def _on_review(self) -> None:
        row = self._candidate()
        if row is None or not self._review.isEnabled():
            return
        if row.asking or row.left_out:
            self.ask(look_at_account, LookAtAccount(row.guarantor_id), lambda found: self._show_services(row, found))
            return
        command = ReviewAccount(self.desk.new_id(), row.guarantor_id)
        self.run(review_account, command, lambda _: self.shell.say(REVIEWED))

    def _show_services(self, row: CandidateRow, found: tuple[AccountService, ...]) -> None:
        now = self._candidate()
        if now is not None and now.guarantor_id == row.guarantor_id:
            ReviewPanel(self, row, found).open(f"Review: {row.name}")

    def _on_yes(self) -> None:
        case = self._case()
        if case is not None and self._yes.isEnabled():
            sentence = f"Case {case.number}, {format_cents(case.cents)}, reviewed by {case.reviewed_by_name}."
            if case.on_purpose:
                kept = _count(case.on_purpose, "service goes", "services go")
                sentence += f" {kept} though the patient keeps it from plans or from an address."
            sentence += " Approve it?"
            self.shell.confirm("Approve a handover", sentence, "Approve", lambda: self._approve(case.id))

    def _approve(self, case_id: Id) -> None:
        command = DecideCase(self.desk.new_id(), case_id, True)
        self.run(decide_case, command, lambda _: self.shell.say("Approved. Hand it over with Ctrl+H."))

    def _on_no(self) -> None:
        case = self._case()
        if case is None:
            return

        def does() -> None:
            made.run(
                decide_case, DecideCase(self.desk.new_id(), case.id, False, made.form.text("words")), "Not approved."
            )

        words = f"Case {case.number}, {format_cents(case.cents)}."
        made = PanelForm(self, words, "Not approve", does, keeps="case.refuse", about=case.id)
        made.form.add("words", "Why", LineField(name="case_words"), 0, 0, 12)
        made.open("Not approve")

    def _on_send(self) -> None:
        cases = self._cases_in(CaseState.APPROVED)
        if cases and self._send.isEnabled():
            many = "this case" if len(cases) == 1 else f"these {len(cases)} cases"
            sentence = f"Statements stop, and payments are reported to the agency from now on. Hand {many} over?"
            ids = tuple(each.id for each in cases)
            self.shell.confirm("Hand over", sentence, "Hand over", lambda: self._hand_over(ids))

    def _hand_over(self, case_ids: tuple[Id, ...]) -> None:
        self.cases.rows.ticks -= set(case_ids)
        self.run(send_cases, SendCases(self.desk.new_id(), case_ids), lambda _: self._save_file(case_ids))

    def _on_file(self) -> None:
        if cases := self._cases_in(CaseState.SENT):
            self._save_file(tuple(each.id for each in cases))

    def _save_file(self, case_ids: tuple[Id, ...]) -> None:
        self.ask(agency_file, AgencyFile(case_ids), self._on_file_made)

    @Slot(object)
    def _on_file_made(self, data: bytes) -> None:
        self.shell.save_file("Save the file for the agency", "accounts.csv", data)

    def _on_paid(self) -> None:
        self.ask(paid_file, PaidSinceHandover(), self._on_paid_made)

    @Slot(object)
    def _on_paid_made(self, data: bytes) -> None:
        self.shell.save_file("Save the payments for the agency", "payments.csv", data, self._on_paid_saved)

    def _on_paid_saved(self, _: Any) -> None:
        said = "Noted: the agency is told of these payments."
        self.run(reported_paid, ReportedPaid(self.desk.new_id()), lambda count: self.shell.say(said))

    def _on_recall(self) -> None:
        case = self._case()
        if case is None:
            return

        def does() -> None:
            made.run(recall_case, RecallCase(self.desk.new_id(), case.id, made.form.text("words")), "Called back.")

        words = f"Case {case.number}: statements go out again."
        made = PanelForm(self, words, "Call back", does, keeps="case.recall", about=case.id)
        made.form.add("words", "Why", LineField(name="recall_words"), 0, 0, 12)
        made.open("Call an account back")

    def _on_remit(self) -> None:
        case = self._case()
        if case is None:
            return

        def does() -> None:
            gross, kept = made.form.value("gross_cents"), made.form.value("kept_cents")
            command = AgencyRemit(
                self.desk.new_id(), case.guarantor_id, Cents(gross if isinstance(gross, int) else 0),
                Cents(kept if isinstance(kept, int) else 0), made.form.text("method"), made.form.text("reference"),
            )  # fmt: skip
            made.run(agency_remit, command, "Taken. What was written off is owed again as far as it reaches, and paid.")

        words = f"Case {case.number}. Type what the agency collected and what it kept of it; the rest is the payment."
        made = PanelForm(self, words, "Take it", does, keeps="case.remit", about=case.id)
        made.form.add("gross_cents", "Collected", MoneyField(), 0, 0, 6)
        made.form.add("kept_cents", "Kept by the agency", MoneyField(), 0, 6, 6)
        made.form.add("method", "Method", ChoiceField(METHODS.items()), 1, 0, 6)
        made.form.add("reference", "Check no.", LineField(name="remit_reference", most=60), 1, 6, 6)
        made.form.set_values({"method": "check", "kept_cents": 0})
        made.open("The agency pays")
