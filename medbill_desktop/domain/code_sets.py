"""Which code sets there are, and which release of one holds on a day of service (BILLING C3, EDI K1-K7, K21)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id

STALE_DAYS: Final = 100


class CodeSet(StrEnum):
    """A set as the database names it; what people read stands in `TITLES`."""

    ICD10CM = "icd10cm"
    HCPCS = "hcpcs"
    OWN = "own"
    RVU = "rvu"
    GPCI = "gpci"
    NCCI = "ncci"
    MUE = "mue"


TITLES: Final = {
    CodeSet.ICD10CM: "ICD-10-CM diagnoses",
    CodeSet.HCPCS: "HCPCS level II",
    CodeSet.OWN: "Your own procedure list",
    CodeSet.RVU: "Medicare relative values",
    CodeSet.GPCI: "Medicare cost indices",
    CodeSet.NCCI: "NCCI code pairs",
    CodeSet.MUE: "Most units a day (MUE)",
}
FILES: Final = {
    CodeSet.ICD10CM: "The order file of CMS, such as icd10cm-order-2027.txt",
    CodeSet.HCPCS: "The ANWEB file of CMS, such as HCPC2026_OCT_ANWEB.txt",
    CodeSet.OWN: "A CSV list: code, words, first_day, last_day",
    CodeSet.RVU: "PPRRVU of CMS, such as PPRRVU2026_Oct.csv",
    CodeSet.GPCI: "GPCI of CMS, such as GPCI2026.csv",
    CodeSet.NCCI: "A practitioner text file, such as ccipra-v323r0-f1.txt; all four belong together",
    CodeSet.MUE: "The practitioner list, such as MCR_MUE_PractitionerServices_Eff_10-01-2026.csv",
}
BOOKS: Final = frozenset({CodeSet.ICD10CM, CodeSet.HCPCS, CodeSet.OWN})  # looked up while somebody types
_MONTHS: Final = {
    CodeSet.ICD10CM: (4, 10), CodeSet.GPCI: (1,), CodeSet.HCPCS: (1, 4, 7, 10), CodeSet.RVU: (1, 4, 7, 10),
    CodeSet.NCCI: (1, 4, 7, 10), CodeSet.MUE: (1, 4, 7, 10),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a set; `release_id` None: the one that comes with the program."""

    code_set: CodeSet
    label: str
    effective_from: date
    rows: int
    sha256: str = ""
    release_id: Id | None = None


def in_force(releases: Iterable[Release], code_set: CodeSet, day: date) -> Release | None:
    """Return the newest release that had begun; of two of one day the one that was imported, and of those the last."""
    begun = [each for each in releases if each.code_set == code_set and each.effective_from <= day]
    return max(begun, key=lambda each: (each.effective_from, each.release_id or 0), default=None)


def due(code_set: CodeSet, day: date) -> date | None:
    """Return on which day the release began that holds on `day`; None for the office's own list."""
    months = _MONTHS.get(code_set)
    if months is None:
        return None
    return max(
        each for year in (day.year - 1, day.year) for each in (date(year, month, 1) for month in months) if each <= day
    )


def is_behind(release: Release, day: date) -> bool:
    """Tell whether a newer release holds on that day which is not here: what it added can't be judged."""
    wanted = due(release.code_set, day)
    return wanted is not None and release.effective_from < wanted


def stale(release: Release, today: date) -> bool:
    """Tell whether to warn: behind, and the newest release is over 100 days old (EDI K21)."""
    return is_behind(release, today) and today - release.effective_from > timedelta(days=STALE_DAYS)


def newest(releases: Sequence[Release], code_set: CodeSet) -> Release | None:
    return in_force(releases, code_set, date.max)
