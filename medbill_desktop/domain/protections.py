"""Each protection with its true state, and the clause of the HIPAA security rule that it is evidence for (SECURITY H).

Pure: the facts come in, sentences come out. What is weak says what to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.dates import say_date

BACKUP_AGE: Final = timedelta(hours=36)
VERIFY_AGE: Final = timedelta(days=7)
PAGE_AGE: Final = timedelta(days=40)  # printed at month-end
KEY_AGE: Final = timedelta(days=2 * 365)
DRILL_AGE: Final = timedelta(days=366)


class Level(StrEnum):
    """How a protection stands."""

    GOOD = "in order"
    WEAK = "weak"
    TOLD = "for your knowledge"


@dataclass(frozen=True, slots=True)
class Protection:
    """One line of the security page; `do` is empty where nothing is to be done."""

    name: str
    words: str
    level: Level = Level.TOLD
    do: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause, what the program does for it, and what proves it today."""

    id: str  # of SECURITY section 9
    clause: str
    feature: str
    today: str


@dataclass(frozen=True, slots=True)
class SecurityState:
    """What the practice's own records say; moments are None where it never was."""

    now: datetime
    people: int
    without_code: tuple[str, ...]
    privacy_officer: str
    security_officer: str
    lock_minutes: int
    cipher: str
    rows: int
    verified_at: datetime | None
    restores: int
    gaps: int
    anchor_page_at: datetime | None
    reviewed_at: datetime | None
    reviews_overdue: int
    access_at: datetime | None
    emergencies: int
    emergencies_unsigned: int
    keys_since: datetime
    kits: int
    kit_drilled_at: datetime | None
    backup_at: datetime | None
    health_at: datetime | None
    failed_sign_ins: int
    removed_at: datetime | None
    leaver_tasks: int
    computers: int
    computers_out: int
    holds: int
    archives: int


def protections(state: SecurityState) -> tuple[Protection, ...]:
    """Judge what the practice's records tell; the lines of this computer are added by who can see it."""
    return tuple(_protections(state))


def _protections(s: SecurityState) -> Iterator[Protection]:
    exempt = ", ".join(s.without_code)
    yield _line(
        "Codes at sign-in", not s.without_code, "Asked of everybody.", f"Not asked of: {exempt}.",
        "Let each enrol an authenticator in My account, or write the accepted risk down.",
    )  # fmt: skip
    yield _dated(
        "Audit log verified", s.verified_at, s.now, VERIFY_AGE, "Open Audit log and press Verify now.",
    )  # fmt: skip
    yield _line(
        "Restores", not s.restores, "None waits for an officer.", f"{s.restores} not confirmed by an officer.",
        "Open Audit log, verify, and explain it.",
    )  # fmt: skip
    yield _dated("Audit anchor on paper", s.anchor_page_at, s.now, PAGE_AGE, "Print one in Audit log and sign it.")
    yield _line(
        "Weekly review", not s.reviews_overdue, _last("Signed off", s.reviewed_at),
        f"{s.reviews_overdue} weeks overdue.", "Open Audit log, Weekly review.",
    )  # fmt: skip
    yield _line(
        "Emergency access", not s.emergencies_unsigned, f"{s.emergencies} in the last year, all signed off.",
        f"{s.emergencies_unsigned} not signed off.", "Open Audit log, Emergency access.",
    )  # fmt: skip
    yield _dated("Access review", s.access_at, s.now, timedelta(days=184), "Open Audit log, Access review.")
    yield _dated("Backup on another disk", s.backup_at, s.now, BACKUP_AGE, "Open Backup and make one.")
    yield _dated("Keys made", s.keys_since, s.now, KEY_AGE, "Make new keys when somebody leaves, or every two years.")
    yield _dated("Recovery kit tried", s.kit_drilled_at, s.now, DRILL_AGE, "Check a backup with the line of the paper.")
    yield _line(
        "Leavers", not s.leaver_tasks, "Nothing is left to do.", f"{s.leaver_tasks} tasks are open.",
        "Open Users and finish what a leaver left.",
    )  # fmt: skip


def _line(name: str, good: bool, fine: str, weak: str, do: str) -> Protection:
    return Protection(name, fine, Level.GOOD) if good else Protection(name, weak, Level.WEAK, do)


def _dated(name: str, at: datetime | None, now: datetime, age: timedelta, do: str) -> Protection:
    if at is None:
        return Protection(name, "Never.", Level.WEAK, do)
    words = f"{say_date(at.date())}."
    return Protection(name, words, Level.GOOD) if now - at <= age else Protection(name, words, Level.WEAK, do)


def _last(what: str, at: datetime | None) -> str:
    return f"{what} {say_date(at.date())}." if at is not None else "Nothing is due yet."


def evidence(s: SecurityState) -> tuple[Evidence, ...]:
    """Return H3-H6 and H15-H24 with the feature that answers each and its evidence of today."""
    officers = f"Privacy: {s.privacy_officer or 'nobody'}; security: {s.security_officer or 'nobody'}."
    reviewed, removed = _last("Last signed", s.reviewed_at), _never("Last removal", s.removed_at)
    return (
        Evidence("H3", "164.308(a)(1)(ii)(D)", "Activity review: findings, weekly sign-off", reviewed),
        Evidence("H4", "164.308(a)(2); 164.530(a)", "Named officers", officers),
        Evidence(
            "H5", "164.308(a)(3)", "Joining and leaving: sign-in removed at once, new keys, tasks",
            f"{removed} {s.leaver_tasks} tasks open.",
        ),
        Evidence(
            "H6", "164.308(a)(4)", "Roles and limits; quarterly access review",
            f"{s.people} people. {_never('Last review', s.access_at)}",
        ),
        Evidence(
            "H7", "164.308(a)(5)", "Log-in monitoring and password rules",
            f"{s.failed_sign_ins} sign-ins after failed attempts in the last 30 days.",
        ),
        Evidence(
            "H15", "164.310(a)-(c)", "Screen lock, list of computers; buildings are the practice's own matter",
            f"{s.computers} computers enrolled; the screen locks after {s.lock_minutes} minutes.",
        ),
        Evidence(
            "H16", "164.310(d)", "A computer is taken out after a verified backup, with new keys",
            f"{s.computers_out} taken out so far.",
        ),
        Evidence("H17", "164.312(a)(2)(i)", "One name per person, for ever", f"{s.people} people, no shared account."),
        Evidence(
            "H18", "164.312(a)(2)(ii)", "Emergency access; recovery kit",
            f"{s.emergencies} in the last year, {s.emergencies_unsigned} unsigned. {s.kits} kit holders.",
        ),
        Evidence("H19", "164.312(a)(2)(iii)", "Automatic lock and seal", f"After {s.lock_minutes} minutes; never off."),
        Evidence("H20", "164.312(a)(2)(iv)", "Encryption of database and backups", s.cipher),
        Evidence(
            "H21", "164.312(b)", "Audit log, chained and anchored",
            f"{s.rows:,} rows; {_never('verified', s.verified_at)} {_never('Anchor on paper', s.anchor_page_at)}",
        ),
        Evidence(
            "H22", "164.312(c)", "Sealed pages, chain, control totals",
            f"{_never('Pages checked', s.health_at)} {s.gaps} explained gaps.",
        ),
        Evidence(
            "H23", "164.312(d)", "Password and one-time code",
            "All people use a code." if not s.without_code else f"{len(s.without_code)} people use no code.",
        ),
        Evidence(
            "H24", "164.312(e)", "Backups are encrypted before they leave; no other connection",
            _never("Last verified backup elsewhere", s.backup_at),
        ),
        Evidence(
            "H25", "164.316(b)(2)", "Rows kept six years; legal hold; sealed archives",
            f"{s.holds} holds stand; {s.archives} years archived.",
        ),
    )  # fmt: skip


def _never(what: str, at: datetime | date | None) -> str:
    if at is None:
        return f"{what}: never."
    return f"{what} {say_date(at.date() if isinstance(at, datetime) else at)}."
