"""Charge entry and what undoes it (BILLING C1-C6, J20-J22)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from medbill_desktop.domain.charge_codes import is_lab
from medbill_desktop.domain.charges import (
    MOST_UNITS,
    Judged,
    Known,
    PricedLine,
    Superbill,
    fee_in_force,
    judge,
    party_of,
)
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import ChargeFacts, Kind, Posting, charge_lines, posting_of
from medbill_desktop.domain.money import MOST, Cents, format_cents
from medbill_desktop.domain.problems import Findings, Invalid, Refused
from medbill_desktop.domain.spending import spend
from medbill_desktop.domain.users import Limit, Permission, Use
from medbill_desktop.storage import charges, claims, commands, journal, payments
from medbill_desktop.usecases.claims_following import follow, gather
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import (
    application,
    apply_earmarked,
    back_dated,
    check_words,
    freed,
    post,
    reach,
    take_back,
    void_rows,
)
from medbill_desktop.usecases.restricting import begin_lines


@dataclass(frozen=True, slots=True)
class CheckSuperbill:
    superbill: Superbill


@dataclass(frozen=True, slots=True)
class EnterSuperbills:
    """One batch; where the paper totals are given, it is refused whole unless both agree (BILLING C6)."""

    id: Id
    superbills: tuple[Superbill, ...]
    control_count: int | None = None
    control_cents: Cents | None = None
    posted_on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class EnteredSuperbills:
    visit_ids: tuple[Id, ...]
    charge_ids: tuple[Id, ...]
    cents: Cents


@dataclass(frozen=True, slots=True)
class VoidCharge:
    id: Id
    charge_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VoidedCharge:
    charge_id: Id
    back_to_credit_cents: Cents


@dataclass(frozen=True, slots=True)
class CorrectFee:
    id: Id
    charge_id: Id
    fee_cents: Cents
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CorrectUnits:
    """`apply_again` False leaves what patients paid on it as credit, to be applied by choice."""

    id: Id
    charge_id: Id
    units: int
    reason: str = field(repr=False)
    apply_again: bool = True


@dataclass(frozen=True, slots=True)
class CorrectedFee:
    charge_id: Id
    amount_cents: Cents
    back_to_credit_cents: Cents


@query("charge.check", needs=Permission.ENTER_CHARGES)
def check_superbill(read: Reading, query: CheckSuperbill) -> Judged:
    """Judge a superbill while it is typed; the fields are `patient`, `diagnosis.3`, `line.2.code` and the like."""
    [known] = charges.known_for(read.conn, [query.superbill])
    return judge(query.superbill, known, read.today)


def _entry_limits(work: Work, cmd: EnterSuperbills) -> Iterator[Use]:
    yield from back_dated(work, cmd.posted_on)
    typed = [each for each in cmd.superbills if any(line.fee_cents is not None for line in each.lines)]
    for superbill, known in zip(typed, charges.known_for(work.conn, typed), strict=True):
        for line in judge(superbill, known, work.today).lines:
            if line is not None and line.discount_percent:
                yield Use(Limit.DISCOUNT_PERCENT, line.discount_percent)


@usecase("charge.enter", needs=Permission.ENTER_CHARGES, topics={"ledger", "visits"}, limit=_entry_limits)
def enter_superbills(work: Work, cmd: EnterSuperbills) -> EnteredSuperbills:
    """Post every superbill of a batch, or none of them."""
    known = charges.known_for(work.conn, cmd.superbills)
    judged = [judge(each, facts, work.today) for each, facts in zip(cmd.superbills, known, strict=True)]
    _check_batch(cmd, judged, work.today)
    batch = _Batch(work, sum(len(each.lines) for each in judged), cmd.posted_on or work.today)
    for done, (superbill, facts, each) in enumerate(zip(cmd.superbills, known, judged, strict=True)):
        work.watch.step(done, len(judged), "Posting charges")
        batch.add(superbill, facts, each)
    batch.write(cmd.id)
    return EnteredSuperbills(
        tuple(batch.visit_ids), tuple(Id(row["id"]) for row in batch.charges), Cents(sum(j.total_cents for j in judged))
    )


def _void_limits(work: Work, cmd: VoidCharge | CorrectFee) -> Iterator[Use]:
    row = charges.get(work.conn, cmd.charge_id)
    yield reach(work, row.entered_by, row.entered_at)


@usecase("charge.void", needs=Permission.VOID, topics={"ledger", "visits", "payments"}, limit=_void_limits)
def void_charge(work: Work, cmd: VoidCharge) -> VoidedCharge:
    """Take a charge back with everything that was posted on it; payments become credit again (BILLING J21)."""
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    found.raise_stops()
    row = charges.get(work.conn, cmd.charge_id)
    back = void_rows(work, cmd.id, row, cmd.reason.strip())
    work.entry.about("charge", row.id, row.patient_id, cents=row.amount_cents, back_to_credit_cents=back)
    return VoidedCharge(row.id, back)


def _correction_limits(work: Work, cmd: CorrectFee) -> Iterator[Use]:
    yield from _void_limits(work, cmd)
    row = charges.get(work.conn, cmd.charge_id)
    if 0 <= cmd.fee_cents < row.fee_cents:
        # Measured from the price list, or a limit could be passed in small steps.
        fee = fee_in_force(
            charges.fees_of(work.conn, {row.code}).get(row.code, ()),
            row.modifiers.split(),
            row.service_date,
            row.schedule,
        )
        before = row.fee_cents if fee is None else fee.cents
        if cmd.fee_cents < before:
            yield Use(Limit.DISCOUNT_PERCENT, -(-(before - cmd.fee_cents) * 100 // before))


@usecase("charge.correct_fee", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_correction_limits)
def correct_fee(work: Work, cmd: CorrectFee) -> CorrectedFee:
    """Post a charge anew with another fee (BILLING J22).

    What patients paid on it is taken off and put on again as far as the new fee reaches; the rest stays credit.
    """
    row = charges.get(work.conn, cmd.charge_id)
    _check_correction(cmd, row)
    return _post_anew(work, cmd.id, row, row.units, cmd.fee_cents, cmd.reason.strip())


@usecase("charge.correct_units", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_void_limits)
def correct_units(work: Work, cmd: CorrectUnits) -> CorrectedFee:
    """Post a charge anew with other units, at the fee that it has (BILLING J22)."""
    row = charges.get(work.conn, cmd.charge_id)
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    if not 1 <= cmd.units <= MOST_UNITS or cmd.units * row.fee_cents > MOST:
        found.stop("units", "units", f"Units are 1 to {MOST_UNITS:,}.")
    if cmd.units == row.units:
        found.stop("same-units", "units", "These are the units it has.", "Type other ones.")
    if row.voided_at is not None:
        found.stop("void", "charge", "This charge is void.")
    found.raise_stops()
    return _post_anew(work, cmd.id, row, cmd.units, row.fee_cents, cmd.reason.strip(), apply_again=cmd.apply_again)


def _post_anew(
    work: Work, command_id: Id, row: charges.ChargeRow, units: int, fee: Cents, reason: str, *, apply_again: bool = True
) -> CorrectedFee:
    """Write the exact mirrors of what is live on a charge, then the charge as it should have been."""
    live = journal.live_on_charge(work.conn, row.id)
    kinds = {each: posting.kind for each, posting in journal.of_ids(work.conn, live).items()}
    if not set(kinds.values()) <= {Kind.CHARGE, Kind.APPLY}:
        raise Refused("Something besides payments was posted on this charge. Undo that first, then correct it.")
    claims.refuse_if_out(work.conn, row.id)
    taken = take_back(work, command_id, live, reason, follow=False)
    amount = Cents(fee * units)
    expected = None if row.expected_cents is None else Cents(row.expected_cents // row.units * units)
    charges.set_amount(work.conn, row.id, units=units, fee_cents=fee, amount_cents=amount, expected_cents=expected)
    if amount:
        lines = charge_lines(row.facts, amount)
        posting = posting_of(Kind.CHARGE, work.today, lines, source_kind="charge", source_id=row.id)
        post(work, command_id, [posting], follow=False)
    follow(work, [row.id])
    back = _apply_again(work, command_id, row, taken) if apply_again else freed(taken)
    work.entry.about("charge", row.id, row.patient_id, before_cents=row.amount_cents, after_cents=amount)
    return CorrectedFee(row.id, amount, back)


def _check_correction(cmd: CorrectFee, row: charges.ChargeRow) -> None:
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    if cmd.fee_cents < 0 or cmd.fee_cents * row.units > MOST:
        found.stop("fee", "fee", "This fee can't be right.", "Type a fee of zero or more.")
    if cmd.fee_cents == row.fee_cents:
        found.stop("same-fee", "fee", "This is the fee it has.", "Type another fee.")
    if row.voided_at is not None:
        found.stop("void", "charge", "This charge is void.")
    found.raise_stops()


def _apply_again(work: Work, command_id: Id, row: charges.ChargeRow, taken: Sequence[Posting]) -> Cents:
    """Put the freed payments of this charge back on it; returns what stayed credit."""
    freed_by = {each.source_id: freed([each]) for each in taken if each.kind is Kind.APPLY}
    kept = [each for each in payments.credits_of(work.conn, row.guarantor_id) if each.payment_id in freed_by]
    kept = [replace(each, cents=Cents(min(each.cents, freed_by[each.payment_id]))) for each in kept]
    owed = [each for each in payments.owed_by(work.conn, row.guarantor_id) if each.charge.charge_id == row.id]
    again = spend(kept, [(each, each.cents) for each in owed], by_choice=True)
    post(work, command_id, (application(each, work.today) for each in again))
    return Cents(freed(taken) - sum(each.cents for each in again))


def _check_batch(cmd: EnterSuperbills, judged: Sequence[Judged], today: date) -> None:
    found = Findings()
    for number, each in enumerate(judged, start=1):
        before = f"superbill.{number}." if len(judged) > 1 else ""
        found.problems += (replace(problem, field=before + problem.field) for problem in each.problems)
    named = [each.visit_id for each in cmd.superbills if each.visit_id is not None]
    if len(set(named)) < len(named):
        found.stop("visit-twice", "visit", "One visit is charged twice in this batch.", "Remove one of the two.")
    _check_control(found, cmd, judged)
    newest = max((each.service_date for each in cmd.superbills), default=today)
    posted_on = cmd.posted_on or today
    if posted_on > today:
        found.stop("future", "posted_on", "Nothing is posted in the future.", "Use today.")
    elif posted_on < newest:
        found.stop("posted", "posted_on", f"A service of {say_date(newest)} can't be posted before that day.")
    found.raise_stops()


def _check_control(found: Findings, cmd: EnterSuperbills, judged: Sequence[Judged]) -> None:
    total = sum(each.total_cents for each in judged)
    if not judged:
        found.stop("empty", "superbills", "There is nothing to post.")
    if cmd.control_count is not None and cmd.control_count != len(judged):
        found.stop("control-count", "control_count", f"The paper says {cmd.control_count} superbills, keyed are"
                   f" {len(judged)}.", "Find the missing one, or correct the count.")  # fmt: skip
    if cmd.control_cents is not None and cmd.control_cents != total:
        found.stop("control-cents", "control_cents", f"The paper says {format_cents(cmd.control_cents)}, keyed is"
                   f" {format_cents(total)}.", "Find the difference, or correct the total.")  # fmt: skip


def _more(line: PricedLine, known: Known) -> dict[str, Any]:
    """Return what a charge keeps of codes, contract, drug, times and authorization."""
    drug, times, codes = line.drug, line.timed, known.diagnoses
    return {
        "code_release": line.release, "diagnosis_release": "" if codes is None else codes.release.label,
        "schedule": line.schedule, "claim_item": line.claim_item, "expected_cents": line.expected_cents,
        "ndc": "" if drug is None else drug.ndc, "ndc_unit": "" if drug is None else drug.unit,
        "ndc_thousandths": None if drug is None else drug.thousandths,
        "start_time": None if times is None else times.start, "stop_time": None if times is None else times.stop,
        "minutes": None if times is None else times.minutes, "clia": known.clia if is_lab(line.code) else "",
        "authorization_id": line.authorization_id, "service_to": line.last_day,
    }  # fmt: skip


class _Batch:
    """Collects the rows and postings of a batch, so that each table is written once."""

    def __init__(self, work: Work, charge_count: int, posted_on: date) -> None:
        self._work, self._posted_on = work, posted_on
        self._next = commands.next_number(work.conn, work.workstation, "line", charge_count)
        self.visit_ids: list[Id] = []
        self.charges: list[dict[str, Any]] = []
        self._kept = False
        self._visits: list[dict[str, Any]] = []
        self._diagnoses: list[dict[str, Any]] = []
        self._postings: list[Posting] = []

    def add(self, superbill: Superbill, known: Known, judged: Judged) -> None:
        work, coverage_id = self._work, None if judged.policy is None else judged.policy.coverage_id
        if superbill.visit_id is None:
            visit_id = work.new_id()
            self._visits.append(
                {"id": visit_id, "patient_id": superbill.patient_id, "service_date": superbill.service_date,
                 "provider_id": superbill.provider_id, "place_id": superbill.place_id, "coverage_id": coverage_id,
                 "self_pay": superbill.self_pay, "status": "charged", "note": "", "created_at": work.now}
            )  # fmt: skip
        else:
            visit_id = superbill.visit_id
            charges.mark_charged(work.conn, superbill, coverage_id)
        self.visit_ids.append(visit_id)
        self._kept = self._kept or bool(known.kept)
        rows = [work.new_id() for _ in judged.diagnoses]
        self._diagnoses += (
            {"id": row, "visit_id": visit_id, "position": position, "code": code}
            for position, (row, code) in enumerate(zip(rows, judged.diagnoses, strict=True), start=1)
        )
        lines = [line for line in judged.lines if line is not None]
        for line_no, line in enumerate(lines, start=1):
            self._add_line(superbill, known, judged, line, visit_id, line_no, rows)
        work.also("charge.enter", "visit", visit_id, superbill.patient_id, charges=len(lines), cents=judged.total_cents)

    def _add_line(
        self,
        superbill: Superbill,
        known: Known,
        judged: Judged,
        line: PricedLine,
        visit_id: Id,
        line_no: int,
        diagnosis_ids: Sequence[Id],
    ) -> None:
        work, guarantor_id, charge_id = self._work, known.guarantor_id, self._work.new_id()
        if guarantor_id is None:
            raise Invalid(judged.problems)
        party = party_of(line, judged.policy, guarantor_id)
        self.charges.append(
            {"id": charge_id, "visit_id": visit_id, "patient_id": superbill.patient_id, "line_no": line_no,
             "control_number": f"{work.workstation}-{self._next + len(self.charges)}",
             "service_date": superbill.service_date, "provider_id": superbill.provider_id,
             "place_id": superbill.place_id, "coverage_id": party.coverage_id, "guarantor_id": guarantor_id,
             "code": line.code, "description": line.description, "generic_words": line.generic_words,
             "modifiers": " ".join(line.modifiers), "units": line.units, "fee_cents": line.fee_cents,
             "amount_cents": line.amount_cents, "entered_by": work.user.id, "entered_at": work.now,
             "pointers": " ".join(str(diagnosis_ids[each]) for each in line.pointers)}
            | _more(line, known)
        )  # fmt: skip
        if line.amount_cents:
            facts = ChargeFacts(charge_id, superbill.patient_id, superbill.provider_id, party)
            lines = charge_lines(facts, line.amount_cents)
            self._postings.append(
                posting_of(Kind.CHARGE, self._posted_on, lines, source_kind="charge", source_id=charge_id)
            )

    def write(self, command_id: Id) -> None:
        work = self._work
        charges.add(work.conn, self._visits, self._diagnoses, self.charges)
        if self._kept:
            begin_lines(work, self.charges)
        post(work, command_id, self._postings, follow=False)
        if self._kept:
            follow(work, [Id(row["id"]) for row in self.charges])
        else:
            gather(work, self.charges, self._diagnoses)
        apply_earmarked(work, command_id, self.visit_ids)
        work.entry.about("batch", command_id, visits=len(self.visit_ids), charges=len(self.charges))
