"""The practice that is measured: built once through batch use cases, then kept in the cache folder (DESIGN 10)."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from medbill_desktop.cli.output import Output, write_private
from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.ids import Id
from medbill_desktop.training import founding
from medbill_desktop.training.founding import Founded
from medbill_desktop.training.practice import FACTS
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.installation import cache_folder, open_office, schema_mark
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, NewPractice
from medbill_desktop.usecases.session import State

SCALES: Final = {"small": 500, "office": 10_000, "large": 100_000}
SEED: Final = 1
BUSY_VISITS: Final = 250  # of one patient; each writes two journal lines


@dataclass(frozen=True, slots=True)
class Measured:
    """Where the practice lies, and the ids that the rows need; ids mean nothing outside it."""

    folder: Path
    scale: str
    build_seconds: float
    busy_patient: int
    other_patient: int  # is charged by the charge row, so that the busy one's account stays as it is
    provider: int
    place: int
    code: str

    @contextmanager
    def open(self) -> Iterator[Desk]:
        office = open_office(self.folder, training=True)
        try:
            office.look()
            desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
            office.settle()  # the check of the database after a sign-in is no part of what is measured
            yield desk
        finally:
            office.close()


def measured(scale: str, out: Output) -> Measured:
    """Return the practice of a scale; builds it where there is none of this schema and seed."""
    home = _at_home() / f"{schema_mark()}-{SEED}-{scale}"
    folder, facts = home / "practice", home / "facts.json"
    if facts.exists() and _opens(folder):
        return Measured(folder=folder, **json.loads(facts.read_text()))
    for old in home.parent.glob(f"*-{SEED}-{scale}"):  # of another schema: no version opens it again
        shutil.rmtree(old, ignore_errors=True)
    out.say(f"Building a practice of {SCALES[scale]:,} patients once; it is kept in {home}.")
    begin = time.perf_counter()
    founded = founding.found(folder, SEED, SCALES[scale], out)
    try:
        made = _with_busy_patient(founded, folder, scale, begin)
    finally:
        founded.office.close()
    document = asdict(made)
    del document["folder"]
    write_private(facts, json.dumps(document).encode())
    return made


@contextmanager
def blank() -> Iterator[Desk]:
    """Found a practice with nothing in it, for what is brought in whole; it is gone afterwards."""
    with TemporaryDirectory(dir=_at_home()) as folder:
        office = open_office(Path(folder) / "practice", training=True)
        try:
            begun = office.set_up(
                NewPractice(FACTS, TRAINING_SIGN_IN.name, founding.WORKSTATION, kind="training"), protected_file=True
            )
            begun.retype("".join(begun.kit_groups))
            yield begun.finish(TRAINING_SIGN_IN.password)
        finally:
            office.close()


def _at_home() -> Path:
    home = cache_folder() / "bench"
    home.mkdir(parents=True, exist_ok=True)
    return home


def visit_of(practice: Measured, desk: Desk, patient: int) -> Superbill:
    """Return a superbill of today with one line."""
    return Superbill(
        patient_id=Id(patient),
        service_date=desk.clock.today(),
        provider_id=Id(practice.provider),
        place_id=Id(practice.place),
        diagnoses=("I10",),
        lines=(ServiceLine(practice.code),),
    )


def _with_busy_patient(founded: Founded, folder: Path, scale: str, begin: float) -> Measured:
    made, desk = founded.made, founded.desk
    busy, other, *_ = (
        each.patient_id for each, person in zip(made.registered, made.people, strict=True)
        if person.adult is None and not person.self_pay
    )  # fmt: skip
    practice = Measured(
        folder, scale, 0.0, busy, other, made.provider_ids[0], made.place_id, made.office_visits[0].code
    )
    bills = tuple(visit_of(practice, desk, busy) for _ in range(BUSY_VISITS))
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills, len(bills)))
    return replace(practice, build_seconds=round(time.perf_counter() - begin, 1))


def _opens(folder: Path) -> bool:
    if not folder.exists():
        return False
    office = open_office(folder, training=True)
    try:
        return office.look() is State.SIGNED_OUT
    finally:
        office.close()
