"""Accounts at a collection agency, who might go there (BILLING S14)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, select, update

from medbill_desktop.domain.checks import show_zip
from medbill_desktop.domain.collections import Candidate, CaseState, Debt, is_child
from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Kind
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.refunds import RefundState
from medbill_desktop.storage import accounts, mailing, merged, plans, restrictions
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import (
    collection_case,
    collection_charge,
    contact,
    guarantor,
    journal_line,
    patient,
    payment,
    posting,
    refund,
    statement,
    user,
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    id: Id
    number: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    cents: Cents
    state: CaseState
    special: bool
    on_purpose: int  # services that a person let go though a patient keeps them from plans or from an address
    reviewed_by: Id
    reviewed_by_name: str
    reviewed_on: date
    approved_by_name: str
    sent_at: datetime | None
    recalled_on: date | None
    words: str = field(repr=False)
    reported_until: datetime | None


@dataclass(frozen=True, slots=True)
class FileLine:
    """What the agency hears of one account, and nothing more: no service, no code, no birth date."""

    number: str
    name: str = field(repr=False)
    street: str = field(repr=False)
    street2: str = field(repr=False)
    city: str = field(repr=False)
    state: str
    zip: str
    phone: str = field(repr=False)
    cents: Cents
    service_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PaidSince:
    """A payment that the agency must hear of."""

    case_id: Id
    case_number: str
    received_on: date
    cents: Cents
    taken_back: bool


def candidates(conn: Connection, today: date, guarantor_ids: Sequence[int] | None = None) -> list[Candidate]:
    """Return the accounts to which a final notice was mailed, with all that decides (BILLING S14)."""
    joined = merged.joined_guarantors(conn)
    mailed = _final_notices(conn, joined)
    asked = None if guarantor_ids is None else merged.payers_of_bills(conn, guarantor_ids)
    wanted: list[int] = [*mailed] if asked is None else [*asked]
    debts: dict[int, list[Debt]] = defaultdict(list)
    items = [each for each in accounts.open_items(conn, wanted) if each.owes_cents > 0]
    for guarantor_id, debt in _debts(conn, items, joined, today):
        debts[guarantor_id].append(debt)
    current, held = plans.next_due(conn, today), _flags(conn, wanted, joined)
    return [
        Candidate(
            Id(each), tuple(debts.get(each, ())), mailed.get(each), "bankrupt_on" in flags, "deceased_on" in flags,
            "dispute_on" in flags, "bad_address_on" in flags, each in current,
            "collection_on" in flags or is_live(conn, each),
        )
        for each, flags in sorted(held.items())
    ]  # fmt: skip


def _flags(conn: Connection, wanted: Sequence[int], joined: dict[int, Id]) -> dict[int, set[str]]:
    """Return the flags that stand on any record of each guarantor who is there."""
    found: dict[int, set[str]] = {}
    roots = set(wanted)
    for part in chunks({*wanted, *(each for each, root in joined.items() if root in roots)}):
        for row in conn.execute(select(guarantor).where(guarantor.c.id.in_(part))).mappings():
            flags = {name for name in _FLAGS if row[name] is not None}
            found.setdefault(joined.get(row["id"], row["id"]), set()).update(flags)
    return found


def held(conn: Connection, guarantor_ids: Sequence[int]) -> set[Id]:
    """Return those whose balance is not the office's alone to give up: flagged, or on the way to an agency."""
    flagged = _flags(conn, guarantor_ids, merged.joined_guarantors(conn))
    c = collection_case.c
    live = c.state.in_((CaseState.REVIEWED, CaseState.APPROVED, CaseState.SENT))
    cases = merged.payers_of_bills(conn, conn.execute(select(c.guarantor_id).where(live)).scalars())
    return {Id(each) for each, flags in flagged.items() if flags - {"bad_address_on"}} | set(cases)


def names(conn: Connection, guarantor_ids: Sequence[int]) -> dict[Id, str]:
    g = guarantor.c
    return {
        Id(row.id): f"{row.last}, {row.first}".rstrip(", ")
        for part in chunks(guarantor_ids)
        for row in conn.execute(select(g.id, g.last, g.first).where(g.id.in_(part)))
    }


_FLAGS: Final = ("bankrupt_on", "deceased_on", "dispute_on", "bad_address_on", "collection_on")


def _final_notices(conn: Connection, joined: dict[int, Id]) -> dict[int, date]:
    """Return when the final notice was mailed to whom; one that was followed by another step counts no more."""
    s = statement.c
    live = (s.withdrawn_on.is_(None), s.mailed_on.is_not(None), s.patient_id.is_(None))
    rows = conn.execute(select(s.guarantor_id, s.step, s.mailed_on).where(*live).order_by(s.mailed_on, s.id))
    last = {joined.get(row.guarantor_id, row.guarantor_id): row for row in rows}
    return {each: row.mailed_on for each, row in last.items() if row.step in (Step.FINAL, Step.REVIEW)}


def _debts(
    conn: Connection, items: Sequence[accounts.OpenItem], joined: dict[int, Id], today: date
) -> Iterator[tuple[Id, Debt]]:
    """Yield what is owed on each charge, by guarantor, with what keeps it here."""
    people = _people(conn, [each.patient_id for each in items], today)
    kept = {row.charge_id for row in restrictions.live_of_charges(conn, [each.charge_id for each in items])}
    for each in items:
        who = people[each.patient_id]
        own = who.is_payer and joined.get(who.guarantor_id, who.guarantor_id) == each.guarantor_id
        yield each.guarantor_id, Debt(
            each.charge_id, each.service_date, each.owes_cents, child=who.child, apart=who.elsewhere and not own,
            confidential=who.elsewhere and own, restricted=each.charge_id in kept,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Person:
    """A patient as far as it decides what an agency hears; `elsewhere` wants mail at another address, or none."""

    guarantor_id: int
    is_payer: bool
    child: bool
    elsewhere: bool


def _people(conn: Connection, patient_ids: Sequence[int], today: date) -> dict[int, _Person]:
    c, p = contact.c, patient.c
    no_mail = (func.lower(func.trim(c.permission)) == "mail") & c.allowed.is_(False) & (c.kind == "permission")
    elsewhere = exists().where(
        merged.is_one_of(c.patient_id, p.id), (c.kind == "confidential") | no_mail, c.first_day <= today,
        c.last_day.is_(None) | (c.last_day >= today),
    )  # fmt: skip
    columns = (p.id, p.guarantor_id, p.relationship, p.birth_date, elsewhere.label("elsewhere"))
    return {
        row.id: _Person(
            row.guarantor_id, row.relationship == "self", is_child(row.birth_date, today), bool(row.elsewhere)
        )
        for part in chunks(set(patient_ids))
        for row in conn.execute(select(*columns).where(p.id.in_(part)))
    }


def is_live(conn: Connection, guarantor_id: int) -> bool:
    """Tell whether an account is on its way to the agency, or there."""
    c, same = collection_case.c, merged.guarantors(conn, guarantor_id)
    live = c.state.in_((CaseState.REVIEWED, CaseState.APPROVED, CaseState.SENT))
    return conn.execute(select(c.id).where(c.guarantor_id.in_(same), live)).first() is not None


def _rows() -> Select[Any]:
    c, reviewer, approver = collection_case.c, user.alias("reviewer"), user.alias("approver")
    own = collection_charge.c
    on_purpose = select(func.count()).where(own.case_id == c.id, own.on_purpose).correlate(collection_case)
    return (
        select(collection_case, on_purpose.scalar_subquery().label("on_purpose"), guarantor.c.last, guarantor.c.first,
               reviewer.c.name.label("reviewer_name"), approver.c.name.label("approver_name"))
        .join(guarantor, guarantor.c.id == c.guarantor_id)
        .join(reviewer, reviewer.c.id == c.reviewed_by)
        .join(approver, approver.c.id == c.approved_by, isouter=True)
    )  # fmt: skip


def _row(row: Any) -> CaseRow:
    return CaseRow(
        Id(row.id), row.number, Id(row.guarantor_id), f"{row.last}, {row.first}".rstrip(", "), Cents(row.cents),
        CaseState(row.state), row.special, row.on_purpose, Id(row.reviewed_by), row.reviewer_name, row.reviewed_on,
        row.approver_name or "", row.sent_at, row.recalled_on, row.words, row.reported_until,
    )  # fmt: skip


def get(conn: Connection, case_id: int) -> CaseRow:
    """Return a case; raises Refused where there is none."""
    row = conn.execute(_rows().where(collection_case.c.id == case_id)).first()
    if row is None:
        raise Refused("This case is not there.")
    return _row(row)


def listed(conn: Connection, limit: int = 1_000) -> list[CaseRow]:
    wanted = _rows().order_by(collection_case.c.recalled_on.is_not(None), collection_case.c.id.desc()).limit(limit)
    return [_row(row) for row in conn.execute(wanted)]


def in_state(conn: Connection, state: CaseState) -> list[CaseRow]:
    return [_row(row) for row in conn.execute(_rows().where(collection_case.c.state == state))]


def handed_over(conn: Connection, guarantor_id: int) -> set[Id]:
    """Return the charges of a guarantor that an agency was ever given."""
    c, own = collection_case.c, collection_charge.c
    wanted = (
        select(own.charge_id)
        .join(collection_case, c.id == own.case_id)
        .where(c.guarantor_id.in_(merged.guarantors(conn, guarantor_id)), c.sent_at.is_not(None))
    )
    return {Id(each) for each in conn.execute(wanted).scalars()}


def add(conn: Connection, values: dict[str, Any], debts: Sequence[Debt]) -> None:
    conn.execute(insert(collection_case).values(words="", **values))
    rows = [
        {"case_id": values["id"], "charge_id": each.charge_id, "cents": each.cents, "on_purpose": each.on_purpose}
        for each in debts
    ]
    insert_many(conn, collection_charge, rows)


def told_of(conn: Connection, cases: Sequence[CaseRow], today: date) -> dict[Id, Candidate]:
    """Return by case what of its charges an agency may hear today, with what was let go on purpose."""
    joined, own = merged.joined_guarantors(conn), collection_charge.c
    now = {each.guarantor_id: each for each in candidates(conn, today, [each.guarantor_id for each in cases])}
    handed: dict[int, dict[Id, bool]] = defaultdict(dict)
    for part in chunks({each.id for each in cases}):
        wanted = select(own.case_id, own.charge_id, own.on_purpose).where(own.case_id.in_(part))
        for row in conn.execute(wanted):
            handed[row.case_id][Id(row.charge_id)] = row.on_purpose
    found = {}
    for case in cases:
        account = now[joined.get(case.guarantor_id, case.guarantor_id)]
        debts = tuple(each for each in account.debts if each.charge_id in handed[case.id])
        chosen = {each for each, on_purpose in handed[case.id].items() if on_purpose}
        found[case.id] = replace(account, debts=debts).letting(chosen)
    return found


def change(conn: Connection, case_id: int, **values: Any) -> None:
    conn.execute(update(collection_case).where(collection_case.c.id == case_id).values(**values))


def flag(conn: Connection, guarantor_id: int, on: date | None) -> None:
    """Mark a guarantor as in collection from a day on, or no more."""
    conn.execute(update(guarantor).where(guarantor.c.id == guarantor_id).values(collection_on=on))


def file_lines(conn: Connection, case_ids: Sequence[int], today: date) -> list[FileLine]:
    """Return what goes into the agency's file: name, address, what is owed today, dates of service.

    A guarantor who asked for another address or phone is written to and called there alone (BILLING R11).
    """
    out = []
    cases = [get(conn, each) for each in case_ids]
    told = told_of(conn, cases, today)
    for case in cases:
        payer = merged.payer_of_bills(conn, case.guarantor_id)
        # A patient may have asked since: then it stays here from now on, though the case stands.
        going = told[case.id].going
        days = tuple(sorted({each.service_date for each in going}))
        at = mailing.place_of(conn, payer, today)
        parts = (at.name, at.care_of) if at.to_estate else (names(conn, [payer])[payer],)
        name = ", ".join(each for each in parts if each)
        owed = Cents(sum(each.cents for each in going))
        out.append(
            FileLine(
                case.number, name, at.street, at.street2, at.city, at.state, show_zip(at.zip), at.phone, owed, days
            )
        )
    return out


def paid_since(conn: Connection, cases: Sequence[CaseRow]) -> list[PaidSince]:
    """Return the payments that came, or went back, since a case was handed over and last reported."""
    out: list[PaidSince] = []
    for case in cases:
        if case.sent_at is None:
            continue
        told = max(case.reported_until or case.sent_at, case.sent_at)
        came, gone = _came(conn, case, told), _gone(conn, case, case.sent_at, told)
        # What came and went between two reports was never heard of.
        out += (each for each in (*came, *gone) if each.cents)
    return out


def _of_patients(conn: Connection, case: CaseRow) -> tuple[ColumnElement[bool], ...]:
    p = payment.c
    return p.guarantor_id.in_(merged.guarantors(conn, case.guarantor_id)), p.from_agency.is_(False)


def _came(conn: Connection, case: CaseRow, told: datetime) -> Iterator[PaidSince]:
    p = payment.c
    rows = conn.execute(
        select(p.received_on, p.cents)
        .where(*_of_patients(conn, case), p.taken_at > told, p.voided_at.is_(None), p.returned_on.is_(None))
        .order_by(p.id)
    )
    for row in rows:
        yield PaidSince(case.id, case.number, row.received_on, Cents(row.cents), False)


def _gone(conn: Connection, case: CaseRow, sent: datetime, told: datetime) -> Iterator[PaidSince]:
    """Yield what went back since the agency was told of it: void, returned by the bank, or refunded."""
    p, back = payment.c, posting.alias("back")
    own = (*_of_patients(conn, case), p.taken_at > sent)
    wholly = func.coalesce(p.voided_at, back.c.recorded_at)
    returned = (back.c.source_id == p.id) & (back.c.source_kind == "payment") & (back.c.kind == Kind.RETURN)
    rows = conn.execute(
        select(p.received_on, p.cents)
        .join(back, returned, isouter=True)
        .where(*own, p.taken_at <= told, wholly > told)
        .order_by(p.id)
    )
    for row in rows:
        yield PaidSince(case.id, case.number, row.received_on, Cents(row.cents), True)
    r, given = refund.c, (RefundState.APPROVED, RefundState.PAID)
    parts = conn.execute(
        select(p.received_on, r.cents)
        .join(refund, r.payment_id == p.id)
        .where(*own, p.voided_at.is_(None), p.returned_on.is_(None), r.state.in_(given), r.decided_at > told)
        .order_by(r.id)
    )
    for row in parts:
        yield PaidSince(case.id, case.number, row.received_on, Cents(row.cents), True)


@dataclass(frozen=True, slots=True)
class BadDebt:
    """What of a charge stands written off, with the record of the guarantor that it was owed on."""

    charge_id: Id
    guarantor_id: Id
    cents: Cents


def bad_debts(conn: Connection, guarantor_id: int) -> list[BadDebt]:
    """Return what stands written off as bad debt for a guarantor, the oldest charge first (BILLING J43)."""
    lines = journal_line.c
    wanted = (
        select(lines.charge_id, lines.guarantor_id, func.sum(lines.cents).label("cents"))
        .where(
            lines.guarantor_id.in_(merged.guarantors(conn, guarantor_id)),
            lines.account == Account.ADJUSTMENT,
            lines.reason.in_(("bad_debt", "bad_debt_recovery")),
        )
        .group_by(lines.charge_id, lines.guarantor_id)
        .having(func.sum(lines.cents) > 0)
        .order_by(lines.charge_id)
    )
    return [BadDebt(Id(row.charge_id), Id(row.guarantor_id), Cents(row.cents)) for row in conn.execute(wanted)]
