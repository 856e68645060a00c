"""Which column of a file is which field, and what its values mean: a TOML file that an office can write (DESIGN 11).

source = "synthea"                     # names where the records come from; the same name finds them again
[patients]
dates = "iso"                          # iso | mdy | dmy; without it ISO and month first are both read
[patients.columns]
source_ref = "Id"                      # what identifies a row there; several columns as a list
last = "LAST"
[patients.values.sex]
Female = "F"                           # a value of the file = our value; "*" is every other
[patients.constants]
relationship = "self"
[coverages.shift_days]
last_day = -1                          # the file's last day is the first that is not covered
[coverages.refuse.PAYER]
"00" = "No insurance: the patient pays."   # rows with this value are refused with these words
[coverages.warn]
SECONDARY_PAYER = "The second payer is left out."   # rows where this column is filled are warned about
[visits.providers]
file = "providers.csv"                 # beside the imported file
columns = { source_ref = "Id", name = "NAME" }
[history.claims]
file = "claims.csv"
columns = { source_ref = "Id", payer_ref = "PRIMARY", payer2_ref = "SECONDARY", visit_ref = "VISIT" }
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.checks import CARD_WORDS, holds_card_number
from medbill_desktop.domain.dates import NotADate, parse_date
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.edi.csv_files import LONGEST_CELL, begins_like_formula

DEFAULT_SOURCE: Final = "csv"
_ANY: Final = "*"
_SOME_DAY: Final = date(2000, 1, 1)  # no form of a date that is read here depends on it


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The map of one kind of record; fields that are not mapped have the column of their own name, if there is one."""

    source: str = DEFAULT_SOURCE
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    shift_days: Mapping[str, int] = field(default_factory=dict)
    refuse: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    warn: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    lookups: Mapping[str, "Lookup"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A second file, beside the imported one, that describes what its rows only name."""

    file: str
    columns: "ColumnMap"


def read_map(text: str, kind: str) -> ColumnMap:
    """Read the part of a map that is about `kind`; raises Refused with what is wrong with it."""
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"The column map is not written correctly: {error}.") from None
    except RecursionError:
        raise Refused("The column map is not written correctly: its lists lie too deep in one another.") from None
    part = whole.get(kind, {})
    try:
        return _map_of(str(whole.get("source", DEFAULT_SOURCE)), part, {"providers", "places", "claims"} & set(part))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refused(f"The part [{kind}] of the column map is not written correctly.") from None


def _map_of(source: str, part: Mapping[str, Any], lookups: set[str]) -> ColumnMap:
    if part.get("dates", "") not in ("", "iso", "mdy", "dmy"):
        raise Refused("In a column map dates are iso, mdy or dmy.")
    return ColumnMap(
        source=source,
        columns={
            name: [each] if isinstance(each, str) else [str(one) for one in each]
            for name, each in part.get("columns", {}).items()
        },
        values={name: {str(k): str(v) for k, v in each.items()} for name, each in part.get("values", {}).items()},
        constants={name: str(each) for name, each in part.get("constants", {}).items()},
        shift_days={name: int(each) for name, each in part.get("shift_days", {}).items()},
        refuse={name: {str(k): str(v) for k, v in each.items()} for name, each in part.get("refuse", {}).items()},
        warn={name: str(each) for name, each in part.get("warn", {}).items()},
        dates=part.get("dates", ""),
        lookups={name: _lookup(source, part[name]) for name in lookups},
    )


def _lookup(source: str, part: Mapping[str, Any]) -> Lookup:
    name = str(part["file"])
    if Path(name).name != name:
        raise Refused("A column map names files that lie beside the imported one, without a folder.")
    return Lookup(name, _map_of(source, part, set()))


class Header:
    """A map laid over the header of a file; raises Invalid with every column that is missing."""

    def __init__(
        self, column_map: ColumnMap, header: Sequence[str], known: Sequence[str], needed: Sequence[Sequence[str]]
    ) -> None:
        """`needed` are groups of fields, of each of which the file or the map must have one."""
        self.map, self.width = column_map, len(header)
        self.at = {name: at for at, name in enumerate(header) if name}
        self.places: dict[str, tuple[int, ...]] = {}
        missing = []
        for name in known:
            wanted = column_map.columns.get(name, [name] if name in self.at else [])
            missing += [each for each in wanted if each not in self.at]
            if wanted and not set(wanted) - set(self.at):
                self.places[name] = tuple(self.at[each] for each in wanted)
        missing += [each for each in (*column_map.refuse, *column_map.warn) if each not in self.at]
        problems = [
            Problem("column", name, f"The file has no column {name}.", "The column map names it.", "header")
            for name in dict.fromkeys(missing)
        ]
        problems += [
            Problem("column", group[0], f"No column says {' or '.join(group)}.", "Name it in a column map.", "header")
            for group in needed
            if not any(name in self.places or name in column_map.constants for name in group)
        ]
        unknown = sorted(set(column_map.columns) - set(known))
        problems += [
            Problem("column", name, f"There is no field {name} to fill.", "Correct the column map.", "header")
            for name in unknown
        ]
        if problems:
            raise Invalid(problems)

    def has(self, name: str) -> bool:
        return name in self.places or name in self.map.constants


@dataclass(slots=True)
class Row:
    """One row of a file under its header; what is wrong with a cell goes to `found`, at the name of its column."""

    header: Header
    line: int
    cells: list[str]
    found: Findings

    def __post_init__(self) -> None:
        if len(self.cells) != self.header.width:
            self.found.stop(
                "cells", "row", f"The row has {len(self.cells)} cells, the header has {self.header.width}.",
                "Look for a missing or unquoted separator.",
            )  # fmt: skip
            self.cells = (self.cells + [""] * self.header.width)[: self.header.width]
            return
        rules = self.header.map
        for column, reasons in rules.refuse.items():
            if (said := reasons.get(self.cells[self.header.at[column]].strip())) is not None:
                self.found.stop("left-out", column, said)
        for column, said in rules.warn.items():
            if self.cells[self.header.at[column]].strip():
                self.found.warn("left-out", column, said)

    def text(self, name: str) -> str:
        """Return the text of a field: the cell, its meaning in the map, or the map's constant."""
        places = self.header.places.get(name)
        if places is None:
            return self.header.map.constants.get(name, "")
        cell = self.cells[places[0]].strip() if len(places) == 1 else "|".join(self.cells[at].strip() for at in places)
        if not cell:
            return self.header.map.constants.get(name, "")
        if len(cell) > LONGEST_CELL:
            self.found.stop("too-long", name, f"The cell has more than {LONGEST_CELL:,} characters.")
            cell = cell[:LONGEST_CELL]  # the row is refused; nothing that reads on may be kept busy by it
        self._judge(name, cell)
        if name.endswith("zip"):
            cell = self._whole_zip(name, cell)
        values = self.header.map.values.get(name)
        if values is None:
            return cell
        meaning = values.get(cell, values.get(_ANY))
        if meaning is None:
            self.found.stop("value", name, "This value is not in the column map.", f"Known are {', '.join(values)}.")
            return ""
        return meaning

    def day(self, name: str) -> date | None:
        """Return the date of a field, shifted as the map says; the time behind a date is not read."""
        text = self.text(name)
        if not text:
            return None
        try:
            day = read_day(text, self.header.map.dates)
            return day + timedelta(days=self.header.map.shift_days.get(name, 0))
        except (NotADate, OverflowError) as error:
            self.found.stop("date", name, str(error))
            return None

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        if text and not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            self.found.stop("number", name, "This is not a number.")
            return default
        return int(text) if text else default

    def _whole_zip(self, name: str, cell: str) -> str:
        """Give back the zeros in front that a spreadsheet takes away."""
        if not re.fullmatch(r"\d{3,4}|\d{7,8}", cell, re.ASCII):
            return cell
        whole = cell.zfill(5 if len(cell) < 5 else 9)
        self.found.warn("zip-zero", name, f"The ZIP code has lost the zero in front; it is read as {whole}.")
        return whole

    def _judge(self, name: str, cell: str) -> None:
        if len(cell) >= 13 and holds_card_number(cell):
            self.found.stop("card-number", name, CARD_WORDS)
        if name != "phone" and begins_like_formula(cell):
            self.found.warn("formula", name, "The cell begins like a formula.", "It is kept as the text that it is.")


def read_day(text: str, form: str = "") -> date:
    """Read a date of a file: ISO, with or without a time, mm/dd/yyyy, or as `form` says; raises NotADate."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?", text)
    if found is not None and form in ("", "iso"):
        return parse_date(found[1], _SOME_DAY)
    parts = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: .*)?", text)
    if parts is not None and form in ("", "mdy"):
        return parse_date(f"{parts[1]}/{parts[2]}/{parts[3]}", _SOME_DAY)
    if parts is not None and form == "dmy":
        return parse_date(f"{parts[2]}/{parts[1]}/{parts[3]}", _SOME_DAY)
    usual = {"iso": "yyyy-mm-dd", "mdy": "mm/dd/yyyy", "dmy": "dd/mm/yyyy", "": "yyyy-mm-dd or mm/dd/yyyy"}[form]
    raise NotADate(f"This is not a date. Dates are read as {usual}.")
