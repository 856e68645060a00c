"""The receipt of one payment on paper (BILLING S9)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.documents.receipt import receipt_pdf_of
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.letter_words import RECEIPT, WHY
from medbill_desktop.domain.statement_content import PracticeBlock, ReceiptContent, ReceiptLine
from medbill_desktop.domain.statement_words import Language, service_in
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import payments as stored
from medbill_desktop.usecases import payments
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.letters import wish_of

METHODS: Final = {"cash": "Cash", "check": "Check", "card": "Card", "eft": "Bank transfer"}


@dataclass(frozen=True, slots=True)
class ReceiptPdf:
    payment_id: Id


@query("payment.receipt", needs=Permission.TAKE_PAYMENT, audit="payment.receipt")
def receipt_pdf(read: Reading, query: ReceiptPdf) -> bytes:
    """Return the receipt as a PDF; it says what the receipt on the screen says."""
    found = payments.receipt_of.body(read, payments.ReceiptOf(query.payment_id))
    payer = stored.get(read.conn, query.payment_id).guarantor_id
    return receipt_pdf_of(_on_paper(found, read.today, wish_of(read, payer).language))


def _on_paper(found: payments.ReceiptContent, today: date, language: Language) -> ReceiptContent:
    return ReceiptContent(
        number=found.number,
        received_on=found.received_on,
        practice=PracticeBlock(found.practice_name, found.practice_lines, show_phone(found.practice_phone)),
        payer_name=found.from_name,
        method=dict(zip(METHODS, RECEIPT[language].methods, strict=True)).get(found.method, found.method),
        reference=found.reference,
        cents=found.cents,
        lines=tuple(
            ReceiptLine(each.service_date, each.patient_words, _service(each.generic_words, language), each.cents)
            for each in found.lines
        ),
        kept_as_credit=found.credit_cents,
        still_owed=found.still_owed_cents,
        as_of=today,
        void=found.voided,
        language=language,
    )


def _service(words: str, language: Language) -> str:
    return WHY[language].elsewhere if words == payments.BILLED_APART else service_in(language, words)
