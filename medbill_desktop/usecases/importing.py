"""How each kind of record is read out of a row, judged and written (DESIGN 11, BILLING R1-R4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

from medbill_desktop.domain.catalogs import (
    PayerDetails,
    checked_payer,
)
from medbill_desktop.domain.coverages import CoverageDetails, Held, check_overlap, checked_coverage
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import fold, name_key
from medbill_desktop.domain.patients import GuarantorDetails, PatientDetails
from medbill_desktop.domain.registration import NewPatient, judged
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import catalogs, coverages, patients
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.registering import write

CHUNK: Final = 2_000
YES: Final = frozenset({"yes", "y", "true", "1", "x"})


@dataclass(frozen=True, slots=True, repr=False)
class Ready:
    """A judged row: the name it has in its source, and what will be written."""

    ref: str
    line: int
    record: Any


class Kind(Protocol):
    """One kind of record."""

    def known(self) -> set[str]:
        """Return the names of the records that were imported before."""

    def key(self, row: Row) -> str:
        """Return what identifies the row where no column does."""

    def judge(self, row: Row, line: int) -> Any:
        """Return the record, problems in `row.found`."""

    def write(self, work: Work, ready: Sequence[Ready]) -> None: ...


class Patients:
    """Patients with their guarantor: themselves, or the one the row names."""

    address = ("street", "street2", "city", "state", "zip", "phone", "email")
    fields = (
        "source_ref", "last", "first", "middle", "suffix", "mailing_name", "former_name", "birth_date", "sex", "ssn",
        *address, "deceased_on", "relationship", "guarantor_last", "guarantor_first",
        *(f"guarantor_{each}" for each in address),
    )  # fmt: skip
    needed = (("last",), ("birth_date",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._read, self._header = read, header
        self._here: dict[tuple[str, date], str] = {
            (name_key(last, first), born): account for _, account, last, first, born in patients.identities(read.conn)
        }

    def known(self) -> set[str]:
        return set(patients.ids_by_source(self._read.conn))

    def key(self, row: Row) -> str:
        return f"{name_key(row.text('last'), row.text('first'))}|{row.text('birth_date')}"

    def judge(self, row: Row, line: int) -> NewPatient | None:
        born = row.day("birth_date")
        if born is None:
            if not row.found.stops():
                row.found.stop("birth-date", "birth_date", "The birth date is missing.")
            return None
        text = row.text
        details = PatientDetails(
            last=text("last"),
            first=text("first"),
            birth_date=born,
            sex=_SEXES.get(text("sex").upper(), text("sex").upper()),
            middle=text("middle"),
            suffix=text("suffix"),
            mailing_name=text("mailing_name"),
            former_names=tuple(each for each in [text("former_name")] if each),
            ssn=text("ssn"),
            deceased_on=row.day("deceased_on"),
            **{name: text(name) for name in self.address},
        )
        other = text("guarantor_last")
        guarantor = None
        if other:
            spelled = {name: text(f"guarantor_{name}") for name in self.address}
            guarantor = GuarantorDetails(other, text("guarantor_first"), **spelled)
        relationship = text("relationship").lower() or ("other" if other else "self")
        new = NewPatient(details, guarantor, relationship=relationship)
        made = judged(new, self._read.today, row.found, imported=True)
        self._compare(made.patient, row, line)
        return made

    def _compare(self, details: PatientDetails, row: Row, line: int) -> None:
        """Two with one name and birth date are told; where nothing else tells them apart, the second is refused."""
        who = (name_key(details.last, details.first), details.birth_date)
        here = self._here.setdefault(who, f"line {line}")
        if here == f"line {line}":
            return
        place = here if here.startswith("line") else f"account {here}"
        said = f"Name and birth date are those of {place}."
        if self._header.has("source_ref"):
            row.found.warn("duplicate", "last", said, "Check that these are two people.")
        else:
            row.found.stop(
                "duplicate", "last", said, "Take the row out, or give the file a column that tells them apart."
            )

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        write(work, [each.record for each in ready], [each.ref for each in ready])


class Payers:
    fields = ("source_ref", "name", "payer_code", "filing_indicator", "street", "city", "state", "zip", "phone")
    needed = (("name",),)

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._read = read
        self._names = {fold(name) for _, name, _ in catalogs.payer_names(read.conn)}

    def known(self) -> set[str]:
        return set(catalogs.ids_by_source(self._read.conn, payer))

    def key(self, row: Row) -> str:
        return fold(row.text("name"))

    def judge(self, row: Row, line: int) -> PayerDetails:
        name, code, indicator, street, city, state, zip_code, phone = (row.text(name) for name in self.fields[1:])
        made = checked_payer(PayerDetails(name, code, indicator, street, city, state, zip_code, phone), row.found)
        if fold(made.name) in self._names:
            row.found.stop("duplicate", "name", "A payer has this name already.", "Take the row out.")
        self._names.add(fold(made.name))
        return made

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        catalogs.add_entries(work.conn, payer, [entry_of(work, each.record, each.ref) for each in ready])


class Coverages:
    """Policies of patients and payers that are there."""

    subscriber = ("last", "first", "birth", "sex", "street", "city", "state", "zip")
    fields = (
        "source_ref", "patient_ref", "account", "payer_ref", "payer_name", "payer_code", "member_id", "first_day",
        "last_day", "rank", "group_number", "group_name", "relationship", "subscriber_name",
        *(f"subscriber_{each}" for each in subscriber),
    )  # fmt: skip
    needed = (("patient_ref", "account"), ("payer_ref", "payer_name", "payer_code"), ("member_id",), ("first_day",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._read, self._source = read, header.map.source
        self._people = People(read, self._source)
        self._payers = catalogs.ids_by_source(read.conn, payer)
        self._by_name = {fold(name): each for each, name, _ in catalogs.payer_names(read.conn)}
        self._by_code = {code: each for each, _, code in catalogs.payer_names(read.conn) if code}
        self._held = coverages.all_held(read.conn)

    def known(self) -> set[str]:
        return coverages.sources(self._read.conn)

    def key(self, row: Row) -> str:
        return "|".join(row.text(name) for name in ("patient_ref", "account", "member_id", "first_day", "rank"))

    def judge(self, row: Row, line: int) -> tuple[Id, CoverageDetails] | None:
        patient_id, payer_id = self._people.find(row), self._payer(row)
        first_day, last_day = row.day("first_day"), row.day("last_day")
        if first_day is None and not row.found.stops():
            row.found.stop("dates", "first_day", "The first day is missing.")
        if first_day is not None and last_day is not None and last_day < first_day:
            row.found.stop("dates", "last_day", "The period has no day: it ends before it begins.")
        if row.found.stops() or patient_id is None or payer_id is None or first_day is None:
            return None
        made = checked_coverage(
            self._details(row, payer_id, first_day, last_day), self._read.today, row.found, imported=True
        )
        held = self._held.setdefault(patient_id, [])
        check_overlap(made, held, row.found)
        if not row.found.stops():
            held.append(Held(Id(0), made.rank, made.first_day, made.last_day))
        return patient_id, made

    def _details(self, row: Row, payer_id: Id, first_day: date, last_day: date | None) -> CoverageDetails:
        text = row.text
        relationship = text("relationship").lower() or "self"
        details = CoverageDetails(
            payer_id=payer_id,
            member_id=text("member_id"),
            first_day=first_day,
            last_day=last_day,
            rank=row.number("rank", 1),
            group_number=text("group_number"),
            group_name=text("group_name"),
            relationship=relationship,
        )
        if relationship == "self":
            return details
        last, first = two_names(text("subscriber_name"))
        return replace(
            details,
            subscriber_last=text("subscriber_last") or last,
            subscriber_first=text("subscriber_first") or first,
            subscriber_birth=row.day("subscriber_birth"),
            subscriber_sex=text("subscriber_sex").upper(),
            subscriber_street=text("subscriber_street"),
            subscriber_city=text("subscriber_city"),
            subscriber_state=text("subscriber_state"),
            subscriber_zip=text("subscriber_zip"),
        )

    def _payer(self, row: Row) -> Id | None:
        ref, name, code = row.text("payer_ref"), row.text("payer_name"), row.text("payer_code")
        found = self._payers.get(f"{self._source}:{ref}") or self._by_code.get(code) or self._by_name.get(fold(name))
        if found is None:
            row.found.stop("payer", "payer", "This payer is not in the practice.", "Import or add the payer first.")
        return found

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        new = [coverages.NewCoverage(work.new_id(), each.record[0], each.record[1], each.ref) for each in ready]
        coverages.add(work.conn, new, work.now)


class People:
    """Patients by the name they have in the source, or by account."""

    def __init__(self, read: Reading, source: str) -> None:
        self._source = source
        self._by_ref = patients.ids_by_source(read.conn)
        self._by_account: dict[str, Id] = {}
        self.born: dict[Id, date] = {}
        for each, account, _, _, born in patients.identities(read.conn):
            self._by_account[account] = each
            self.born[each] = born

    def find(self, row: Row) -> Id | None:
        found = self._by_account.get(row.text("account")) or self._by_ref.get(
            f"{self._source}:{row.text('patient_ref')}"
        )
        if found is None:
            row.found.stop(
                "patient", "patient", "This patient is not in the practice.", "Import or register them first."
            )
        return found


_SEXES: Final = {"": "U", "FEMALE": "F", "MALE": "M", "UNKNOWN": "U", "OTHER": "U"}


def two_names(text: str) -> tuple[str, str]:
    """Return (last, first) of `Ana Maria Ortiz` or `Ortiz, Ana Maria`."""
    if "," in text:
        last, _, first = text.partition(",")
        return last.strip(), first.strip()
    first, _, last = text.rpartition(" ")
    return last.strip(), first.strip()


def entry_of(work: Work, details: Any, ref: str) -> dict[str, Any]:
    columns = {name: getattr(details, name) for name in details.__dataclass_fields__}
    return {"id": work.new_id(), "source_ref": ref, **columns}


def made_ref(source: str, key: str) -> str:
    """Return the name of a record whose file has none: its own content, so that it is known when it comes again."""
    return f"{source}:={sha256(key.encode()).hexdigest()[:32]}"
