"""The computers of a practice, and taking one out of it (SECURITY K15, K16)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage.tables import workstation
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.key_rotation import Rotated, Why, begin_rotation, rotate
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.watch import Watch


@dataclass(frozen=True, slots=True)
class ListComputers:
    """Every computer that was ever enrolled."""


@dataclass(frozen=True, slots=True)
class ComputerLine:
    """One computer under one account; `revoked_at` where it was taken out and has to be enrolled again."""

    number: int
    name: str
    store_kind: str
    enrolled_at: datetime
    revoked_at: datetime | None
    is_this: bool

    @property
    def id(self) -> int:
        return self.number


@query("device.list", needs=Permission.MANAGE_USERS)
def list_computers(read: Reading, asked: ListComputers) -> tuple[ComputerLine, ...]:
    c = workstation.c
    rows = read.conn.execute(select(workstation).order_by(c.revoked_at.is_not(None), c.number))
    here = read.session.workstation
    return tuple(
        ComputerLine(row.number, row.name, row.store_kind, row.enrolled_at, row.revoked_at, row.number == here)
        for row in rows
    )


def take_out(practice: OpenPractice, seat: Seat, desk: Desk, number: int, watch: Watch) -> Rotated:
    """Make a verified backup, then new keys, which the computer does not get (SECURITY K16).

    Nobody holds the other computers' secrets, so they all have to be enrolled again. The caller holds the ceremony.
    """
    if desk.may(begin_rotation):
        line = next((each for each in desk.ask(list_computers, ListComputers()) if each.number == number), None)
        if line is None or line.revoked_at is not None:
            raise Refused("This computer was taken out before.")
        if line.is_this:
            raise Refused("This is the computer you sit at. Take it out from another one.")
        from medbill_desktop.usecases.backup import MakeBackup, make_backup  # a start needs no backup

        desk.run(make_backup, MakeBackup(desk.new_id()), watch)
        done = rotate(practice, seat, desk, Why.COMPUTER, watch)
        names = list(done.dropped)
        names.remove(line.name)
        return replace(done, dropped=tuple(names))
    return rotate(practice, seat, desk, Why.COMPUTER, watch)
