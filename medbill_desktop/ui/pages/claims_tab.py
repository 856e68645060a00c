"""The Claims tab of a patient: drafts and what became of them; one is read, updated, withdrawn (BILLING X, R3)."""

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout

from medbill_desktop.domain.claims import Status as ClaimStatus
from medbill_desktop.domain.coverages import rank_word
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.claims_panel import ClaimPanel, UpdatePanel
from medbill_desktop.ui.pages.patient_tab import PanelForm, PatientTab
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.claims import (
    ClaimCard,
    ClaimLine,
    MadeClaims,
    MakeDraftClaims,
    OpenClaim,
    PatientClaims,
    VoidDraftClaim,
    WaitingVisits,
    make_draft_claims,
    open_claim,
    patient_claims,
    refresh_claim,
    void_draft_claim,
    waiting_visits,
)


def _standing(row: ClaimLine) -> Status:
    if row.status is ClaimStatus.VOIDED:
        return Status(Tone.NONE, row.status_words)
    if row.changes:
        return Status(Tone.WARN, f"{row.status_words}, {say_changes(row.changes)}")
    return Status(Tone.INFO, row.status_words)


def say_changes(count: int) -> str:
    return "1 change since" if count == 1 else f"{count} changes since"


COLUMNS = (
    Column("service_date", "Service", Kind.DATE, 100),
    Column("number", "Claim", Kind.CODE, 90),
    Column("payer", "Payer", Kind.NAME, stretch=True),
    Column("order", "Pays", width=100, value=lambda row: rank_word(row.order).capitalize(), drop=1),
    Column("lines", "Lines", Kind.COUNT, 60, drop=2),
    Column("cents", "Amount", Kind.MONEY, 110),
    Column("status", "Status", Kind.STATUS, 220, value=_standing),
)


class ClaimsTab(PatientTab):
    """Every claim of the patient, the newest service first. Enter opens what it says."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._asked_of: Id | None = None
        self._wanted: Id | None = None
        empty = "No claim yet. Charges of an insured visit make their draft when they are posted."
        self.table = Table(COLUMNS, name="patient_claims", spoken="Claims", sizes=page.shell.sizes, empty=empty)
        update = page.button("Update", "Alt+U", self._on_update, case=refresh_claim)
        withdraw = page.button("Withdraw", "Alt+W", self._on_withdraw, case=void_draft_claim)
        show = page.button("Show its member id", "Alt+I", self._on_show, case=open_claim)
        make = page.button("Make claims", "Alt+C", self._on_make, case=make_draft_claims)
        row = QHBoxLayout()
        row.setContentsMargins(Space.ONE, 0, 0, Space.ONE)
        row.setSpacing(Space.ONE)
        for each in (update, withdraw, show, make):
            row.addWidget(each)
        row.addStretch(1)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(row)
        page.keys.append(Key("Enter", "Read the claim"))
        self.table.opened.connect(self._on_opened)

    def show_card(self, card: Any) -> None:
        super().show_card(card)
        if self.isVisible():
            self.wake()

    def wake(self) -> None:
        if self.card is not None:
            self._asked_of = self.card.id
            self.page.ask(patient_claims, PatientClaims(self.card.id), self._on_claims)

    def forget(self) -> None:
        super().forget()
        self._wanted = None
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row(self) -> ClaimLine | None:
        row = self.table.chosen_row()
        return row if isinstance(row, ClaimLine) else None

    @Slot(object)
    def _on_claims(self, found: tuple[ClaimLine, ...]) -> None:
        if self.card is not None and self.card.id == self._asked_of:
            self.table.show_rows(found)
            if self._row() is None:
                self.table.choose_first()

    @Slot(object)
    def _on_opened(self, row: ClaimLine) -> None:
        self._read(row, with_member_id=False)

    def _on_show(self) -> None:
        if (row := self._row()) is not None:
            self._read(row, with_member_id=True)

    def _read(self, row: ClaimLine, *, with_member_id: bool) -> None:
        if not self.page.desk.may(open_claim):
            self.page.shell.say(f"Your role may not {open_claim.needs}.", Tone.WARN)
            return
        self._wanted = row.id
        self.page.ask(open_claim, OpenClaim(row.id, with_member_id), self._on_read)

    @Slot(object)
    def _on_read(self, card: ClaimCard) -> None:
        if self.card is not None and card.id == self._wanted:
            self.page.open_panel(f"Claim {card.number}", ClaimPanel(card))

    def _on_update(self) -> None:
        row = self._row()
        if row is None:
            return
        if row.status is not ClaimStatus.DRAFT:
            self.page.shell.say(f"Claim {row.number}: only a draft is updated.", Tone.WARN)
            return
        self._wanted = row.id
        self.page.ask(open_claim, OpenClaim(row.id), self._on_differences)

    @Slot(object)
    def _on_differences(self, card: ClaimCard) -> None:
        if self.card is None or card.id != self._wanted:
            return
        if card.differences:
            UpdatePanel(self.page, card).open(f"Update claim {card.number}")
        else:
            self.page.shell.say(f"Claim {card.number} says what registration says.")

    def _on_withdraw(self) -> None:
        row = self._row()
        if row is None or row.status is ClaimStatus.VOIDED:
            return
        page = self.page

        def does() -> None:
            command = VoidDraftClaim(page.desk.new_id(), row.id, made.form.text("reason"))
            made.run(void_draft_claim, command, f"Claim {row.number} is withdrawn.")

        words = (
            f"Claim {row.number} of {show_date(row.service_date)} over {format_cents(row.cents)}. No payer has it. Its"
            " charges stay as they are and go on no other claim until you make one."
        )
        made = PanelForm(page, words, "Withdraw it", does, keeps="claim.withdraw", about=row.id)
        made.form.add("reason", "Why", LineField("Such as: the employer pays", most=200), 0, 0, 12)
        made.open("Withdraw a claim")

    def _on_make(self) -> None:
        """Make the claim of a visit anew, or where none is chosen those of all visits that have none."""
        row = self._row()
        if row is not None and row.status is ClaimStatus.VOIDED:
            self._offer(f"A new draft for the visit of {show_date(row.service_date)}.", row.visit_id)
        else:
            self.page.ask(waiting_visits, WaitingVisits(), self._on_waiting)

    @Slot(object)
    def _on_waiting(self, count: int) -> None:
        if not count:
            self.page.shell.say("Every visit that a plan owes is on a claim.")
            return
        visits = "1 visit has" if count == 1 else f"{count:,} visits have"
        self._offer(f"In the whole practice {visits} no claim yet, though a plan owes. Each gets its draft.", None)

    def _offer(self, words: str, visit_id: Id | None) -> None:
        page = self.page

        def does() -> None:
            made.run(make_draft_claims, MakeDraftClaims(page.desk.new_id(), visit_id), "", self._on_made)

        label = "Make them" if visit_id is None else "Make it"
        made = PanelForm(page, words, label, does, no_draft="nothing is typed in it")
        made.open("Make claims")

    @Slot(object)
    def _on_made(self, made: MadeClaims) -> None:
        claims = "1 draft" if made.claims == 1 else f"{made.claims:,} drafts"
        left = f" {made.left:,} visits wait still: make them next." if made.left else ""
        self.page.shell.say(f"Made {claims} over {format_cents(made.cents)}.{left}")
