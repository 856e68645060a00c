"""What happened in a training practice, decided before anything is posted: visits, copays, payments, write-offs.

Days are counted (0 is the oldest), so that the same seed gives the same plan on any date; which well visit it was
goes by the age on the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from medbill_desktop.domain.money import Cents
from medbill_desktop.training.people import Synthetic

DAYS: Final = 96  # week days before today
STATEMENT_DAY: Final = DAYS - 32  # long enough ago that a cycle has passed today
EARLY_STATEMENTS_DAY: Final = DAYS - 8
EARLY_STATEMENTS: Final = 3
SHARE_PAID_AFTER: Final = 6
VISITS_TODAY: Final = 12
MOST_TRANSFERS: Final = 400
MOST_WRITE_OFFS: Final = 60
COPAYS: Final = (Cents(15_00), Cents(20_00), Cents(25_00), Cents(30_00), Cents(40_00))
METHODS: Final = ("card", "card", "check", "cash")
DIAGNOSES: Final = (
    "I10", "E11.9", "J06.9", "M54.50", "Z00.00", "E78.5", "R05.9", "J45.909", "F41.1", "N39.0", "L30.9", "H66.90",
    "K21.9", "R51.9", "M17.11", "E03.9", "B34.9", "S93.401A", "G43.909", "Z23",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """`fee` counts from the fees of its kind, office visits or other services."""

    fee: int
    office_visit: bool
    pointers: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit of the patient at `patient`; what happens to its money is decided with it."""

    day: int
    patient: int
    provider: int
    diagnoses: tuple[str, ...]
    lines: tuple[PlannedLine, ...]
    self_pay: bool
    copay: Cents
    method: str
    pays_percent: int  # of a self-pay visit, on that day
    transfer_on: int | None  # the day on which the first line is moved to the guarantor by hand
    share_percent: int  # of the first line, moved on that day
    write_off_percent: int  # of what the guarantor owes on the first line of a self-pay visit


class History:
    """The plan of everything that happened, day by day."""

    def __init__(self, seed: int, patients: Sequence[Synthetic], providers: int) -> None:
        self._dice = Random(f"history {seed}")  # noqa: S311
        self._patients, self._providers = patients, providers
        self._transfers, self._write_offs = MOST_TRANSFERS, MOST_WRITE_OFFS
        self.days: list[list[PlannedVisit]] = [[] for _ in range(DAYS)]
        self.transfers: list[list[PlannedVisit]] = [[] for _ in range(DAYS)]
        for place in range(len(patients)):
            for _ in range(self._dice.choices((0, 1, 2, 3, 5), (8, 30, 32, 20, 10))[0]):
                self._add(place, self._dice.randrange(DAYS))
        expected = self._dice.sample(range(len(patients)), min(VISITS_TODAY, len(patients)))
        self.today = [self._visit(place, DAYS) for place in expected]

    def _add(self, place: int, day: int) -> None:
        made = self._visit(place, day)
        self.days[day].append(made)
        if made.transfer_on is not None:
            self.transfers[made.transfer_on].append(made)

    def _visit(self, place: int, day: int) -> PlannedVisit:
        dice = self._dice
        self_pay = self._patients[place].self_pay or dice.random() < 0.05
        diagnoses = tuple(dice.sample(DIAGNOSES, dice.choice((1, 1, 2, 3))))
        return PlannedVisit(
            day=day,
            patient=place,
            provider=dice.randrange(self._providers),
            diagnoses=diagnoses,
            lines=self._lines(len(diagnoses)),
            self_pay=self_pay,
            copay=dice.choice(COPAYS) if not self_pay and dice.random() < 0.7 else Cents(0),
            method=dice.choice(METHODS),
            pays_percent=dice.choices((0, 30, 50, 100), (40, 15, 15, 30))[0] if self_pay else 0,
            transfer_on=self._transfer_day(day) if not self_pay else None,
            share_percent=dice.choice((10, 20, 40, 60)),
            write_off_percent=self._write_off() if self_pay else 0,
        )

    def _lines(self, diagnoses: int) -> tuple[PlannedLine, ...]:
        dice = self._dice
        first = PlannedLine(dice.randrange(1000), True, "ABCD"[: min(diagnoses, 4)])
        more = dice.choices((0, 1, 2), (45, 38, 17))[0]
        others = dice.sample(range(1000), more)
        return (first, *(PlannedLine(fee, False, "A", 1) for fee in others))

    def _transfer_day(self, day: int) -> int | None:
        later = day + self._dice.randint(10, 20)
        if later >= DAYS or self._transfers == 0 or self._dice.random() >= 0.25:
            return None
        self._transfers -= 1
        return later

    def _write_off(self) -> int:
        if self._write_offs == 0 or self._dice.random() >= 0.1:
            return 0
        self._write_offs -= 1
        return self._dice.choice((10, 20, 50))
