"""Bring in patients, payers, coverages and visits from CSV files (DESIGN 11, SECURITY F13-F14)."""

from dataclasses import dataclass, field
from typing import Literal

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

Kind = Literal["patients", "payers", "coverages", "visits"]


@dataclass(frozen=True, slots=True)
class PreviewImport:
    """What an import would do; nothing is written.

    `column_map` is the path of a TOML file or the name of one that we ship, such as `synthea`; empty where the file's
    columns have our own names.
    """

    kind: str
    path: str = field(repr=False)
    column_map: str = ""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """Every row of the file is ready, known already, or refused: ready + known + refused == rows."""

    rows: int
    ready: int
    known: int  # imported before, so nothing is done
    refused: int
    problems: tuple[Problem, ...] = field(repr=False)  # segment: `line 12`; of refused rows; the first 10,000
    warnings: tuple[Problem, ...] = field(repr=False)
    encoding: str  # `UTF-8` or `Windows-1252`
    also_made: tuple[int, int]  # providers and places that the visits need

    @property
    def may_import(self) -> bool:
        return self.refused == 0 and self.ready > 0


@dataclass(frozen=True, slots=True)
class ImportRows:
    """Import the file whole; with a refused row nothing is, unless `skip_refused`."""

    id: Id
    kind: str
    path: str = field(repr=False)
    column_map: str = ""
    skip_refused: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    rows: int
    imported: int
    known: int
    refused: int
    providers_made: int
    places_made: int


@query("import.preview", needs=Permission.MANAGE_CATALOGS)
def preview_import(read: Reading, asked: PreviewImport) -> ImportPreview:
    raise NotImplementedError


@usecase("import.rows", needs=Permission.MANAGE_CATALOGS, topics={"patients", "catalogs", "visits"})
def import_rows(work: Work, cmd: ImportRows) -> Imported:
    """Raise Invalid with the problems of every refused row."""
    raise NotImplementedError
