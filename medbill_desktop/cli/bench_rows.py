"""The rows of the bench: what is done, what it is held against, and the upper bound it aims at (DESIGN 10).

A floor is a script in `bench_floors/`, run as a child process and imported by nothing.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from medbill_desktop.cli import bench_files, bench_keys
from medbill_desktop.cli.bench_practice import Measured, blank, measured, visit_of
from medbill_desktop.cli.output import Output
from medbill_desktop.documents import fonts
from medbill_desktop.documents.statement import marks_of, statements_pdf
from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.domain.ids import Id
from medbill_desktop.training import names
from medbill_desktop.training.papers import statements
from medbill_desktop.usecases.accounts import AgingAsOf, OpenAccount, aging, open_account
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.importing_codes import ImportCodes, import_codes
from medbill_desktop.usecases.imports import ImportRows, import_rows
from medbill_desktop.usecases.patients import FindPatients, find_patients
from medbill_desktop.usecases.watch import Quiet

FRAME_SECONDS: Final = 1 / 60
ACCOUNT_SECONDS: Final = 0.050
MEMORY_MB: Final = 120.0
NOT_INSTALLED: Final = "not installed"
ROUNDS: Final = 3
_FLOORS: Final = Path(__file__).with_name("bench_floors")
_PRINTED: Final = {"small": 500, "office": 2_000, "large": 10_000}
_CHARGES: Final = 60  # a round; in each of them as many of the 500 patients of the smallest practice
_PAIRS: Final = {"small": 26_000, "office": 650_000, "large": 650_000}  # of each of the four files
_FEES: Final = {"small": 1_000, "office": 10_000, "large": 10_000}
_IN_FORCE: Final = (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1))  # a release of its own each time


_Holds = dict[tuple[str, str], float]  # (page, what was done with it) -> seconds that the window was held


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `bench.json`; `ratio` is ours / floor, `aim` an upper bound of it."""

    name: str
    seconds: float
    floor: str
    floor_seconds: float | None
    ratio: float | None
    aim: float | None


class Bench:
    """One run: the practice is opened only by the rows that need it."""

    def __init__(self, scale: str, out: Output) -> None:
        self.scale, self.out = scale, out
        self.build_seconds: float | None = None

    @cached_property
    def practice(self) -> Measured:
        made = measured(self.scale, self.out)
        self.build_seconds = made.build_seconds
        return made


def search(bench: Bench) -> Iterator[Row]:
    """Type the beginnings of names, a key after the other."""
    taken: list[float] = []
    with bench.practice.open() as desk:
        words = [*names.LAST[::7], *names.LAST_ACCENTED[::4], "2075550", "1-10", "欧阳", "папа"]
        for word in words:
            for length in range(1, min(len(word), 6) + 1):
                asked = FindPatients(word[:length])
                taken.append(_timed(lambda asked=asked: desk.ask(find_patients, asked)))  # type: ignore[misc]
    yield _row("search keystroke, p95", _p95(taken), "one 60 Hz frame", FRAME_SECONDS, 1.0)


def account(bench: Bench) -> Iterator[Row]:
    """Open the account of a patient with 500 entries, audited."""
    with bench.practice.open() as desk:
        asked = OpenAccount(Id(bench.practice.busy_patient))
        taken = [_timed(lambda: desk.ask(open_account, asked)) for _ in range(40)]
    yield _row("open an account of 500 entries, p95", _p95(taken), "50 ms", ACCOUNT_SECONDS, 1.0)


def charge(bench: Bench) -> Iterator[Row]:
    """One visit with one line, through the door and raw."""
    ours: list[float] = []
    floor: list[float] = []
    with bench.practice.open() as desk, tempfile.TemporaryDirectory(dir=bench.practice.folder.parent) as folder:
        # Somebody else each time, as in an office: all that is charged to one person on one day is read at each charge.
        people = iter(_insured(desk, ROUNDS * _CHARGES))
        for number in range(ROUNDS):
            for _ in range(_CHARGES):
                bill = visit_of(bench.practice, desk, next(people))
                command = EnterSuperbills(desk.new_id(), (bill,))
                ours.append(_timed(lambda command=command: desk.run(enter_superbills, command)))  # type: ignore[misc]
            place = Path(folder) / str(number)
            place.mkdir()
            floor += json.loads(_floor("raw_charge.py", str(place), str(_CHARGES)) or "[]")
    yield _row("one charge, p95", _p95(ours), "the same INSERTs raw, p95", _p95(floor), 3.0)


def statement_pdf(bench: Bench) -> Iterator[Row]:
    """Lay out and draw statements; the floor draws the same marks."""
    count = _PRINTED[bench.scale]
    contents = list(statements(1, count, date.today()))  # noqa: DTZ011
    statements_pdf(contents[:20], Quiet())
    ours, floor = [], []
    with tempfile.TemporaryDirectory() as folder:
        marks = Path(folder) / "marks.json"
        document = {"fonts": fonts.files(), "documents": [marks_of(each) for each in contents]}
        marks.write_text(json.dumps(document), encoding="utf-8")
        del document
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: statements_pdf(contents, Quiet())))
            floor.append(float(_floor("statements.py", str(marks), str(Path(folder) / "out.pdf")) or "nan"))
    name, bare = f"{count:,} statements to PDF", "the same marks by bare canvas calls"
    yield _row(name, min(ours), bare, min(floor), 1.5)
    most, least = (float(_floor("statement_memory.py", how, str(count)) or "nan") for how in ("ours", "bare"))
    yield _row(f"{name}, most memory, MB", most, bare, least, 1.5)


def backup(bench: Bench) -> Iterator[Row]:
    """An encrypted backup, verified by reading it back."""
    ours, floor = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=bench.practice.folder.parent) as folder:
            with bench.practice.open() as desk:
                command = MakeBackup(desk.new_id(), folder)
                ours.append(_timed(lambda command=command: desk.run(make_backup, command)))  # type: ignore[misc]
            taken = _floor("copy_and_age.py", str(bench.practice.folder), folder)
            floor += [] if taken is None else [float(taken)]
    size = (bench.practice.folder / "vault.1.db").stat().st_size // 2**20
    name, peer = f"encrypted verified backup of {size} MB on disk", "backup API + age"
    yield _row(name, min(ours), peer if floor else NOT_INSTALLED, min(floor) if floor else None, 1.5)


def age_receivable(bench: Bench) -> Iterator[Row]:
    """The aging report over every line."""
    ours, floor = [], []
    for _ in range(ROUNDS):
        with bench.practice.open() as desk:
            ours.append(min(_timed(lambda: desk.ask(aging, AgingAsOf())) for _ in range(3)))
        floor.append(float(_floor("group_by.py", str(bench.practice.folder)) or "nan"))
    yield _row("aging of the receivable", min(ours), "the bare GROUP BY", min(floor), 1.3)


def audit_log(bench: Bench) -> Iterator[Row]:
    """The cost of the row that each change writes, and the walk of the whole log."""
    told = json.loads(_floor("audit_cost.py", str(bench.practice.folder), str(_CHARGES)) or "{}")
    ours, bare = statistics.median(told["with"]), statistics.median(told["without"])
    yield _row("one change with its audit row, median", ours, "the same change without it", bare, 1.5)
    name = f"verify an audit log of {told['rows']:,} rows, {told['rows'] / told['verify']:,.0f} rows/s"
    yield _row(name, told["verify"], "as many bare HMACs over the same bytes", told["bare"], 6.0)


def imports(bench: Bench) -> Iterator[Row]:
    """Bring in files of their real length; a code set of a practice is judged beside the one before it."""
    with blank() as desk, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        codes, pairs, fees = place / "codes.txt", place / "pairs.txt", place / "fees.csv"
        count = bench_files.icd10cm(codes)
        yield _brought_in(f"import ICD-10-CM of {count:,} codes", codes, "codes", _of_set(desk, CodeSet.ICD10CM, codes))
        count = bench_files.code_pairs(pairs, _PAIRS[bench.scale])
        yield _brought_in(f"import {count:,} code pairs", pairs, "pairs", _of_set(desk, CodeSet.NCCI, pairs))

        def priced(day: date) -> Callable[[], object]:
            bench_files.fee_schedule(fees, _FEES[bench.scale], day)
            return partial(desk.run, import_rows, ImportRows(desk.new_id(), "fees", str(fees)))

        yield _brought_in(f"import a fee schedule of {_FEES[bench.scale]:,} prices", fees, "fees", priced)


def pages(bench: Bench) -> Iterator[Row]:
    """Open every page and press keys in it: does the window's thread do more where there are more patients?"""
    ours, floor = _Holds(), _Holds()
    for _ in range(2):
        for practice, held in ((bench.practice, ours), (measured("small", bench.out), floor)):
            told = json.loads(_floor("pages.py", str(practice.folder)) or "{}")
            for name, each in told.items():
                for what, seconds in each.items():
                    held[name, what] = min(seconds, held.get((name, what), seconds))
    for what, said in (("open", "open a page"), ("keys", "press a key in a page")):
        both = {name: (ours[name, what], floor[name, what]) for name, kind in ours if kind == what}
        # What takes a frame on a small practice as well is no matter of size.
        name = max(both, key=lambda name: both[name][0] / max(both[name][1], FRAME_SECONDS))
        taken, least = both[name]
        words = f"{said}, the window held at most: {name}"
        yield _row(words, taken, "the same with 500 patients, a frame at least", max(least, FRAME_SECONDS), 2.0)


def start(bench: Bench) -> Iterator[Row]:
    """From the start of the process to the first paint of the sign-in, by the clock and by the processor."""
    practice = str(bench.practice.folder)
    ours, floor = [], []
    for _ in range(2 * ROUNDS):
        ours.append(_until_shown("sign_in_window.py", practice))
        floor.append(_until_shown("empty_window.py", "imports"))
    name, empty = "start to the sign-in window", "an empty PySide6 window + imports"
    yield _row(name, min(each.seconds for each in ours), empty, min(each.seconds for each in floor), 2.0)
    busy, least = (min(each.processor for each in taken) for taken in (ours, floor))
    yield _row(f"{name}, processor time", busy, empty, least, 2.0)


def memory(bench: Bench) -> Iterator[Row]:
    """What the signed-in program holds at rest above an empty window; this row counts megabytes, not seconds."""
    ours = _until_shown("sign_in_window.py", str(bench.practice.folder), "at-rest").kilobytes
    floor = _until_shown("empty_window.py").kilobytes
    if ours is not None and floor is not None:
        yield _row("memory at rest above an empty window, MB", (ours - floor) / 1024, "120 MB", MEMORY_MB, 1.0)


ROWS: Final[dict[str, Callable[[Bench], Iterator[Row]]]] = {
    "search": search,
    "account": account,
    "charge": charge,
    "statements": statement_pdf,
    "backup": backup,
    "aging": age_receivable,
    "audit": audit_log,
    "sign-in": lambda bench: (_row(*each) for each in bench_keys.sign_in(bench.practice.folder, _floor)),
    "new-keys": lambda bench: (_row(*each) for each in bench_keys.new_keys(bench.practice.folder, _floor)),
    "imports": imports,
    "pages": pages,
    "start": start,
    "memory": memory,
}


def _row(name: str, seconds: float, floor: str, floor_seconds: float | None, aim: float) -> Row:
    ratio = None if not floor_seconds else round(seconds / floor_seconds, 3)
    return Row(name, round(seconds, 6), floor, floor_seconds and round(floor_seconds, 6), ratio, aim)


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _insured(desk: Desk, count: int) -> list[Id]:
    """Return patients who have a plan, as many as are wanted, and none twice."""
    found: dict[Id, None] = {}
    for name in names.LAST:
        lines = desk.ask(find_patients, FindPatients(name))
        found |= dict.fromkeys(each.id for each in lines if each.payer and not each.deceased)
        if len(found) >= count:
            break
    return list(found)[:count]


def _of_set(desk: Desk, code_set: CodeSet, file: Path) -> Callable[[date], Callable[[], object]]:
    """Return what makes the import of the file as the release of a day."""
    return lambda day: partial(desk.run, import_codes, ImportCodes(desk.new_id(), code_set, str(file), day))


def _brought_in(name: str, file: Path, table: str, made: Callable[[date], Callable[[], object]]) -> Row:
    ours, floor = [], []
    for day in _IN_FORCE[:ROUNDS]:
        ours.append(_timed(made(day)))
        with tempfile.TemporaryDirectory() as folder:
            floor.append(float(_floor("raw_rows.py", folder, str(file), table) or "nan"))
    name = f"{name}, {file.stat().st_size / 2**20:,.1f} MB"
    return _row(name, min(ours), "each line cut and INSERTed raw", min(floor), 3.0)


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def _floor(script: str, *arguments: str) -> str | None:
    """Run a floor and return what it printed; None where its peer is not installed (it ends with 3)."""
    done = subprocess.run(
        [sys.executable, str(_FLOORS / script), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        return None
    if done.returncode:
        raise RuntimeError(f"the floor {script} failed: {done.stderr[-2000:]}")
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class _Shown:
    """How a window came: seconds by the clock and of the processor, and the kilobytes that it holds at rest."""

    seconds: float
    processor: float
    kilobytes: int | None


def _until_shown(script: str, *arguments: str) -> _Shown:
    """Start a window and wait until it says that it is shown."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(_FLOORS / script), *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        said = "" if child.stdout is None else child.stdout.readline()
        seconds = time.perf_counter() - begin
        if child.stdout is None or not said.startswith("shown "):
            raise RuntimeError(f"{script} showed no window")
        rest = child.stdout.read().strip()
    return _Shown(seconds, float(said.split()[1]), int(rest) if rest else None)
