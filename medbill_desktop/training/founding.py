"""A training practice from an empty folder: founded, filled, and its recovery kit at hand (SECURITY K11, K30)."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from medbill_desktop.domain.clock import Clock, SystemClock
from medbill_desktop.domain.problems import Refused
from medbill_desktop.training import history
from medbill_desktop.training.practice import FACTS, Training, build
from medbill_desktop.training.reviews import sign_weeks
from medbill_desktop.training.walking_clock import WalkingClock, working_days
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, NewPractice, Office
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.watch import Watch

SEED: Final = 1
PATIENTS: Final = 60
MOST_REVIEWED: Final = 1000  # a larger practice is made to be measured, not to be read
WORKSTATION: Final = "Training desk"


@dataclass(frozen=True, slots=True)
class Founded:
    """An open training practice; whoever takes it closes the office."""

    office: Office
    desk: Desk
    made: Training = field(repr=False)
    kit_line: str = field(repr=False)
    kit_pdf: bytes = field(repr=False)


def found(
    folder: Path, seed: int = SEED, patients: int = PATIENTS, watch: Watch | None = None, home: Clock | None = None
) -> Founded:
    """Found a training practice in an empty folder and fill it; raises Refused where a practice is there already."""
    home = home or SystemClock()
    clock = WalkingClock(home, working_days(home.today(), history.DAYS + 1)[0])
    bare = not folder.exists() or not any(folder.iterdir())
    office = open_office(folder, clock, training=True)
    try:
        if office.look() is not State.NO_PRACTICE:
            raise Refused(f"There is a practice in {folder} already. Choose another folder.")
        founding = office.set_up(
            NewPractice(FACTS, TRAINING_SIGN_IN.name, WORKSTATION, kind="training"), protected_file=True
        )
        line = "".join(founding.kit_groups)
        founding.retype(line)
        kit_pdf = founding.kit_pdf()
        desk = founding.finish(TRAINING_SIGN_IN.password)
        made = build(desk, clock, home, seed, patients, watch)
        if patients <= MOST_REVIEWED:
            sign_weeks(desk)
        desk.run(make_backup, MakeBackup(desk.new_id()), watch)
    except BaseException:
        office.close()
        if bare:
            shutil.rmtree(folder, ignore_errors=True)  # half a training practice helps nobody
        raise
    return Founded(office, desk, made, line, kit_pdf)


def office_of(folder: Path, watch: Watch | None = None) -> Office:
    """Return the office of the training practice in a folder, ready for the sign-in; made first where there is none."""
    office = open_office(folder, training=True)
    if office.look() is State.NO_PRACTICE:
        office.close()
        found(folder, watch=watch).office.close()
        office = open_office(folder, training=True)
        office.look()
    return office
