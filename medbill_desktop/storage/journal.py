"""Postings in, balances out. Balances are always derived (BILLING J1)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select
from sqlalchemy.sql import Select

from medbill_desktop.domain.ids import Id, first_id
from medbill_desktop.domain.journal import BEGIN_A_DEBT, DISCOUNT_REASONS, Account, Cause, Kind, Line, Party, Posting
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import insert_many, unindexed
from medbill_desktop.storage.tables import command, journal_line, posting


def add(
    conn: Connection,
    made: Iterable[tuple[Id, Posting]],
    *,
    user_id: int,
    command_id: int,
    recorded_at: datetime,
    new_id: Callable[[], Id],
) -> None:
    """Write postings with their lines; `command_id` ties together what is undone together."""
    heads, lines = [], []
    for posting_id, each in made:
        heads.append(
            {
                "id": posting_id,
                "posted_on": each.posted_on,
                "recorded_at": recorded_at,
                "kind": str(each.kind),
                "memo": each.memo,
                "user_id": user_id,
                "command_id": command_id,
                "source_kind": each.source_kind,
                "source_id": each.source_id,
                "reverses": each.reverses,
            }
        )
        lines += [{"id": new_id(), "posting_id": posting_id, **_columns(line)} for line in each.lines]
    insert_many(conn, posting, heads)
    insert_many(conn, journal_line, lines)


def get(conn: Connection, posting_id: int) -> Posting:
    """Return a posting with its lines; raises Refused where there is none."""
    found = of_ids(conn, [posting_id])
    if posting_id not in found:
        raise Refused("This entry is not there.")
    return found[Id(posting_id)]


def of_ids(conn: Connection, posting_ids: Sequence[int]) -> dict[Id, Posting]:
    heads = conn.execute(select(posting).where(posting.c.id.in_(posting_ids))).mappings().all()
    lines: dict[int, list[Line]] = {}
    wanted = select(journal_line).where(journal_line.c.posting_id.in_(posting_ids)).order_by(journal_line.c.id)
    for row in conn.execute(wanted).mappings():
        lines.setdefault(row["posting_id"], []).append(line_of(row))
    return {
        Id(head["id"]): Posting(
            Kind(head["kind"]),
            head["posted_on"],
            tuple(lines.get(head["id"], ())),
            head["memo"],
            head["source_kind"],
            head["source_id"],
            head["reverses"],
        )
        for head in heads
    }


def line_of(row: Mapping[Any, Any]) -> Line:
    values = {name: row[name] for name in _LINE_COLUMNS}
    values["account"] = Account(row["account"])
    values["cause"] = None if row["cause"] is None else Cause(row["cause"])
    return Line(**values)


_LINE_COLUMNS = tuple(Line.__dataclass_fields__)


def _columns(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _LINE_COLUMNS}


def live() -> ColumnElement[bool]:
    """Say in SQL that a posting is neither a reversal nor reversed."""
    mirror = posting.alias("mirror")
    return and_(is_original(), ~exists().where(mirror.c.reverses == posting.c.id))


def is_original() -> ColumnElement[bool]:
    """Say in SQL that a posting is no reversal; the index on `reverses` would find nearly all of them."""
    return unindexed(posting.c.reverses).is_(None)


def is_live(conn: Connection, posting_id: int) -> bool:
    return conn.execute(select(posting.c.id).where(posting.c.id == posting_id, live())).first() is not None


def refuse_unless_live(conn: Connection, posting_id: int) -> None:
    """Raise Refused for a reversal or for what has been reversed: once is enough (BILLING J3)."""
    if not is_live(conn, posting_id):
        raise Refused("This entry was taken back already.")


def who_posted(conn: Connection, posting_id: int) -> tuple[Id, datetime]:
    """Return who recorded a posting and when; raises Refused where there is none."""
    row = conn.execute(select(posting.c.user_id, posting.c.recorded_at).where(posting.c.id == posting_id)).first()
    if row is None:
        raise Refused("This entry is not there.")
    return Id(row.user_id), row.recorded_at


def live_by_source(conn: Connection, source_kind: str, source_id: int) -> list[Id]:
    """Return the live postings of one source document, oldest first."""
    found = conn.execute(
        select(posting.c.id)
        .where(posting.c.source_id == source_id, posting.c.source_kind == source_kind, live())
        .order_by(posting.c.id)
    )
    return [Id(row.id) for row in found]


def live_on_charge(conn: Connection, charge_id: int) -> list[Id]:
    """Return the live postings that touch a charge, newest first: the order in which they are taken back."""
    lines = journal_line
    touching = select(lines.c.posting_id).where(lines.c.charge_id == charge_id)
    found = conn.execute(select(posting.c.id).where(posting.c.id.in_(touching), live()).order_by(posting.c.id.desc()))
    return [Id(row.id) for row in found]


@dataclass(frozen=True, slots=True)
class Event:
    """A posting that touched a charge; `undone` where a later one took it back."""

    posting_id: Id
    posting: Posting
    undone: bool


def events_of_charge(conn: Connection, charge_id: int) -> list[Event]:
    """Return everything that was posted on a charge, in the order it happened."""
    lines = journal_line
    ids = conn.execute(select(lines.c.posting_id).where(lines.c.charge_id == charge_id).distinct()).scalars().all()
    found = of_ids(conn, ids)
    taken_back = {each.reverses for each in found.values()}
    return [Event(each, found[each], each in taken_back) for each in sorted(found)]


def live_applications(conn: Connection, payment_id: int) -> list[Id]:
    """Return the live postings that spent a payment, on charges or on credit below zero, newest first."""
    lines = journal_line
    touching = select(lines.c.posting_id).where(lines.c.payment_id == payment_id)
    found = conn.execute(
        select(posting.c.id)
        .where(posting.c.id.in_(touching), posting.c.kind.in_((Kind.APPLY, Kind.NET)), live())
        .order_by(posting.c.id.desc())
    )
    return [Id(row.id) for row in found]


def reinstated_with(conn: Connection, payment_id: int) -> list[Id]:
    """Return the live reinstatements that were posted together with a payment, newest first (BILLING J43)."""
    own = select(posting.c.command_id).where(
        posting.c.source_id == payment_id, posting.c.source_kind == "payment", posting.c.kind == Kind.PAYMENT
    )
    found = conn.execute(
        select(posting.c.id)
        .where(posting.c.command_id.in_(own), posting.c.kind == Kind.REINSTATE, live())
        .order_by(posting.c.id.desc())
    )
    return [Id(row.id) for row in found]


def standing_bad_debt(conn: Connection, charge_id: int, guarantor_id: int | None) -> Cents:
    """Return what of a charge stands written off as bad debt: given up, less what was reinstated."""
    lines = journal_line.c
    total = select(func.coalesce(func.sum(lines.cents), 0)).where(
        lines.charge_id == charge_id,
        lines.account == Account.ADJUSTMENT,
        lines.guarantor_id.is_(None) if guarantor_id is None else lines.guarantor_id == guarantor_id,
        lines.reason.in_(("bad_debt", "bad_debt_recovery")),
    )
    return Cents(conn.execute(total).scalar_one())


@dataclass(frozen=True, slots=True)
class DoneCommand:
    """What is left of the postings of one command."""

    command_id: Id
    recorded_at: datetime
    live_ids: tuple[Id, ...]  # newest first
    took_back: bool  # it holds reversals, so it cannot be undone
    case_name: str


def commands_of(conn: Connection, user_id: int, since: datetime) -> Iterator[DoneCommand]:
    """Yield what a person posted since a moment, newest first."""
    found = conn.execute(
        select(posting.c.command_id)
        .where(posting.c.id >= first_id(since), posting.c.user_id == user_id, posting.c.recorded_at >= since)
        .group_by(posting.c.command_id)
        .order_by(func.max(posting.c.id).desc())
    )
    for command_id in found.scalars().all():
        heads = conn.execute(
            select(posting.c.id, posting.c.reverses, posting.c.recorded_at, live().label("live"))
            .where(posting.c.command_id == command_id)
            .order_by(posting.c.id.desc())
        ).all()
        case_name = conn.execute(select(command.c.case_name).where(command.c.id == command_id)).scalar()
        yield DoneCommand(
            Id(command_id),
            heads[0].recorded_at,
            tuple(Id(head.id) for head in heads if head.live),
            any(head.reverses is not None for head in heads),
            str(case_name or ""),
        )


def owed(conn: Connection, charge_id: int, party: Party) -> Cents:
    """Return what one party owes on one charge; below zero is a credit balance (BILLING J6)."""
    lines = journal_line
    total = select(func.coalesce(func.sum(lines.c.cents), 0)).where(
        lines.c.charge_id == charge_id,
        lines.c.account == Account.RECEIVABLE,
        lines.c.coverage_id.is_(party.coverage_id)
        if party.coverage_id is None
        else lines.c.coverage_id == party.coverage_id,
        lines.c.guarantor_id.is_(None) if party.guarantor_id is None else lines.c.guarantor_id == party.guarantor_id,
    )
    return Cents(conn.execute(total).scalar_one())


def trial_balance(conn: Connection, until: date | None = None) -> dict[Account, Cents]:
    """Return the sum of each account; together they are zero (BILLING J9)."""
    lines = journal_line
    wanted = select(lines.c.account, func.sum(lines.c.cents)).group_by(lines.c.account)
    if until is not None:
        wanted = wanted.join(posting, posting.c.id == lines.c.posting_id).where(posting.c.posted_on <= until)
    return {Account(name): Cents(cents) for name, cents in conn.execute(wanted)}


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What the checks that are always on found (BILLING J9); every list is empty in a sound journal."""

    postings: int
    lines: int
    off_by_cents: int  # the sum of all lines
    unbalanced: tuple[Id, ...]  # postings that do not sum to zero
    without_lines: tuple[Id, ...]
    charges_off: tuple[Id, ...]  # receivable of cause charge is not what revenue says
    transfers_off: tuple[Id, ...]  # charges whose transfers do not sum to zero
    wrong_mirrors: tuple[Id, ...]  # reversals that are not the opposite of what they reverse

    @property
    def is_sound(self) -> bool:
        return not self.off_by_cents and not any(
            (self.unbalanced, self.without_lines, self.charges_off, self.transfers_off, self.wrong_mirrors)
        )


def journal_check(conn: Connection) -> JournalCheck:
    """Sum the journal in every way that must give zero (BILLING J9)."""
    lines = journal_line
    count, off = conn.execute(select(func.count(), func.coalesce(func.sum(lines.c.cents), 0))).one()
    unbalanced = select(lines.c.posting_id).group_by(lines.c.posting_id).having(func.sum(lines.c.cents) != 0)
    bare = select(posting.c.id).where(~exists().where(lines.c.posting_id == posting.c.id))
    charged = (lines.c.account == Account.REVENUE) | (
        (lines.c.account == Account.RECEIVABLE) & (lines.c.cause == Cause.CHARGE)
    )
    moved = (lines.c.account == Account.RECEIVABLE) & (lines.c.cause == Cause.TRANSFER)
    return JournalCheck(
        conn.execute(select(func.count()).select_from(posting)).scalar_one(),
        count,
        off,
        _ids(conn, unbalanced),
        _ids(conn, bare),
        _ids(conn, _charges_off(charged)),
        _ids(conn, _charges_off(moved)),
        _ids(conn, _wrong_mirrors()),
    )


def _charges_off(which: ColumnElement[bool]) -> Select[Any]:
    lines = journal_line
    return (
        select(lines.c.charge_id)
        .where(lines.c.charge_id.is_not(None), which)
        .group_by(lines.c.charge_id)
        .having(func.sum(lines.c.cents) != 0)
    )


def _wrong_mirrors() -> Select[Any]:
    # Together with what it reverses, a mirror cancels on every account, charge and party.
    lines = journal_line
    pair = func.coalesce(posting.c.reverses, posting.c.id)
    reversed_ones = select(posting.c.reverses).where(posting.c.reverses.is_not(None))
    return (
        select(pair)
        .join(lines, lines.c.posting_id == posting.c.id)
        .where(posting.c.reverses.is_not(None) | posting.c.id.in_(reversed_ones))
        .group_by(pair, lines.c.account, lines.c.charge_id, lines.c.coverage_id, lines.c.guarantor_id,
                  lines.c.payment_id, lines.c.cause)
        .having(func.sum(lines.c.cents) != 0)
        .distinct()
    )  # fmt: skip


def _ids(conn: Connection, wanted: Select[Any]) -> tuple[Id, ...]:
    return tuple(Id(each) for each in conn.execute(wanted).scalars())


def written_off(conn: Connection, user_id: int, *, charge_id: int | None, patient_id: int, day: date) -> Cents:
    """Return what a person wrote off and has not taken back: on one charge ever, or for a patient on a day."""
    where = posting.c.posted_on == day if charge_id is None else journal_line.c.charge_id == charge_id
    by_hand = (posting.c.kind == Kind.ADJUSTMENT, posting.c.user_id == user_id)
    return _adjusted(conn, journal_line.c.patient_id.in_(merged.patients(conn, patient_id)), *by_hand, where)


def discounted(conn: Connection, charge_id: int) -> Cents:
    """Return the discounts on a charge that stand, whoever gave them."""
    return _adjusted(conn, journal_line.c.charge_id == charge_id, journal_line.c.reason.in_(DISCOUNT_REASONS))


def _adjusted(conn: Connection, *where: ColumnElement[bool]) -> Cents:
    """Return the sum of the adjustments that stand."""
    lines = journal_line
    wanted = (
        select(func.coalesce(func.sum(lines.c.cents), 0))
        .join(posting, posting.c.id == lines.c.posting_id)
        .where(lines.c.account == Account.ADJUSTMENT, live(), *where)
    )
    return Cents(conn.execute(wanted).scalar_one())


def owed_since(conn: Connection, charge_ids: Select[Any] | list[int], until: date | None = None) -> dict[Id, date]:
    """Return the day on which the guarantor came to owe each charge (BILLING S7)."""
    lines, mirror = journal_line, posting.alias("mirror")
    undone = exists().where(mirror.c.reverses == posting.c.id)
    wanted = (
        select(lines.c.charge_id, func.min(posting.c.posted_on))
        .join(posting, posting.c.id == lines.c.posting_id)
        .where(
            lines.c.charge_id.in_(charge_ids),
            lines.c.account == Account.RECEIVABLE,
            lines.c.guarantor_id.is_not(None),
            lines.c.cents > 0,
            lines.c.cause.in_(BEGIN_A_DEBT),
            is_original(),
            ~(undone if until is None else undone.where(mirror.c.posted_on <= until)),
        )
        .group_by(lines.c.charge_id)
    )
    if until is not None:
        wanted = wanted.where(posting.c.posted_on <= until)
    return {Id(charge_id): day for charge_id, day in conn.execute(wanted)}
