"""Where one can go in the window: pages as the rail and Ctrl+K know them, their parts, what is brought along."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.shell import Shell
from medbill_desktop.usecases.declare import Case
from medbill_desktop.usecases.desk import Desk

if TYPE_CHECKING:
    from medbill_desktop.ui.page import Page


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page as the rail and Ctrl+K know it; pages with `rail=False` are reached from another (`parent`)."""

    key: str
    title: str
    icon: str  # the outline; the filled one of the same name is shown while the page is
    case: Case  # who may not run it does not see the page
    factory: Callable[[Desk, Jobs, Shell], "Page"]
    rail: bool = True
    parent: str = ""
    at_foot: bool = False  # Settings and the like stand at the foot of the rail
    found: bool = True  # with Ctrl+K; not where somebody has to be chosen first
    parts: tuple["Part", ...] = ()  # what Ctrl+K finds inside, such as the tabs of the settings


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page that can be opened by name: `shell.go(page, key)`."""

    key: str
    title: str
    case: Case
    also: str = ""  # other words by which people look for it


@dataclass(frozen=True, slots=True)
class PatientPlace:
    """Whose page `shell.go("patient", PatientPlace(id))` opens, and at which tab; Ctrl+K goes there as well."""

    patient_id: Id
    tab: str = ""


@dataclass(frozen=True, slots=True)
class PairPlace:
    """Two records that may be one patient, side by side: `shell.go("duplicates", PairPlace(id, other_id))`."""

    patient_id: Id
    other_id: Id
