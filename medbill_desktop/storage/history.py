"""Imports of ledger history: what the practice has to join them to, their rows, and what depends on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, func, insert, or_, select, update

from medbill_desktop.domain.history import Followed
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Party
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage import journal, merged
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import (
    charge,
    collection_case,
    collection_charge,
    coverage,
    deposit,
    journal_line,
    ledger_import,
    ledger_import_row,
    patient,
    payment,
    place,
    posting,
    provider,
    refund,
    statement,
    statement_line,
    user,
    visit,
)

_CHUNK: Final = 400


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """A visit that charges may be joined to."""

    id: Id
    patient_id: Id
    service_date: date
    provider_id: Id
    place_id: Id


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """A policy by which a plan may have paid."""

    id: Id
    payer_id: Id
    rank: int
    first_day: date
    last_day: date | None

    def days_off(self, day: date) -> int:
        """Return how many days lie between a day and the policy, 0 where it was in force."""
        if day < self.first_day:
            return (self.first_day - day).days
        return max((day - self.last_day).days, 0) if self.last_day is not None else 0


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """A file that was imported; `undone_at` where it was taken back."""

    id: Id
    kind: str
    source: str = field(repr=False)
    row_count: int
    charges: int
    zero_charges: int
    charged_cents: Cents
    paid_cents: Cents
    adjusted_cents: Cents
    first_day: date
    last_day: date
    command_id: Id
    made_by: str
    made_at: datetime
    undone_at: datetime | None


def visits(conn: Connection) -> Iterator[tuple[str | None, HeldVisit]]:
    """Yield (name in the source, visit) of every visit, each with the record that stands for its patient now."""
    v = visit.c
    wanted = select(
        v.source_ref, v.id, merged.stands_for(patient), v.service_date, v.provider_id, v.place_id
    ).join(patient, patient.c.id == v.patient_id)  # fmt: skip
    for ref, *rest in conn.execute(wanted.order_by(v.id)):
        yield ref, HeldVisit(*rest)


def policies(conn: Connection) -> dict[Id, list[HeldPolicy]]:
    """Return every policy by patient."""
    c, found = coverage.c, dict[Id, list[HeldPolicy]]()
    wanted = select(merged.stands_for(patient), c.id, c.payer_id, c.rank, c.first_day, c.last_day)
    for patient_id, *rest in conn.execute(wanted.join(patient, patient.c.id == c.patient_id)):
        found.setdefault(Id(patient_id), []).append(HeldPolicy(*rest))
    return found


def guarantors(conn: Connection) -> dict[Id, Id]:
    """Return who pays for each patient now."""
    return {Id(row[0]): Id(row[1]) for row in conn.execute(select(patient.c.id, patient.c.guarantor_id))}


def known(conn: Connection) -> set[str]:
    """Return the names of the rows that stand imported."""
    c = ledger_import_row.c
    return set(conn.execute(select(c.source_ref).where(c.live)).scalars())


def charge_named(conn: Connection, source_ref: str) -> Followed | None:
    """Return a charge that an earlier file brought, as it stands now."""
    return _followed(conn, ledger_import_row.c.source_ref == source_ref)


def last_charge_of(conn: Connection, claim_ref: str) -> Followed | None:
    """Return the charge that an earlier file brought last for a claim."""
    return _followed(conn, ledger_import_row.c.claim_ref == claim_ref)


def _followed(conn: Connection, where: Any) -> Followed | None:
    c, r = charge.c, ledger_import_row.c
    row = conn.execute(
        select(c.id, c.patient_id, c.provider_id, c.visit_id, c.service_date, c.guarantor_id, c.coverage_id)
        .join(ledger_import_row, r.charge_id == c.id)
        .where(where, r.live, r.kind == "charge", c.voided_at.is_(None))
        .order_by(r.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    owed: dict[Party, Cents] = {}
    lines = journal_line.c
    sums = select(lines.coverage_id, lines.guarantor_id, func.sum(lines.cents)).where(
        lines.charge_id == row.id, lines.account == Account.RECEIVABLE
    )
    for coverage_id, guarantor_id, cents in conn.execute(sums.group_by(lines.coverage_id, lines.guarantor_id)):
        owed[Party(coverage_id, guarantor_id)] = Cents(cents)
    guarantor = Party(guarantor_id=Id(row.guarantor_id))
    plan = None if row.coverage_id is None else Party(coverage_id=Id(row.coverage_id))
    owing = [party for party, cents in owed.items() if cents > 0]
    holder = owing[0] if len(owing) == 1 else plan or guarantor
    return Followed(
        Id(row.patient_id), Id(row.provider_id), Id(row.visit_id), row.service_date, row.service_date, guarantor,
        holder, plan, owed, id=Id(row.id),
    )  # fmt: skip


def lines_used(conn: Connection, visit_ids: Sequence[Id]) -> dict[Id, int]:
    """Return the highest line number of each visit that has charges."""
    found: dict[Id, int] = {}
    for start in range(0, len(visit_ids), _CHUNK):
        some = charge.c.visit_id.in_(visit_ids[start : start + _CHUNK])
        for row in conn.execute(select(charge.c.visit_id, func.max(charge.c.line_no)).where(some).group_by("visit_id")):
            found[Id(row[0])] = row[1]
    return found


def first_active(conn: Connection) -> tuple[Id | None, Id | None]:
    """Return the provider and the place that stand first in the practice's lists."""
    doctor = select(provider.c.id).where(provider.c.active).order_by(provider.c.id).limit(1)
    where = select(place.c.id).where(place.c.active).order_by(place.c.id).limit(1)
    return conn.execute(doctor).scalar(), conn.execute(where).scalar()


def add(conn: Connection, values: dict[str, Any]) -> None:
    conn.execute(insert(ledger_import).values(values))


def add_rows(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert_many(conn, ledger_import_row, rows)


def add_deposits(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert_many(conn, deposit, rows)


def add_charges(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write charges that the other system entered; their visits are charged with that."""
    insert_many(conn, charge, rows)
    wanted = list({row["visit_id"] for row in rows})
    for start in range(0, len(wanted), _CHUNK):
        some = visit.c.id.in_(wanted[start : start + _CHUNK])
        conn.execute(update(visit).where(some, visit.c.status == "open").values(status="charged"))


def get(conn: Connection, import_id: int) -> ImportFacts:
    """Return an import; raises Refused where there is none."""
    found = _read(conn, ledger_import.c.id == import_id)
    if not found:
        raise Refused("This import is not there.")
    return found[0]


def imports(conn: Connection, *, limit: int) -> list[ImportFacts]:
    """Return the imports, the newest first."""
    return _read(conn)[:limit]


def _read(conn: Connection, *where: Any) -> list[ImportFacts]:
    i = ledger_import.c
    names = [each for each in ImportFacts.__dataclass_fields__ if each != "made_by"]
    wanted = select(*(i[name] for name in names), user.c.name.label("made_by")).join(user, user.c.id == i.made_by)
    return [ImportFacts(**row) for row in conn.execute(wanted.where(*where).order_by(i.id.desc())).mappings()]


def came_again(conn: Connection, sha256: str) -> bool:
    """Tell whether this very file stands imported."""
    i = ledger_import.c
    return conn.execute(select(i.id).where(i.sha256 == sha256, i.undone_at.is_(None))).first() is not None


def dependents(conn: Connection, made: ImportFacts) -> tuple[int, int, int]:
    """Return (postings, statements, refunds and collections) that stand on charges or payments of an import since."""
    lines = journal_line.c
    charges, payments = _ids(made.id, "charge_id"), _ids(made.id, "payment_id")
    later = (
        select(func.count(func.distinct(posting.c.id)))
        .join(journal_line, lines.posting_id == posting.c.id)
        .where(
            posting.c.command_id != made.command_id,
            or_(lines.charge_id.in_(charges), lines.payment_id.in_(payments)),
            journal.live(),
        )
    )
    printed = (
        select(func.count(func.distinct(statement.c.id)))
        .join(statement_line, statement_line.c.statement_id == statement.c.id)
        .where(statement_line.c.charge_id.in_(charges), statement.c.withdrawn_on.is_(None))
    )
    asked = select(func.count(refund.c.id)).where(
        refund.c.payment_id.in_(payments), or_(refund.c.state == "asked", refund.c.state == "approved")
    )
    state = collection_case.c.state
    handed = (
        select(func.count(func.distinct(collection_case.c.id)))
        .join(collection_charge, collection_charge.c.case_id == collection_case.c.id)
        .where(
            collection_charge.c.charge_id.in_(charges), or_(state == "reviewed", state == "approved", state == "sent")
        )
    )
    postings, statements, refunds, cases = (
        int(conn.execute(each).scalar_one()) for each in (later, printed, asked, handed)
    )
    return postings, statements, refunds + cases


def live_postings(conn: Connection, made: ImportFacts) -> list[Id]:
    """Return the postings of an import that stand, newest first."""
    wanted = select(posting.c.id).where(posting.c.command_id == made.command_id, journal.live())
    return [Id(each) for each in conn.execute(wanted.order_by(posting.c.id.desc())).scalars()]


def mark_undone(conn: Connection, made: ImportFacts, by: Id, at: datetime) -> None:
    """Void what an import brought; visits without a live charge wait for one again."""
    conn.execute(update(charge).where(charge.c.id.in_(_ids(made.id, "charge_id"))).values(voided_at=at))
    conn.execute(update(payment).where(payment.c.id.in_(_ids(made.id, "payment_id"))).values(voided_at=at))
    touched = select(charge.c.visit_id).where(charge.c.id.in_(_ids(made.id, "charge_id")))
    still = exists().where(charge.c.visit_id == visit.c.id, charge.c.voided_at.is_(None))
    opening = exists().where(charge.c.visit_id == visit.c.id, charge.c.code == "OPENING")
    waits = (visit.c.id.in_(touched), ~still)
    conn.execute(update(visit).where(*waits, ~opening).values(status="open"))
    conn.execute(update(visit).where(*waits, opening).values(status="no charge", no_charge_reason="Import undone"))
    conn.execute(update(ledger_import_row).where(ledger_import_row.c.import_id == made.id).values(live=False))
    conn.execute(update(ledger_import).where(ledger_import.c.id == made.id).values(undone_by=by, undone_at=at))


def _ids(import_id: int, column: str) -> Select[Any]:
    c = ledger_import_row.c[column]
    return select(c).where(ledger_import_row.c.import_id == import_id, c.is_not(None), ledger_import_row.c.kind.in_(
        ("charge", "opening") if column == "charge_id" else ("payment", "opening")
    ))  # fmt: skip
