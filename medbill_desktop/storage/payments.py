"""Payments, the deposit slips they lie on, and what is left of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, insert, select, update

from medbill_desktop.domain.checks import show_zip
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, ChargeFacts, Party
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.spending import Credit, Owed
from medbill_desktop.storage import merged
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import (
    charge,
    deposit,
    guarantor,
    journal_line,
    patient,
    payment,
    practice,
    user,
    visit,
)  # fmt: skip

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
# Said once: every charge asks it, and SQLAlchemy takes longer to put it together than SQLite to answer.
_EARMARKED: Final = (
    select(payment.c.visit_id, payment.c.guarantor_id)
    .where(payment.c.visit_id.in_(_IDS), payment.c.voided_at.is_(None))
    .group_by(payment.c.visit_id, payment.c.guarantor_id)
)


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    id: Id
    number: str
    guarantor_id: Id
    patient_id: Id | None
    method: str
    cents: Cents
    received_on: date
    deposit_id: Id
    visit_id: Id | None
    reference: str = field(repr=False)
    taken_by: Id
    taken_at: datetime
    voided_at: datetime | None
    returned_on: date | None  # the bank took it back (BILLING J47)
    kept_cents: Cents  # what a collection agency kept of it (BILLING J43)
    from_agency: bool

    @property
    def banked_cents(self) -> Cents:
        """What of it came into the drawer or the bank."""
        return Cents(self.cents - self.kept_cents)


@dataclass(frozen=True, slots=True)
class DayRow:
    payment: PaymentFacts
    guarantor_name: str = field(repr=False)
    taken_by_name: str
    deposit_number: str
    unapplied_cents: Cents


def get(conn: Connection, payment_id: int) -> PaymentFacts:
    """Return a payment; raises Refused where there is none."""
    row = conn.execute(select(payment).where(payment.c.id == payment_id)).mappings().first()
    if row is None:
        raise Refused("This payment is not there.")
    return PaymentFacts(**row)


def add(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert_many(conn, payment, rows)


def mark_void(conn: Connection, payment_id: int, at: datetime) -> None:
    conn.execute(update(payment).where(payment.c.id == payment_id).values(voided_at=at))


def mark_returned(conn: Connection, payment_id: int, on: date) -> None:
    conn.execute(update(payment).where(payment.c.id == payment_id).values(returned_on=on))


def is_bankrupt(conn: Connection, guarantor_id: int) -> bool:
    """Tell whether the flag stands on any record of a guarantor."""
    g, same = guarantor.c, merged.guarantors(conn, guarantor_id)
    return conn.execute(select(g.id).where(g.id.in_(same), g.bankrupt_on.is_not(None))).first() is not None


def is_self_pay(conn: Connection, charge_id: int) -> bool:
    """Tell whether the visit of a charge is kept from plans because the patient pays it."""
    wanted = select(visit.c.self_pay).join(charge, charge.c.visit_id == visit.c.id).where(charge.c.id == charge_id)
    return bool(conn.execute(wanted).scalar())


def last_charge_of(conn: Connection, guarantor_id: int) -> Id | None:
    """Return the newest charge of a guarantor, which tells provider and place of a fee."""
    mine = charge.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id))
    found = conn.execute(select(charge.c.id).where(mine).order_by(charge.c.id.desc()).limit(1)).scalar()
    return None if found is None else Id(found)


def open_slip(conn: Connection, method: str) -> Id | None:
    """Return the slip that money of a method joins now, if one is open."""
    joins = (deposit.c.method == method, deposit.c.closed_on.is_(None), deposit.c.filled_at.is_(None))
    found = conn.execute(select(deposit.c.id).where(*joins)).scalar()
    return None if found is None else Id(found)


def add_slip(conn: Connection, slip_id: Id, number: str, method: str, opened_on: date) -> None:
    conn.execute(insert(deposit).values(id=slip_id, number=number, method=method, opened_on=opened_on))


def slip_is_open(conn: Connection, slip_id: int) -> bool:
    return conn.execute(select(deposit.c.closed_on).where(deposit.c.id == slip_id)).scalar_one() is None


def guarantor_exists(conn: Connection, guarantor_id: int) -> bool:
    return conn.execute(select(guarantor.c.id).where(guarantor.c.id == guarantor_id)).first() is not None


def owed_by(conn: Connection, guarantor_id: int) -> list[Owed]:
    """Return what a guarantor owes, charge by charge, oldest service first; each debt names the record it stands on."""
    lines = journal_line
    sums = (
        select(lines.c.charge_id, lines.c.guarantor_id, func.sum(lines.c.cents).label("cents"))
        .where(
            lines.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id)),
            lines.c.account == Account.RECEIVABLE,
            lines.c.charge_id.is_not(None),
        )
        .group_by(lines.c.charge_id, lines.c.guarantor_id)
        .having(func.sum(lines.c.cents) > 0)
        .subquery()
    )
    wanted = (
        select(
            charge.c.id, charge.c.visit_id, charge.c.patient_id, charge.c.provider_id, charge.c.service_date,
            sums.c.guarantor_id, sums.c.cents,
        )
        .join(sums, sums.c.charge_id == charge.c.id)
        .order_by(charge.c.service_date, charge.c.id)
    )  # fmt: skip
    return [
        Owed(
            ChargeFacts(Id(row.id), Id(row.patient_id), Id(row.provider_id), Party(guarantor_id=Id(row.guarantor_id))),
            Id(row.visit_id),
            row.service_date,
            Cents(row.cents),
        )
        for row in conn.execute(wanted)
    ]


def owed_by_others(conn: Connection, patient_id: int, guarantor_id: int) -> tuple[tuple[str, Cents], ...]:
    """Return (name, cents) of each other guarantor who still owes something on charges of this patient."""
    lines, g = journal_line.c, guarantor.c
    sums = (
        select(lines.guarantor_id, func.sum(lines.cents).label("cents"))
        .join(charge, charge.c.id == lines.charge_id)
        .where(
            charge.c.patient_id.in_(merged.patients(conn, patient_id)),
            lines.account == Account.RECEIVABLE, lines.guarantor_id.is_not(None),
            lines.guarantor_id.not_in(merged.guarantors(conn, guarantor_id)),
        )
        .group_by(lines.guarantor_id, lines.charge_id)
        .having(func.sum(lines.cents) > 0)
        .subquery()
    )  # fmt: skip
    owing = func.sum(sums.c.cents)
    wanted = select(g.mailing_name, owing).join(sums, sums.c.guarantor_id == g.id).group_by(g.id).order_by(g.id)
    return tuple((name, Cents(cents)) for name, cents in conn.execute(wanted))


def credits_of(conn: Connection, guarantor_id: int) -> list[Credit]:
    """Return a guarantor's unspent money, the oldest first."""
    lines = journal_line
    left = -func.sum(lines.c.cents)
    wanted = (
        select(
            payment.c.id,
            payment.c.number,
            payment.c.received_on,
            lines.c.visit_id,
            lines.c.guarantor_id,
            left.label("cents"),
        )
        .join(lines, lines.c.payment_id == payment.c.id)
        .where(
            lines.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id)),
            lines.c.account == Account.PATIENT_CREDIT,
        )
        .group_by(payment.c.id, lines.c.visit_id, lines.c.guarantor_id)
        .having(left > 0)
        .order_by(payment.c.received_on, payment.c.id)
    )
    rows = conn.execute(wanted).all()
    waiting = visits_awaited(conn, [row.visit_id for row in rows if row.visit_id is not None])
    return [Credit(Id(row.id), row.number, row.received_on, row.visit_id, Cents(row.cents), row.visit_id in waiting,
                   Id(row.guarantor_id)) for row in rows]  # fmt: skip


def visits_awaited(conn: Connection, visit_ids: Sequence[int]) -> set[Id]:
    """Return those of the visits that may still need the money kept for them: not charged yet, or owed by anyone."""
    lines, found = journal_line, set()
    for part in chunks(set(visit_ids)):
        found |= set(conn.execute(select(visit.c.id).where(visit.c.id.in_(part), visit.c.status == "open")).scalars())
        owing = (
            select(charge.c.visit_id)
            .join(lines, lines.c.charge_id == charge.c.id)
            .where(charge.c.visit_id.in_(part), lines.c.account == Account.RECEIVABLE)
            .group_by(charge.c.visit_id, charge.c.id, lines.c.coverage_id, lines.c.guarantor_id)
            .having(func.sum(lines.c.cents) != 0)
        )
        found |= set(conn.execute(owing).scalars())
    return {Id(each) for each in found}


def earmarked(conn: Connection, visit_ids: Sequence[int]) -> list[tuple[Id, Id]]:
    """Return the visits for which money was taken beforehand, each with a guarantor who gave some."""
    return [
        (Id(row.visit_id), Id(row.guarantor_id))
        for part in chunks(visit_ids)
        for row in conn.execute(_EARMARKED, {"ids": part})
    ]


def spent_on(conn: Connection, payment_id: int) -> dict[Id, Cents]:
    """Return how much of a payment each charge got."""
    lines = journal_line
    wanted = (
        select(lines.c.charge_id, -func.sum(lines.c.cents))
        .where(lines.c.payment_id == payment_id, lines.c.account == Account.RECEIVABLE)
        .group_by(lines.c.charge_id)
        .having(func.sum(lines.c.cents) != 0)
    )
    return {Id(charge_id): Cents(cents) for charge_id, cents in conn.execute(wanted)}


def unspent(conn: Connection, payment_id: int) -> Cents:
    """Return what of a payment is still credit."""
    lines = journal_line
    left = select(-func.coalesce(func.sum(lines.c.cents), 0)).where(
        lines.c.payment_id == payment_id, lines.c.account == Account.PATIENT_CREDIT
    )
    return Cents(conn.execute(left).scalar_one())


def belongs(conn: Connection, guarantor_id: int, patient_id: int | None, visit_id: int | None) -> bool:
    """Tell whether the guarantor pays for that patient and that visit, now or on an older charge."""
    if patient_id is None and visit_id is None:
        return True
    same = merged.guarantors(conn, guarantor_id)
    wanted = select(patient.c.id).where(
        patient.c.guarantor_id.in_(same)
        | exists().where(charge.c.guarantor_id.in_(same), merged.is_one_of(charge.c.patient_id, patient.c.id))
    )
    if patient_id is not None:
        wanted = wanted.where(patient.c.id.in_(merged.patients(conn, patient_id)))
    if visit_id is not None:
        for_this = (visit.c.id == visit_id) & merged.is_one_of(visit.c.patient_id, patient.c.id)
        wanted = wanted.where(exists().where(for_this))
    return conn.execute(wanted).first() is not None


def guarantor_name(conn: Connection, guarantor_id: int) -> str:
    """Return the name that letters to a guarantor bear; raises Refused where there is none."""
    name = conn.execute(select(guarantor.c.mailing_name).where(guarantor.c.id == guarantor_id)).scalar()
    if name is None:
        raise Refused("This guarantor is not there.")
    return str(name)


@dataclass(frozen=True, slots=True)
class ChargeWords:
    """How screens and receipts name a charge."""

    service_date: date
    description: str = field(repr=False)
    generic_words: str = field(repr=False)
    patient_name: str = field(repr=False)
    patient_words: str = field(repr=False)  # first name and last initial (BILLING S2)
    last_day: date | None = None  # of a service that went on for days


def charge_words(conn: Connection, charge_ids: Sequence[int]) -> dict[Id, ChargeWords]:
    wanted = select(
        charge.c.id, charge.c.service_date, charge.c.description, charge.c.generic_words, patient.c.last,
        patient.c.first, charge.c.service_to,
    ).join(patient, patient.c.id == charge.c.patient_id)  # fmt: skip
    return {
        Id(row.id): ChargeWords(
            row.service_date,
            row.description,
            row.generic_words,
            f"{row.last}, {row.first}".rstrip(", "),
            f"{row.first} {row.last[:1]}.".strip(),
            row.service_to,
        )
        for part in chunks(charge_ids)
        for row in conn.execute(wanted.where(charge.c.id.in_(part)))
    }


@dataclass(frozen=True, slots=True)
class PracticeBlock:
    name: str
    lines: tuple[str, ...]
    phone: str


def practice_block(conn: Connection) -> PracticeBlock:
    """Return the practice as it stands at the head of a receipt."""
    row = conn.execute(select(practice)).one()
    city = f"{row.city}, {row.state} {show_zip(row.zip)}"
    return PracticeBlock(row.name, tuple(each for each in (row.street, row.street2, city) if each), row.phone)


def of_day(conn: Connection, day: date) -> list[DayRow]:
    """Return the payments received on a day, in the order they were taken."""
    lines = journal_line
    left = (
        select(-func.coalesce(func.sum(lines.c.cents), 0))
        .where(lines.c.payment_id == payment.c.id, lines.c.account == Account.PATIENT_CREDIT)
        .scalar_subquery()
    )
    wanted = (
        select(
            payment,
            guarantor.c.last.label("g_last"),
            guarantor.c.first.label("g_first"),
            user.c.name.label("by_name"),
            deposit.c.number.label("slip"),
            left.label("unspent"),
        )
        .join(guarantor, guarantor.c.id == payment.c.guarantor_id)
        .join(user, user.c.id == payment.c.taken_by)
        .join(deposit, deposit.c.id == payment.c.deposit_id)
        .where(payment.c.received_on == day)
        .order_by(payment.c.id)
    )
    return [
        DayRow(
            PaymentFacts(**{name: row[name] for name in PaymentFacts.__dataclass_fields__}),
            f"{row['g_last']}, {row['g_first']}".rstrip(", "),
            row["by_name"],
            row["slip"],
            Cents(row["unspent"]),
        )
        for row in conn.execute(wanted).mappings()
    ]
