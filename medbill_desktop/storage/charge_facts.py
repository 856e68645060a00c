"""What charge entry asks besides patient, policy and price: releases, contracts, authorizations, what is charged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from medbill_desktop.domain.authorizations import VISITS, Authorization, AuthorizationDetails
from medbill_desktop.domain.charge_codes import ReleaseBook, is_lab, release_book
from medbill_desktop.domain.charges import Superbill, UsesSchedule
from medbill_desktop.domain.code_sets import CodeSet, Release, in_force
from medbill_desktop.domain.contracts import Rate
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.medicare_prices import place_class
from medbill_desktop.domain.money import Cents
from medbill_desktop.storage import code_releases, merged
from medbill_desktop.storage.tables import (
    charge,
    contract_rate,
    lab_certificate,
    payer_schedule,
    prior_authorization,
)

IN_ONE_STATEMENT: Final = 900
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_DAYS: Final[BindParameter[Any]] = bindparam("days", expanding=True)
_RATES: Final = select(
    *(contract_rate.c[name] for name in Rate.__dataclass_fields__)
).where(contract_rate.c.code.in_(_IDS))  # fmt: skip
_USES: Final = select(*(payer_schedule.c[name] for name in UsesSchedule.__dataclass_fields__))
_CERTIFICATES: Final = select(lab_certificate).where(lab_certificate.c.place_id.in_(_IDS))
_CHARGED: Final = select(
    charge.c.patient_id, charge.c.service_date, charge.c.code, charge.c.modifiers, charge.c.provider_id,
    charge.c.visit_id,
).where(
    charge.c.patient_id.in_(_IDS), charge.c.service_date.in_(_DAYS), charge.c.voided_at.is_(None)
)  # fmt: skip
_AUTHORIZATIONS: Final = select(prior_authorization).where(prior_authorization.c.patient_id.in_(_IDS))
_USED: Final = (
    select(
        charge.c.authorization_id, func.sum(charge.c.units).label("units"),
        func.count(charge.c.visit_id.distinct()).label("visits"),
    )
    .where(charge.c.authorization_id.in_(_IDS), charge.c.voided_at.is_(None))
    .group_by(charge.c.authorization_id)
)  # fmt: skip


@dataclass(slots=True)
class Facts:
    """The facts of a whole batch, asked once."""

    uses: list[UsesSchedule] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    pos: Mapping[Id, str] = field(default_factory=dict)
    certificates: list[tuple[Id, str, date, date | None]] = field(default_factory=list)
    charged: dict[tuple[Id, date], set[tuple[str, str]]] = field(default_factory=dict)
    seen: dict[tuple[Id, date], set[tuple[Id, Id]]] = field(default_factory=dict)
    authorizations: dict[Id, list[Authorization]] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    _books: dict[tuple[CodeSet, date], ReleaseBook | None] = field(default_factory=dict)
    _pairs: dict[tuple[date, frozenset[str]], Any] = field(default_factory=dict)

    def of(self, conn: Connection, bill: Superbill) -> dict[str, Any]:
        """Return the fields of Known that one superbill has from here."""
        day = bill.service_date
        codes = sorted({line.code.strip().upper() for line in bill.lines})
        held = {each.code_set for each in self.releases}
        return {
            "schedules": self.uses,
            "rates": self.rates,
            "place_class": place_class(self.pos.get(bill.place_id, "11")),
            "clia": self._clia(bill),
            "authorizations": self.authorizations.get(bill.patient_id, ()),
            "charged": frozenset(self.charged.get((bill.patient_id, day), ())),
            "seen": frozenset(self.seen.get((bill.patient_id, day), ())),
            "diagnoses": self._book(conn, CodeSet.ICD10CM, day),
            "supplies": self._book(conn, CodeSet.HCPCS, day),
            "own_codes": self._book(conn, CodeSet.OWN, day),
            "unit_limits": code_releases.limits_on(conn, codes, day) if CodeSet.MUE in held else {},
            "pairs": code_releases.pairs_on(conn, codes, day) if CodeSet.NCCI in held else (),
        }

    def _book(self, conn: Connection, code_set: CodeSet, day: date) -> ReleaseBook | None:
        if (code_set, day) not in self._books:
            release = in_force(self.releases, code_set, day)
            made = None if release is None else release_book(release, code_releases.book(conn, release), day)
            self._books[code_set, day] = made
        return self._books[code_set, day]

    def _clia(self, bill: Superbill) -> str:
        day = bill.service_date
        mine = (each for each in self.certificates if each[0] == bill.place_id)
        return next((number for _, number, first, last in mine if first <= day and (last is None or day <= last)), "")


def facts_for(
    conn: Connection, superbills: Sequence[Superbill], families: Mapping[Id, Sequence[Id]], pos: Mapping[Id, str]
) -> Facts:
    """Ask for a batch what its superbills need; `families` are all records of their patients, `pos` by place."""
    codes = {line.code.strip().upper() for each in superbills for line in each.lines}
    people = _people(families)
    days = {each.service_date for each in superbills}
    made = Facts(pos=pos)
    if not superbills:
        return made
    made.releases = [each.release for each in code_releases.every(conn)]
    made.uses = [UsesSchedule(*row) for row in conn.execute(_USES)]
    for part in _chunks(codes):
        made.rates += (Rate(*row) for row in conn.execute(_RATES, {"ids": part}))
    for part in _chunks({each.place_id for each in superbills} if any(map(is_lab, codes)) else ()):
        found = conn.execute(_CERTIFICATES, {"ids": part})
        made.certificates += ((row.place_id, row.number, row.first_day, row.last_day) for row in found)
    for part in _chunks(people):
        for row in conn.execute(_CHARGED, {"ids": part, "days": sorted(days)}):
            for who in people[row.patient_id]:
                made.charged.setdefault((who, row.service_date), set()).add((row.code, row.modifiers))
                made.seen.setdefault((who, row.service_date), set()).add((row.provider_id, row.visit_id))
        for patient_id, each in _authorizations(conn, part):
            for who in people[patient_id]:
                made.authorizations.setdefault(who, []).append(each)
    return made


def authorizations_of(conn: Connection, patient_id: Id) -> list[Authorization]:
    """Return the authorizations of a patient with what is used of them, the newest first."""
    every = [each for _, each in _authorizations(conn, merged.patients(conn, patient_id))]
    return sorted(every, key=lambda each: each.details.first_day, reverse=True)


def _people(families: Mapping[Id, Sequence[Id]]) -> dict[Id, list[Id]]:
    """Return for each record of these people the ids that were asked for."""
    found: dict[Id, list[Id]] = {}
    for asked, same in families.items():
        for each in same:
            found.setdefault(each, []).append(asked)
    return found


def _authorizations(conn: Connection, patient_ids: Sequence[Id]) -> Iterator[tuple[Id, Authorization]]:
    rows = conn.execute(_AUTHORIZATIONS, {"ids": patient_ids}).all()
    used: dict[Id, Any] = {}
    for part in _chunks({row.id for row in rows}):
        used |= {row.authorization_id: row for row in conn.execute(_USED, {"ids": part})}
    for row in rows:
        details = AuthorizationDetails(
            row.payer_id, row.number, row.allowed, row.first_day, row.last_day, row.counts, tuple(row.codes.split())
        )
        mine = used.get(row.id)
        count = 0 if mine is None else mine.visits if row.counts == VISITS else mine.units
        yield row.patient_id, Authorization(row.id, details, count)


def rates(conn: Connection, payer_id: Id | None = None) -> list[tuple[Id, Rate]]:
    """Return the allowables with their ids, of one payer or of all."""
    names = list(Rate.__dataclass_fields__)
    wanted = select(contract_rate.c.id, *(contract_rate.c[name] for name in names))
    if payer_id is not None:
        wanted = wanted.where(contract_rate.c.payer_id == payer_id)
    wanted = wanted.order_by(contract_rate.c.payer_id, contract_rate.c.code, contract_rate.c.first_day)
    return [(Id(row[0]), Rate(row[1], row[2], Cents(row[3]), *row[4:])) for row in conn.execute(wanted)]


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    every = sorted(values)
    for start in range(0, len(every), IN_ONE_STATEMENT):
        yield every[start : start + IN_ONE_STATEMENT]
