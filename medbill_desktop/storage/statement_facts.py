"""What statement selection needs to know of every guarantor, in a handful of queries (BILLING S1, S3, S5, R11)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from medbill_desktop.domain.checks import show_phone, show_zip
from medbill_desktop.domain.dunning import Sent, Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.statement_content import PracticeBlock
from medbill_desktop.domain.statement_reasons import Hold
from medbill_desktop.domain.statements import Address, Flags, GuarantorFacts, OpenCharge, PatientFacts
from medbill_desktop.storage import accounts, estates, merged, privacy, restrictions, statement_life
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.payments import visits_awaited
from medbill_desktop.storage.tables import (
    contact,
    guarantor,
    journal_line,
    patient,
    practice,
    statement,
    statement_line,
)

_FLAGS: Final = ("bad_address_on", "no_mail_on", "deceased_on", "bankrupt_on", "dispute_on", "collection_on")
MOST_IN_LIST: Final = 500  # above it a query reads all and picks


def facts(
    conn: Connection, today: date, guarantor_ids: Sequence[int] | None = None, *, but_run: int | None = None
) -> list[GuarantorFacts]:
    """Return what selection must know of each guarantor with something open or a credit, by id.

    `but_run` leaves the statements of one run out of what was sent, so that they can be judged again.
    """
    charges: dict[int, list[OpenCharge]] = defaultdict(list)
    items = accounts.open_items(conn, guarantor_ids)
    payers, held = _payers(conn, items), _held(conn, items)
    for item in items:
        open_charge = _open_charge(item, payers.get(item.charge_id, ""), held.get(item.charge_id))
        charges[item.guarantor_id].append(open_charge)
    credits = accounts.credits(conn, guarantor_ids)
    wanted = sorted(charges.keys() | credits.keys())
    joined = {each: root for each, root in merged.joined_guarantors(conn).items() if root in set(wanted)}
    marks = _earmarks(conn, wanted, joined)
    sent = _sent(conn, wanted, but_run, joined)
    people = _people(conn, wanted, today, charges, joined)
    flags = _flags(conn, wanted, joined)
    whole, single = statement_life.kept_now(conn, today, joined)
    returned, wishes = statement_life.came_back(conn, joined), statement_life.wishes(conn, joined)
    settled = estates.in_force(conn, today, joined)
    found = [
        _guarantor(row, people, charges, credits, marks, sent, flags.get(row.id, ()))
        for row in conn.execute(select(guarantor).where(_among(guarantor.c.id, wanted)).order_by(guarantor.c.id))
        if row.id in charges or row.id in credits
    ]
    return [
        replace(
            each,
            kept=whole.get(each.guarantor_id),
            came_back=tuple(returned.get(each.guarantor_id, ())),
            wish=wishes.get(each.guarantor_id, each.wish),
            estate=settled.get(each.guarantor_id),
            charges=_by_hand(each.charges, single) if single else each.charges,
        )
        for each in found
    ]


def _by_hand(charges: Sequence[OpenCharge], single: AbstractSet[Id]) -> tuple[OpenCharge, ...]:
    """Put the holds of single charges where nothing weightier holds them."""
    return tuple(
        replace(each, hold=Hold.BY_HAND) if each.charge_id in single and each.hold is None else each for each in charges
    )


def _guarantor(
    row: Any,
    people: Mapping[int, Sequence[PatientFacts]],
    charges: Mapping[int, Sequence[OpenCharge]],
    credits: Mapping[Id, Cents],
    marks: Mapping[int, Sequence[tuple[Id, Cents]]],
    sent: Mapping[int, Sequence[Sent]],
    joined: Sequence[Any],
) -> GuarantorFacts:
    """`joined` are the rows of the guarantors who were joined to this one: a flag of either holds."""
    earmarked = marks.get(row.id, ())
    free = credits.get(row.id, ZERO) - sum(cents for _, cents in earmarked)
    return GuarantorFacts(
        guarantor_id=row.id,
        first=row.first,
        last=row.last,
        mailing_name=row.mailing_name,
        address=Address(row.street, row.street2, row.city, row.state, row.zip),
        flags=Flags(*(_first_day(name, row, *joined) for name in _FLAGS)),
        patients=tuple(people.get(row.id, ())),
        charges=tuple(charges.get(row.id, ())),
        credit_cents=Cents(max(0, free)),
        earmarks=tuple(earmarked),
        sent=tuple(sent.get(row.id, ())),
    )


def _payers(conn: Connection, items: Sequence[accounts.OpenItem]) -> dict[Id, str]:
    """Return which plan still has a charge, for the guarantors who owe nothing themselves: it is their reason."""
    owing = {item.guarantor_id for item in items if item.owes_cents}
    waiting = [item.charge_id for item in items if item.pending_cents and item.guarantor_id not in owing]
    return {
        each.charge_id: each.payer_name for few in chunks(waiting) for each in reversed(accounts.plans_owing(conn, few))
    }


def _held(conn: Connection, items: Sequence[accounts.OpenItem]) -> dict[Id, Hold]:
    """Return what keeps a charge off the statement until a person has looked at it (BILLING S5, R9, R10)."""
    above = privacy.above_estimate(conn)
    found = {item.charge_id: Hold.ABOVE_ESTIMATE for item in items if item.visit_id in above}
    for each in restrictions.under_review(conn, [item.charge_id for item in items]):
        found[each] = Hold.RESTRICTED
    return found


def _open_charge(item: accounts.OpenItem, payer: str, hold: Hold | None) -> OpenCharge:
    return OpenCharge(
        item.charge_id, item.patient_id, item.visit_id, item.service_date, item.generic_words, item.charged_cents,
        item.insurance_paid_cents, item.adjusted_cents, item.patient_paid_cents, item.owes_cents, item.pending_cents,
        item.since or item.service_date, hold=hold, payer=payer, last_day=item.last_day,
    )  # fmt: skip


def _people(
    conn: Connection, wanted: Sequence[int], today: date, charges: Mapping[int, Sequence[OpenCharge]],
    joined: Mapping[int, Id],
) -> dict[int, list[PatientFacts]]:  # fmt: skip
    """Return the patients on each guarantor's account, those as well who have another guarantor by now.

    What one of the records of a patient says about mail holds for that patient, the stricter first (BILLING R11).
    """
    c = contact.c
    in_force = and_(c.first_day <= today, or_(c.last_day.is_(None), c.last_day >= today))
    apart: dict[int, Any] = {}
    no_mail = set()
    said = conn.execute(select(contact).where(in_force, c.kind != "person").order_by(c.first_day, c.id)).all()
    survivors = merged.survivor_of(conn, {row.patient_id for row in said})
    for row in said:
        whose = survivors.get(row.patient_id, row.patient_id)
        if row.kind == "confidential":
            apart[whose] = _stricter(apart.get(whose), row)
        elif row.permission.strip().casefold() == "mail" and not row.allowed:
            no_mail.add(whose)
    p = patient.c
    columns = (p.id, p.account, p.first, p.last, p.mailing_name, p.deceased_on, p.guarantor_id, p.relationship)
    out: dict[int, list[PatientFacts]] = defaultdict(list)
    owing: dict[int, set[int]] = defaultdict(set)
    for guarantor_id, many in charges.items():
        for one in many:
            owing[one.patient_id].add(guarantor_id)
    mine = _among(p.guarantor_id, [*wanted, *joined])
    rows = list(conn.execute(select(*columns).where(mine, p.merged_into.is_(None)).order_by(p.id)))
    known = {row.id for row in rows}
    moved = sorted(owing.keys() - known)
    if moved:
        rows += conn.execute(select(*columns).where(_among(p.id, moved)).order_by(p.id))
    for row in rows:
        payer = joined.get(row.guarantor_id, row.guarantor_id)
        for guarantor_id in {payer, *owing.get(row.id, ())}:
            own = row.relationship == "self" and payer == guarantor_id
            out[guarantor_id].append(_patient(row, apart.get(row.id), row.id in no_mail, own))
    return out


def _stricter(held: Any, row: Any) -> Any:
    """Return which of two confidential records wins: one that says send nothing, else the later one."""
    of_another = held is not None and held.patient_id != row.patient_id
    return held if of_another and not (held.allowed and held.street.strip()) else row


def _flags(conn: Connection, wanted: Sequence[int], joined: Mapping[int, Id]) -> dict[int, list[Any]]:
    """Return the rows of joined guarantors, by the one they were joined to."""
    found: dict[int, list[Any]] = defaultdict(list)
    for part in chunks(joined):
        for row in conn.execute(select(guarantor).where(guarantor.c.id.in_(part))):
            found[joined[row.id]].append(row)
    return found


def _first_day(name: str, *rows: Any) -> date | None:
    return min((day for row in rows if (day := getattr(row, name)) is not None), default=None)


def _patient(row: Any, other: Any, no_mail: bool, own: bool) -> PatientFacts:
    """Make the facts of one patient; `other` is the confidential record in force, if there is one."""
    here = other is not None and other.allowed and bool(other.street.strip())
    return PatientFacts(
        patient_id=row.id,
        account=row.account,
        first=row.first,
        last=row.last,
        mailing_name=row.mailing_name,
        is_guarantor=own,
        deceased_on=row.deceased_on,
        confidential_name=other.name if here else "",
        confidential=Address(other.street, other.street2, other.city, other.state, other.zip) if here else None,
        # A confidential record without an address says: send nothing at all.
        no_mail=no_mail or (other is not None and not here),
    )


def _earmarks(conn: Connection, wanted: Sequence[int], joined: Mapping[int, Id]) -> dict[int, list[tuple[Id, Cents]]]:
    lines = journal_line.c
    held = func.sum(lines.cents)
    kept = conn.execute(
        select(lines.guarantor_id, lines.visit_id, held)
        .where(
            lines.account == Account.PATIENT_CREDIT,
            lines.visit_id.is_not(None),
            _among(lines.guarantor_id, [*wanted, *joined]),
        )
        .group_by(lines.guarantor_id, lines.visit_id)
        .having(held < 0)
    ).all()
    awaited = visits_awaited(conn, [visit_id for _, visit_id, _ in kept])
    out: dict[int, list[tuple[Id, Cents]]] = defaultdict(list)
    for guarantor_id, visit_id, cents in kept:
        if visit_id in awaited:
            out[joined.get(guarantor_id, guarantor_id)].append((Id(visit_id), Cents(-cents)))
    return out


def _sent(
    conn: Connection, wanted: Sequence[int], but_run: int | None, joined: Mapping[int, Id]
) -> dict[int, list[Sent]]:
    """Return the last statement mailed to each mailbox, and those made that are not mailed yet."""
    c = statement.c
    live = [c.withdrawn_on.is_(None), _among(c.guarantor_id, [*wanted, *joined])]
    if but_run is not None:
        live.append(c.run_id != but_run)
    rows: dict[tuple[int, int | None], Any] = {}
    columns = (c.id, c.guarantor_id, c.patient_id, c.step, c.statement_date, c.mailed_on, c.returned_on)
    waiting, survivors = [], merged.survivor_of(conn, _apart(conn))
    for row in conn.execute(select(*columns).where(*live).order_by(c.mailed_on, c.id)):
        if row.mailed_on is None:
            waiting.append(row)
        elif row.returned_on is None:  # what came back was never read
            payer = joined.get(row.guarantor_id, row.guarantor_id)
            rows[payer, survivors.get(row.patient_id, row.patient_id)] = row
    kept = [*rows.values(), *waiting]
    charges: dict[int, list[Id]] = defaultdict(list)
    lines = statement_line.c
    for statement_id, charge_id in conn.execute(
        select(lines.statement_id, lines.charge_id).where(_among(lines.statement_id, [each.id for each in kept]))
    ):
        charges[statement_id].append(charge_id)
    out: dict[int, list[Sent]] = defaultdict(list)
    for row in kept:
        made = Sent(
            survivors.get(row.patient_id, row.patient_id), Step(row.step), row.statement_date, row.mailed_on,
            frozenset(charges[row.id]), row.id, row.returned_on,
        )  # fmt: skip
        out[joined.get(row.guarantor_id, row.guarantor_id)].append(made)
    return out


def _apart(conn: Connection) -> list[Id]:
    """Return the patients who ever got a statement of their own."""
    c = statement.c
    return [
        Id(each) for each in conn.execute(select(c.patient_id).where(c.patient_id.is_not(None)).distinct()).scalars()
    ]


def _among(column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """Pick by id where there are few; where there are many, all are read and picked afterwards."""
    return column.in_(ids) if len(ids) <= MOST_IN_LIST else column.is_not(None)


def practice_block(conn: Connection) -> PracticeBlock:
    """Return the sender: name, return address and phone (BILLING S2)."""
    row = conn.execute(select(practice)).one()
    lines = (row.street, row.street2, city_line(Address("", "", row.city, row.state, row.zip)))
    return PracticeBlock(row.name, tuple(line for line in lines if line.strip()), show_phone(row.phone))


def city_line(address: Address) -> str:
    """Return `Rockport, ME 04856-1234`, or nothing where a part is missing."""
    if not (address.city.strip() and address.state.strip() and address.zip.strip()):
        return ""
    return f"{address.city.strip()}, {address.state.strip()} {show_zip(address.zip.strip())}"
