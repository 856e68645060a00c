"""Code sets looked up while somebody types, and the releases that are here (BILLING C3, EDI K)."""

from dataclasses import dataclass
from datetime import date, datetime

from medbill_desktop.domain.charges import plain_icd10
from medbill_desktop.domain.code_sets import BOOKS, FILES, TITLES, CodeSet, Release, due, in_force, stale
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import code_releases
from medbill_desktop.usecases.declare import Reading, query

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class ListReleases:
    """Every release of every set, and what is missing."""


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release, or a set of which there is none yet (`release` None)."""

    id: int
    code_set: CodeSet
    title: str
    file: str
    release: Release | None
    imported_at: datetime | None
    holds_today: bool
    behind: bool
    due: date | None  # since when a newer one holds that is not here


@dataclass(frozen=True, slots=True)
class FindCodes:
    """Codes of a day whose number begins so, or whose words do; a code that names a family only where typed whole."""

    code_set: CodeSet
    text: str
    on: date
    limit: int = 12


@dataclass(frozen=True, slots=True)
class FoundCode:
    code: str
    words: str
    billable: bool


@query("code.releases", needs=Permission.VIEW_ACCOUNT)
def list_releases(read: Reading, asked: ListReleases) -> tuple[ReleaseLine, ...]:
    """Sets in their own order, each with its newest release first."""
    every = code_releases.every(read.conn)
    releases = [each.release for each in every]
    lines: list[ReleaseLine] = []
    for code_set in CodeSet:
        today = in_force(releases, code_set, read.today)
        mine = [each for each in every if each.release.code_set is code_set]
        wanted = due(code_set, read.today)
        for each in mine:
            release = each.release
            holds = today is not None and release.effective_from == today.effective_from
            behind = holds and stale(release, read.today)
            lines.append(ReleaseLine(
                len(lines), code_set, TITLES[code_set], FILES[code_set], release, each.imported_at, holds, behind,
                wanted if behind else None,
            ))  # fmt: skip
        if not mine:
            lines.append(
                ReleaseLine(len(lines), code_set, TITLES[code_set], FILES[code_set], None, None, False, False, None)
            )
    return tuple(lines)


@query("code.find", needs=Permission.ENTER_CHARGES)
def find_codes(read: Reading, asked: FindCodes) -> tuple[FoundCode, ...]:
    """Answer within a frame; the first look-up after the start reads the release."""
    release = code_releases.of_day(read.conn, asked.code_set, asked.on)
    typed = asked.text.strip()
    if release is None or not typed or asked.code_set not in BOOKS:
        return ()
    book = code_releases.book(read.conn, release)
    limit = min(asked.limit, MOST_FOUND)
    code = plain_icd10(typed) if asked.code_set is CodeSet.ICD10CM else typed.upper()
    whole = book.get(code)
    found = [] if whole is None else [whole]
    found += [each for each in book.begins(code, limit, billable=True) if each.code != code and each.holds(asked.on)]
    is_number = bool(found) and any(each.isdigit() for each in typed)  # no word begins like `M17`
    if len(found) < limit and not is_number:
        here = {each.code for each in found}
        found += [each for each in book.with_words(typed, limit) if each.code not in here and each.holds(asked.on)]
    return tuple(FoundCode(each.code, each.words, each.billable) for each in found[:limit])


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """Read the releases of a day into memory, so that the first code that is typed finds them there."""

    on: date


@query("code.open", needs=Permission.ENTER_CHARGES)
def open_books(read: Reading, asked: OpenBooks) -> int:
    """Return how many books are open; to be asked on a worker after the sign-in."""
    releases = (code_releases.of_day(read.conn, each, asked.on) for each in sorted(BOOKS))
    return sum(code_releases.book(read.conn, each) is not None for each in releases if each is not None)
