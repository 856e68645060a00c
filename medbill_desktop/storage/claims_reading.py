"""Reads what claims are made of, for many visits in few statements.

Each statement names few columns of one table on purpose: SQLite puts it together anew each time, and what does not fit
its small store of quick memory is locked and wiped piece by piece, which takes ten times as long.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Table, and_, bindparam, func, or_, select
from sqlalchemy.sql import Select

from medbill_desktop.domain.claims import Held, MovedTo, Status
from medbill_desktop.domain.claims_snapshot import Clinician
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.payer_rules import Rule
from medbill_desktop.domain.restrictions import Restriction
from medbill_desktop.storage import restrictions
from medbill_desktop.storage.claims_facts import CLINICIAN, PRACTICE, SITE, VisitFacts, clinician
from medbill_desktop.storage.tables import (
    charge,
    claim,
    claim_line,
    coverage,
    diagnosis,
    journal_line,
    ledger_import_row,
    patient,
    payer,
    payer_rule,
    place,
    practice,
    prior_authorization,
    provider,
    referral,
)

AT_ONCE: Final = 400
FEW: Final = 8  # columns
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_CHARGE: Final = ("id", "visit_id", "patient_id", "coverage_id", "provider_id", "place_id", "control_number", "line_no",
                  "service_date", "service_to", "code", "description", "modifiers", "units", "amount_cents", "pointers",
                  "claim_item", "minutes", "ndc", "ndc_unit", "ndc_thousandths", "clia", "code_release",
                  "diagnosis_release", "authorization_id")  # fmt: skip
_PERSON: Final = ("merged_into", "account", "last", "first", "middle", "suffix", "birth_date", "sex", "street",
                  "street2", "city", "state", "zip", "deceased_on")  # fmt: skip
_PLAN: Final = ("patient_id", "payer_id", "rank", "member_id", "group_number", "group_name", "relationship",
                "subscriber_last", "subscriber_first", "subscriber_birth", "subscriber_sex", "subscriber_street",
                "subscriber_city", "subscriber_state", "subscriber_zip", "first_day", "last_day", "release_signed_on",
                "assignment_signed_on", "msp_reason")  # fmt: skip
_PAYER: Final = ("name", "payer_code", "filing_indicator", "street", "city", "state", "zip")


def _parts(table: Table, names: Sequence[str], where: Any) -> tuple[Select[Any], ...]:
    """Return statements for the columns of a table, few in each and the id in all."""
    c = table.c
    return tuple(
        select(c.id, *(c[name] for name in names[start : start + FEW])).where(where)
        for start in range(0, len(names), FEW)
    )


# Said once: SQLAlchemy takes longer to put them together than SQLite to answer.
_VISITS: Final = select(charge.c.visit_id).where(charge.c.id.in_(_IDS)).distinct()
_CHARGES: Final = (
    select(*(charge.c[name] for name in _CHARGE))
    .where(charge.c.visit_id.in_(_IDS), charge.c.voided_at.is_(None))
    .order_by(charge.c.visit_id, charge.c.line_no, charge.c.id)
)
_DIAGNOSES: Final = (
    select(diagnosis.c.visit_id, diagnosis.c.id, diagnosis.c.code)
    .where(diagnosis.c.visit_id.in_(_IDS))
    .order_by(diagnosis.c.visit_id, diagnosis.c.position)
)
_PEOPLE: Final = _parts(patient, _PERSON, or_(patient.c.id.in_(_IDS), patient.c.merged_into.in_(_IDS)))
_PLANS: Final = _parts(coverage, _PLAN, coverage.c.patient_id.in_(_IDS))
_PAYERS: Final = _parts(payer, _PAYER, payer.c.id.in_(_IDS))
_ACCEPTS: Final = (
    select(payer_rule.c.payer_id, payer_rule.c.value, payer_rule.c.first_day)
    .where(payer_rule.c.payer_id.in_(_IDS), payer_rule.c.rule == Rule.ASSIGNMENT)
    .order_by(payer_rule.c.first_day)
)
_REFERRALS: Final = (
    select(referral.c.patient_id, referral.c.provider_id, referral.c.number, referral.c.first_day, referral.c.last_day)
    .where(referral.c.patient_id.in_(_IDS))
    .order_by(referral.c.first_day.desc(), referral.c.id.desc())
)
_PROVIDERS: Final = _parts(provider, CLINICIAN, provider.c.id.in_(_IDS))
_PLACES: Final = _parts(place, SITE, place.c.id.in_(_IDS))
_PRACTICE: Final = _parts(practice, PRACTICE, practice.c.id.in_(_IDS))
_AUTHORIZATIONS: Final = select(prior_authorization.c.id, prior_authorization.c.number).where(
    prior_authorization.c.id.in_(_IDS)
)
_OWED: Final = (
    select(journal_line.c.charge_id, journal_line.c.coverage_id, func.sum(journal_line.c.cents).label("cents"))
    .where(journal_line.c.charge_id.in_(_IDS), journal_line.c.account == Account.RECEIVABLE,
           journal_line.c.coverage_id.is_not(None))
    .group_by(journal_line.c.charge_id, journal_line.c.coverage_id)
)  # fmt: skip
_TRANSFERS: Final = (
    select(journal_line.c.charge_id, journal_line.c.coverage_id, journal_line.c.reason)
    .where(journal_line.c.charge_id.in_(_IDS), journal_line.c.account == Account.RECEIVABLE,
           journal_line.c.cause == Cause.TRANSFER, journal_line.c.coverage_id.is_not(None), journal_line.c.cents > 0)
    .order_by(journal_line.c.id)
)  # fmt: skip
_IMPORTED: Final = select(ledger_import_row.c.charge_id).where(ledger_import_row.c.charge_id.in_(_IDS))
_HELD: Final = (
    select(claim.c.visit_id, claim.c.id, claim.c.coverage_id, claim.c.status, claim_line.c.charge_id)
    .join(claim_line, and_(claim_line.c.claim_id == claim.c.id, claim_line.c.holds))
    .where(claim.c.visit_id.in_(_IDS))
    .order_by(claim.c.id)
)


def visits_of(conn: Connection, charge_ids: Sequence[int]) -> list[Id]:
    """Return the visits that these charges are of, at most AT_ONCE charges."""
    return [Id(each) for each in conn.execute(_VISITS, {"ids": charge_ids}).scalars()]


def of_charges(conn: Connection, charge_ids: Sequence[int]) -> list[VisitFacts]:
    """Return the visits that these charges are of with all that claims of them need."""
    return of_visits(conn, visits_of(conn, charge_ids))


def of_visits(conn: Connection, visit_ids: Sequence[Id]) -> list[VisitFacts]:
    """Return visits with all that claims of them need, at most AT_ONCE; one whose charges are all void has no rows."""
    found = {each: VisitFacts(each) for each in visit_ids}
    for row in _of(conn, _CHARGES, found):
        found[row.visit_id].rows.append(row)
    facts = [each for each in found.values() if each.rows]
    _add_what_happened(conn, facts)
    _add_held(conn, found)
    _add_who_and_where(conn, facts)
    for row in _of(conn, _DIAGNOSES, found):
        found[row.visit_id].diagnoses.append((Id(row.id), row.code))
    return list(found.values())


def of_new_rows(
    conn: Connection, charges: Iterable[Mapping[str, Any]], diagnoses: Iterable[Mapping[str, Any]]
) -> list[VisitFacts]:
    """Return the visits of charges that were written just now, from those rows themselves.

    Nothing is kept from plans, moved, imported or on a claim yet, so that nobody is asked.
    """
    found: dict[Id, VisitFacts] = {}
    for each in charges:
        visit = found.setdefault(each["visit_id"], VisitFacts(each["visit_id"]))
        visit.rows.append(SimpleNamespace(**each))
    for each in diagnoses:
        if (asked := found.get(each["visit_id"])) is not None:
            asked.diagnoses.append((each["id"], each["code"]))
    for visit in found.values():
        visit.owed = {row.id: Cents(row.amount_cents) for row in visit.rows if row.coverage_id is not None}
    _add_who_and_where(conn, list(found.values()))
    return list(found.values())


def _add_who_and_where(conn: Connection, facts: Sequence[VisitFacts]) -> None:
    if not facts:
        return
    people, family = _people(conn, {row.patient_id for each in facts for row in each.rows})
    plans: dict[Id, dict[Id, Any]] = {}
    for coverage_id, row in _whole(conn, _PLANS, family).items():
        plans.setdefault(family[row.patient_id], {})[coverage_id] = row
    payers = _whole(conn, _PAYERS, {row.payer_id for own in plans.values() for row in own.values()})
    [own_practice] = _whole(conn, _PRACTICE, [1]).values() or [None]
    sent = _of(conn, _REFERRALS, family)
    providers = _whole(conn, _PROVIDERS, {each.provider_id for each in facts} | {row.provider_id for row in sent})
    places = _whole(conn, _PLACES, {each.rows[0].place_id for each in facts})
    accepts = _of(conn, _ACCEPTS, payers)
    permits = {row.authorization_id for each in facts for row in each.rows if row.authorization_id is not None}
    numbers = {Id(row.id): row.number for row in _of(conn, _AUTHORIZATIONS, permits)}
    for each in facts:
        head = each.rows[0]
        each.patient = people[family[head.patient_id]]
        each.plans, each.payers, each.practice = plans.get(each.patient.id, {}), payers, own_practice
        each.provider, each.place, each.authorizations = providers[head.provider_id], places[head.place_id], numbers
        day = head.service_date
        each.accepts = {Id(row.payer_id): row.value for row in accepts if row.first_day <= day}
        each.referral = _referral([row for row in sent if family[row.patient_id] == each.patient.id], day, providers)


def _people(conn: Connection, patient_ids: set[Id]) -> tuple[dict[Id, Any], dict[Id, Id]]:
    """Return the surviving records, and whom every record of these people stands for (BILLING R1)."""
    rows = _whole(conn, _PEOPLE, patient_ids)
    roots = {Id(row.merged_into) for row in rows.values() if row.merged_into is not None}
    if roots - patient_ids:
        rows |= _whole(conn, _PEOPLE, roots)
    return rows, {each: Id(row.merged_into or row.id) for each, row in rows.items()}


def _referral(sent: Iterable[Any], day: Any, providers: Mapping[Id, Any]) -> Clinician:
    for row in sent:
        if row.first_day <= day and (row.last_day is None or day <= row.last_day):
            return clinician(providers[row.provider_id], row.number)
    return Clinician()


def _add_what_happened(conn: Connection, facts: Sequence[VisitFacts]) -> None:
    """Add what is owed now and by which plan, what another system billed, and what is kept from plans."""
    charges = {Id(row.id): row for each in facts for row in each.rows}
    owed, elsewhere = dict[Id, Cents](), dict[tuple[Id, Id], Cents]()
    for row in _of(conn, _OWED, charges):
        if row.coverage_id == charges[row.charge_id].coverage_id:
            owed[row.charge_id] = Cents(row.cents)
        elif row.cents > 0:
            elsewhere[row.charge_id, row.coverage_id] = Cents(row.cents)
    reasons = {(row.charge_id, row.coverage_id): row.reason or ""
               for row in _of(conn, _TRANSFERS, {charge_id for charge_id, _ in elsewhere})}  # fmt: skip
    moved: dict[Id, tuple[MovedTo, ...]] = {}
    for (charge_id, coverage_id), cents in elsewhere.items():
        to = MovedTo(coverage_id, cents, reasons.get((charge_id, coverage_id), ""))
        moved[charge_id] = (*moved.get(charge_id, ()), to)
    imported = frozenset(row.charge_id for row in _of(conn, _IMPORTED, charges))
    rules: dict[Id, list[Restriction]] = {}
    for rule in restrictions.of_visits(conn, [each.visit_id for each in facts]):
        rules.setdefault(rule.visit_id, []).append(rule.rule)
    for each in facts:
        each.owed = {row.id: owed.get(row.id, ZERO) for row in each.rows}
        each.moved, each.imported, each.rules = moved, imported, rules.get(each.visit_id, ())


def _add_held(conn: Connection, found: Mapping[Id, VisitFacts]) -> None:
    lines: dict[int, tuple[Any, set[Id]]] = {}
    for row in _of(conn, _HELD, found):
        lines.setdefault(row.id, (row, set()))[1].add(Id(row.charge_id))
    for row, charge_ids in lines.values():
        held = Held(Id(row.id), Id(row.coverage_id), Status(row.status), frozenset(charge_ids))
        found[row.visit_id].held.append(held)


def _of(conn: Connection, statement: Any, ids: Iterable[Any]) -> list[Any]:
    """Return the rows of a statement for ids, none where there is no id."""
    wanted = list(ids)
    found: list[Any] = []
    for start in range(0, len(wanted), AT_ONCE):
        found += conn.execute(statement, {"ids": wanted[start : start + AT_ONCE]})
    return found


def _whole(conn: Connection, parts: Sequence[Any], ids: Iterable[Any]) -> dict[Id, SimpleNamespace]:
    """Return rows by id, put together of their parts."""
    wanted, found = list(ids), dict[Id, SimpleNamespace]()
    for each in parts:
        for row in _of(conn, each, wanted):
            found.setdefault(Id(row.id), SimpleNamespace()).__dict__.update(row._mapping)
    return found
