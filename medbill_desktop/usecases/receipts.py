"""The receipt of one payment on paper (BILLING S9)."""

from dataclasses import dataclass

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, query


@dataclass(frozen=True, slots=True)
class ReceiptPdf:
    payment_id: Id


@query("payment.receipt", needs=Permission.TAKE_PAYMENT, audit="payment.receipt")
def receipt_pdf(read: Reading, query: ReceiptPdf) -> bytes:
    raise NotImplementedError
