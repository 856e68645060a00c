"""Ledger history of another system out of a file: charges, payments, adjustments, transfers, refunds (BILLING J20-J46).

A row is judged in the order of the file, since what it means depends on the rows before it: who answers for a charge
now, and what was paid on it already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from medbill_desktop.domain.history import (
    ADJUSTMENT_REASONS,
    EVENT_WORDS,
    MOVE_REASONS,
    EventKind,
    Followed,
    NoCredit,
    NotOwed,
    Taken,
    adjusted,
    charged,
    paid_by_patient,
    paid_by_plan,
    refunded_to_patient,
    refunded_to_plan,
    transferred,
)
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Party
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.edi.column_maps import Header, Lookup, Row
from medbill_desktop.edi.csv_files import examine
from medbill_desktop.storage import history
from medbill_desktop.storage.history import HeldVisit
from medbill_desktop.usecases.declare import Reading
from medbill_desktop.usecases.importing import YES
from medbill_desktop.usecases.importing_ledger import Judged, Ledger, NewCharge

NO_PAYER: Final = frozenset({"", "0"})
METHODS: Final = ("cash", "check", "card", "eft")
PATIENT: Final = frozenset({"patient", "guarantor", "self", "self-pay", "p"})
PLAN: Final = frozenset({"insurance", "payer", "plan", "primary", "1"})
SECOND: Final = frozenset({"secondary", "2"})


@dataclass(frozen=True, slots=True, repr=False)
class Claim:
    """What a second file says of the claim that a row belongs to."""

    payer_ref: str = ""
    payer2_ref: str = ""
    visit_ref: str = ""


@dataclass(slots=True, eq=False)
class _Out:
    """The first half of a transfer, until the second is read."""

    charge: Followed
    cents: Cents
    ref: str


class History(Ledger):
    """One row per event; a row says of which charge, or it is the last one of its claim."""

    fields = (
        "source_ref", "type", "date", "amount", "patient_ref", "account", "claim_ref", "charge_ref", "visit_ref",
        "party", "from_party", "payer_ref", "payer_name", "payer2_ref", "method", "code", "description", "words",
        "reason", "claim_item", "service_date", "row_number", "out_row",
    )  # fmt: skip
    needed = (("type",), ("date",), ("amount",), ("patient_ref", "account"))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        super().__init__(read, header, folder)
        self._visits: dict[str, HeldVisit] = {}
        self._by_day: dict[tuple[Id, date], HeldVisit] = {}
        for ref, each in history.visits(read.conn):
            if ref is not None:
                self._visits[ref] = each
            self._by_day.setdefault((each.patient_id, each.service_date), each)
        lookup = header.map.lookups.get("claims")
        self._claims = {} if lookup is None else _claims(lookup, folder)
        self._has_claims = lookup is not None
        self._charges: dict[str, Followed | None] = {}
        self._last: dict[str, Followed | None] = {}
        self._outs: dict[str, _Out] = {}
        self._ref = ""

    def judge(self, row: Row, line: int) -> Judged | None:
        kind = EVENT_WORDS.get(tidy(row.text("type")).lower())
        if kind is None:
            row.found.stop(
                "type",
                "type",
                "This is no kind of event.",
                "Known are charge, payment, adjustment, transfer and refund.",
            )
        patient_id, day, cents = self._people.find(row), self._day(row, "date"), self._cents(row, minus=False)
        if kind is None or patient_id is None or day is None or cents is None or row.found.stops():
            return None
        self._ref = f"{self._source}:{row.text('source_ref')}"
        claim_ref = f"{self._source}:{row.text('claim_ref')}" if row.text("claim_ref") else ""
        claim = self._claim(row)
        if row.found.stops():
            return None
        made = Judged(kind, day, cents, None, patient_id, claim_ref=claim_ref)
        if kind is EventKind.CHARGE:
            self._charge(row, made, patient_id, claim)
            return None if row.found.stops() else made
        made.charge = charge = self._named(row, claim_ref)
        if charge is None or charge.patient_id != patient_id:
            said = "The charge of this row was not read." if charge is None else "The charge is another patient's."
            row.found.stop("charge", "charge_ref", said, "Put the charge before what was done to it, or name it.")
            return None
        if cents == 0 and kind is not EventKind.TRANSFER_OUT:
            return made
        self._event(row, made, charge, claim)
        return None if row.found.stops() else made

    def _claim(self, row: Row) -> Claim:
        claim = self._claims.get(row.text("claim_ref"))
        if claim is None and self._has_claims:
            row.found.stop("claim", "claim_ref", "The claim is not in the file of the claims.")
        claim = claim or Claim()
        return Claim(
            row.text("payer_ref") or claim.payer_ref, row.text("payer2_ref") or claim.payer2_ref,
            row.text("visit_ref") or claim.visit_ref,
        )  # fmt: skip

    def _charge(self, row: Row, made: Judged, patient_id: Id, claim: Claim) -> None:
        service = self._day(row, "service_date") if row.text("service_date") else made.day
        visit = self._visit(row, patient_id, service, claim)
        if visit is None or service is None:
            return
        if service < self._people.born[patient_id]:
            row.found.stop("service-date", "date", "The day lies before the patient's birth.")
        guarantor = self._guarantor(patient_id, service)
        holder = self._party(row, "party", patient_id, service, guarantor, claim, None)
        code, description = tidy(row.text("code")), self._words(row, "description", "Service")
        if not code:
            row.found.stop("code", "code", "The code is missing.")
        words = self._words(row, "words", description)
        if row.found.stops() or holder is None:
            return
        made.charge = Followed(patient_id, visit.provider_id, visit.id, service, made.day, guarantor, holder)
        made.charge.plan = holder if holder.coverage_id is not None else None
        claim_item = row.text("claim_item").lower() in YES
        made.new = NewCharge(code, description, words, visit.place_id, made.cents, holder.coverage_id, claim_item)
        made.steps = charged(made.charge, made.cents)
        self._charges[self._ref] = made.charge
        if made.claim_ref:
            self._last[made.claim_ref] = made.charge

    def _visit(self, row: Row, patient_id: Id, day: date | None, claim: Claim) -> HeldVisit | None:
        if claim.visit_ref:
            found = self._visits.get(f"{self._source}:{claim.visit_ref}")
        else:
            found = self._by_day.get((patient_id, day)) if day is not None else None
        if found is None:
            row.found.stop("visit", "visit_ref", "The visit of this charge is not here.", "Import the visits first.")
        elif found.patient_id != patient_id:
            row.found.stop("visit", "visit_ref", "The visit is another patient's.")
            return None
        return found

    def _named(self, row: Row, claim_ref: str) -> Followed | None:
        """Return the charge that a row is about: named, or the last of its claim."""
        if named := row.text("charge_ref"):
            ref = f"{self._source}:{named}"
            if ref not in self._charges:
                self._charges[ref] = history.charge_named(self._read.conn, ref)
            return self._charges[ref]
        if claim_ref and claim_ref not in self._last:
            self._last[claim_ref] = history.last_charge_of(self._read.conn, claim_ref)
        return self._last.get(claim_ref)

    def _party(
        self, row: Row, name: str, patient_id: Id, day: date, guarantor: Party, claim: Claim, charge: Followed | None
    ) -> Party | None:
        """Return who is meant; where nothing is said, whoever answers for the charge, or its first plan."""
        said = row.text(name).lower()
        if said in PATIENT:
            return guarantor
        if said in SECOND:
            return self._plan(row, patient_id, day, claim.payer2_ref)
        if said and said not in PLAN:
            row.found.stop("party", name, "This is no party.", "Say insurance, secondary or patient.")
            return None
        if charge is not None and not row.text("payer_ref"):
            if not said or (charge.holder.coverage_id is not None):
                return charge.holder
            if charge.plan is not None:
                return charge.plan
        payer_name = row.text("payer_name")
        if claim.payer_ref in NO_PAYER and not payer_name:
            if said:
                row.found.warn("no-payer", name, "No payer is named; the patient answers for it.")
            return guarantor
        return self._plan(row, patient_id, day, claim.payer_ref, payer_name)

    def _event(self, row: Row, made: Judged, charge: Followed, claim: Claim) -> None:
        kind, cents = made.kind, made.cents
        if kind is EventKind.TRANSFER_OUT:
            out = f"{made.claim_ref}|{row.text('row_number') or row.text('source_ref')}"
            self._outs[out] = _Out(charge, cents, self._ref)
            return
        patient_id, day = charge.patient_id, charge.service_date
        party = self._party(row, "party", patient_id, day, charge.guarantor, claim, charge)
        if party is None:
            return
        patients_own = party == charge.guarantor
        try:
            if kind is EventKind.PAYMENT and patients_own and charge.guarantor.guarantor_id is not None:
                made.taken = Taken(charge.guarantor.guarantor_id, cents)
                made.method = self._method(row, "check")
                made.steps = paid_by_patient(charge, cents, made.taken)
            elif kind is EventKind.PAYMENT:
                made.method = self._method(row, "eft")
                made.steps = paid_by_plan(charge, party, cents)
            elif kind is EventKind.ADJUSTMENT:
                reason = self._reason(row, ADJUSTMENT_REASONS, "" if patients_own else "contractual")
                made.steps = adjusted(charge, party, cents, reason) if reason else ()
            elif kind is EventKind.REFUND:
                made.method = self._method(row, "check")
                made.steps = (
                    refunded_to_patient(charge, cents) if patients_own else refunded_to_plan(charge, party, cents)
                )
            else:
                self._transfer(row, made, charge, party, claim)
        except NotOwed as error:
            said = f"This party owes {format_cents(error.cents)} of the charge, not {format_cents(cents)}."
            row.found.stop("owed", "amount", said, "Correct the amount or the party, or the order of the rows.")
        except NoCredit:
            row.found.stop("credit", "amount", "Less than this is left of what the patient paid for the charge.")

    def _transfer(self, row: Row, made: Judged, charge: Followed, to: Party, claim: Claim) -> None:
        source = charge.holder
        if made.kind is EventKind.TRANSFER_IN:
            out = self._outs.pop(f"{made.claim_ref}|{row.text('out_row') or row.text('charge_ref')}", None)
            if out is None or out.charge is not charge or out.cents != made.cents:
                said = "No transfer out of this charge has this amount." if out else "Its transfer out was not read."
                row.found.stop("transfer", "out_row", said, "Each transfer in has its transfer out before it.")
                return
        elif row.text("from_party"):
            source = self._party(row, "from_party", charge.patient_id, charge.service_date, charge.guarantor, claim,
                                 charge) or source  # fmt: skip
        reason = self._reason(row, MOVE_REASONS, "patient_share")
        if source != to and made.cents > charge.owes(source):
            said = f"Only {format_cents(charge.owes(source))} is with this party; the rest is its credit now."
            row.found.warn("owed", "amount", said, "Nothing, where the other system rounded.")
        made.steps = transferred(charge, source, to, made.cents, reason)
        charge.holder = to

    def _method(self, row: Row, otherwise: str) -> str:
        said = row.text("method").lower() or otherwise
        if said not in METHODS:
            row.found.stop("method", "method", "This is no way of paying.", f"Known are {', '.join(METHODS)}.")
        return said

    def _reason(self, row: Row, known: Sequence[str], otherwise: str) -> str:
        said = row.text("reason").lower().replace(" ", "_") or otherwise
        if said not in known:
            words = "This is no reason of ours." if said else "The reason is missing."
            row.found.stop("reason", "reason", words, f"Known are {', '.join(known)}; a column map can translate.")
            return ""
        return said

    def unfinished(self) -> Mapping[str, str]:
        return {each.ref: "No transfer in completes this transfer out." for each in self._outs.values()}


def _claims(lookup: Lookup, folder: Path) -> dict[str, Claim]:
    """Read the file that describes the claims, beside the one of their rows."""
    path = folder / lookup.file
    if not path.exists():
        raise Refused(f"The column map needs the file {lookup.file} beside this one.")
    file = examine(path)
    header = Header(lookup.columns, file.header, ("source_ref", "payer_ref", "payer2_ref", "visit_ref"),
                    (("source_ref",),))  # fmt: skip
    found = {}
    for line, cells in file.rows():
        text = Row(header, line, cells, Findings()).text
        first, second = ("" if text(name) in NO_PAYER else text(name) for name in ("payer_ref", "payer2_ref"))
        found[text("source_ref")] = Claim(first, second, text("visit_ref"))
    return found
