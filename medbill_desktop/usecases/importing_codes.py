"""Read the code sets that CMS publishes, offline: looked at first, then all or nothing (EDI K10-K16, K20)."""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.code_books import CodeBook, CodeRow, compared, text_of
from medbill_desktop.domain.code_sets import TITLES, CodeSet, Release, in_force
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.edi.code_files import hcpcs, icd10cm
from medbill_desktop.edi.own_codes import own_codes
from medbill_desktop.edi.payment_files import Pair, code_pairs, cost_indices, relative_values, unit_limits
from medbill_desktop.edi.text_lines import LineFile, opened
from medbill_desktop.storage import code_releases
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

MOST_ROWS: Final = 5_000_000
LEAST_OF_THE_LAST: Final = 9  # tenths of the release before; a shorter file was cut
_MONTHS: Final = {"jan": 1, "a": 1, "apr": 4, "b": 4, "jul": 7, "c": 7, "oct": 10, "d": 10}


@dataclass(frozen=True, slots=True)
class PreviewCodes:
    """What a file would bring; `effective_from` None where the name of the file says it."""

    code_set: CodeSet
    path: str = field(repr=False)
    effective_from: date | None = None


@dataclass(frozen=True, slots=True)
class CodesPreview:
    """`problems` stop the import, or warn; the counts compare with the release that it follows."""

    label: str
    effective_from: date | None
    rows: int
    billable: int
    added: int
    ended: int
    changed: int
    first: str
    last: str
    problems: tuple[Problem, ...]
    sha256: str = ""  # of the file that was looked at


@dataclass(frozen=True, slots=True)
class ImportCodes:
    """Import a release; with the `sha256` of a preview, a file that has other content since then is refused."""

    id: Id
    code_set: CodeSet
    path: str = field(repr=False)
    effective_from: date | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ImportedCodes:
    release_id: Id
    effective_from: date
    rows: int
    added: int
    ended: int
    changed: int


@dataclass(slots=True)
class Plan:
    """A file read whole; `rows` are what its table takes, `content` the packed text of a book."""

    release: Release | None
    effective_from: date | None
    rows: list[Any]
    content: bytes | None
    counts: tuple[int, int, int]
    billable: int
    ends: tuple[str, str]
    found: Findings


@query("code.preview", needs=Permission.MANAGE_CATALOGS)
def preview_codes(read: Reading, asked: PreviewCodes) -> CodesPreview:
    plan = _plan(read, asked.code_set, asked.path, asked.effective_from)
    label = "" if plan.release is None else plan.release.label
    count = 0 if plan.release is None else plan.release.rows
    return CodesPreview(
        label, plan.effective_from, count, plan.billable, *plan.counts, *plan.ends, tuple(plan.found.problems),
        "" if plan.release is None else plan.release.sha256,
    )  # fmt: skip


def _planned(read: Reading, cmd: ImportCodes) -> Plan:
    plan = _plan(read, cmd.code_set, cmd.path, cmd.effective_from)
    if plan.release is not None and cmd.sha256 not in ("", plan.release.sha256):
        raise Refused("This file has changed since it was looked at. Look at it again.")
    return plan


@usecase("code.import", needs=Permission.MANAGE_CATALOGS, topics={"codes"}, prepare=_planned, reads={"codes"})
def import_codes(work: Work, cmd: ImportCodes, plan: Plan) -> ImportedCodes:
    """Keep a release whole; raises Invalid with what stops it, and then nothing of it is kept."""
    plan.found.raise_stops()
    release = plan.release
    if release is None:
        raise Invalid(plan.found.problems)
    release_id = work.new_id()
    code_releases.add(work.conn, release_id, release, work.user.id, work.now, plan.content)
    writer = _WRITERS.get(cmd.code_set)
    if writer is not None:
        work.watch.step(0, 1, "Writing")
        writer(work.conn, release_id, plan.rows)
    added, ended, changed = plan.counts
    work.entry.about(
        "code_release", release_id, of_kind=cmd.code_set.value, sha256=release.sha256, rows=release.rows, added=added,
        ended=ended, changed=changed,
    )  # fmt: skip
    return ImportedCodes(release_id, release.effective_from, release.rows, added, ended, changed)


_WRITERS: Final[dict[CodeSet, Callable[[Any, Id, list[Any]], None]]] = {
    CodeSet.RVU: code_releases.add_values,
    CodeSet.GPCI: code_releases.add_localities,
    CodeSet.MUE: code_releases.add_limits,
    CodeSet.NCCI: code_releases.add_pairs,
}


def _plan(read: Reading, code_set: CodeSet, path: str, typed: date | None) -> Plan:
    file = opened(Path(path), lambda done, total: read.watch.step(done, total, "Reading"))
    day = typed or day_in_name(code_set, Path(path).name)
    found = Findings()
    if day is None:
        found.stop("day", "effective_from", "The name of the file doesn't say from when it holds.", "Type the day.")
    if code_set in (CodeSet.ICD10CM, CodeSet.HCPCS, CodeSet.OWN):
        return _book_plan(read, code_set, file, day, found)
    return _row_plan(read, code_set, file, day, found)


def _book_plan(read: Reading, code_set: CodeSet, file: LineFile, day: date | None, found: Findings) -> Plan:
    parser = {CodeSet.ICD10CM: icd10cm, CodeSet.HCPCS: hcpcs, CodeSet.OWN: own_codes}[code_set]
    rows: dict[str, CodeRow] = {}
    for row in _bounded(parser(file)):
        if row.code in rows:
            raise Refused(f"The code {row.code} stands twice in this file. Get it again.")
        rows[row.code] = row
    text = text_of(rows.values())
    book = CodeBook(text)
    before = _before(read, code_set, day)
    counts = compared(None if before is None else code_releases.book(read.conn, before), book)
    plan = Plan(None, day, [], code_releases.packed(text), counts, 0, ("", ""), found)
    every = sorted(rows)
    plan.billable = sum(row.billable for row in rows.values())
    plan.ends = (every[0], every[-1]) if every else ("", "")
    _judge(read, plan, code_set, file.sha256, len(book), before if code_set is not CodeSet.OWN else None)
    return plan


def _row_plan(read: Reading, code_set: CodeSet, file: LineFile, day: date | None, found: Findings) -> Plan:
    rows: list[Any]
    if code_set is CodeSet.NCCI:
        tally = _Tally()
        rows = list(_packed_pairs(tally.over(code_pairs(file))))
        count, first, last = tally.count, tally.first, tally.last
    else:
        parsers: dict[CodeSet, Callable[[LineFile], Iterator[Any]]] = {
            CodeSet.RVU: relative_values, CodeSet.GPCI: cost_indices, CodeSet.MUE: unit_limits,
        }  # fmt: skip
        rows = list(_bounded(parsers[code_set](file)))
        count, first, last = _ends(code_set, rows)
        if code_set is CodeSet.MUE:
            rows = [(each.code, each.units, each.kind) for each in rows]
    plan = Plan(None, day, rows, None, (0, 0, 0), count, (first, last), found)
    # The four files of NCCI are each a quarter of it, and of unlike length.
    before = None if code_set is CodeSet.NCCI else _before(read, code_set, day)
    _judge(read, plan, code_set, file.sha256, count, before)
    return plan


def _judge(read: Reading, plan: Plan, code_set: CodeSet, digest: str, count: int, before: Release | None) -> None:
    """Put the release into the plan, with what speaks against it."""
    found, day = plan.found, plan.effective_from
    if not count:
        raise Refused("This file holds no code.")
    if before is not None and count * 10 < before.rows * LEAST_OF_THE_LAST:
        said = f"This file has {count:,} rows, the release before has {before.rows:,}: it was cut."
        found.stop("short", "path", said, "Get the file again.")
    if day is None:
        return
    plan.release = Release(code_set, f"{TITLES[code_set]}, {say_date(day)}", day, count, digest)
    if code_releases.find(read.conn, code_set, day, digest) is not None:
        found.stop("here", "path", "This very release is here already.", "There is nothing to do.")
    elif code_set is not CodeSet.NCCI and before is not None and before.effective_from == day and before.release_id:
        found.warn("replaces", "path", f"Another file of {say_date(day)} is here; this one takes its place.",
                   "Charges that are entered keep what they were judged by.")  # fmt: skip


def _before(read: Reading, code_set: CodeSet, day: date | None) -> Release | None:
    releases = [each.release for each in code_releases.every(read.conn)]
    return in_force(releases, code_set, day or date.max)


def _bounded(rows: Iterable[Any]) -> Iterator[Any]:
    for count, row in enumerate(rows):
        if count > MOST_ROWS:
            raise Refused(f"This file has more than {MOST_ROWS:,} rows. No code set is that long.")
        yield row


def _ends(code_set: CodeSet, rows: list[Any]) -> tuple[int, str, str]:
    """Return count, first and last name; raises Refused where a name stands twice."""
    names = [
        f"{each.carrier} {each.locality}" if code_set is CodeSet.GPCI
        else f"{each.code} {each.modifier}".strip() if code_set is CodeSet.RVU
        else str(each.code)
        for each in rows
    ]  # fmt: skip
    if len(set(names)) < len(names):
        raise Refused("A row stands twice in this file. Get it again.")
    return len(names), min(names, default=""), max(names, default="")


class _Tally:
    """Counts pairs on their way, and notes the first and the last."""

    def __init__(self) -> None:
        self.count, self.first, self.last = 0, "", ""

    def over(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        for pair in _bounded(pairs):
            self.count += 1
            self.first = self.first or f"{pair.code} {pair.other}"
            self.last = f"{pair.code} {pair.other}"
            yield pair


def _packed_pairs(pairs: Iterable[Pair]) -> Iterator[tuple[str, int, bytes]]:
    """Pack the pairs of each first code; a code that comes again gets a further part."""
    parts: dict[str, int] = {}
    for code, some in groupby(pairs, lambda pair: pair.code):
        lines = (
            f"{each.other} {each.first_day} {'-' if each.last_day is None else each.last_day} {each.helps}"
            for each in some
        )
        parts[code] = parts.get(code, 0) + 1
        yield code, parts[code], zlib.compress("\n".join(lines).encode("ascii"), 6)


def day_in_name(code_set: CodeSet, name: str) -> date | None:
    """Return from when a file holds, as its published name says; None where it doesn't."""
    name = name.lower()
    match code_set:
        case CodeSet.ICD10CM if found := re.search(r"order[-_]?(apr\w*[-_]1[-_])?(20\d\d)", name):
            year = int(found[2])
            return date(year, 4, 1) if found[1] else date(year - 1, 10, 1)
        case CodeSet.HCPCS if found := re.search(r"hcpc(20\d\d)_?(jan|apr|jul|oct)", name):
            return date(int(found[1]), _MONTHS[found[2]], 1)
        case CodeSet.RVU if found := re.search(r"pprrvu(\d\d|20\d\d)_?(jan|apr|jul|oct)", name):
            return date(2000 + int(found[1][-2:]), _MONTHS[found[2]], 1)
        case CodeSet.GPCI if found := re.search(r"gpci(20\d\d)", name):
            return date(int(found[1]), 1, 1)
        case CodeSet.NCCI if found := re.search(r"-v(\d\d)([0-3])r", name):
            return date(1994 + int(found[1]), 1 + 3 * int(found[2]), 1)
        case CodeSet.MUE if found := re.search(r"eff_(\d\d)-(\d\d)-(20\d\d)", name):
            try:
                return date(int(found[3]), int(found[1]), int(found[2]))
            except ValueError:
                return None
        case _:
            return None
