"""Opening balances out of a file: what each patient or plan owed or had to credit when we began (BILLING J50)."""

from datetime import date
from pathlib import Path

from medbill_desktop.domain.history import (
    OPENING_CODE,
    OPENING_WORDS,
    Followed,
    Taken,
    credit_opened,
    opened,
)
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Party
from medbill_desktop.domain.money import Cents
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import history
from medbill_desktop.usecases.declare import Reading
from medbill_desktop.usecases.importing_ledger import Judged, Ledger, NewCharge


class Balances(Ledger):
    """One row per balance: a payer named is who owes it, otherwise the patient does; below zero it is credit."""

    fields = (
        "source_ref", "patient_ref", "account", "payer_ref", "payer_name", "amount", "as_of", "last_service", "words",
    )  # fmt: skip
    needed = (("patient_ref", "account"), ("amount",), ("as_of",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        super().__init__(read, header, folder)
        self._provider, self._place = history.first_active(read.conn)

    def judge(self, row: Row, line: int) -> Judged | None:
        patient_id, day, cents = self._people.find(row), self._day(row, "as_of"), self._cents(row, minus=True)
        if patient_id is None or day is None or cents is None:
            return None
        if cents == 0:
            row.found.stop("zero", "amount", "Nothing is owed in this row.", "Take the row out.")
        service = (row.day("last_service") if row.text("last_service") else day) or day
        if service > day:
            row.found.stop("service-date", "last_service", "The last service lies after the day of the balance.")
        ref, name = row.text("payer_ref"), row.text("payer_name")
        guarantor = self._guarantor(patient_id, service)
        party: Party | None = guarantor
        if ref or name:
            party = self._plan(row, patient_id, service, ref, name)
        words = self._words(row, "words", OPENING_WORDS)
        if row.found.stops() or party is None:
            return None
        if party == guarantor and cents < 0 and guarantor.guarantor_id is not None:
            taken = Taken(guarantor.guarantor_id, Cents(-cents))
            steps = credit_opened(Cents(-cents), taken)
            return Judged("opening", day, cents, None, patient_id, steps, taken=taken, method="check")
        return self._debt(row, patient_id, service, Judged("opening", day, cents, None, patient_id), party, words)

    def _debt(self, row: Row, patient_id: Id, service: date, made: Judged, party: Party, words: str) -> Judged | None:
        """A balance is a service of its own, so that it can be aged, billed and paid like any other."""
        if self._provider is None or self._place is None:
            said = "The practice has no provider or no place yet."
            row.found.stop(
                "provider", "patient_ref", said, "Add them first; the balance stands with the first of each."
            )
            return None
        guarantor = self._guarantor(patient_id, service)
        charge = Followed(patient_id, self._provider, Id(0), service, made.day, guarantor, party)
        charge.plan = party if party.coverage_id is not None else None
        made.new = NewCharge(OPENING_CODE, words, words, self._place, made.cents, party.coverage_id, new_visit=True)
        made.charge, made.steps = charge, opened(charge, made.cents)
        return made
