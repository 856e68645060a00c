"""Bring in patients, payers, coverages, visits, prices and ledgers from CSV files (DESIGN 11, SECURITY F13-F14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from re import fullmatch
from typing import Final

from medbill_desktop import assets
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.edi.chosen_files import opened_plain
from medbill_desktop.edi.column_maps import Header, Row, read_map
from medbill_desktop.edi.column_names import Reading as Columns
from medbill_desktop.edi.column_names import recognised
from medbill_desktop.edi.csv_files import CsvFile, examine
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.importing import Coverages, Kind, Patients, Payers, Ready, made_ref
from medbill_desktop.usecases.importing_balances import Balances
from medbill_desktop.usecases.importing_fees import Fees
from medbill_desktop.usecases.importing_history import History
from medbill_desktop.usecases.importing_ledger import Ledger, LedgerSums
from medbill_desktop.usecases.importing_rates import Rates
from medbill_desktop.usecases.importing_visits import Visits

CHUNK: Final = 2_000
MOST_PROBLEMS: Final = 10_000
MOST_IN_A_REFUSAL: Final = 200
MOST_MAP_BYTES: Final = 1_000_000


_Catalog = type[Patients] | type[Payers] | type[Coverages] | type[Visits] | type[Fees] | type[Rates]
KINDS: Final[dict[str, _Catalog | type[History] | type[Balances]]] = {
    "patients": Patients,
    "payers": Payers,
    "coverages": Coverages,
    "visits": Visits,
    "fees": Fees,
    "rates": Rates,
    "history": History,
    "balances": Balances,
}
WHOLE: Final = frozenset({"history", "balances"})  # a ledger with a row left out is wrong, so it comes whole or not


@dataclass(frozen=True, slots=True)
class PreviewImport:
    """What an import would do; nothing is written.

    `column_map` is the path of a TOML file or the name of one that we ship, such as `synthea`; empty where the file's
    columns have our own names, or those that other systems usually give them.
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
    read_as: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # (column, field) where no map said it
    unread: tuple[str, ...] = field(default=(), repr=False)  # columns that nothing takes
    ledger: LedgerSums | None = None  # what the rows of a ledger come to
    sha256: str = ""  # of the file that was looked at


@dataclass(frozen=True, slots=True)
class ImportRows:
    """Import the file whole; with a refused row nothing is, unless `skip_refused`.

    With the `sha256` of a preview, a file that has other content since then is refused.
    """

    id: Id
    kind: str
    path: str = field(repr=False)
    column_map: str = ""
    skip_refused: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    rows: int
    imported: int
    known: int
    refused: int
    providers_made: int
    places_made: int
    import_id: Id | None = None  # of a ledger, by which it is undone


@dataclass(slots=True)
class Plan:
    """A file judged whole; nothing of it is written yet."""

    kind: Kind
    file: CsvFile
    columns: Columns
    ready: list[Ready] = field(default_factory=list)
    rows: int = 0
    known: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def also_made(self) -> tuple[int, int]:
        return self.kind.also_made(self.ready) if isinstance(self.kind, Visits) else (0, 0)


@query("import.preview", needs=Permission.MANAGE_CATALOGS)
def preview_import(read: Reading, asked: PreviewImport) -> ImportPreview:
    plan = _plan(read, asked.kind, asked.path, asked.column_map)
    return ImportPreview(
        plan.rows,
        len(plan.ready),
        plan.known,
        plan.refused,
        tuple(plan.problems),
        tuple(plan.warnings),
        plan.file.encoding,
        plan.also_made,
        plan.columns.renamed,
        plan.columns.unread,
        plan.kind.sums(plan.ready) if isinstance(plan.kind, Ledger) else None,
        plan.file.sha256,
    )


def _planned(read: Reading, cmd: ImportRows) -> Plan:
    return _plan(read, cmd.kind, cmd.path, cmd.column_map, cmd.sha256)


@usecase(
    "import.rows",
    needs=Permission.MANAGE_CATALOGS,
    topics={"patients", "catalogs", "visits", "ledger", "payments"},
    prepare=_planned,
    reads={"patients", "catalogs", "visits", "ledger"},
)
def import_rows(work: Work, cmd: ImportRows, plan: Plan) -> Imported:
    """Raise Invalid with the problems of the refused rows."""
    if plan.refused and (cmd.kind in WHOLE or not cmd.skip_refused):
        raise Invalid(plan.problems[:MOST_IN_A_REFUSAL])
    ledger = plan.kind if isinstance(plan.kind, Ledger) and plan.ready else None
    if ledger is not None:
        ledger.begin(work, cmd.id, plan.file.sha256, plan.ready)
    providers, places = plan.also_made
    for start in range(0, len(plan.ready), CHUNK):
        work.watch.step(start, len(plan.ready), "Writing")
        plan.kind.write(work, plan.ready[start : start + CHUNK])
    done = Imported(plan.rows, len(plan.ready), plan.known, plan.refused, providers, places,
                    None if ledger is None else ledger.import_id)  # fmt: skip
    work.entry.about(
        "import", done.import_id, of_kind=cmd.kind, sha256=plan.file.sha256, rows=done.rows, imported=done.imported,
        known=done.known, refused=done.refused, providers=providers, places=places,
    )  # fmt: skip
    return done


def _plan(read: Reading, kind: str, path: str, map_name: str, looked_at: str = "") -> Plan:
    if kind not in KINDS:
        raise Refused(f"{', '.join(KINDS)} can be imported, not {kind}.")
    mapped = Columns(read_map(_map_text(map_name), kind)) if map_name else None
    file = examine(Path(path), step=lambda done, total: read.watch.step(done, total, "Looking at the file"))
    if looked_at not in ("", file.sha256):
        raise Refused("This file has changed since it was looked at. Look at it again.")
    made = KINDS[kind]
    columns = mapped or recognised(kind, file.header, made.fields)
    header = _header(columns, file, made.fields, made.needed)
    plan = Plan(made(read, header, Path(path).parent), file, columns)
    known, lines = plan.kind.known(), dict[str, int]()
    for line, cells in file.rows():
        plan.rows += 1
        if plan.rows % 200 == 1:
            read.watch.step(min(line, file.lines), file.lines, "Reading")
        found = Findings()
        row = Row(header, line, cells, found)
        ref = _ref(plan.kind, row)
        if ref in known:
            plan.known += 1
            continue
        if (before := lines.setdefault(ref, line)) != line:
            found.stop("twice", "row", f"The same record stands in line {before}.", "Keep one of them.")
        record = None if found.stops() else plan.kind.judge(row, line)
        if found.stops() or record is None:
            plan.refused += 1
        else:
            plan.ready.append(Ready(ref, line, record))
        _note(plan, found, line)
    if isinstance(plan.kind, Ledger):
        _refuse_unfinished(plan, plan.kind.unfinished())
    return plan


def _refuse_unfinished(plan: Plan, refs: Mapping[str, str]) -> None:
    """Refuse the rows that a later one should have completed."""
    if not refs:
        return
    left = [row for row in plan.ready if row.ref in refs]
    plan.ready = [row for row in plan.ready if row.ref not in refs]
    plan.refused += len(left)
    for each in left:
        _note(plan, Findings([Problem("unfinished", "row", refs[each.ref], "Complete the file.")]), each.line)


def _header(columns: Columns, file: CsvFile, fields: tuple[str, ...], needed: tuple[tuple[str, ...], ...]) -> Header:
    """Lay the map over the header; raises Invalid with what is missing and what could be two things."""
    doubted = {each.field for each in columns.problems}
    try:
        header = Header(columns.map, file.header, fields, needed)
    except Invalid as missing:
        rest = [each for each in missing.problems if each.field not in doubted]
        raise Invalid([*columns.problems, *rest]) from None
    if columns.problems:
        raise Invalid(columns.problems)
    return header


def _ref(kind: Kind, row: Row) -> str:
    """Return the name by which this record is known when it comes a second time."""
    source = row.header.map.source
    named = row.text("source_ref")
    return f"{source}:{named}" if named.strip("|") else made_ref(source, kind.key(row))


def _note(plan: Plan, found: Findings, line: int) -> None:
    seen = set()
    for each in found.problems:
        if (each.code, each.field) not in seen:
            seen.add((each.code, each.field))
            kept = plan.warnings if each.warns else plan.problems
            if len(kept) < MOST_PROBLEMS:
                kept.append(replace(each, segment=f"line {line}"))


def _map_text(name: str) -> str:
    shipped = fullmatch(r"[a-z0-9_-]+", name) is not None
    path = Path(name)
    try:
        file, _ = opened_plain(assets.path(f"import_maps/{name}.toml") if shipped else path)
        with file:
            content = file.read(MOST_MAP_BYTES + 1)
        if len(content) > MOST_MAP_BYTES:
            raise Refused("This file is too long to be a column map.")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"There is no column map {path.name}.") from None
    except Refused as refusal:
        raise Refused(f"The column map {path.name} can't be used. {refusal}") from None
    except (OSError, UnicodeDecodeError):
        raise Refused(f"The column map {path.name} can't be read.") from None
