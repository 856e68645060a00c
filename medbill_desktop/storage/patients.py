"""Patients, guarantors and contacts in and out (BILLING R1, R11, R13)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import full_name
from medbill_desktop.domain.patients import ContactDetails, Flag, GuarantorDetails, PatientDetails
from medbill_desktop.domain.search_keys import Findable, keys_of
from medbill_desktop.storage import merged, search
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import contact, coverage, guarantor, guarantor_period, patient, payer, visit

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
# Said once: every charge asks it, and SQLAlchemy takes longer to put it together than SQLite to answer.
_FORMER: Final = (
    select(guarantor_period.c.patient_id, guarantor_period.c.last_day, guarantor_period.c.guarantor_id)
    .where(guarantor_period.c.patient_id.in_(_IDS))
    .order_by(guarantor_period.c.last_day, guarantor_period.c.id)
)


@dataclass(frozen=True, slots=True)
class PatientRecord:
    id: Id
    account: str
    details: PatientDetails = field(repr=False)  # the mailing name is always filled
    guarantor_id: Id
    relationship: str = field(repr=False)
    created_at: datetime
    version: int = 1
    source_ref: str | None = None

    def keys(self, *more_phones: str) -> frozenset[str]:
        """Return what the patient is found by."""
        d = self.details
        phones = tuple(each for each in (d.phone, *more_phones) if each)
        return keys_of(Findable(d.last, d.first, d.middle, d.former_names, self.account, phones, d.birth_date))


@dataclass(frozen=True, slots=True)
class GuarantorRecord:
    id: Id
    details: GuarantorDetails = field(repr=False)
    created_at: datetime
    flags: Mapping[Flag, date] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ContactRecord:
    id: Id
    patient_id: Id
    details: ContactDetails = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class ListRow:
    """What a list shows of a patient."""

    id: Id
    account: str
    last: str
    first: str
    middle: str
    suffix: str
    birth_date: date
    sex: str
    phone: str
    city: str
    deceased_on: date | None
    last_visit: date | None
    payer: str
    flags: tuple[Flag, ...]


def add(conn: Connection, patients: Sequence[PatientRecord], guarantors: Sequence[GuarantorRecord]) -> None:
    """Write new patients with their keys, and those guarantors that are new."""
    insert_many(conn, guarantor, [_guarantor_columns(each) for each in guarantors])
    insert_many(conn, patient, [_patient_columns(each) for each in patients])
    search.add(conn, ((each.id, each.keys()) for each in patients))


def find(conn: Connection, patient_id: int) -> PatientRecord | None:
    row = conn.execute(select(patient).where(patient.c.id == patient_id)).mappings().first()
    return None if row is None else _patient(row)


def change(conn: Connection, before: PatientRecord, after: PatientRecord, was: int) -> bool:
    """Write new details and keys; False where the version is not `was` any more, and nothing is written."""
    columns = {name: value for name, value in _patient_columns(after).items() if name not in _FIXED}
    unchanged = (patient.c.id == after.id) & (patient.c.version == was)
    if conn.execute(update(patient).where(unchanged).values(columns)).rowcount != 1:
        return False
    search.replace(conn, after.id, before.keys(), after.keys())
    return True


def find_guarantor(conn: Connection, guarantor_id: int) -> GuarantorRecord | None:
    row = conn.execute(select(guarantor).where(guarantor.c.id == guarantor_id)).mappings().first()
    if row is None:
        return None
    return GuarantorRecord(
        Id(row["id"]), _made(GuarantorDetails, row), row["created_at"], {f: on for f in Flag if (on := row[f"{f}_on"])}
    )


def change_guarantor(conn: Connection, guarantor_id: Id, details: GuarantorDetails) -> None:
    """Change who pays; an address that is new has not brought mail back yet (BILLING S5)."""
    kept = conn.execute(select(guarantor).where(guarantor.c.id == guarantor_id)).one()
    if kept.street != details.street or kept.street2 != details.street2 or kept.zip != details.zip:
        conn.execute(
            update(guarantor)
            .where(guarantor.c.id.in_(merged.guarantors(conn, guarantor_id)))
            .values(bad_address_on=None)
        )
    conn.execute(update(guarantor).where(guarantor.c.id == guarantor_id).values(asdict(details)))


def add_period(conn: Connection, period_id: Id, before: PatientRecord, last_day: date, by: Id, at: datetime) -> None:
    """Keep who paid for services up to and on `last_day`."""
    row = {
        "id": period_id, "patient_id": before.id, "guarantor_id": before.guarantor_id,
        "relationship": before.relationship, "last_day": last_day, "set_by": by, "set_at": at,
    }  # fmt: skip
    conn.execute(insert(guarantor_period).values(row))


def former_payers(conn: Connection, patient_ids: Iterable[Id]) -> dict[Id, list[tuple[date, Id]]]:
    """Return (last day, guarantor) of those who paid before, by patient, the earliest first; few have any."""
    found, wanted = dict[Id, list[tuple[date, Id]]](), list(dict.fromkeys(patient_ids))
    for start in range(0, len(wanted), _CHUNK):
        for row in conn.execute(_FORMER, {"ids": wanted[start : start + _CHUNK]}):
            found.setdefault(Id(row[0]), []).append((row[1], Id(row[2])))
    return found


def set_flag(conn: Connection, guarantor_id: Id, flag: Flag, on: date | None) -> None:
    conn.execute(update(guarantor).where(guarantor.c.id == guarantor_id).values({f"{flag}_on": on}))


def of_guarantor(conn: Connection, guarantor_id: int) -> list[Id]:
    """Return the patients whose statement this guarantor gets."""
    mine = patient.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id)) & patient.c.merged_into.is_(None)
    found = conn.execute(select(patient.c.id).where(mine).order_by(patient.c.id))
    return [Id(each) for each in found.scalars()]


def contacts(conn: Connection, patient_id: int) -> list[ContactRecord]:
    """Return every contact of any record of the patient, those of the past as well, the newest first."""
    wanted = select(contact).where(contact.c.patient_id.in_(merged.patients(conn, patient_id)))
    rows = conn.execute(wanted.order_by(contact.c.first_day.desc(), contact.c.id.desc())).mappings()
    return [ContactRecord(Id(row["id"]), Id(row["patient_id"]), _made(ContactDetails, row)) for row in rows]


def add_contacts(conn: Connection, records: Sequence[ContactRecord]) -> None:
    if records:
        conn.execute(insert(contact), [{"id": e.id, "patient_id": e.patient_id, **asdict(e.details)} for e in records])


def change_contact(conn: Connection, record: ContactRecord) -> bool:
    """False where the patient has no such contact."""
    person = merged.patients(conn, record.patient_id)
    mine = (contact.c.id == record.id) & contact.c.patient_id.in_(person)
    return conn.execute(update(contact).where(mine).values(asdict(record.details))).rowcount == 1


def list_rows(conn: Connection, patient_ids: Sequence[Id], day: date) -> list[ListRow]:
    """Return what a list shows, in the order of `patient_ids`; the payer is that of the first coverage on `day`."""
    rows = {row["id"]: row for row in conn.execute(_LIST, {"ids": patient_ids, "day": day}).mappings()}
    return [
        ListRow(
            **{name: row[name] for name in _LISTED},
            last_visit=row["last_visit"],
            payer=row["payer"] or "",
            flags=tuple(each for each in Flag if row[f"flag_{each}"] is not None),
        )
        for row in (rows[each] for each in patient_ids if each in rows)
    ]


def first_payer(patient_id: Any, day: Any) -> Any:
    """Return a column `payer`: the name of the payer that comes first for a patient on a day."""
    c = coverage.c
    mine = merged.is_one_of(c.patient_id, patient_id)
    in_force = mine & (c.first_day <= day) & (c.last_day.is_(None) | (c.last_day >= day))
    name = select(payer.c.name).join(coverage, c.payer_id == payer.c.id).where(in_force)
    return name.order_by(c.rank, c.id).limit(1).scalar_subquery().label("payer")


def lives(conn: Connection, patient_ids: Sequence[Id]) -> dict[Id, tuple[date, date | None]]:
    """Return birth and death of each of these patients who exists."""
    found: dict[Id, tuple[date, date | None]] = {}
    columns = (patient.c.id, patient.c.birth_date, patient.c.deceased_on)
    wanted = list(dict.fromkeys(patient_ids))
    for start in range(0, len(wanted), _CHUNK):
        some = patient.c.id.in_(wanted[start : start + _CHUNK])
        found |= {Id(row[0]): (row[1], row[2]) for row in conn.execute(select(*columns).where(some))}
    return found


def ids_by_source(conn: Connection) -> dict[str, Id]:
    """Return the patients that came from a file, by the name they have there."""
    c = patient.c
    wanted = select(c.source_ref, merged.stands_for(patient)).where(c.source_ref.is_not(None))
    return {row[0]: Id(row[1]) for row in conn.execute(wanted)}


def identities(conn: Connection) -> Iterable[tuple[Id, str, str, str, date]]:
    """Yield (id, account, last, first, birth date) of everyone, to match the rows of a file."""
    c = patient.c
    for row in conn.execute(select(merged.stands_for(patient), c.account, c.last, c.first, c.birth_date)):
        yield Id(row[0]), row[1], row[2], row[3], row[4]


_CHUNK = 5_000
_LISTED = (
    "id", "account", "last", "first", "middle", "suffix", "birth_date", "sex", "phone", "city", "deceased_on",
)  # fmt: skip


def _list() -> Any:
    p, g = patient.c, guarantor.c
    flags = [g[f"{each}_on"].label(f"flag_{each}") for each in Flag]
    last_visit = (
        select(func.max(visit.c.service_date)).where(merged.is_one_of(visit.c.patient_id, p.id)).scalar_subquery()
    )
    payer_then = first_payer(p.id, bindparam("day", type_=coverage.c.first_day.type))
    return (
        select(*(p[name] for name in _LISTED), *flags, last_visit.label("last_visit"), payer_then)
        .join(guarantor, g.id == p.guarantor_id)
        .where(p.id.in_(bindparam("ids", expanding=True)))
    )


_LIST = _list()  # made once: making it takes longer than running it, and it runs at every keystroke
_FIXED = frozenset({"id", "account", "created_at", "source_ref"})


def _patient(row: Mapping[Any, Any]) -> PatientRecord:
    former = tuple(json.loads(row["former_names"]))
    details = PatientDetails(
        **{f.name: row[f.name] for f in fields(PatientDetails) if f.name != "former_names"}, former_names=former
    )
    return PatientRecord(
        Id(row["id"]),
        row["account"],
        details,
        Id(row["guarantor_id"]),
        row["relationship"],
        row["created_at"],
        row["version"],
        row["source_ref"],
    )


def _made(kind: Any, row: Mapping[Any, Any]) -> Any:
    return kind(**{f.name: row[f.name] for f in fields(kind)})


def _patient_columns(record: PatientRecord) -> dict[str, Any]:
    columns = {f.name: getattr(record.details, f.name) for f in fields(PatientDetails)}
    columns["former_names"] = json.dumps(record.details.former_names, ensure_ascii=False)
    columns.update(
        id=record.id,
        account=record.account,
        guarantor_id=record.guarantor_id,
        relationship=record.relationship,
        source_ref=record.source_ref,
        created_at=record.created_at,
        version=record.version,
    )
    return columns


def _guarantor_columns(record: GuarantorRecord) -> dict[str, Any]:
    columns = {f.name: getattr(record.details, f.name) for f in fields(GuarantorDetails)}
    columns.update({f"{each}_on": record.flags.get(each) for each in Flag})
    columns.update(id=record.id, created_at=record.created_at)
    return columns


def typed_form(record: PatientRecord) -> PatientDetails:
    """Return the details as a form shows them: without the mailing name where it is the name itself."""
    d = record.details
    own = full_name(d.last, d.first, d.middle, d.suffix)
    return replace(d, mailing_name="" if d.mailing_name == own else d.mailing_name)


def typed_guarantor(details: GuarantorDetails) -> GuarantorDetails:
    own = full_name(details.last, details.first)
    return replace(details, mailing_name="" if details.mailing_name == own else details.mailing_name)
