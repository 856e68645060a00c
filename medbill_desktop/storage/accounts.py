"""What patients, guarantors and plans owe, summed from the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, func, literal, select
from sqlalchemy.sql import Select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.names import said_provider
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage import merged
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.journal import owed_since
from medbill_desktop.storage.tables import charge, coverage, journal_line, patient, payer, payment, provider

_CHARGED: Final = (Cause.CHARGE, Cause.OPENING)
_PAID: Final = (Cause.PAYMENT, Cause.REFUND, Cause.RECOUP)
_ADJUSTED: Final = (Cause.ADJUST, Cause.REINSTATE)
FEW: Final = 5_000  # guarantors; for more it is faster to read all of them


@dataclass(frozen=True, slots=True)
class ChargeSums:
    """Where a charge stands: charged less paid and adjusted is what is owed, by the patient and with plans."""

    charged_cents: Cents = ZERO
    insurance_paid_cents: Cents = ZERO
    patient_paid_cents: Cents = ZERO
    adjusted_cents: Cents = ZERO
    owes_cents: Cents = ZERO
    pending_cents: Cents = ZERO

    @property
    def balance_cents(self) -> Cents:
        return Cents(self.owes_cents + self.pending_cents)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A charge on which the guarantor or a plan owes something, or too much was paid."""

    charge_id: Id
    visit_id: Id
    guarantor_id: Id
    patient_id: Id
    service_date: date
    generic_words: str = field(repr=False)
    charged_cents: Cents
    insurance_paid_cents: Cents
    adjusted_cents: Cents
    patient_paid_cents: Cents
    owes_cents: Cents  # by the guarantor
    pending_cents: Cents  # by plans
    since: date | None  # the day the balance became the patient's (BILLING S7); None where nothing is theirs
    last_day: date | None = None  # of a service that went on for days


@dataclass(frozen=True, slots=True)
class PlanOwes:
    """What a plan still owes on one charge."""

    charge_id: Id
    coverage_id: Id
    payer_name: str = field(repr=False)
    cents: Cents


def sums_of_patient(conn: Connection, patient_id: int) -> dict[Id, ChargeSums]:
    """Return where each charge of a patient stands; one on which nothing was posted is absent."""
    lines = journal_line
    wanted = _sums().where(
        lines.c.patient_id.in_(merged.patients(conn, patient_id)),
        lines.c.account == Account.RECEIVABLE,
        lines.c.charge_id.is_not(None),
    )
    return {Id(row.charge_id): _charge_sums(row) for row in conn.execute(wanted)}


def sums_of_charge(conn: Connection, charge_id: int) -> ChargeSums:
    lines = journal_line
    row = conn.execute(_sums().where(lines.c.charge_id == charge_id, lines.c.account == Account.RECEIVABLE)).first()
    return ChargeSums() if row is None else _charge_sums(row)


def plans_owing(conn: Connection, charge_ids: Select[Any] | Sequence[int]) -> list[PlanOwes]:
    """Return which plans still owe on the charges, the larger sum first."""
    lines = journal_line
    sums = (
        select(lines.c.charge_id, lines.c.coverage_id, func.sum(lines.c.cents).label("cents"))
        .where(
            lines.c.charge_id.in_(charge_ids), lines.c.account == Account.RECEIVABLE, lines.c.coverage_id.is_not(None)
        )
        .group_by(lines.c.charge_id, lines.c.coverage_id)
        .having(func.sum(lines.c.cents) != 0)
        .subquery()
    )
    wanted = (
        select(sums, payer.c.name)
        .join(coverage, coverage.c.id == sums.c.coverage_id)
        .join(payer, payer.c.id == coverage.c.payer_id)
        .order_by(sums.c.cents.desc())
    )
    return [
        PlanOwes(Id(row.charge_id), Id(row.coverage_id), row.name, Cents(row.cents)) for row in conn.execute(wanted)
    ]


def open_items(conn: Connection, guarantor_ids: Sequence[int] | None = None) -> list[OpenItem]:
    """Return the open charges of the guarantors, or of all of them, by guarantor and service date.

    Charges of records that were merged stand with the guarantor and the patient who stand for them now (BILLING R1).
    """
    found: list[OpenItem] = []
    joined = merged.joined_guarantors(conn)
    guarantor_ids = _with_joined(joined, guarantor_ids)
    for own in _owned_by(guarantor_ids):
        still = _open_charges(own)
        since = owed_since(conn, select(still.c.charge_id))
        lines = journal_line
        details = _sums().where(
            lines.c.charge_id.in_(select(still.c.charge_id)), lines.c.account == Account.RECEIVABLE
        )  # fmt: skip
        sums = {row.charge_id: _charge_sums(row) for row in conn.execute(details)}
        wanted = select(
            charge.c.id, charge.c.visit_id, charge.c.guarantor_id, charge.c.patient_id, charge.c.service_date,
            charge.c.generic_words, charge.c.service_to,
        ).join(still, still.c.charge_id == charge.c.id)  # fmt: skip
        found += (_open_item(row, sums[row.id], since.get(row.id)) for row in conn.execute(wanted))
    if guarantor_ids is not None and len(guarantor_ids) > FEW:
        asked = set(guarantor_ids)
        found = [each for each in found if each.guarantor_id in asked]
    found = _of_survivors(conn, found, joined)
    return sorted(found, key=lambda each: (each.guarantor_id, each.service_date, each.charge_id))


def credits(conn: Connection, guarantor_ids: Sequence[int] | None = None) -> dict[Id, Cents]:
    """Return the unapplied credit of each guarantor that has some, as a positive amount, with that of joined ones."""
    joined = merged.joined_guarantors(conn)
    own = _credits(conn, _with_joined(joined, guarantor_ids))
    found: dict[Id, Cents] = {}
    for each, cents in own.items():
        root = joined.get(each, each)
        found[root] = Cents(found.get(root, ZERO) + cents)
    return found


def _credits(conn: Connection, guarantor_ids: Sequence[int] | None) -> dict[Id, Cents]:
    lines = journal_line
    wanted = (
        select(lines.c.guarantor_id, -func.sum(lines.c.cents))
        .where(lines.c.account == Account.PATIENT_CREDIT, lines.c.guarantor_id.is_not(None))
        .group_by(lines.c.guarantor_id)
        .having(func.sum(lines.c.cents) != 0)
    )
    if guarantor_ids is None or len(guarantor_ids) > FEW:
        asked = None if guarantor_ids is None else set(guarantor_ids)
        return {Id(each): Cents(cents) for each, cents in conn.execute(wanted) if asked is None or each in asked}
    return {
        Id(each): Cents(cents)
        for part in chunks(guarantor_ids)
        for each, cents in conn.execute(wanted.where(lines.c.guarantor_id.in_(part)))
    }


def guarantor_of(conn: Connection, patient_id: int) -> Id:
    """Return who pays for a patient; raises Refused where there is no such patient."""
    found = conn.execute(
        select(patient.c.guarantor_id).where(patient.c.id == merged.survivor(conn, patient_id))
    ).scalar()
    if found is None:
        raise Refused("This patient is not there.")
    return Id(found)


@dataclass(frozen=True, slots=True)
class Names:
    """The words for the ids that stand in the entries of one charge."""

    provider: str  # as it is said
    payers: dict[Id, str] = field(repr=False)  # by coverage
    receipts: dict[Id, tuple[str, str]]  # number and method, by payment


def names_for(conn: Connection, provider_id: int, coverage_ids: Sequence[int], payment_ids: Sequence[int]) -> Names:
    who = conn.execute(select(provider.c.last, provider.c.credential).where(provider.c.id == provider_id)).one()
    plans = select(coverage.c.id, payer.c.name).join(payer, payer.c.id == coverage.c.payer_id)
    receipts = select(payment.c.id, payment.c.number, payment.c.method)
    return Names(
        said_provider(who.last, who.credential),
        {Id(row.id): row.name for row in conn.execute(plans.where(coverage.c.id.in_(coverage_ids)))},
        {Id(row.id): (row.number, row.method) for row in conn.execute(receipts.where(payment.c.id.in_(payment_ids)))},
    )


def _sums() -> Select[Any]:
    lines = journal_line

    def signed(sign: int, *where: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((and_(*where), lines.c.cents * literal(sign, Integer)), else_=0))

    by_plan, by_patient = lines.c.coverage_id.is_not(None), lines.c.guarantor_id.is_not(None)
    return select(
        lines.c.charge_id,
        signed(1, lines.c.cause.in_(_CHARGED)).label("charged"),
        signed(-1, lines.c.cause.in_(_PAID), by_plan).label("insurance_paid"),
        signed(-1, lines.c.cause.in_(_PAID), by_patient).label("patient_paid"),
        signed(-1, lines.c.cause.in_(_ADJUSTED)).label("adjusted"),
        signed(1, by_patient).label("owes"),
        signed(1, by_plan).label("pending"),
    ).group_by(lines.c.charge_id)


def _charge_sums(row: Any) -> ChargeSums:
    return ChargeSums(
        Cents(row.charged),
        Cents(row.insurance_paid),
        Cents(row.patient_paid),
        Cents(row.adjusted),
        Cents(row.owes),
        Cents(row.pending),
    )


def _with_joined(joined: dict[int, Id], guarantor_ids: Sequence[int] | None) -> list[int] | None:
    """Add the guarantors that were joined to those asked for."""
    if guarantor_ids is None:
        return None
    asked = set(guarantor_ids)
    return [*guarantor_ids, *(each for each, root in joined.items() if root in asked and each not in asked)]


def _of_survivors(conn: Connection, items: list[OpenItem], joined: dict[int, Id]) -> list[OpenItem]:
    families = merged.survivor_of(conn, {each.patient_id for each in items})
    if not families and not joined:
        return items
    return [
        replace(
            each,
            guarantor_id=joined.get(each.guarantor_id, each.guarantor_id),
            patient_id=families.get(each.patient_id, each.patient_id),
        )
        for each in items
    ]


def _owned_by(guarantor_ids: Sequence[int] | None) -> Iterator[list[int] | None]:
    if guarantor_ids is None or len(guarantor_ids) > FEW:
        yield None
    else:
        yield from chunks(guarantor_ids)


def _open_charges(guarantor_ids: list[int] | None) -> Any:
    lines = journal_line
    owes = func.sum(case((lines.c.guarantor_id.is_not(None), lines.c.cents), else_=0))
    pending = func.sum(case((lines.c.coverage_id.is_not(None), lines.c.cents), else_=0))
    wanted = (
        select(lines.c.charge_id)
        .where(lines.c.charge_id.is_not(None), lines.c.account == Account.RECEIVABLE)
        .group_by(lines.c.charge_id)
        .having((owes != 0) | (pending != 0))
    )
    if guarantor_ids is not None:
        own = select(charge.c.id).where(charge.c.guarantor_id.in_(guarantor_ids))
        wanted = wanted.where(lines.c.charge_id.in_(own))
    return wanted.subquery()


def _open_item(row: Any, sums: ChargeSums, since: date | None) -> OpenItem:
    return OpenItem(
        Id(row.id),
        Id(row.visit_id),
        Id(row.guarantor_id),
        Id(row.patient_id),
        row.service_date,
        row.generic_words,
        sums.charged_cents,
        sums.insurance_paid_cents,
        sums.adjusted_cents,
        sums.patient_paid_cents,
        sums.owes_cents,
        sums.pending_cents,
        since if sums.owes_cents else None,
        row.service_to,
    )
