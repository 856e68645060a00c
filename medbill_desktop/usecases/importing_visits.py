"""Visits out of a file, with the providers and places that they need (DESIGN 11)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table

from medbill_desktop.domain.catalogs import PlaceDetails, ProviderDetails, checked_place, checked_provider
from medbill_desktop.domain.coverages import Standing, standing
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import fold
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.edi.column_maps import ColumnMap, Header, Lookup, Row
from medbill_desktop.edi.csv_files import examine
from medbill_desktop.storage import catalogs, coverages, visits
from medbill_desktop.storage.tables import place, provider
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.importing import People, Ready, entry_of, two_names

YES: Final = frozenset({"yes", "y", "true", "1", "x"})


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit whose provider and place may have to be made first."""

    patient_id: Id
    service_date: date
    provider: str
    place: str
    self_pay: bool
    note: str = field(repr=False)


class Visits:
    """Visits of patients that are there; providers and places are made as needed."""

    fields = (
        "source_ref", "patient_ref", "account", "service_date", "provider_ref", "provider_name", "provider_npi",
        "place_ref", "place_name", "self_pay", "note",
    )  # fmt: skip
    needed = (
        ("patient_ref", "account"), ("service_date",), ("provider_ref", "provider_name", "provider_npi"),
        ("place_ref", "place_name"),
    )  # fmt: skip

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._read = read
        self._people = People(read, header.map.source)
        lookups = header.map.lookups
        self.providers = _Entries(read, provider, _provider_of, header.map, lookups.get("providers"), folder)
        self.places = _Entries(read, place, _place_of, header.map, lookups.get("places"), folder)
        self._kept: set[tuple[Any, ...]] = set(visits.kept(read.conn))
        self._policies = coverages.all_held(read.conn)

    def known(self) -> set[str]:
        return visits.sources(self._read.conn)

    def key(self, row: Row) -> str:
        return "|".join(row.text(name) for name in self.fields[1:9])

    def judge(self, row: Row, line: int) -> Visit | None:
        patient_id, day = self._people.find(row), row.day("service_date")
        if day is None and not row.found.stops():
            row.found.stop("dates", "service_date", "The day of the visit is missing.")
        text = row.text
        doctor = self.providers.find(row, "provider", text("provider_ref"), text("provider_npi"), text("provider_name"))
        where = self.places.find(row, "place", text("place_ref"), text("place_name"))
        if patient_id is None or day is None or doctor is None or where is None:
            return None
        if day < self._people.born[patient_id]:
            row.found.stop("service-date", "service_date", "The day lies before the patient's birth.")
        made = Visit(patient_id, day, doctor, where, text("self_pay").lower() in YES, text("note"))
        self._warn(made, row.found)
        return made

    def _warn(self, made: Visit, found: Findings) -> None:
        """Tell of a visit that is there already, and of a day on which no policy of the patient pays."""
        same = (made.patient_id, made.service_date, self.providers.id_of(made.provider), self.places.id_of(made.place))
        if same in self._kept:
            found.warn(
                "visit-twice", "service_date", f"A visit of {say_date(made.service_date)} with this provider at this"
                " place is there already.", "Take the row out, unless there were two visits on this day.",
            )  # fmt: skip
        self._kept.add(same)
        policies = self._policies.get(made.patient_id, ())
        paid = any(standing(each.first_day, each.last_day, made.service_date) is Standing.ACTIVE for each in policies)
        if policies and not paid and not made.self_pay:
            found.warn(
                "uncovered", "service_date", f"No policy of this patient covers {say_date(made.service_date)}.",
                "Change the days of the policy, or say that the patient pays.",
            )  # fmt: skip

    def also_made(self, ready: Sequence[Ready]) -> tuple[int, int]:
        """Return how many providers and places have to be made for these visits."""
        doctors = self.providers.missing(each.record.provider for each in ready)
        return len(doctors), len(self.places.missing(each.record.place for each in ready))

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        doctors = self.providers.write(work, [each.record.provider for each in ready])
        places = self.places.write(work, [each.record.place for each in ready])
        new = [
            visits.NewVisit(
                work.new_id(),
                each.record.patient_id,
                each.record.service_date,
                doctors[each.record.provider],
                places[each.record.place],
                self_pay=each.record.self_pay,
                note=each.record.note,
                source_ref=each.ref,
            )
            for each in ready
        ]
        visits.add(work.conn, new, work.now)


class _Entries:
    """Providers or places: those that are there by any of their names, and those a second file describes."""

    def __init__(
        self,
        read: Reading,
        table: Table,
        make: Callable[[Row], Any],
        whole: ColumnMap,
        lookup: Lookup | None,
        folder: Path,
    ) -> None:
        self._table, self._source = table, whole.source
        self._here: dict[str, Id] = dict(catalogs.ids_by_source(read.conn, table))
        for row in catalogs.entries(read.conn, table, everyone=True, order="id"):
            for name in _names_of(row):
                self._here.setdefault(name, Id(row["id"]))
        self._described = {} if lookup is None else dict(_described(lookup, folder, make))
        self._wanted: dict[str, Any] = {}

    def find(self, row: Row, where: str, ref: str, *names: str) -> str | None:
        """Return the key under which `write` gives the id."""
        own = f"{self._source}:{ref}"
        for key in (own, *(fold(name) for name in names if name)):
            if key in self._here:
                return key
        described = self._described.get(ref)
        if described is None:
            row.found.stop(where, where, f"This {where} is not in the practice.", f"Add the {where} first.")
            return None
        if described.problems:
            row.found.stop(where, where, f"The file of the {where}s describes it wrongly: {described.problems}")
            return None
        self._wanted.setdefault(own, described.record)
        return own

    def id_of(self, key: str) -> Id | str:
        """Return the id of one that is here; what has to be made is told apart by its key."""
        return self._here.get(key, key)

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return the keys of those that have to be made."""
        return [key for key in dict.fromkeys(keys) if key not in self._here]

    def write(self, work: Work, keys: Iterable[str]) -> dict[str, Id]:
        """Make what is not there, and return all ids by key."""
        made = [entry_of(work, self._wanted[key], key) for key in self.missing(keys)]
        catalogs.add_entries(work.conn, self._table, made)
        self._here |= {each["source_ref"]: each["id"] for each in made}
        return self._here


@dataclass(frozen=True, slots=True)
class _Described:
    record: Any
    problems: str


def _described(lookup: Lookup, folder: Path, make: Callable[[Row], Any]) -> Iterator[tuple[str, _Described]]:
    path = folder / lookup.file
    if not path.exists():
        raise Refused(f"The column map needs the file {lookup.file} beside this one.")
    file = examine(path)
    fields = ("source_ref", "name", "last", "first", "npi", "pos", "street", "city", "state", "zip")
    header = Header(lookup.columns, file.header, fields, (("source_ref",), ("name", "last")))
    for line, cells in file.rows():
        found = Findings()
        row = Row(header, line, cells, found)
        record = make(row)
        yield row.text("source_ref"), _Described(record, " ".join(p.sentence() for p in found.stops()))


def _provider_of(row: Row) -> ProviderDetails:
    last, first = two_names(row.text("name"))
    details = ProviderDetails(row.text("last") or last, row.text("first") or first, npi=row.text("npi"))
    return checked_provider(details, row.found)


def _place_of(row: Row) -> PlaceDetails:
    text = row.text
    details = PlaceDetails(text("name"), text("pos") or "11", text("street"), text("city"), text("state"), text("zip"))
    return checked_place(details, row.found)


def _names_of(row: Mapping[Any, Any]) -> Iterator[str]:
    if "npi" in row:
        yield row["npi"] or "-"
        yield fold(f"{row['first']} {row['last']}")
        yield fold(f"{row['last']} {row['first']}")
    else:
        yield fold(row["name"])
