"""The visits of a day that wait for their charges, and the superbill that a visit begins."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from medbill_desktop.ui.pages.charge_sheet import AUTO, SELF_PAY, Kept, Sheet
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.visits import DayVisits, VisitLine, day_visits


class VisitsToKey:
    """Asks once a day and again after `forget`: the page looks with every keystroke."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._visits: tuple[VisitLine, ...] = ()
        self.day: date | None = None

    def forget(self) -> None:
        self.day = None

    def of(self, day: date, kept: Iterable[Kept]) -> list[VisitLine]:
        """Return the visits of the day that nobody charged and that are not in this batch."""
        if day != self.day:
            self._visits, self.day = self._desk.ask(day_visits, DayVisits(day)), day
        keyed = {each.sheet.visit_id for each in kept}
        return [each for each in self._visits if each.status == "open" and each.id not in keyed]


def begun(line: VisitLine) -> Sheet:
    """Return the superbill as the visit begins it."""
    visit = line.visit
    coverage = SELF_PAY if visit.self_pay else AUTO if visit.coverage_id is None else str(visit.coverage_id)
    return Sheet(
        visit.patient_id, line.patient, visit.service_date, visit.provider_id, line.provider, visit.place_id,
        line.place, coverage, line.id,
    )  # fmt: skip


def linked(sheet: Sheet, line: VisitLine) -> Sheet:
    """Return the superbill tied to the visit; what was typed stays."""
    facts: dict[str, Any] = {"visit_id": line.id}
    if sheet.provider_id is None:
        facts |= {"provider_id": line.visit.provider_id, "provider": line.provider}
    if sheet.place_id is None:
        facts |= {"place_id": line.visit.place_id, "place": line.place}
    return replace(sheet, **facts)
