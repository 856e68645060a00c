"""What imports into the ledger share: whom a row is about, which days are open, how rows are written (BILLING J50)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.checks import unprintable
from medbill_desktop.domain.coverages import CoverageDetails, Held
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.history import Followed, Step, Taken, lines_of
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, Party, Posting, posting_of
from medbill_desktop.domain.money import ZERO, Cents, NotMoney, parse_cents
from medbill_desktop.domain.names import fold, tidy
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import catalogs, commands, coverages, day_sheet, history, patients, payments, visits
from medbill_desktop.storage.history import HeldPolicy
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.importing import People, Ready
from medbill_desktop.usecases.posting import post

LONGEST_WORDS: Final = 200
HISTORY: Final = "history"  # the source of every posting that an import made
_CASH: Final = frozenset({Kind.PAYMENT, Kind.REFUND, Kind.REFUND_PAID})


@dataclass(frozen=True, slots=True, repr=False)
class NewCharge:
    """What a charge of the other system says of itself."""

    code: str
    description: str
    words: str
    place_id: Id
    cents: Cents
    from_plan: Id | None = None  # the policy that had it first
    claim_item: bool = False
    new_visit: bool = False  # its visit is made with it


@dataclass(slots=True, eq=False, repr=False)
class Judged:
    """What one row becomes; charges and payments get their ids when they are written."""

    kind: str
    day: date
    cents: Cents
    charge: Followed | None
    patient_id: Id
    steps: Sequence[Step] = ()
    claim_ref: str = ""
    new: NewCharge | None = None
    taken: Taken | None = None
    method: str = ""


@dataclass(slots=True, eq=False)
class NewPolicy:
    """A policy that only the other system's ledger tells of; it was in force on the days on which it paid."""

    id: Id
    patient_id: Id
    payer_id: Id
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class LedgerSums:
    """What the rows that are ready come to."""

    charges: int = 0
    zero_charges: int = 0
    charged_cents: Cents = ZERO
    paid_cents: Cents = ZERO
    adjusted_cents: Cents = ZERO
    refunded_cents: Cents = ZERO
    opening_cents: Cents = ZERO
    credit_cents: Cents = ZERO  # paid by patients beyond their charges
    balance_cents: Cents = ZERO  # charged and opened, less what was paid and given up


class Ledger:
    """What history and opening balances share: people, plans, and the days that are open."""

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._read, self._source = read, header.map.source
        self._people = People(read, self._source)
        self._payers = catalogs.ids_by_source(read.conn, payer)
        self._by_name = {fold(name): each for each, name, _ in catalogs.payer_names(read.conn)}
        self._policies = history.policies(read.conn)
        self._guarantors = history.guarantors(read.conn)
        self._before: dict[Id, list[tuple[date, Id]]] = {}
        self._signed = day_sheet.last_signed(read.conn)
        self._seen: dict[str, int] = {}
        self._new: dict[tuple[Id, Id], NewPolicy] = {}

    @property
    def source(self) -> str:
        return self._source

    def known(self) -> set[str]:
        return history.known(self._read.conn)

    def key(self, row: Row) -> str:
        """Two equal rows are two events (BILLING J3), so the second of them has another name."""
        cells = "|".join(row.cells)
        self._seen[cells] = self._seen.get(cells, 0) + 1
        return f"{cells}|{self._seen[cells]}"

    def _day(self, row: Row, name: str) -> date | None:
        day = row.day(name)
        if day is None:
            if not any(each.field == name for each in row.found.problems):
                row.found.stop("dates", name, "The date is missing.")
            return None
        if day > self._read.today:
            row.found.stop("future", name, "This day lies in the future.", "Correct the date.")
        if self._signed is not None and day <= self._signed:
            said = f"The day sheets are signed up to {say_date(self._signed)}."
            row.found.stop("signed-day", name, said, "History is imported before the first day sheet is signed.")
        return day

    def _cents(self, row: Row, *, minus: bool) -> Cents | None:
        """Read the amount; where the map names several columns, those that are filled must say the same."""
        said = {each for each in row.text("amount").split("|") if each}
        try:
            cents = parse_cents(said.pop()) if len(said) == 1 else None
        except NotMoney:
            cents = None
        if cents is None:
            words = "Two columns say different amounts." if said else "This is not an amount of dollars and cents."
            row.found.stop("amount", "amount", words, "Correct the amount.")
        elif cents < 0 and not minus:
            fix = "Leave it out with the row that it takes back, or say refund."
            row.found.stop("minus", "amount", "The amount is below zero.", fix)
        return cents

    def _guarantor(self, patient_id: Id, day: date) -> Party:
        if patient_id not in self._before:
            self._before[patient_id] = patients.former_payers(self._read.conn, [patient_id]).get(patient_id, [])
        before = (who for last_day, who in self._before[patient_id] if day <= last_day)
        return Party(guarantor_id=next(before, self._guarantors[patient_id]))

    def _plan(self, row: Row, patient_id: Id, day: date, ref: str, name: str = "") -> Party | None:
        """Return the policy by which a payer paid: in force on the day, or else the nearest one of that payer."""
        payer_id = self._payers.get(f"{self._source}:{ref}") or self._by_name.get(fold(name or ref))
        if payer_id is None:
            row.found.stop("payer", "payer_ref", "This payer is not in the practice.", "Import or add the payer first.")
            return None
        mine = [each for each in self._policies.get(patient_id, ()) if each.payer_id == payer_id]
        if not mine:
            said = "The patient has no coverage of this payer. One is made for these days, without a member id."
            row.found.warn("coverage", "payer_ref", said, "Import the coverages first where they are known.")
            return self._made_policy(patient_id, payer_id, day)
        best = min(mine, key=lambda each: (each.days_off(day), each.rank, -each.id))
        if best.days_off(day):
            said = "The coverage of this payer was not in force on the day; the nearest one is used."
            row.found.warn("coverage-day", "payer_ref", said, "Correct the dates of the coverage if they are wrong.")
        return Party(coverage_id=best.id)

    def _made_policy(self, patient_id: Id, payer_id: Id, day: date) -> Party:
        """Return a policy to come, by an id below zero that `begin` makes good."""
        made = self._new.setdefault(
            (patient_id, payer_id), NewPolicy(Id(-1 - len(self._new)), patient_id, payer_id, day, day)
        )
        made.first_day, made.last_day = min(made.first_day, day), max(made.last_day, day)
        return Party(coverage_id=made.id)

    def _words(self, row: Row, name: str, otherwise: str) -> str:
        said = tidy(row.text(name)) or otherwise
        if len(said) > LONGEST_WORDS or unprintable(said):
            row.found.stop("words", name, f"At most {LONGEST_WORDS} printable characters are kept here.")
        return said

    def unfinished(self) -> Mapping[str, str]:
        """Return by the name of its row what is wrong with a row that a later one should have completed."""
        return {}

    def sums(self, ready: Sequence[Ready]) -> LedgerSums:
        return sums_of(each.record for each in ready)

    def begin(self, work: Work, command_id: Id, sha256: str, ready: Sequence[Ready]) -> None:
        """Write the import itself, and the deposits that its money lies on."""
        self._import = _Import(work, command_id, self._source, sha256, ready)
        self._import.add_policies(self._new.values(), self._policies)

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        self._import.write(ready)

    @property
    def import_id(self) -> Id:
        return self._import.id


def sums_of(records: Iterable[Judged]) -> LedgerSums:
    """Add up what rows will post; transfers move, they add nothing."""
    by: dict[str, int] = {}
    charges = zero = credit = 0
    for each in records:
        by[each.kind] = by.get(each.kind, 0) + each.cents
        charges += each.kind == "charge"
        zero += each.kind == "charge" and not each.cents
        credit += each.taken.left if each.taken is not None else 0
    charged, paid, given = by.get("charge", 0), by.get("payment", 0), by.get("adjustment", 0)
    back, opened = by.get("refund", 0), by.get("opening", 0)
    return LedgerSums(
        charges, zero, Cents(charged), Cents(paid), Cents(given), Cents(back), Cents(opened), Cents(credit),
        Cents(charged + opened + back - paid - given),
    )  # fmt: skip


def free_rank(held: Sequence[Held], first_day: date, last_day: date) -> int:
    """Return the last rank that no policy has on these days; raises Refused where all nine are taken."""
    taken = {
        each.rank
        for each in held
        if each.first_day <= last_day and (each.last_day is None or each.last_day >= first_day)
    }
    for rank in range(9, 0, -1):
        if rank not in taken:
            return rank
    raise Refused("A patient has nine coverages on one day already. Import the coverage of the missing payer first.")


class _Import:
    """One file on its way into the journal."""

    def __init__(self, work: Work, command_id: Id, source: str, sha256: str, ready: Sequence[Ready]) -> None:
        self._work, self._command_id, self.id = work, command_id, work.new_id()
        records = [each.record for each in ready]
        made, days = sums_of(records), [each.day for each in records]
        kind = "balances" if any(each.kind == "opening" for each in records) else HISTORY
        history.add(work.conn, {
            "id": self.id, "kind": kind, "source": source, "sha256": sha256, "row_count": len(ready),
            "charges": made.charges, "zero_charges": made.zero_charges, "charged_cents": made.charged_cents,
            "paid_cents": made.paid_cents, "adjusted_cents": made.adjusted_cents, "first_day": min(days),
            "last_day": max(days), "command_id": command_id, "made_by": work.user.id, "made_at": work.now,
        })  # fmt: skip
        self._policies: dict[Id, Id] = {}
        self._deposits = self._add_deposits(records)
        visit_ids = list({each.charge.visit_id for each in records if each.new is not None and each.charge is not None})
        self._lines = history.lines_used(work.conn, visit_ids)
        charges = sum(each.new is not None for each in records)
        payments_made = sum(each.taken is not None for each in records)
        self._next_charge = commands.next_number(work.conn, work.workstation, "charge", charges) if charges else 0
        self._next_payment = (
            commands.next_number(work.conn, work.workstation, "history", payments_made) if payments_made else 0
        )

    def add_policies(self, new: Iterable[NewPolicy], held: Mapping[Id, Sequence[HeldPolicy]]) -> None:
        """Write policies that nobody told of, with the last rank that is free (BILLING R2)."""
        rows = []
        used: dict[Id, list[Held]] = {}
        for each in new:
            mine = used.setdefault(
                each.patient_id,
                [Held(one.id, one.rank, one.first_day, one.last_day) for one in held.get(each.patient_id, ())],
            )
            rank = free_rank(mine, each.first_day, each.last_day)
            self._policies[each.id] = real = self._work.new_id()
            mine.append(Held(real, rank, each.first_day, each.last_day))
            details = CoverageDetails(each.payer_id, "", each.first_day, each.last_day, rank)
            rows.append(coverages.NewCoverage(real, each.patient_id, details))
        coverages.add(self._work.conn, rows, self._work.now)

    def _real(self, coverage_id: Id | None) -> Id | None:
        return coverage_id if coverage_id is None else self._policies.get(coverage_id, coverage_id)

    def _add_deposits(self, records: Sequence[Judged]) -> dict[tuple[date, str, bool], Id]:
        """Make a deposit per day, method and way; the other system closed it, so it is closed as it is made."""
        work, sums = self._work, dict[tuple[date, str, bool], list[int]]()
        for each in records:
            if each.method:
                cents = each.cents if each.kind != "opening" else 0
                back = each.kind == "refund"
                found = sums.setdefault((each.day, each.method, back), [0, 0])
                found[0] += -cents if back else cents
                found[1] += bool(cents)
        ids = {key: work.new_id() for key in sums}
        first = commands.next_number(work.conn, work.workstation, "history deposit", len(ids)) if ids else 0
        rows = [
            {"id": ids[key], "number": f"H{work.workstation}-{first + at}", "method": key[1], "opened_on": key[0],
             "closed_on": key[0], "kind": "disbursement" if key[2] else "slip", "closed_by": work.user.id,
             "closed_at": work.now, "slip_cents": cents, "slip_items": items, "counted_cents": cents, "pieces": "",
             "bank_on": key[0], "bank_cents": cents, "import_id": self.id}
            for at, (key, (cents, items)) in enumerate(sums.items())
        ]  # fmt: skip
        history.add_deposits(work.conn, rows)
        return ids

    def write(self, ready: Sequence[Ready]) -> None:
        work = self._work
        new_visits, new_charges, taken, rows = [], list[dict[str, Any]](), list[dict[str, Any]](), []
        postings: list[Posting] = []
        for each in ready:
            record: Judged = each.record
            row_id, charge = work.new_id(), record.charge
            if record.new is not None and charge is not None:
                if record.new.new_visit:
                    new_visits.append(self._visit(record.new, charge))
                new_charges.append(self._charge(record.new, charge))
            if record.taken is not None:
                taken.append(self._payment(record, record.taken))
            rows.append({
                "id": row_id, "import_id": self.id, "source_ref": each.ref, "line": each.line, "kind": record.kind,
                "claim_ref": record.claim_ref, "charge_id": None if charge is None else charge.id,
                "payment_id": None if record.taken is None else record.taken.id, "live": True,
            })  # fmt: skip
            postings += self._postings(record, row_id, each.ref)
        visits.add(work.conn, new_visits, work.now)
        history.add_charges(work.conn, new_charges)
        payments.add(work.conn, taken)
        post(work, self._command_id, postings)
        history.add_rows(work.conn, rows)

    def _postings(self, record: Judged, row_id: Id, ref: str) -> Iterator[Posting]:
        """Each posting has the day of its row; what pays a charge is never dated before the charge."""
        charge = record.charge
        deposit_id = self._deposits.get((record.day, record.method, record.kind == "refund"))
        for step in record.steps:
            day = record.day
            if step.kind not in _CASH and charge is not None:
                day = max(day, charge.posted_on)
            for kind, lines in lines_of(step, charge, deposit_id, ref):
                if self._policies:
                    lines = [replace(line, coverage_id=self._real(line.coverage_id)) for line in lines]
                yield posting_of(kind, day, lines, source_kind=HISTORY, source_id=row_id)

    def _visit(self, new: NewCharge, charge: Followed) -> visits.NewVisit:
        charge.visit_id = self._work.new_id()
        return visits.NewVisit(
            charge.visit_id, charge.patient_id, charge.service_date, charge.provider_id, new.place_id,
            self._real(new.from_plan), new.from_plan is None, "charged",
        )  # fmt: skip

    def _charge(self, new: NewCharge, charge: Followed) -> dict[str, Any]:
        work = self._work
        charge.id = work.new_id()
        line_no = self._lines[charge.visit_id] = self._lines.get(charge.visit_id, 0) + 1
        number, self._next_charge = self._next_charge, self._next_charge + 1
        return {
            "id": charge.id, "visit_id": charge.visit_id, "patient_id": charge.patient_id, "line_no": line_no,
            "control_number": f"{work.workstation}-{number}", "service_date": charge.service_date,
            "provider_id": charge.provider_id, "place_id": new.place_id,
            "coverage_id": self._real(new.from_plan),
            "guarantor_id": charge.guarantor.guarantor_id, "code": new.code, "description": new.description,
            "generic_words": new.words, "modifiers": "", "units": 1, "fee_cents": new.cents,
            "amount_cents": new.cents, "pointers": "", "entered_by": work.user.id, "entered_at": work.now,
            "claim_item": new.claim_item,
        }  # fmt: skip

    def _payment(self, record: Judged, taken: Taken) -> dict[str, Any]:
        work = self._work
        taken.id = work.new_id()
        number, self._next_payment = self._next_payment, self._next_payment + 1
        return {
            "id": taken.id, "number": f"H{work.workstation}-{number}", "guarantor_id": taken.guarantor_id,
            "patient_id": record.patient_id, "method": record.method, "cents": abs(record.cents),
            "received_on": record.day, "deposit_id": self._deposits[(record.day, record.method, False)],
            "visit_id": None, "reference": "", "taken_by": work.user.id, "taken_at": work.now,
        }  # fmt: skip
