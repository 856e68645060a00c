"""Notices given, authorizations and disclosures, other restrictions, callers and estimates of patients."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from medbill_desktop.domain.disclosures import Agreed, AuthorizationToDisclose, DisclosureDetails, Held
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.notices import Given, Version
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.restrictions import exceeds_estimate
from medbill_desktop.storage import merged
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.tables import (
    caller_check,
    charge,
    contact,
    disclosure,
    disclosure_authorization,
    estimate,
    notice_given,
    notice_version,
    other_restriction,
    patient,
    user,
    visit,
)


def versions(conn: Connection) -> list[Version]:
    """Return the notices of the practice, newest first."""
    v = notice_version.c
    rows = conn.execute(select(v.id, v.label, v.effective_on).order_by(v.effective_on.desc()))
    return [Version(Id(row.id), row.label, row.effective_on) for row in rows]


def text_of(conn: Connection, version_id: int) -> str:
    """Return the text of a notice; raises Refused where there is none."""
    found = conn.execute(select(notice_version.c.text).where(notice_version.c.id == version_id)).scalar()
    if found is None:
        raise Refused("This notice is not there.")
    return str(found)


def add_version(conn: Connection, **values: Any) -> None:
    conn.execute(insert(notice_version).values(values))


def add_given(conn: Connection, new_id: Id, patient_id: Id, given: Given, by: Id, at: datetime) -> None:
    conn.execute(
        insert(notice_given).values(
            id=new_id, patient_id=patient_id, version_id=given.version_id, given_on=given.given_on,
            acknowledged_on=given.acknowledged_on, reason=given.reason, noted_by=by, noted_at=at,
        )
    )  # fmt: skip


def given_to(conn: Connection, patient_id: int) -> list[Given]:
    """Return what was noted of notices for a person, in the order it was noted."""
    return _given(conn, merged.patients(conn, patient_id))


def visitors(conn: Connection, day: date) -> list[Id]:
    """Return whoever has a visit on a day, in the order of the day."""
    rows = conn.execute(select(visit.c.patient_id).where(visit.c.service_date == day).order_by(visit.c.id)).scalars()
    return merged.survivors(conn, [Id(each) for each in rows])


def given_to_many(conn: Connection, patient_ids: Iterable[Id]) -> dict[Id, list[Given]]:
    families = merged.families(conn, patient_ids)
    g, by_record = notice_given.c, dict[int, list[Given]]()
    columns = (g.patient_id, g.version_id, g.given_on, g.acknowledged_on, g.reason)
    for part in chunks({each for family in families.values() for each in family}):
        for row in conn.execute(select(*columns).where(g.patient_id.in_(part)).order_by(g.id)):
            found = Given(Id(row.version_id), row.given_on, row.acknowledged_on, row.reason)
            by_record.setdefault(row.patient_id, []).append(found)
    return {who: [one for each in family for one in by_record.get(each, ())] for who, family in families.items()}


def _given(conn: Connection, patient_ids: list[Id]) -> list[Given]:
    g = notice_given.c
    rows = conn.execute(select(notice_given).where(g.patient_id.in_(patient_ids)).order_by(g.id))
    return [Given(Id(row.version_id), row.given_on, row.acknowledged_on, row.reason) for row in rows]


def add_authorization(
    conn: Connection, new_id: Id, patient_id: Id, details: AuthorizationToDisclose, by: Id, at: datetime
) -> None:
    values = {name: getattr(details, name) for name in AuthorizationToDisclose.__dataclass_fields__}
    more = {"id": new_id, "patient_id": patient_id, "noted_by": by, "noted_at": at}
    conn.execute(insert(disclosure_authorization).values(values | more))


def authorizations(conn: Connection, patient_id: int) -> list[Held]:
    """Return a person's authorizations to disclose, newest first."""
    a = disclosure_authorization.c
    mine = a.patient_id.in_(merged.patients(conn, patient_id))
    rows = conn.execute(select(disclosure_authorization).where(mine).order_by(a.signed_on.desc(), a.id.desc()))
    return [_held(row) for row in rows]


def end_authorization(conn: Connection, authorization_id: int, on: date, by: Id, ending: str) -> None:
    a = disclosure_authorization.c
    live = (a.id == authorization_id, a.ended_on.is_(None))
    conn.execute(update(disclosure_authorization).where(*live).values(ended_on=on, ended_by=by, ending=ending))


def _held(row: Any) -> Held:
    named = {name: getattr(row, name) for name in AuthorizationToDisclose.__dataclass_fields__}
    return Held(Id(row.id), AuthorizationToDisclose(**named), row.ended_on, row.ending)


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    id: Id
    details: DisclosureDetails = field(repr=False)
    made_by: str


def add_disclosure(
    conn: Connection, new_id: Id, patient_id: Id, details: DisclosureDetails, by: Id, at: datetime
) -> None:
    values = {name: getattr(details, name) for name in DisclosureDetails.__dataclass_fields__}
    conn.execute(
        insert(disclosure).values(values | {"id": new_id, "patient_id": patient_id, "made_by": by, "noted_at": at})
    )


def disclosures(conn: Connection, patient_id: int, since: date | None = None) -> list[DisclosureRow]:
    """Return what was disclosed of a person, newest first."""
    d = disclosure.c
    wanted = (
        select(disclosure, func.coalesce(user.c.name, "").label("by_name"))
        .outerjoin(user, user.c.id == d.made_by)
        .where(d.patient_id.in_(merged.patients(conn, patient_id)))
        .order_by(d.made_on.desc(), d.id.desc())
    )
    if since is not None:
        wanted = wanted.where(d.made_on >= since)
    names = DisclosureDetails.__dataclass_fields__
    return [
        DisclosureRow(Id(row.id), DisclosureDetails(**{name: getattr(row, name) for name in names}), row.by_name)
        for row in conn.execute(wanted)
    ]


@dataclass(frozen=True, slots=True)
class OtherRow:
    id: Id
    patient_id: Id
    asked_on: date
    what: str = field(repr=False)
    not_to: str = field(repr=False)
    agreed: bool
    reason: str = field(repr=False)
    ended_on: date | None


def add_other(conn: Connection, **values: Any) -> None:
    conn.execute(insert(other_restriction).values(values))


def others(conn: Connection, patient_id: int) -> list[OtherRow]:
    """Return what else a person asked to restrict, newest first."""
    o = other_restriction.c
    columns = [o[name] for name in OtherRow.__dataclass_fields__]
    mine = o.patient_id.in_(merged.patients(conn, patient_id))
    return [OtherRow(*row) for row in conn.execute(select(*columns).where(mine).order_by(o.id.desc()))]


def agreed(conn: Connection, patient_id: int) -> list[Agreed]:
    """Return the other restrictions that hold."""
    return [Agreed(each.what, each.not_to) for each in others(conn, patient_id) if each.agreed and not each.ended_on]


def end_other(conn: Connection, other_id: int, on: date, by: Id, words: str) -> None:
    values = {"ended_on": on, "ended_by": by, "ended_words": words}
    conn.execute(update(other_restriction).where(other_restriction.c.id == other_id).values(values))


def wants_apart(conn: Connection, patient_ids: Iterable[Id], today: date) -> set[Id]:
    """Return those who asked that mail goes elsewhere or not at all, and whose bills somebody else pays (R11)."""
    c, p = contact.c, patient.c
    found = set[Id]()
    for who, family in merged.families(conn, patient_ids).items():
        said = select(c.kind, c.permission, c.allowed, c.first_day, c.last_day).where(c.patient_id.in_(family))
        asked = any(
            row.first_day <= today
            and (row.last_day is None or row.last_day >= today)
            and (row.kind == "confidential" or (row.permission.strip().casefold() == "mail" and not row.allowed))
            for row in conn.execute(said)
        )
        root = merged.survivor(conn, who)
        if asked and conn.execute(select(p.relationship).where(p.id == root)).scalar() != "self":
            found.add(who)
    return found


def own_place(conn: Connection, guarantor_id: int, today: date) -> tuple[str, str, str, str, str, str] | None:
    """Return street, second line, city, state, ZIP and phone that a guarantor asked for as a patient (BILLING R11)."""
    c, family = contact.c, _own_family(conn, guarantor_id)
    said = select(contact).where(
        c.patient_id.in_(family), c.kind == "confidential", c.first_day <= today,
        or_(c.last_day.is_(None), c.last_day >= today),
    )  # fmt: skip
    row = conn.execute(said.order_by(c.first_day.desc(), c.id.desc()).limit(1)).first()
    # Where no address is given, none is to be used: an empty one, never the ordinary.
    return None if row is None else (row.street, row.street2, row.city, row.state, row.zip, row.phone)


def no_mail(conn: Connection, guarantor_id: int, today: date) -> bool:
    """Tell whether a guarantor said as a patient that they want no mail at all."""
    c, family = contact.c, _own_family(conn, guarantor_id)
    said = select(c.permission).where(
        c.patient_id.in_(family), c.kind == "permission", c.allowed.is_(False), c.first_day <= today,
        or_(c.last_day.is_(None), c.last_day >= today),
    )  # fmt: skip
    return any(each.strip().casefold() == "mail" for each in conn.execute(said).scalars())


def _own_family(conn: Connection, guarantor_id: int) -> list[Id]:
    """Return every record of the guarantor as a patient."""
    p = patient.c
    payers = merged.guarantors(conn, guarantor_id)
    own = select(p.id).where(p.guarantor_id.in_(payers), p.relationship == "self", p.merged_into.is_(None))
    return [each for who in conn.execute(own).scalars() for each in merged.patients(conn, who)]


def told_apart(conn: Connection, charge_ids: Iterable[Id], to_patient: Id | None, today: date) -> set[Id]:
    """Return the charges whose day, patient and words stay off a paper for whoever pays (BILLING R11).

    `to_patient` is the patient who gets the paper, where that is not who pays: one who asked for mail apart sees the
    others' services as little as they see theirs.
    """
    whose: dict[Id, Id] = {}
    for part in chunks(set(charge_ids)):
        for row in conn.execute(select(charge.c.id, charge.c.patient_id).where(charge.c.id.in_(part))):
            whose[Id(row.id)] = Id(row.patient_id)
    apart = wants_apart(conn, set(whose.values()), today)
    if to_patient is not None:
        own = set(merged.patients(conn, to_patient))
        apart = set(whose.values()) if wants_apart(conn, [to_patient], today) else apart
        apart -= own
    return {each for each, patient_id in whose.items() if patient_id in apart}


def add_check(conn: Connection, **values: Any) -> None:
    conn.execute(insert(caller_check).values(values))


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """A good faith estimate beside what was charged for its visit."""

    id: Id
    visit_id: Id
    patient_id: Id
    service_date: date
    cents: Cents
    given_on: date
    charged_cents: Cents
    reviewed_on: date | None
    reviewed_cents: Cents | None

    @property
    def waits(self) -> bool:
        """Whether somebody has to look before a statement goes out; a bill that grew since is looked at again."""
        seen = self.reviewed_cents is not None and self.charged_cents <= self.reviewed_cents
        return exceeds_estimate(self.charged_cents, self.cents) and not seen


def put_estimate(conn: Connection, new_id: Id, visit_id: Id, patient_id: Id, **values: Any) -> None:
    """Note the estimate of a visit; a new one takes the place of the one before, and is looked at anew."""
    fresh = values | {"reviewed_on": None, "reviewed_by": None, "reviewed_cents": None, "words": ""}
    done = conn.execute(update(estimate).where(estimate.c.visit_id == visit_id).values(fresh))
    if not done.rowcount:
        conn.execute(insert(estimate).values(fresh | {"id": new_id, "visit_id": visit_id, "patient_id": patient_id}))


def review_estimate(conn: Connection, visit_id: Id, **values: Any) -> None:
    conn.execute(update(estimate).where(estimate.c.visit_id == visit_id).values(values))


def estimates_of(conn: Connection, patient_id: int) -> list[EstimateRow]:
    return _estimates(conn, estimate.c.patient_id.in_(merged.patients(conn, patient_id)))


def above_estimate(conn: Connection) -> set[Id]:
    """Return the visits whose bill waits because it is too far above its estimate (BILLING S5)."""
    return {row.visit_id for row in _estimates(conn, estimate.c.id.is_not(None)) if row.waits}


def _estimates(conn: Connection, where: Any) -> list[EstimateRow]:
    e = estimate.c
    charged = (
        select(func.coalesce(func.sum(charge.c.amount_cents), 0))
        .where(charge.c.visit_id == e.visit_id, charge.c.voided_at.is_(None))
        .scalar_subquery()
    )
    wanted = (
        select(e.id, e.visit_id, e.patient_id, visit.c.service_date, e.cents, e.given_on, charged, e.reviewed_on,
               e.reviewed_cents)
        .join(visit, visit.c.id == e.visit_id)
        .where(where)
        .order_by(visit.c.service_date.desc(), e.id.desc())
    )  # fmt: skip
    return [EstimateRow(*row) for row in conn.execute(wanted)]
