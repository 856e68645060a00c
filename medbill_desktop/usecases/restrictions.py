"""Services that a patient pays in full and keeps from plans: asked, reviewed, ended (BILLING R9; SECURITY H33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, Party, posting_of, transfer_lines
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.restrictions import LEAST_EFFORTS, Ending, State, of_visit, why_not_end
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, catalogs, charges, merged, restrictions, visits
from medbill_desktop.storage.charges import ChargeRow
from medbill_desktop.storage.restrictions import RestrictionRow
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work, usecase
from medbill_desktop.usecases.posting import apply_earmarked, check_words, post
from medbill_desktop.usecases.restricting import add_line, look_again

STATE_WORDS: Final = {
    State.REQUESTED: "Asked for, not paid in full yet",
    State.ACTIVE: "Paid in full",
    State.AT_RISK: "Payment failed: ask for it",
    State.ENDED: "Ended",
}


@dataclass(frozen=True, slots=True)
class AskRestriction:
    """Keep a service, or with `charge_id` None a whole visit, from plans; without `payer_ids` from every plan."""

    id: Id
    patient_id: Id
    visit_id: Id
    asked_on: date
    asked_by: str = field(repr=False)
    charge_id: Id | None = None
    payer_ids: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    restriction_ids: tuple[Id, ...]
    moved_cents: Cents  # what plans would have owed, and the patient owes now


@dataclass(frozen=True, slots=True)
class ReviewRestriction:
    """A person looked at a payment that failed, and told the patient; it still stops."""

    id: Id
    restriction_id: Id
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndByPatient:
    """The patient takes the request back in writing; of a whole visit for each of its services."""

    id: Id
    restriction_id: Id
    written_on: date
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndByPractice:
    """The service was not paid for, and `efforts` says what was done to obtain the payment."""

    id: Id
    restriction_id: Id
    efforts: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RestrictionLine:
    """A request with where it stands today; `charge_id` None is a whole visit, and what is charged for it later."""

    id: Id
    visit_id: Id
    charge_id: Id | None
    service_date: date
    what: str = field(repr=False)
    plans: tuple[str, ...] = field(repr=False)  # empty: every plan
    state: State
    state_words: str
    asked_on: date
    asked_by: str = field(repr=False)
    proof: tuple[str, ...]  # receipts
    owes_cents: Cents
    told_on: date | None
    ended_on: date | None
    ended_words: str = field(repr=False)


@usecase("restriction.ask", needs=Permission.REGISTER, topics={"privacy", "ledger", "visits", "patients", "payments"})
def ask_restriction(work: Work, cmd: AskRestriction) -> Asked:
    """Note the request, which stops at once; what a plan owes already becomes the patient's (BILLING R9, J41)."""
    like = _checked(work, cmd)
    lines = _services(work, cmd)
    ids = [each.id for each in lines]
    if any(accounts.sums_of_charge(work.conn, each).insurance_paid_cents for each in ids):
        raise Refused("A plan has paid on this service, so it knows of it. It can't be kept from that plan any more.")
    made: list[Id] = []
    if cmd.charge_id is None:
        made.append(add_line(work, like.patient_id, cmd.visit_id, None, like))
        if not cmd.payer_ids:
            restrictions.say_self_pay(work.conn, cmd.visit_id)
    held = {row.charge_id for row in restrictions.live_of_charges(work.conn, ids)}
    made += [add_line(work, each.patient_id, cmd.visit_id, each.id, like) for each in lines if each.id not in held]
    moved = Cents(sum(_to_patient(work, cmd, each) for each in lines))
    if moved:
        apply_earmarked(work, cmd.id, [cmd.visit_id])
    look_again(work, restrictions.live_of_charges(work.conn, ids))
    work.entry.about("visit", cmd.visit_id, cmd.patient_id, services=len(lines), whole=cmd.charge_id is None,
                     plans=len(cmd.payer_ids), moved_cents=moved)  # fmt: skip
    return Asked(tuple(made), moved)


@usecase("restriction.review", needs=Permission.REGISTER, topics={"privacy", "statements"})
def review_restriction(work: Work, cmd: ReviewRestriction) -> None:
    """Note that a person looked and told the patient, so that statements go out again; plans still hear nothing."""
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    found.raise_stops()
    row = restrictions.get(work.conn, cmd.restriction_id)
    if row.state is not State.AT_RISK:
        raise Refused("Nothing of this is at risk.")
    restrictions.change(work.conn, row.id, told_on=work.today, told_by=work.user.id, told_words=cmd.words.strip())
    work.entry.about("restriction", row.id, row.patient_id)


@usecase("restriction.end_by_patient", needs=Permission.REGISTER, topics={"privacy", "statements"})
def end_by_patient(work: Work, cmd: EndByPatient) -> int:
    """End a restriction because the patient wrote so; who owes stays as it is until somebody moves it."""
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    row = restrictions.get(work.conn, cmd.restriction_id)
    if not row.asked_on <= cmd.written_on <= work.today:
        found.stop("day", "written_on", "It can't have been written on that day.", "Type the day on the paper.")
    found.raise_stops()
    return _end(work, row, Ending.PATIENT, cmd.words)


@usecase("restriction.end_by_practice", needs=Permission.END_RESTRICTION, topics={"privacy", "statements"})
def end_by_practice(work: Work, cmd: EndByPractice) -> int:
    """End one that was never paid, or whose payment failed, after efforts that are written down (R9)."""
    found = Findings()
    check_words(found, "efforts", cmd.efforts, needed=True)
    if 0 < len(cmd.efforts.strip()) < LEAST_EFFORTS:
        found.stop("efforts", "efforts", "Say what was done to obtain the payment, and when.",
                   "Such as: called Nov 3 and Nov 10, letter Nov 12, no answer.")  # fmt: skip
    found.raise_stops()
    return _end(work, restrictions.get(work.conn, cmd.restriction_id), Ending.PRACTICE, cmd.efforts)


def restriction_lines(read: Reading, patient_id: Id) -> tuple[RestrictionLine, ...]:
    """Return what a patient keeps from plans, the newest request first, with the proof of payment."""
    rows = restrictions.of_patient(read.conn, patient_id)
    services = {each.id: each for each in charges.of_patient(read.conn, patient_id)} if rows else {}
    days = {each.id: each.service_date for each in visits.of_patient(read.conn, patient_id)} if rows else {}
    sums = accounts.sums_of_patient(read.conn, patient_id) if rows else {}
    proofs = restrictions.proofs(read.conn, [row.charge_id for row in rows if row.charge_id is not None])
    names = {each: name for each, name, _ in catalogs.payer_names(read.conn)} if rows else {}
    out = []
    for row in rows:
        charge = None if row.charge_id is None else services.get(row.charge_id)
        state = row.state if row.charge_id is not None else _of_visit(rows, row, services)
        owed = None if charge is None else sums.get(charge.id)
        what = "Whole visit, also what is charged later" if charge is None else charge.description
        plans = tuple(sorted(names.get(each, "") for each in row.payer_ids))
        proof = () if charge is None else proofs.get(charge.id, ())
        out.append(
            RestrictionLine(
                row.id, row.visit_id, row.charge_id, days.get(row.visit_id, row.asked_on), what, plans, state,
                STATE_WORDS[state], row.asked_on, row.asked_by, proof, ZERO if owed is None else owed.owes_cents,
                row.told_on, row.ended_on, row.words,
            )
        )  # fmt: skip
    return tuple(out)


def _of_visit(rows: Sequence[RestrictionRow], whole: RestrictionRow, services: Mapping[Id, ChargeRow]) -> State:
    if whole.state is State.ENDED:
        return State.ENDED
    alive = {each.id for each in services.values() if each.voided_at is None}
    mine = [row.state for row in rows if row.visit_id == whole.visit_id and row.charge_id in alive]
    return of_visit(each for each in mine if each is not State.ENDED)


def _checked(work: Work, cmd: AskRestriction) -> RestrictionRow:
    """Judge the request and return it as a row to be written."""
    found, asked_by = Findings(), " ".join(cmd.asked_by.split())
    check_words(found, "asked_by", asked_by)
    if not asked_by:
        found.stop("asked-by", "asked_by", "Type who asked: the patient, or who speaks for them.")
    if cmd.asked_on > work.today:
        found.stop("day", "asked_on", "The day lies in the future.")
    if catalogs.known_ids(work.conn, payer, list(cmd.payer_ids)) != set(cmd.payer_ids):
        found.stop("payer", "payer_ids", "Choose plans that there are.")
    visit = visits.find(work.conn, cmd.visit_id)
    if visit is None or visit.patient_id not in merged.patients(work.conn, cmd.patient_id):
        found.stop("visit", "visit_id", "This visit is not one of this patient.", "Choose the visit again.")
    found.raise_stops()
    assert visit is not None
    live = [row for row in restrictions.of_visits(work.conn, [cmd.visit_id]) if row.rule.stops]
    if any(row.charge_id == cmd.charge_id for row in live):
        raise Refused("This is kept from plans already.")
    return RestrictionRow(
        cmd.id, visit.patient_id, cmd.visit_id, None, State.REQUESTED, cmd.asked_on, asked_by, None, None, None, None,
        "", "", work.now, frozenset(cmd.payer_ids),
    )  # fmt: skip


def _services(work: Work, cmd: AskRestriction) -> list[ChargeRow]:
    """Return the charges of the visit that the request is for."""
    every = charges.of_patient(work.conn, cmd.patient_id)
    alive = [each for each in every if each.visit_id == cmd.visit_id and each.voided_at is None]
    if cmd.charge_id is None:
        return alive
    if not any(each.id == cmd.charge_id for each in alive):
        raise Refused("This service is not one of this visit, or it is void.")
    return [each for each in alive if each.id == cmd.charge_id]


def _to_patient(work: Work, cmd: AskRestriction, row: ChargeRow) -> Cents:
    """Move what kept plans owe on a charge to the guarantor; returns how much."""
    owing = [each for each in accounts.plans_owing(work.conn, [row.id]) if each.cents > 0]
    payers = restrictions.payers_of(work.conn, [each.coverage_id for each in owing])
    moved = 0
    for each in owing:
        if cmd.payer_ids and payers[each.coverage_id] not in cmd.payer_ids:
            continue
        source, target = Party(coverage_id=each.coverage_id), Party(guarantor_id=row.guarantor_id)
        lines = transfer_lines(row.facts, source, target, each.cents, "patient_choice")
        post(work, cmd.id, [posting_of(Kind.TRANSFER, work.today, lines, source_kind="charge", source_id=row.id)])
        moved += each.cents
    return Cents(moved)


def _end(work: Work, row: RestrictionRow, ending: Ending, words: str) -> int:
    """End a restriction, and with that of a whole visit those of its services; all of them or none."""
    rows = [row]
    if row.charge_id is None:
        every = restrictions.of_visits(work.conn, [row.visit_id])
        rows += [each for each in every if each.charge_id is not None and each.rule.stops]
    for each in rows:
        if why := why_not_end(each.state, ending):
            raise Refused(why)
    for each in rows:
        restrictions.change(work.conn, each.id, state=State.ENDED, ended_on=work.today, ended_by=work.user.id,
                            ending=ending, words=words.strip())  # fmt: skip
    work.entry.about("restriction", row.id, row.patient_id, services=len(rows), ending=str(ending))
    return len(rows)
