"""What a claim is made of, asked for many visits in few statements (BILLING R3, XT1; EDI P).

Nothing here decides: which charges a claim gathers says `domain.claims`, what it looks like `domain.claims_snapshot`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.sql import Select

from medbill_desktop.domain.claims import (
    Billable,
    Following,
    Held,
    MovedTo,
    Ranked,
    Status,
    followed,
    gathered,
    in_order,
    msp_reason_of,
)
from medbill_desktop.domain.claims_snapshot import Clinician, Payer, Person, Plan, Practice, Service, Site, Snapshot
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.patients import Relationship
from medbill_desktop.domain.payer_rules import Rule
from medbill_desktop.domain.restrictions import Restriction
from medbill_desktop.storage import merged, payer_rules, restrictions
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
    restriction,
)

AT_ONCE: Final = 400
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_PERSON: Final = ("last", "first", "middle", "suffix", "birth_date", "sex", "street", "street2", "city", "state", "zip",
                  "deceased_on", "account")  # fmt: skip
_CLINICIAN: Final = ("last", "first", "credential", "npi", "taxonomy")
_SITE: Final = ("name", "pos", "street", "city", "state", "zip")
_PRACTICE: Final = ("name", "street", "street2", "city", "state", "zip", "phone", "npi", "tin", "taxonomy")
_CHARGE: Final = ("id", "visit_id", "coverage_id", "provider_id", "control_number", "line_no", "service_date",
                  "service_to", "code", "description", "modifiers", "units", "amount_cents", "pointers", "claim_item",
                  "minutes", "ndc", "ndc_unit", "ndc_thousandths", "clia", "code_release",
                  "diagnosis_release")  # fmt: skip
_SUBSCRIBER: Final = ("last", "first", "birth", "sex", "street", "city", "state", "zip")


def _columns(table: Any, prefix: str, names: Sequence[str]) -> list[Any]:
    return [table.c[name].label(f"{prefix}_{name}") for name in names]


def _charge_statement() -> Select[Any]:
    """Return the query for every live charge of the visits that own charges of `ids`, with all that stands around it.

    The rare things are asked as yes or no, so that a plain visit costs no statement for them.
    """
    c, entered, whose, asked = charge.c, patient.alias("entered"), patient.alias("whose"), charge.alias("asked")
    lines, sent, rule = journal_line.c, referral.c, restriction.c
    owed = select(func.coalesce(func.sum(lines.cents), 0)).where(
        lines.charge_id == c.id, lines.account == Account.RECEIVABLE, lines.coverage_id == c.coverage_id
    )
    return (
        select(
            *(c[name] for name in _CHARGE),
            entered.c.id.label("entered_for"),
            whose.c.id.label("patient_id"),
            prior_authorization.c.number.label("authorization"),
            *_columns(whose, "patient", _PERSON),
            *_columns(provider, "provider", _CLINICIAN),
            *_columns(place, "place", _SITE),
            *_columns(practice, "practice", _PRACTICE),
            owed.scalar_subquery().label("owed"),
            exists().where(rule.visit_id == c.visit_id, rule.state != "ended").label("kept"),
            exists().where(ledger_import_row.c.charge_id == c.id).label("imported"),
            exists().where(claim.c.visit_id == c.visit_id).label("claimed"),
            exists().where(sent.patient_id.in_([entered.c.id, whose.c.id])).label("referred"),
        )
        .join(entered, entered.c.id == c.patient_id)
        .join(whose, whose.c.id == merged.stands_for(entered))
        .join(provider, provider.c.id == c.provider_id)
        .join(place, place.c.id == c.place_id)
        .outerjoin(practice, true())
        .outerjoin(prior_authorization, prior_authorization.c.id == c.authorization_id)
        .where(c.visit_id.in_(select(asked.c.visit_id).where(asked.c.id.in_(_IDS))), c.voided_at.is_(None))
        .order_by(c.visit_id, c.line_no, c.id)
    )  # fmt: skip


# Said once: SQLAlchemy takes longer to put them together than SQLite to answer.
_CHARGES: Final = _charge_statement()
_DIAGNOSES: Final = (
    select(diagnosis.c.visit_id, diagnosis.c.id, diagnosis.c.code)
    .where(diagnosis.c.visit_id.in_(_IDS))
    .order_by(diagnosis.c.visit_id, diagnosis.c.position)
)
_PLANS: Final = (
    select(coverage, *_columns(payer, "payer", ("name", "payer_code", "filing_indicator", "street", "city", "state",
                                                "zip")), merged.stands_for(patient).label("whose"),
           exists().where(payer_rule.c.payer_id == coverage.c.payer_id,
                          payer_rule.c.rule == Rule.ASSIGNMENT).label("ruled"))
    .join(payer, payer.c.id == coverage.c.payer_id)
    .join(patient, patient.c.id == coverage.c.patient_id)
    .where(or_(coverage.c.patient_id.in_(_IDS),
               coverage.c.patient_id.in_(select(patient.c.id).where(patient.c.merged_into.in_(_IDS)))))
)  # fmt: skip
_VISITS: Final = select(charge.c.visit_id).where(charge.c.id.in_(_IDS)).distinct()
_HELD: Final = (
    select(claim.c.visit_id, claim.c.id, claim.c.coverage_id, claim.c.status, claim_line.c.charge_id)
    .join(claim_line, and_(claim_line.c.claim_id == claim.c.id, claim_line.c.holds))
    .where(claim.c.visit_id.in_(_IDS))
    .order_by(claim.c.id)
)
_ELSEWHERE: Final = (
    select(journal_line.c.charge_id, journal_line.c.coverage_id, journal_line.c.cents, journal_line.c.cause,
           journal_line.c.reason)
    .where(journal_line.c.charge_id.in_(_IDS), journal_line.c.account == Account.RECEIVABLE,
           journal_line.c.coverage_id.is_not(None))
    .order_by(journal_line.c.id)
)  # fmt: skip
_REFERRALS: Final = (
    select(merged.stands_for(patient).label("whose"), referral.c.number, referral.c.first_day, referral.c.last_day,
           *_columns(provider, "provider", _CLINICIAN))
    .join(patient, patient.c.id == referral.c.patient_id)
    .join(provider, provider.c.id == referral.c.provider_id)
    .where(merged.stands_for(patient).in_(_IDS))
    .order_by(referral.c.first_day.desc(), referral.c.id.desc())
)  # fmt: skip


@dataclass(slots=True)
class VisitFacts:
    """One visit with all that claims of it need; `rows` are its live charges, none where all are void."""

    visit_id: Id
    rows: list[Any] = field(default_factory=list, repr=False)
    diagnoses: list[tuple[Id, str]] = field(default_factory=list, repr=False)
    plans: Mapping[Id, Any] = field(default_factory=dict, repr=False)  # by coverage, of the whole person
    rules: Sequence[Restriction] = ()
    held: list[Held] = field(default_factory=list)
    moved: Mapping[Id, tuple[MovedTo, ...]] = field(default_factory=dict)
    referral: Clinician = field(default=Clinician(), repr=False)
    accepts: Mapping[Id, str] = field(default_factory=dict)  # by payer

    @property
    def patient_id(self) -> Id:
        """The record that the charges were entered for."""
        return Id(self.rows[0].entered_for)

    @property
    def provider_id(self) -> Id:
        return Id(self.rows[0].provider_id)

    @property
    def payer_of(self) -> dict[Id, Id]:
        return {each: Id(row.payer_id) for each, row in self.plans.items()}

    def following(self) -> Following:
        """Return what brings the claims of this visit in step with its charges."""
        charges = (
            Billable(
                Id(row.id), self.visit_id, row.coverage_id, row.amount_cents, Cents(row.owed), row.claim_item,
                row.imported, self.moved.get(Id(row.id), ()),
            )
            for row in self.rows
        )  # fmt: skip
        return followed(gathered(charges, self.payer_of, self.rules), self.held)

    def snapshot(self, coverage_id: Id, charge_ids: Iterable[Id]) -> Snapshot:
        """Return what a claim for these charges would say today."""
        wanted = set(charge_ids)
        mine = [row for row in self.rows if row.id in wanted]
        head, day = self.rows[0], min(row.service_date for row in mine)
        places = {row: at for at, (row, _) in enumerate(self.diagnoses, 1)}
        order = in_order((_ranked(row) for row in self._told(coverage_id)), day, coverage_id)
        plans = [_plan(self.plans[each], at, self.accepts) for at, each in enumerate(order, 1)]
        return Snapshot(
            account=head.patient_account,
            billing=Practice(*(getattr(head, f"practice_{name}") or "" for name in _PRACTICE)),
            rendering=_clinician(head),
            referring=self.referral,
            site=Site(*(getattr(head, f"place_{name}") for name in _SITE)),
            plan=next(each for each in plans if each.coverage_id == coverage_id),
            others=tuple(each for each in plans if each.coverage_id != coverage_id),
            patient=_patient(head),
            diagnoses=tuple(code for _, code in self.diagnoses),
            diagnosis_release=mine[0].diagnosis_release,
            lines=tuple(_service(row, places) for row in mine),
        )

    def _told(self, billed: Id) -> Iterable[Any]:
        """Yield the policies that a claim may name: a plan from which something of the visit is kept is none of them.

        The first plan might else send the claim on to it (BILLING R9). The same policy on two records of one person
        is named once.
        """
        seen = {(self.plans[billed].payer_id, self.plans[billed].member_id)}
        for each, row in self.plans.items():
            same = (row.payer_id, row.member_id)
            kept = any(rule.keeps_from(Id(row.payer_id)) for rule in self.rules)
            if each == billed or not (kept or same in seen):
                seen.add(same)
                yield row


def of_charges(conn: Connection, charge_ids: Sequence[int]) -> list[VisitFacts]:
    """Return the visits that these charges are of; at most AT_ONCE charges, so that one statement takes them."""
    found: dict[int, VisitFacts] = {}
    for row in conn.execute(_CHARGES, {"ids": charge_ids}):
        found.setdefault(row.visit_id, VisitFacts(Id(row.visit_id))).rows.append(row)
    alive = {row.id for each in found.values() for row in each.rows}
    if not alive.issuperset(charge_ids):
        for visit_id in conn.execute(_VISITS, {"ids": charge_ids}).scalars():
            found.setdefault(visit_id, VisitFacts(Id(visit_id)))
    facts = list(found.values())
    _add_diagnoses(conn, found)
    _add_plans(conn, [each for each in facts if each.rows])
    _add_rare(conn, facts)
    return facts


def _add_diagnoses(conn: Connection, found: Mapping[int, VisitFacts]) -> None:
    for row in conn.execute(_DIAGNOSES, {"ids": list(found)}):
        found[row.visit_id].diagnoses.append((Id(row.id), row.code))


def _add_plans(conn: Connection, facts: Sequence[VisitFacts]) -> None:
    people = {each.rows[0].patient_id for each in facts}
    own: dict[int, dict[Id, Any]] = {}
    for row in conn.execute(_PLANS, {"ids": list(people)}):
        own.setdefault(row.whose, {})[Id(row.id)] = row
    accepts: dict[tuple[Id, date], str] = {}
    for each in facts:
        head = each.rows[0]
        each.plans = own.get(head.patient_id, {})
        for payer_id in {Id(row.payer_id) for row in each.plans.values() if row.ruled}:
            key = (payer_id, head.service_date)
            if key not in accepts:
                accepts[key] = payer_rules.value(conn, payer_id, Rule.ASSIGNMENT, head.service_date)
            each.accepts = {**each.accepts, payer_id: accepts[key]}


def _add_rare(conn: Connection, facts: Sequence[VisitFacts]) -> None:
    """Add what most visits have none of: restrictions, claims that are there, transfers, a referral."""
    kept = [each for each in facts if any(row.kept for row in each.rows)]
    rules: dict[Id, list[Restriction]] = {}
    for rule in restrictions.of_visits(conn, [each.visit_id for each in kept]):
        rules.setdefault(rule.visit_id, []).append(rule.rule)
    for each in kept:
        each.rules = rules.get(each.visit_id, ())
    _add_held(conn, [each for each in facts if not each.rows or any(row.claimed for row in each.rows)])
    elsewhere = [row.id for each in facts for row in each.rows if row.amount_cents and row.owed <= 0]
    if elsewhere:
        moved = _moved(conn, elsewhere)
        for each in facts:
            each.moved = moved
    referred = {row.patient_id for each in facts for row in each.rows if row.referred}
    if referred:
        sent = conn.execute(_REFERRALS, {"ids": list(referred)}).all()
        for each in facts:
            each.referral = _referral(each, sent)


def _add_held(conn: Connection, facts: Sequence[VisitFacts]) -> None:
    if not facts:
        return
    by_visit = {each.visit_id: each for each in facts}
    lines: dict[int, tuple[Any, set[Id]]] = {}
    for row in conn.execute(_HELD, {"ids": list(by_visit)}):
        lines.setdefault(row.id, (row, set()))[1].add(Id(row.charge_id))
    for row, charge_ids in lines.values():
        held = Held(Id(row.id), Id(row.coverage_id), Status(row.status), frozenset(charge_ids))
        by_visit[row.visit_id].held.append(held)


def _moved(conn: Connection, charge_ids: Sequence[int]) -> dict[Id, tuple[MovedTo, ...]]:
    """Return what charges owe at other coverages, each with the reason of the last transfer to it."""
    sums: dict[tuple[int, int], int] = {}
    reasons: dict[tuple[int, int], str] = {}
    for start in range(0, len(charge_ids), AT_ONCE):
        for row in conn.execute(_ELSEWHERE, {"ids": charge_ids[start : start + AT_ONCE]}):
            key = (row.charge_id, row.coverage_id)
            sums[key] = sums.get(key, 0) + row.cents
            if row.cause == Cause.TRANSFER and row.cents > 0:
                reasons[key] = row.reason or ""
    found: dict[Id, tuple[MovedTo, ...]] = {}
    for (charge_id, coverage_id), cents in sums.items():
        if (charge_id, coverage_id) in reasons:
            to = MovedTo(Id(coverage_id), Cents(cents), reasons[charge_id, coverage_id])
            found[Id(charge_id)] = (*found.get(Id(charge_id), ()), to)
    return found


def _referral(facts: VisitFacts, sent: Sequence[Any]) -> Clinician:
    if not facts.rows:
        return Clinician()
    head = facts.rows[0]
    for row in sent:
        if (
            row.whose == head.patient_id
            and row.first_day <= head.service_date
            and (row.last_day is None or head.service_date <= row.last_day)
        ):
            return _clinician(row, row.number)
    return Clinician()


def _clinician(row: Any, number: str = "") -> Clinician:
    return Clinician(**{name: getattr(row, f"provider_{name}") for name in _CLINICIAN}, number=number)


def _patient(row: Any) -> Person:
    p = {name: getattr(row, f"patient_{name}") for name in _PERSON}
    return Person(
        p["last"], p["first"], p["middle"], p["suffix"], p["birth_date"], p["sex"], p["street"], p["street2"],
        p["city"], p["state"], p["zip"], p["deceased_on"],
    )  # fmt: skip


def _ranked(row: Any) -> Ranked:
    return Ranked(Id(row.id), row.rank, row.first_day, row.last_day, row.payer_filing_indicator, row.msp_reason)


def _plan(row: Any, order: int, accepts: Mapping[Id, str]) -> Plan:
    filing, own = row.payer_filing_indicator, row.relationship == Relationship.SELF
    who = Person() if own else Person(**{name: getattr(row, f"subscriber_{name}") for name in _SUBSCRIBER})
    return Plan(
        coverage_id=Id(row.id),
        order=order,
        payer=Payer(Id(row.payer_id), row.payer_name, row.payer_payer_code, filing, row.payer_street, row.payer_city,
                    row.payer_state, row.payer_zip),
        member_id=row.member_id,
        group_number=row.group_number,
        group_name=row.group_name,
        relationship=row.relationship,
        subscriber=who,
        first_day=row.first_day,
        last_day=row.last_day,
        msp_reason=msp_reason_of(filing, order, row.msp_reason),
        release_on=row.release_signed_on,
        assignment_on=row.assignment_signed_on,
        accepts=accepts.get(Id(row.payer_id), ""),
    )  # fmt: skip


def _service(row: Any, places: Mapping[Id, int]) -> Service:
    pointed = (places.get(Id(int(each)), 0) for each in row.pointers.split())
    return Service(
        charge_id=Id(row.id),
        control_number=row.control_number,
        code=row.code,
        description=row.description,
        modifiers=tuple(row.modifiers.split()),
        units=row.units,
        minutes=row.minutes or 0,
        cents=Cents(row.amount_cents) or ZERO,
        pointers=tuple(each for each in pointed if each),
        first=row.service_date,
        last=row.service_to,
        ndc=row.ndc,
        ndc_unit=row.ndc_unit,
        ndc_thousandths=row.ndc_thousandths or 0,
        authorization=row.authorization or "",
        clia=row.clia,
        code_release=row.code_release,
    )
