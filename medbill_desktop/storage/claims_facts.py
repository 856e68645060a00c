"""What claims of one visit are made of, and what they would say today (BILLING R3, XT1; EDI P).

Nothing here decides: which charges a claim gathers says `domain.claims`, what it looks like `domain.claims_snapshot`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from medbill_desktop.domain.claims import (
    Billable,
    Following,
    Held,
    MovedTo,
    Ranked,
    followed,
    gathered,
    in_order,
    msp_reason_of,
)
from medbill_desktop.domain.claims_snapshot import Clinician, Payer, Person, Plan, Practice, Service, Site, Snapshot
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.patients import Relationship
from medbill_desktop.domain.restrictions import Restriction

CLINICIAN: Final = ("last", "first", "credential", "npi", "taxonomy")
SITE: Final = ("name", "pos", "street", "city", "state", "zip")
PRACTICE: Final = ("name", "street", "street2", "city", "state", "zip", "phone", "npi", "tin", "taxonomy")
_SUBSCRIBER: Final = ("last", "first", "birth", "sex", "street", "city", "state", "zip")


@dataclass(slots=True)
class VisitFacts:
    """One visit with all that claims of it need; `rows` are its live charges, none where all are void."""

    visit_id: Id
    rows: list[Any] = field(default_factory=list, repr=False)
    patient: Any = field(default=None, repr=False)  # the record that stands for the one it was entered for
    provider: Any = field(default=None, repr=False)
    place: Any = field(default=None, repr=False)
    practice: Any = field(default=None, repr=False)
    diagnoses: list[tuple[Id, str]] = field(default_factory=list, repr=False)
    plans: Mapping[Id, Any] = field(default_factory=dict, repr=False)  # by coverage, of the whole person
    payers: Mapping[Id, Any] = field(default_factory=dict, repr=False)
    rules: Sequence[Restriction] = ()
    held: list[Held] = field(default_factory=list)
    owed: Mapping[Id, Cents] = field(default_factory=dict)  # by charge, what its own coverage owes
    moved: Mapping[Id, tuple[MovedTo, ...]] = field(default_factory=dict)
    imported: frozenset[Id] = frozenset()
    authorizations: Mapping[Id, str] = field(default_factory=dict, repr=False)
    referral: Clinician = field(default=Clinician(), repr=False)
    accepts: Mapping[Id, str] = field(default_factory=dict)  # by payer

    @property
    def patient_id(self) -> Id:
        """The record that the charges were entered for."""
        return Id(self.rows[0].patient_id)

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
                Id(row.id), self.visit_id, row.coverage_id, row.amount_cents, self.owed.get(row.id, ZERO),
                row.claim_item, row.id in self.imported, self.moved.get(row.id, ()),
            )
            for row in self.rows
        )  # fmt: skip
        return followed(gathered(charges, self.payer_of, self.rules), self.held)

    def snapshot(self, coverage_id: Id, charge_ids: Iterable[Id]) -> Snapshot:
        """Return what a claim for these charges would say today."""
        wanted = set(charge_ids)
        mine = [row for row in self.rows if row.id in wanted]
        day = min(row.service_date for row in mine)
        places = {row: at for at, (row, _) in enumerate(self.diagnoses, 1)}
        order = in_order((_ranked(row) for row in self._told(coverage_id)), day, coverage_id)
        plans = [self._plan(self.plans[each], at) for at, each in enumerate(order, 1)]
        return Snapshot(
            account=self.patient.account,
            billing=Practice(**_named(self.practice, PRACTICE)),
            rendering=clinician(self.provider),
            referring=self.referral,
            site=Site(**_named(self.place, SITE)),
            plan=next(each for each in plans if each.coverage_id == coverage_id),
            others=tuple(each for each in plans if each.coverage_id != coverage_id),
            patient=_patient(self.patient),
            diagnoses=tuple(code for _, code in self.diagnoses),
            diagnosis_release=mine[0].diagnosis_release,
            lines=tuple(_service(row, places, self.authorizations) for row in mine),
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

    def _plan(self, row: Any, order: int) -> Plan:
        paying = self.payers[row.payer_id]
        own = row.relationship == Relationship.SELF
        who = {name: getattr(row, f"subscriber_{name}") for name in _SUBSCRIBER}
        return Plan(
            coverage_id=Id(row.id),
            order=order,
            payer=Payer(Id(row.payer_id), paying.name, paying.payer_code, paying.filing_indicator, paying.street,
                        paying.city, paying.state, paying.zip),
            member_id=row.member_id,
            group_number=row.group_number,
            group_name=row.group_name,
            relationship=row.relationship,
            subscriber=Person() if own else Person(**who),
            first_day=row.first_day,
            last_day=row.last_day,
            msp_reason=msp_reason_of(paying.filing_indicator, order, row.msp_reason),
            release_on=row.release_signed_on,
            assignment_on=row.assignment_signed_on,
            accepts=self.accepts.get(Id(row.payer_id), ""),
        )  # fmt: skip


def clinician(row: Any, number: str = "") -> Clinician:
    return Clinician(**_named(row, CLINICIAN), number=number)


def _named(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what a row holds under these names; nothing of a practice that is not founded yet."""
    return {} if row is None else {name: getattr(row, name) for name in names}


def _patient(row: Any) -> Person:
    return Person(
        row.last, row.first, row.middle, row.suffix, row.birth_date, row.sex, row.street, row.street2, row.city,
        row.state, row.zip, row.deceased_on,
    )  # fmt: skip


def _ranked(row: Any) -> Ranked:
    return Ranked(Id(row.id), row.rank, row.first_day, row.last_day)


def _service(row: Any, places: Mapping[Id, int], authorizations: Mapping[Id, str]) -> Service:
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
        authorization=authorizations.get(row.authorization_id, ""),
        clia=row.clia,
        code_release=row.code_release,
    )
