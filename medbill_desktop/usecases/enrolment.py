"""Codes that let further computers in: shown, listed, withdrawn (SECURITY K15).

The database is written first and the key file last: a row without its entry opens nothing and ends at the next sign-in.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import DiskFull, Findings, ReadOnly, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.security import enrolment_code, pending_device
from medbill_desktop.storage import enrolments
from medbill_desktop.storage.enrolments import Offered
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.sitting import Sitting

LIFE: Final = timedelta(days=7)
MOST_NAME: Final = 60
NAMELESS: Final = "A computer"


@dataclass(frozen=True, slots=True)
class Offer:
    """One computer that a code is shown for; `entry_id` names the entry that the code opens."""

    name: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class OfferEnrolments:
    """Codes are to be shown; the codes themselves never pass through the door."""

    id: Id
    offers: tuple[Offer, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawEnrolment:
    id: Id
    offered_id: Id


@dataclass(frozen=True, slots=True)
class ListEnrolments:
    """The codes that are good still."""


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """A code that waits for its computer."""

    id: Id
    name: str
    offered_at: datetime
    expires_at: datetime
    entry_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as the screen shows it, once; nobody keeps it."""

    name: str
    groups: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)
    expires_at: datetime


@usecase("device.offer", needs=Permission.MANAGE_USERS, topics={"devices"})
def offer_enrolments(work: Work, cmd: OfferEnrolments) -> None:
    problems = Findings()
    for each in cmd.offers:
        if len(each.name) > MOST_NAME:
            problems.stop("name", "computer", f"The name is over {MOST_NAME} letters.", "Make it shorter.")
    problems.raise_stops()
    enrolments.add(
        work.conn,
        [Offered(work.new_id(), each.entry_id, each.name, work.user.id, work.now, cmd.expires_at)
         for each in cmd.offers],
    )  # fmt: skip
    work.entry.about("workstation", None, codes=len(cmd.offers))


@usecase("device.withdraw", needs=Permission.MANAGE_USERS, topics={"devices"})
def withdraw_enrolment(work: Work, cmd: WithdrawEnrolment) -> None:
    if not enrolments.end(work.conn, cmd.offered_id, work.now):
        raise Refused("This code was used or withdrawn already. Look at the list again.")
    work.entry.about("workstation", None, code=cmd.offered_id)


@query("device.codes", needs=Permission.MANAGE_USERS)
def list_enrolments(read: Reading, asked: ListEnrolments) -> tuple[EnrolmentLine, ...]:
    return tuple(
        EnrolmentLine(each.id, each.name, each.offered_at, each.expires_at, each.entry_id)
        for each in enrolments.waiting(read.conn, read.clock.now())
    )


class EnrolmentCodes:
    """Codes for further computers at the open Office; LockedError unless the session is open."""

    def __init__(self, sitting: Sitting, ceremony: RLock) -> None:
        self._sitting, self._ceremony = sitting, ceremony

    def show(self, names: Sequence[str]) -> tuple[ShownCode, ...]:
        """Make a code for each of these computers, to be shown once."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            return show_codes(practice, seat, self._sitting.open_desk(), names)

    def withdraw(self, line: EnrolmentLine) -> None:
        """End a code that nobody has used."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            withdraw(practice, seat, self._sitting.open_desk(), line)


def show_codes(practice: OpenPractice, seat: Seat, desk: Desk, names: Sequence[str]) -> tuple[ShownCode, ...]:
    """Make a code for each computer, in one change of the key file; they are to be shown once.

    The caller holds the ceremony. Raises Refused, and then no code is good.
    """
    if practice.vault.read_only:
        raise ReadOnly("The folder of the practice can't be written, so no computer can be let in from here.")
    until = (practice.clock.now() + LIFE).replace(microsecond=0)
    made = [
        (tidy(name) or NAMELESS, pending_device.new_entry_id(until), enrolment_code.new_code()) for name in names
    ]  # fmt: skip
    entries = [(entry_id, code) for _, entry_id, code in made]
    if desk.may(offer_enrolments):
        drop_expired(practice, seat)
        pending_device.check_room(practice.opened, len(entries))
    with seat.working():
        offers = tuple(Offer(name, entry_id) for name, entry_id, _ in made)
        desk.run(offer_enrolments, OfferEnrolments(desk.new_id(), offers, until))
        data = pending_device.with_pending(practice.opened, practice.unlocked, entries)
        practice.write_keys(data, seat.user.id, seat.token, codes=len(made))
    return tuple(ShownCode(name, code.groups, code.text, until) for name, _, code in made)


def withdraw(practice: OpenPractice, seat: Seat, desk: Desk, line: EnrolmentLine) -> None:
    """End a code that nobody has used: in the database, then in the key file. The caller holds the ceremony."""
    with seat.working():
        desk.run(withdraw_enrolment, WithdrawEnrolment(desk.new_id(), line.id))
        _drop(practice, seat, [line.entry_id], "withdrawn")


def drop_expired(practice: OpenPractice, seat: Seat) -> None:
    """Take what is good no longer out of the key file; on a full or unwritable disk the next sign-in does it."""
    with suppress(DiskFull, ReadOnly):
        _drop(practice, seat, pending_device.expired_of(practice.opened, practice.clock.now()), "expired")


def _drop(practice: OpenPractice, seat: Seat, entry_ids: Sequence[str], why: str) -> None:
    here = set(entry_ids) & set(pending_device.pending_of(practice.opened))
    if here:
        data = pending_device.without_pending(practice.opened, practice.unlocked, here)
        practice.write_keys(data, seat.user.id, seat.token, **{why: len(here)})
