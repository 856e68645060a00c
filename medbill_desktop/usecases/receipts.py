"""The receipt of one payment on paper (BILLING S9)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.documents.receipt import receipt_pdf_of
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.statement_content import PracticeBlock, ReceiptContent, ReceiptLine
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases import payments
from medbill_desktop.usecases.declare import Reading, query

METHODS: Final = {"cash": "Cash", "check": "Check", "card": "Card", "eft": "Bank transfer"}


@dataclass(frozen=True, slots=True)
class ReceiptPdf:
    payment_id: Id


@query("payment.receipt", needs=Permission.TAKE_PAYMENT, audit="payment.receipt")
def receipt_pdf(read: Reading, query: ReceiptPdf) -> bytes:
    """Return the receipt as a PDF; it says what the receipt on the screen says."""
    found = payments.receipt_of.body(read, payments.ReceiptOf(query.payment_id))
    return receipt_pdf_of(_on_paper(found, read.today))


def _on_paper(found: payments.ReceiptContent, today: date) -> ReceiptContent:
    return ReceiptContent(
        number=found.number,
        received_on=found.received_on,
        practice=PracticeBlock(found.practice_name, found.practice_lines, show_phone(found.practice_phone)),
        payer_name=found.from_name,
        method=METHODS.get(found.method, found.method),
        reference=found.reference,
        cents=found.cents,
        lines=tuple(
            ReceiptLine(each.service_date, each.patient_words, each.generic_words, each.cents) for each in found.lines
        ),
        kept_as_credit=found.credit_cents,
        still_owed=found.still_owed_cents,
        as_of=today,
        void=found.voided,
    )
