"""A superbill as it stands in the grid: typed text, kept in the batch and in the draft until it is posted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from medbill_desktop.domain.anesthesia import Times
from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.drugs import Drug
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents, NotMoney, parse_cents
from medbill_desktop.domain.problems import Problem

AUTO, SELF_PAY = "auto", "self"
NO_AUTHORIZATION = "none"  # somebody decided so; an empty one was not looked at


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line; an empty fee is the schedule's."""

    code: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    modifiers: str = ""
    pointers: str = ""
    units: str = ""
    fee: str = ""
    ndc: str = field(default="", repr=False)
    ndc_quantity: str = ""
    ndc_unit: str = ""
    start: str = ""
    stop: str = ""
    authorization: str = ""  # the id of one as a form keeps it, or NO_AUTHORIZATION
    last_day: str = ""  # ISO; empty where the service ended on the day it began

    @property
    def is_empty(self) -> bool:
        return not (self.code or self.modifiers or self.fee)

    def service_line(self) -> ServiceLine:
        drug, times = Drug(self.ndc, self.ndc_quantity, self.ndc_unit), Times(self.start, self.stop)
        return ServiceLine(
            self.code, self.pointers, tuple(self.modifiers.split()), self._units(), self._fee(),
            None if drug.is_empty else drug, None if times.is_empty else times,
            Id(int(self.authorization)) if self._is_authorized else None,
            date.fromisoformat(self.last_day) if self.last_day else None,
        )  # fmt: skip

    @property
    def more_words(self) -> str:
        """Say what the line has beside its cells."""
        until = f"to {show_date(date.fromisoformat(self.last_day))}" if self.last_day else ""
        parts = (until, "NDC" if self.ndc else "", f"{self.start}-{self.stop}" if self.start else "",
                 "authorized" if self._is_authorized else "")  # fmt: skip
        return ", ".join(filter(None, parts))

    @property
    def _is_authorized(self) -> bool:
        return self.authorization not in ("", NO_AUTHORIZATION)

    def _units(self) -> int:
        if not self.units:
            return 1
        return int(self.units) if self.units.isascii() and self.units.isdigit() and len(self.units) < 6 else 0

    def _fee(self) -> Cents | None:
        if not self.fee:
            return None
        try:
            return parse_cents(self.fee)
        except NotMoney:
            return Cents(-1)  # judged as a fee that can't be right


@dataclass(frozen=True, slots=True)
class Sheet:
    """One superbill as typed."""

    patient_id: Id | None = None
    patient: str = field(default="", repr=False)
    service_date: date | None = None
    provider_id: Id | None = None
    provider: str = ""
    place_id: Id | None = None
    place: str = ""
    coverage: str = AUTO  # or SELF_PAY, or the id of a coverage
    visit_id: Id | None = None
    diagnoses: tuple[str, ...] = field(default=(), repr=False)
    lines: tuple[TypedLine, ...] = field(default=(), repr=False)

    @property
    def is_empty(self) -> bool:
        return self.patient_id is None and not self.diagnoses and not self.lines

    def superbill(self) -> Superbill | None:
        """Return what can be judged; None while patient, day, provider or place is missing."""
        if self.patient_id is None or self.service_date is None or self.provider_id is None or self.place_id is None:
            return None
        chosen = None if self.coverage in (AUTO, SELF_PAY) else Id(int(self.coverage))
        lines = tuple(each.service_line() for each in self.lines)
        return Superbill(
            self.patient_id, self.service_date, self.provider_id, self.place_id, self.diagnoses, lines, self.visit_id,
            self.coverage == SELF_PAY, chosen,
        )  # fmt: skip

    def plain(self) -> dict[str, object]:
        """Return what a draft keeps."""
        return asdict(self) | {"service_date": None if self.service_date is None else self.service_date.isoformat()}


def sheet_of(plain: Mapping[str, Any]) -> Sheet:
    """Return the sheet that a draft kept."""
    day = plain["service_date"]
    facts = dict(plain) | {
        "service_date": None if day is None else date.fromisoformat(day),
        "diagnoses": tuple(plain["diagnoses"]),
        "lines": tuple(TypedLine(**each) for each in plain["lines"]),
    }
    return Sheet(**facts)


@dataclass(frozen=True, slots=True)
class Kept:
    """A superbill of the batch that is not posted yet."""

    id: int
    sheet: Sheet
    cents: Cents = ZERO
    problem: str = field(default="", repr=False)


def placed(kept: Sequence[Kept], problems: Iterable[Problem]) -> tuple[list[Kept], list[Problem]]:
    """Mark the superbills that a refused batch names, `superbill.3.line.1.code`; return what to say of each problem."""
    marked, said = list(kept), []
    for problem in problems:
        part = problem.field.split(".")
        if part[0].startswith("control_"):
            at = -1
        elif part[0] == "superbill" and len(part) > 2:
            at = int(part[1]) - 1
        else:
            at = 0 if len(marked) == 1 else -1
        if 0 <= at < len(marked):
            marked[at] = replace(marked[at], problem=problem.sentence())
            said.append(replace(problem, text=f"{marked[at].sheet.patient}: {problem.text}"))
        else:
            said.append(problem)
    return marked, said
