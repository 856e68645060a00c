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
from functools import cached_property
from pathlib import Path
from typing import Final

from medbill_desktop.cli import bench_keys
from medbill_desktop.cli.bench_practice import Measured, measured, visit_of
from medbill_desktop.cli.output import Output
from medbill_desktop.documents import fonts
from medbill_desktop.documents.statement import marks_of, statements_pdf
from medbill_desktop.domain.ids import Id
from medbill_desktop.training import names
from medbill_desktop.training.papers import statements
from medbill_desktop.usecases.accounts import AgingAsOf, OpenAccount, aging, open_account
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.patients import FindPatients, find_patients
from medbill_desktop.usecases.watch import Quiet

FRAME_SECONDS: Final = 1 / 60
ACCOUNT_SECONDS: Final = 0.050
MEMORY_MB: Final = 120.0
NOT_INSTALLED: Final = "not installed"
ROUNDS: Final = 3
_FLOORS: Final = Path(__file__).with_name("bench_floors")
_PRINTED: Final = {"small": 500, "office": 2_000, "large": 10_000}
_CHARGES: Final = 60


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
        for number in range(ROUNDS):
            for _ in range(_CHARGES):
                bill = visit_of(bench.practice, desk, bench.practice.other_patient)
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
    yield _row(f"{count:,} statements to PDF", min(ours), "the same marks by bare canvas calls", min(floor), 1.5)


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


def start(bench: Bench) -> Iterator[Row]:
    """From the start of the process to the first paint of the sign-in."""
    practice = str(bench.practice.folder)
    ours, floor = [], []
    for _ in range(2 * ROUNDS):
        ours.append(_until_shown("sign_in_window.py", practice)[0])
        floor.append(_until_shown("empty_window.py", "imports")[0])
    yield _row("start to the sign-in window", min(ours), "an empty PySide6 window + imports", min(floor), 2.0)


def memory(bench: Bench) -> Iterator[Row]:
    """What the signed-in program holds at rest above an empty window; this row counts megabytes, not seconds."""
    ours = _until_shown("sign_in_window.py", str(bench.practice.folder), "at-rest")[1]
    floor = _until_shown("empty_window.py")[1]
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


def _until_shown(script: str, *arguments: str) -> tuple[float, int | None]:
    """Start a window; return the seconds until it says that it is shown, and the kilobytes it prints later."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(_FLOORS / script), *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        if child.stdout is None or child.stdout.readline().strip() != "shown":
            raise RuntimeError(f"{script} showed no window")
        seconds = time.perf_counter() - begin
        rest = child.stdout.read().strip()
    return seconds, int(rest) if rest else None
