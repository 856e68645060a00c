"""The sums of the day sheet, and which days were signed (BILLING T5)."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from medbill_desktop.domain.day_sheet import SlipRoll, Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause, Kind
from medbill_desktop.domain.money import Cents
from medbill_desktop.storage.dialect import unindexed, upsert
from medbill_desktop.storage.tables import day_sheet, deposit, journal_line, posting, user

_LINES = journal_line.join(posting, posting.c.id == journal_line.c.posting_id)


@dataclass(frozen=True, slots=True)
class SignedDay:
    day: date
    figures: dict[str, int]
    signed_by: str
    signed_at: datetime
    words: str = field(repr=False)


def balances_before(conn: Connection, day: date) -> dict[Account, Cents]:
    """Return each account as it stood when the day began: everything, less what was posted since."""
    lines = journal_line.c
    now = select(lines.account, func.sum(lines.cents)).group_by(lines.account)
    sums = {name: int(cents) for name, cents in conn.execute(now)}
    since = select(lines.account, func.sum(lines.cents)).select_from(_LINES).where(posting.c.posted_on >= day)
    for account, cents in conn.execute(since.group_by(lines.account)):
        sums[account] -= cents
    return {Account(name): Cents(cents) for name, cents in sums.items()}


def _within(first: date, last: date) -> ColumnElement[bool]:
    return and_(posting.c.posted_on >= first, posting.c.posted_on <= last)


def receivable_by_cause(conn: Connection, first: date, last: date) -> dict[Cause, Cents]:
    lines = journal_line.c
    wanted = select(lines.cause, func.sum(lines.cents)).select_from(_LINES)
    found = wanted.where(lines.account == Account.RECEIVABLE, _within(first, last)).group_by(lines.cause)
    return {Cause(cause): Cents(cents) for cause, cents in conn.execute(found)}


def credit_by_kind(conn: Connection, first: date, last: date) -> dict[Kind, Cents]:
    """Return the lines of patients' credit by the kind of event; a reversal counts with what it reverses."""
    lines, original = journal_line.c, posting.alias("original")
    kind = func.coalesce(original.c.kind, posting.c.kind)
    wanted = select(kind, func.sum(lines.cents)).select_from(
        _LINES.join(original, original.c.id == posting.c.reverses, isouter=True)
    )
    found = wanted.where(unindexed(lines.account) == Account.PATIENT_CREDIT, _within(first, last)).group_by(kind)
    return {Kind(name): Cents(cents) for name, cents in conn.execute(found)}


def plus_and_minus(conn: Connection, first: date, last: date) -> dict[Account, tuple[Cents, Cents]]:
    """Return what was added to and taken from each account in the period."""
    lines = journal_line.c
    plus = func.sum(case((lines.cents > 0, lines.cents), else_=0))
    minus = func.sum(case((lines.cents < 0, lines.cents), else_=0))
    wanted = select(lines.account, plus, minus).select_from(_LINES).where(_within(first, last)).group_by(lines.account)
    return {Account(name): (Cents(more), Cents(less)) for name, more, less in conn.execute(wanted)}


def slip_rolls(conn: Connection, first: date, last: date) -> tuple[SlipRoll, ...]:
    """Return the drawer of each method; a slip leaves it on the day it is closed."""
    cash = journal_line.c.account == Account.CASH
    slip = deposit.c.kind == "slip"
    source = _LINES.join(deposit, deposit.c.id == journal_line.c.deposit_id)
    summed = func.sum(journal_line.c.cents)

    def by_method(*where: ColumnElement[bool]) -> dict[str, int]:
        wanted = select(deposit.c.method, summed).select_from(source).where(cash, slip, *where)
        return {name: int(cents) for name, cents in conn.execute(wanted.group_by(deposit.c.method))}

    lies_there = or_(deposit.c.closed_on.is_(None), deposit.c.closed_on >= first)
    opening = by_method(posting.c.posted_on < first, lies_there)
    taken = by_method(_within(first, last))
    closed = and_(deposit.c.closed_on >= first, deposit.c.closed_on <= last)
    deposited = by_method(closed)
    numbers: dict[str, list[str]] = {}
    off: dict[str, int] = {}
    c = deposit.c
    for row in conn.execute(
        select(c.method, c.number, c.slip_cents, c.counted_cents).where(slip, closed).order_by(c.id)
    ):
        numbers.setdefault(row.method, []).append(row.number)
        off[row.method] = off.get(row.method, 0) + (row.counted_cents or 0) - (row.slip_cents or 0)
    return tuple(
        SlipRoll(
            method,
            Cents(opening.get(method, 0)),
            Cents(taken.get(method, 0)),
            Cents(deposited.get(method, 0)),
            tuple(numbers.get(method, ())),
            Cents(off.get(method, 0)),
        )
        for method in ("cash", "check", "card", "eft")
    )


def bank_steps(conn: Connection, first: date, last: date) -> tuple[Step, ...]:
    """Return what the bank took straight away: returned payments, and refunds that were paid."""
    source = _LINES.join(deposit, deposit.c.id == journal_line.c.deposit_id)
    wanted = (
        select(deposit.c.kind, func.sum(journal_line.c.cents))
        .select_from(source)
        .where(journal_line.c.account == Account.CASH, deposit.c.kind != "slip", _within(first, last))
        .group_by(deposit.c.kind)
    )
    sums = {kind: int(cents) for kind, cents in conn.execute(wanted)}
    words = (("return", "Payments returned by the bank"), ("disbursement", "Refunds paid"))
    return tuple(Step(said, Cents(sums.get(kind, 0))) for kind, said in words)


def by_patient(conn: Connection, until: date) -> Cents:
    """Return the receivable as the sum over patients' accounts."""
    return _summed_by(conn, journal_line.c.patient_id, Account.RECEIVABLE, until)


def by_guarantor(conn: Connection, until: date) -> Cents:
    """Return patients' credit as the sum over guarantors, as a positive amount."""
    return Cents(-_summed_by(conn, journal_line.c.guarantor_id, Account.PATIENT_CREDIT, until))


def _summed_by(conn: Connection, who: ColumnElement[int], account: Account, until: date) -> Cents:
    sums = (
        select(who, func.sum(journal_line.c.cents))
        .select_from(_LINES)
        .where(journal_line.c.account == account, who.is_not(None), posting.c.posted_on <= until)
        .group_by(who)
    )
    return Cents(sum(cents for _, cents in conn.execute(sums)))


def last_signed(conn: Connection) -> date | None:
    """Return the newest day that somebody signed."""
    return conn.execute(select(day_sheet.c.day).order_by(day_sheet.c.day.desc()).limit(1)).scalar()


def signed(conn: Connection, *, limit: int) -> list[SignedDay]:
    """Return the days that were signed, the newest first."""
    wanted = select(day_sheet, user.c.name).join(user, user.c.id == day_sheet.c.signed_by)
    rows = conn.execute(wanted.order_by(day_sheet.c.day.desc()).limit(limit))
    return [SignedDay(row.day, json.loads(row.figures), row.name, row.signed_at, row.words) for row in rows]


def signed_day(conn: Connection, day: date) -> SignedDay | None:
    wanted = select(day_sheet, user.c.name).join(user, user.c.id == day_sheet.c.signed_by)
    row = conn.execute(wanted.where(day_sheet.c.day == day)).first()
    if row is None:
        return None
    return SignedDay(row.day, json.loads(row.figures), row.name, row.signed_at, row.words)


def sign(conn: Connection, day: date, figures: dict[str, int], by: Id, at: datetime, words: str) -> None:
    """Keep the figures of a day under a name; signing it again replaces them."""
    text = json.dumps(figures, sort_keys=True)
    row = {"day": day, "figures": text, "signed_by": by, "signed_at": at, "words": words}
    conn.execute(upsert(day_sheet, row, ["day"]))
