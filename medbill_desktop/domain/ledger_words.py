"""What stands beside the entries behind a balance, on the screen and on paper, in each language (BILLING J7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from medbill_desktop.domain.explain import REASON_WORDS
from medbill_desktop.domain.explain_spanish import REASON_WORDS as SPANISH_REASONS
from medbill_desktop.domain.statement_words import Language


@dataclass(frozen=True, slots=True)
class LedgerWords:
    """Every word of an entry; braces take names, numbers and amounts."""

    reasons: Mapping[str, str]
    methods: Mapping[str, str]
    moved: str
    patient: str
    because: str
    owed_again: str
    adjusted: str
    paid: str
    receipt: str
    taken_back: str
    unused: str
    taken_by_bank: str


SCREEN: Final = LedgerWords(
    reasons=REASON_WORDS,
    methods={},
    moved="Moved to {who}",
    patient="the patient",
    because="{cents}, because {why}",
    owed_again="Owed again",
    adjusted="Adjusted",
    paid="Patient paid",
    receipt="Receipt {number}, {method}",
    taken_back="Taken back",
    unused="Paid and not used yet",
    taken_by_bank="Refunded, and then taken back by the bank",
)
_PAPER: Final = {
    Language.ENGLISH: replace(SCREEN, patient="you", paid="You paid"),
    Language.SPANISH: LedgerWords(
        reasons=SPANISH_REASONS,
        methods={"cash": "efectivo", "check": "cheque", "card": "tarjeta", "eft": "transferencia"},
        moved="Pasó a {who}",
        patient="usted",
        because="{cents}, porque {why}",
        owed_again="Se debe de nuevo",
        adjusted="Ajuste",
        paid="Usted pagó",
        receipt="Recibo {number}, {method}",
        taken_back="Anulado",
        unused="Pagado y todavía no usado",
        taken_by_bank="Reembolsado y después devuelto por el banco",
    ),
}


def on_paper(language: Language) -> LedgerWords:
    """Return the words for the one who owes it."""
    return _PAPER[language]
