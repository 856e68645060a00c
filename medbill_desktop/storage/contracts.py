"""Schedules by payer, contract allowables, laboratory certificates and prior authorizations (BILLING C2, C7, R12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update

from medbill_desktop.domain.authorizations import AuthorizationDetails
from medbill_desktop.domain.contracts import Rate
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import (
    charge,
    contract_rate,
    fee,
    lab_certificate,
    payer,
    payer_schedule,
    place,
    prior_authorization,
    provider,
    referral,
)

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated:
    """A value that something has from a day on: a schedule of a payer, a certificate of a place."""

    id: Id
    owner_id: Id
    owner: str
    value: str
    first_day: date
    last_day: date | None


def schedules(conn: Connection) -> list[str]:
    """Return the names of the schedules that have a price."""
    return list(conn.execute(select(fee.c.schedule).distinct().order_by(fee.c.schedule)).scalars())


def uses(conn: Connection) -> list[Dated]:
    """Return from which schedule payers are priced, the newest of each payer first."""
    c = payer_schedule.c
    wanted = select(c.id, c.payer_id, payer.c.name, c.schedule, c.first_day, c.last_day).join(
        payer, payer.c.id == c.payer_id
    )
    return [Dated(*row) for row in conn.execute(wanted.order_by(payer.c.name, c.first_day.desc()))]


def certificates(conn: Connection) -> list[Dated]:
    c = lab_certificate.c
    wanted = select(c.id, c.place_id, place.c.name, c.number, c.first_day, c.last_day).join(
        place, place.c.id == c.place_id
    )
    return [Dated(*row) for row in conn.execute(wanted.order_by(place.c.name, c.first_day.desc()))]


def set_use(conn: Connection, new_id: Id, payer_id: Id, schedule: str, first_day: date, last_day: date | None) -> Id:
    row = {"payer_id": payer_id, "schedule": schedule, "first_day": first_day, "last_day": last_day}
    return _set_dated(conn, payer_schedule, "payer_id", new_id, row)


def set_certificate(
    conn: Connection, new_id: Id, place_id: Id, number: str, first_day: date, last_day: date | None
) -> Id:
    row = {"place_id": place_id, "number": number, "first_day": first_day, "last_day": last_day}
    return _set_dated(conn, lab_certificate, "place_id", new_id, row)


def _set_dated(conn: Connection, table: Table, owner: str, new_id: Id, row: dict[str, Any]) -> Id:
    """Write a value from a day on: the one until then ends the day before, one of that very day is replaced."""
    c, mine = table.c, table.c[owner] == row[owner]
    first = row["first_day"]
    same = conn.execute(select(c.id).where(mine, c.first_day == first)).scalar()
    later = conn.execute(select(c.first_day).where(mine, c.first_day > first).order_by(c.first_day)).scalar()
    if later is not None and (row["last_day"] is None or row["last_day"] >= later):
        row["last_day"] = later - ONE_DAY
    overlaps = (c.first_day < first) & (c.last_day.is_(None) | (c.last_day >= first))
    conn.execute(update(table).where(mine, overlaps).values(last_day=first - ONE_DAY))
    if same is None:
        conn.execute(insert(table).values(id=new_id, **row))
        return new_id
    conn.execute(update(table).where(c.id == same).values(row))
    return Id(same)


def keep_rates(conn: Connection, made: Sequence[tuple[Id, Rate]]) -> tuple[int, int]:
    """Write allowables from their first day on; return how many were added and how many took another's place."""
    added = changed = 0
    c = contract_rate.c
    for new_id, rate in made:
        row = {name: getattr(rate, name) for name in Rate.__dataclass_fields__}
        mine = (
            (c.payer_id == rate.payer_id) & (c.plan == rate.plan) & (c.code == rate.code)
            & (c.modifier == rate.modifier) & (c.place_class == rate.place_class)
        )  # fmt: skip
        overlaps = (c.first_day < rate.first_day) & (c.last_day.is_(None) | (c.last_day >= rate.first_day))
        conn.execute(update(contract_rate).where(mine, overlaps).values(last_day=rate.first_day - ONE_DAY))
        later = conn.execute(
            select(c.first_day).where(mine, c.first_day > rate.first_day).order_by(c.first_day)
        ).scalar()
        if later is not None and (rate.last_day is None or rate.last_day >= later):
            row["last_day"] = later - ONE_DAY
        done = conn.execute(update(contract_rate).where(mine, c.first_day == rate.first_day).values(row)).rowcount
        changed += done
        if not done:
            conn.execute(insert(contract_rate).values(id=new_id, **row))
            added += 1
    return added, changed


def add_authorization(
    conn: Connection, new_id: Id, patient_id: Id, details: AuthorizationDetails, by: Id, at: datetime
) -> None:
    conn.execute(
        insert(prior_authorization).values(
            id=new_id, patient_id=patient_id, created_at=at, created_by=by, **_columns(details)
        )
    )  # fmt: skip


def change_authorization(conn: Connection, authorization_id: Id, patient_id: Id, details: AuthorizationDetails) -> bool:
    return (
        conn.execute(
            update(prior_authorization).where(_mine(conn, authorization_id, patient_id)).values(_columns(details))
        ).rowcount
        == 1
    )


def remove_authorization(conn: Connection, authorization_id: Id, patient_id: Id) -> bool:
    """Take one out that no charge ever named; return whether it went."""
    if conn.execute(select(charge.c.id).where(charge.c.authorization_id == authorization_id).limit(1)).first():
        return False
    return conn.execute(delete(prior_authorization).where(_mine(conn, authorization_id, patient_id))).rowcount == 1


def _mine(conn: Connection, authorization_id: Id, patient_id: Id) -> ColumnElement[bool]:
    c = prior_authorization.c
    return and_(c.id == authorization_id, c.patient_id.in_(merged.patients(conn, patient_id)))


def _columns(details: AuthorizationDetails) -> dict[str, Any]:
    row = {name: getattr(details, name) for name in AuthorizationDetails.__dataclass_fields__}
    return row | {"codes": " ".join(details.codes)}


@dataclass(frozen=True, slots=True)
class Referral:
    """Who sent the patient, for how many visits where that was said."""

    id: Id
    provider_id: Id
    provider: str
    number: str
    visits: int | None
    first_day: date
    last_day: date | None


def referrals_of(conn: Connection, patient_id: Id) -> list[Referral]:
    c = referral.c
    wanted = (
        select(c.id, c.provider_id, provider.c.last, provider.c.first, c.number, c.visits, c.first_day, c.last_day)
        .join(provider, provider.c.id == c.provider_id)
        .where(c.patient_id.in_(merged.patients(conn, patient_id)))
        .order_by(c.first_day.desc(), c.id)
    )
    return [
        Referral(row.id, row.provider_id, f"{row.last}, {row.first}".strip(", "), row.number, row.visits, row.first_day,
                 row.last_day)
        for row in conn.execute(wanted)
    ]  # fmt: skip


def add_referral(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(insert(referral).values(row))
