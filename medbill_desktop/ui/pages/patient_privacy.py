"""The Privacy tab: notices, what is kept from plans, authorizations, disclosures, estimates (SECURITY H29-H35)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.disclosures import BASES
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.notices import STANDING_WORDS, Standing
from medbill_desktop.domain.restrictions import State
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages import patient_privacy_forms as forms
from medbill_desktop.ui.pages.patient_caller import CallerPanel
from medbill_desktop.ui.pages.patient_tab import PatientTab
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.callers import CallerCard, CallerCardOf, caller_card, check_caller
from medbill_desktop.usecases.disclosures import (
    Accounting,
    accounting_pdf,
    authorize_disclosure,
    note_disclosure,
)
from medbill_desktop.usecases.estimates import give_estimate
from medbill_desktop.usecases.notices import NoticeText, note_notice, notice_pdf
from medbill_desktop.usecases.other_restrictions import decide_other
from medbill_desktop.usecases.privacy_record import OpenPrivacy, PrivacyRecord, open_privacy
from medbill_desktop.usecases.restrictions import ask_restriction

STATE_TONES = {State.REQUESTED: Tone.WARN, State.ACTIVE: Tone.OK, State.AT_RISK: Tone.STOP, State.ENDED: Tone.NONE}
NOTICE_TONES = {Standing.DONE: Tone.OK, Standing.NONE_KEPT: Tone.NONE}


@dataclass(frozen=True, slots=True)
class PrivacyRow:
    """One thing that was noted; `source` is the line it shows."""

    id: Id
    kind: str
    on: date
    what: str = field(repr=False)
    who: str = field(repr=False)
    status: Status
    source: Any = field(repr=False)


COLUMNS = (
    Column("kind", "Kind", Kind.NAME, 170),
    Column("on", "Date", Kind.DATE, 96),
    Column("what", "What", stretch=True),
    Column("who", "Who", width=210, drop=1),
    Column("status", "Status", Kind.STATUS, 240),
)


class PrivacyTab(PatientTab):
    """Everything in one list, what waits first; each kind has a key that adds to it."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.record: PrivacyRecord | None = None
        self._asked_of: Id | None = None
        self._notice = StatusLine()
        empty = "Nothing is noted yet. Alt+G notes that the notice was given, Alt+K keeps a visit from plans."
        self.table = Table(COLUMNS, name="privacy", spoken="Privacy", sizes=page.shell.sizes, empty=empty)
        self._lay_out()
        page.keys.append(Key("Enter", "Show what was noted"))
        page.action("Who is calling?", "F7", self.on_caller)
        self.table.opened.connect(self._on_opened)

    def _lay_out(self) -> None:
        # Heard on every tab, so its key is the page's own.
        self._caller = Button("Caller", "F7", icon_name="ph.phone", name="caller", listens=False)
        self._caller.clicked.connect(self.on_caller)
        self._caller.setEnabled(self.page.desk.may(check_caller))
        button = self.page.button
        rows = (
            (
                self._caller,
                button("Notice", "Alt+G", self._on_notice, case=note_notice, name="note_notice"),
                button("Keep from plans", "Alt+K", self._on_keep, case=ask_restriction, name="ask_restriction"),
                button("Other request", "Alt+Q", self._on_other, case=decide_other, name="decide_other"),
                button("Estimate", "Alt+E", self._on_estimate, case=give_estimate, name="give_estimate"),
            ),
            (
                button("Authorization", "Alt+H", self._on_authorize, case=authorize_disclosure, name="authorize"),
                button("Disclose", "Alt+D", self._on_disclose, case=note_disclosure, name="disclose"),
                button("Accounting", "Alt+Y", self._on_accounting, case=accounting_pdf, name="accounting"),
                button("Print the notice", "Alt+J", self._on_print, case=notice_pdf, name="print_notice"),
            ),
        )
        head = QHBoxLayout()
        head.setContentsMargins(Space.ONE, 0, Space.ONE, 0)
        head.addWidget(self._notice)
        self.column.addLayout(head)
        self.column.addWidget(self.table, 1)
        below = QVBoxLayout()
        below.setSpacing(Space.ONE)
        below.setContentsMargins(Space.ONE, 0, Space.ONE, Space.ONE)
        for some in rows:
            line = QHBoxLayout()
            line.setSpacing(Space.ONE)
            for each in some:
                line.addWidget(each)
            line.addStretch(1)
            below.addLayout(line)
        self.column.addLayout(below)

    def show_card(self, card: Any) -> None:
        super().show_card(card)
        if self.isVisible():
            self.wake()

    def wake(self) -> None:
        if self.card is not None:
            self._asked_of = self.card.id
            self.page.ask(open_privacy, OpenPrivacy(self.card.id), self._on_record)

    def forget(self) -> None:
        super().forget()
        self.record = None
        self._notice.say("")
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_record(self, record: PrivacyRecord) -> None:
        if self.card is None or record.patient_id != self._asked_of:
            return
        self.record = record
        where = record.notices.standing
        self._notice.say(f"Notice of privacy practices: {record.notices.words}", NOTICE_TONES.get(where, Tone.WARN))
        self.table.show_rows(sorted(rows_of(record), key=_urgency))

    def _fresh(self) -> PrivacyRecord | None:
        """Return the record for a form; while it is read, or of another patient, nothing opens."""
        held = self.record
        return held if held is not None and self.card is not None and held.patient_id == self.card.id else None

    def on_caller(self) -> None:
        if self.card is not None and self.page.desk.may(check_caller):
            self.page.ask(caller_card, CallerCardOf(self.card.id), self._on_card)

    @Slot(object)
    def _on_card(self, card: CallerCard) -> None:
        if self.card is not None and self.card.id == card.patient_id:
            CallerPanel(self.page, card).open()

    def _on_notice(self) -> None:
        if (record := self._fresh()) is not None:
            forms.open_notice(self.page, record)

    def _on_keep(self) -> None:
        if (record := self._fresh()) is not None and self.card is not None:
            forms.open_keep(self.page, record, self.card)

    def _on_other(self) -> None:
        if (record := self._fresh()) is not None:
            forms.open_other(self.page, record)

    def _on_estimate(self) -> None:
        if (record := self._fresh()) is not None:
            forms.open_estimate(self.page, record)

    def _on_authorize(self) -> None:
        if (record := self._fresh()) is not None:
            forms.open_authorize(self.page, record)

    def _on_disclose(self) -> None:
        if (record := self._fresh()) is not None and self.card is not None:
            forms.open_disclose(self.page, record, self.card)

    def _on_accounting(self) -> None:
        if self.card is not None:
            self.page.ask(accounting_pdf, Accounting(self.card.id), self._on_accounting_pdf)

    @Slot(object)
    def _on_accounting_pdf(self, pdf: bytes) -> None:
        self.page.shell.preview("Accounting of disclosures", pdf, suggested="accounting.pdf")

    def _on_print(self) -> None:
        if (record := self._fresh()) is not None and record.notices.now is not None:
            self.page.ask(notice_pdf, NoticeText(record.notices.now.id), self._on_notice_pdf)

    @Slot(object)
    def _on_notice_pdf(self, pdf: bytes) -> None:
        self.page.shell.preview("Notice of privacy practices", pdf, suggested="notice.pdf")

    @Slot(object)
    def _on_opened(self, row: PrivacyRow) -> None:
        if self._fresh() is not None and self.card is not None:
            forms.show_noted(self.page, self.card.id, row.kind, row.on, row.who, row.source)


def _urgency(row: PrivacyRow) -> tuple[bool, bool, int]:
    """What waits for a person first, what has ended last, within that the newest."""
    tone = row.status.tone
    return (tone not in (Tone.STOP, Tone.WARN), tone is Tone.NONE, -row.on.toordinal())


def rows_of(record: PrivacyRecord) -> list[PrivacyRow]:
    """Return all that was noted as lines of one table."""
    return [*_kept(record), *_requests(record), *_told(record), *_given(record)]


def _kept(record: PrivacyRecord) -> list[PrivacyRow]:
    out = []
    for each in record.restrictions:
        words = each.state_words
        if each.state is State.AT_RISK and each.told_on is not None:
            words = f"At risk, told {show_date(each.told_on)}"
        plans = ", ".join(each.plans) or "every plan"
        what = f"{show_date(each.service_date)} {each.what}, from {plans}"
        tone = STATE_TONES[each.state]
        out.append(
            PrivacyRow(each.id, "Kept from plans", each.asked_on, what, each.asked_by, Status(tone, words), each)
        )
    for bill in record.estimates:
        what = f"{show_date(bill.service_date)}: {format_cents(bill.cents)}, charged {format_cents(bill.charged_cents)}"
        state = Status(Tone.WARN, "Review before billing") if bill.waits else Status(Tone.OK, "Within bounds")
        out.append(PrivacyRow(bill.id, "Estimate", bill.given_on, what, "", state, bill))
    return out


def _requests(record: PrivacyRecord) -> list[PrivacyRow]:
    out = []
    for each in record.others:
        state = Status(Tone.INFO, "Agreed") if each.agreed else Status(Tone.NONE, "Refused")
        if each.ended_on is not None:
            state = Status(Tone.NONE, f"Ended {show_date(each.ended_on)}")
        out.append(PrivacyRow(each.id, "Other request", each.asked_on, each.what, each.not_to, state, each))
    return out


def _told(record: PrivacyRecord) -> list[PrivacyRow]:
    out = []
    for line in record.authorizations:
        d = line.held.details
        state = Status(Tone.NONE, line.why_not) if line.why_not else Status(Tone.OK, "Holds today")
        out.append(
            PrivacyRow(line.id, "Authorization", d.signed_on, f"{d.what}, for {d.purpose}", d.to_whom, state, line)
        )
    for row in record.disclosures:
        t = row.details
        basis = Status(Tone.NONE, BASES[t.basis])
        out.append(PrivacyRow(row.id, "Disclosure", t.made_on, f"{t.what}: {t.why}", t.to_whom, basis, row))
    return out


def _given(record: PrivacyRecord) -> list[PrivacyRow]:
    out = []
    for at, each in enumerate(record.notices.given):
        given = each.given
        words = STANDING_WORDS[Standing.WAITS] if not given.is_done else "Not signed, with a reason"
        if given.acknowledged_on is not None:
            words = f"Signed {show_date(given.acknowledged_on)}"
        state = Status(Tone.OK if given.is_done else Tone.INFO, words)
        out.append(PrivacyRow(Id(-1 - at), "Notice", given.given_on, each.label, given.reason, state, each))
    return out
