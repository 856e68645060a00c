"""Charges and what charge entry must know, in few statements for a whole batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select, update
from sqlalchemy.sql import Select

from medbill_desktop.domain.charges import Fee, Known, Policy, Superbill
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import ChargeFacts, Party
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.restrictions import Restriction, State
from medbill_desktop.storage import merged
from medbill_desktop.storage.abns import Notices
from medbill_desktop.storage.charge_facts import facts_for
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.patients import former_payers
from medbill_desktop.storage.tables import (
    charge,
    coverage,
    diagnosis,
    fee,
    patient,
    payer,
    place,
    provider,
    restriction,
    restriction_plan,
    visit,
)

IN_ONE_STATEMENT: Final = 900


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge that was entered; `modifiers` and `pointers` are separated by blanks."""

    id: Id
    visit_id: Id
    patient_id: Id
    line_no: int
    control_number: str
    service_date: date
    provider_id: Id
    place_id: Id
    coverage_id: Id | None
    guarantor_id: Id
    code: str = field(repr=False)
    description: str = field(repr=False)
    generic_words: str = field(repr=False)
    modifiers: str = field(repr=False)
    units: int
    fee_cents: Cents
    amount_cents: Cents
    pointers: str = field(repr=False)
    entered_by: Id
    entered_at: datetime
    voided_at: datetime | None = None
    code_release: str = ""
    diagnosis_release: str = ""
    schedule: str = "standard"
    claim_item: bool = True
    expected_cents: Cents | None = None
    ndc: str = field(default="", repr=False)
    ndc_thousandths: int | None = None
    ndc_unit: str = ""
    start_time: str | None = None
    stop_time: str | None = None
    minutes: int | None = None
    clia: str = ""
    authorization_id: Id | None = None
    service_to: date | None = None  # where the service went on; None: it ended on the day it began

    @property
    def first_party(self) -> Party:
        """The party that owed it when it was entered (BILLING J20)."""
        if self.coverage_id is None:
            return Party(guarantor_id=self.guarantor_id)
        return Party(coverage_id=self.coverage_id)

    @property
    def facts(self) -> ChargeFacts:
        return ChargeFacts(self.id, self.patient_id, self.provider_id, self.first_party)


_CHARGE: Final = select(*(charge.c[each.name] for each in fields(ChargeRow)))
# What charge entry asks every time is said once: SQLAlchemy takes longer to put it together than SQLite to answer.
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_PATIENTS: Final = select(patient.c.id, patient.c.birth_date, patient.c.deceased_on, patient.c.guarantor_id).where(
    patient.c.id.in_(_IDS)
)
_POLICIES: Final = (
    select(
        coverage.c.id,
        coverage.c.patient_id,
        payer.c.name,
        coverage.c.rank,
        coverage.c.first_day,
        coverage.c.last_day,
        coverage.c.payer_id,
        coverage.c.group_name,
    )
    .join(payer, payer.c.id == coverage.c.payer_id)
    .where(coverage.c.patient_id.in_(_IDS))
)
_PROVIDERS: Final = select(provider.c.id).where(provider.c.id.in_(_IDS), provider.c.active)
_PLACES: Final = select(place.c.id, place.c.pos, place.c.active).where(place.c.id.in_(_IDS))
_FEES: Final = select(fee).where(fee.c.code.in_(_IDS))


def get(conn: Connection, charge_id: int) -> ChargeRow:
    """Return a charge; raises Refused where there is none."""
    row = conn.execute(_CHARGE.where(charge.c.id == charge_id)).first()
    if row is None:
        raise Refused("This charge is not there.")
    return ChargeRow(*row)


def of_patient(conn: Connection, patient_id: int) -> list[ChargeRow]:
    """Return the charges of a patient, void ones as well, newest service first."""
    wanted = _CHARGE.where(charge.c.patient_id.in_(merged.patients(conn, patient_id))).order_by(
        charge.c.service_date.desc(), charge.c.visit_id.desc(), charge.c.line_no
    )
    return [ChargeRow(*row) for row in conn.execute(wanted)]


def ids_of_patient(patient_id: int) -> Select[Any]:
    """Return the query for the charge ids of a surviving record, for use inside another."""
    return select(charge.c.id).where(merged.is_one_of(charge.c.patient_id, patient_id))


def known_for(conn: Connection, superbills: Sequence[Superbill]) -> list[Known]:
    """Return what the practice knows about each superbill, in their order."""
    asked = {each.patient_id for each in superbills}
    patients, former, families = _patients(conn, asked), former_payers(conn, asked), merged.families(conn, asked)
    policies = _policies(conn, families)
    providers = _active(conn, {each.provider_id for each in superbills})
    places = _places(conn, {each.place_id for each in superbills})
    visits = _visits(conn, {each.visit_id for each in superbills if each.visit_id is not None})
    fees = fees_of(conn, {line.code.strip().upper() for each in superbills for line in each.lines})
    facts = facts_for(conn, superbills, families, {each: pos for each, (pos, _) in places.items()})
    kept, notices = _kept(conn, superbills), Notices(conn, superbills)
    known = []
    for each in superbills:
        born, died, guarantor_id = patients.get(each.patient_id, (None, None, None))
        before = (who for last_day, who in former.get(each.patient_id, ()) if each.service_date <= last_day)
        guarantor_id = next(before, guarantor_id)
        status = visits.get((each.visit_id, each.patient_id))
        known.append(
            Known(
                born,
                died,
                guarantor_id,
                tuple(policies.get(each.patient_id, ())),
                each.provider_id in providers,
                places.get(each.place_id, ("", False))[1],
                status,
                fees,
                abn_signed_on=notices.signed_on(each),
                kept=kept.get(each.visit_id, ()),
                **facts.of(conn, each),
            )
        )
    return known


def fees_of(conn: Connection, codes: set[str]) -> dict[str, list[Fee]]:
    """Return every price of the codes, of any day and schedule."""
    found: dict[str, list[Fee]] = {}
    for part in chunks(codes):
        for row in conn.execute(_FEES, {"ids": part}):
            price = Fee(row.code, row.modifier, row.description, row.generic_words, Cents(row.cents), row.first_day,
                        row.last_day, row.schedule, bool(row.claim_item))  # fmt: skip
            found.setdefault(row.code, []).append(price)
    return found


def add(
    conn: Connection,
    visits: Sequence[dict[str, Any]],
    diagnoses: Sequence[dict[str, Any]],
    charges: Sequence[dict[str, Any]],
) -> None:
    """Write the rows of a batch; visits that exist already are marked by `mark_charged`."""
    insert_many(conn, visit, visits)
    insert_many(conn, diagnosis, diagnoses)
    insert_many(conn, charge, charges)


def mark_charged(conn: Connection, superbill: Superbill, coverage_id: int | None) -> None:
    """Say of a kept visit how it was charged; diagnoses of an entry that was voided make way for the new ones.

    The paper knows best on which day, by whom and where it was.
    """
    conn.execute(diagnosis.delete().where(diagnosis.c.visit_id == superbill.visit_id))
    conn.execute(
        update(visit)
        .where(visit.c.id == superbill.visit_id)
        .values(status="charged", coverage_id=coverage_id, self_pay=superbill.self_pay,
                service_date=superbill.service_date, provider_id=superbill.provider_id, place_id=superbill.place_id)
    )  # fmt: skip


def mark_void(conn: Connection, row: ChargeRow, at: datetime) -> None:
    """Mark a charge void; a visit without a live charge is open again, so that it isn't forgotten (BILLING C6)."""
    conn.execute(update(charge).where(charge.c.id == row.id).values(voided_at=at))
    still = select(charge.c.id).where(charge.c.visit_id == row.visit_id, charge.c.voided_at.is_(None))
    if conn.execute(still).first() is None:
        conn.execute(update(visit).where(visit.c.id == row.visit_id).values(status="open"))


def set_amount(
    conn: Connection, charge_id: int, *, units: int, fee_cents: Cents, amount_cents: Cents, expected_cents: Cents | None
) -> None:
    conn.execute(
        update(charge)
        .where(charge.c.id == charge_id)
        .values(units=units, fee_cents=fee_cents, amount_cents=amount_cents, expected_cents=expected_cents)
    )


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Split what an IN list is to hold into parts that one statement takes."""
    every = list(values)
    for start in range(0, len(every), IN_ONE_STATEMENT):
        yield every[start : start + IN_ONE_STATEMENT]


def policy(conn: Connection, patient_id: Id, coverage_id: int) -> Policy | None:
    """Return a coverage of a patient; None where it is another's."""
    own = _policies(conn, merged.families(conn, {patient_id})).get(patient_id, ())
    return next((each for each in own if each.coverage_id == coverage_id), None)


def _patients(conn: Connection, ids: set[Id]) -> dict[Id, tuple[date, date | None, Id]]:
    return {
        row.id: (row.birth_date, row.deceased_on, row.guarantor_id)
        for part in chunks(ids)
        for row in conn.execute(_PATIENTS, {"ids": part})
    }


def _policies(conn: Connection, families: Mapping[Id, Sequence[Id]]) -> dict[Id, list[Policy]]:
    own = dict[Id, list[Policy]]()
    for part in chunks({each for family in families.values() for each in family}):
        for row in conn.execute(_POLICIES, {"ids": part}):
            policy = Policy(row.id, row.name, row.rank, row.first_day, row.last_day, row.payer_id, row.group_name)
            own.setdefault(row.patient_id, []).append(policy)
    return {asked: [policy for each in family for policy in own.get(each, ())] for asked, family in families.items()}


def _kept(conn: Connection, superbills: Sequence[Superbill]) -> dict[Id | None, list[Restriction]]:
    """Return what is kept from plans of whole visits that are charged now (BILLING R9)."""
    r, found = restriction.c, dict[Id | None, list[Restriction]]()
    visit_ids = {each.visit_id for each in superbills if each.visit_id is not None}
    if not visit_ids:
        return found
    wanted = select(r.id, r.visit_id, r.state, restriction_plan.c.payer_id)
    wanted = wanted.outerjoin(restriction_plan, restriction_plan.c.restriction_id == r.id)
    wanted = wanted.where(r.charge_id.is_(None), r.state != State.ENDED)
    for part in chunks(visit_ids):
        payers: dict[tuple[int, int], set[Id]] = {}
        for row in conn.execute(wanted.where(r.visit_id.in_(part))):
            payers.setdefault((row.id, row.visit_id), set()).update([] if row.payer_id is None else [Id(row.payer_id)])
        for (each, visit_id), plans in payers.items():
            kept = Restriction(Id(each), Id(visit_id), None, State.REQUESTED, frozenset(plans))
            found.setdefault(Id(visit_id), []).append(kept)
    return found


def _active(conn: Connection, ids: set[Id]) -> set[Id]:
    return {Id(each) for part in chunks(ids) for each in conn.execute(_PROVIDERS, {"ids": part}).scalars()}


def _places(conn: Connection, ids: set[Id]) -> dict[Id, tuple[str, bool]]:
    """Return the kind of each place, and whether services are given there still."""
    rows = (row for part in chunks(ids) for row in conn.execute(_PLACES, {"ids": part}))
    return {Id(row.id): (row.pos, bool(row.active)) for row in rows}


def _visits(conn: Connection, ids: set[Id]) -> dict[tuple[Id | None, Id], str]:
    return {
        (row.id, row.whose): row.status
        for part in chunks(ids)
        for row in conn.execute(
            select(visit.c.id, merged.stands_for(patient).label("whose"), visit.c.status)
            .join(patient, patient.c.id == visit.c.patient_id)
            .where(visit.c.id.in_(part))
        )
    }
