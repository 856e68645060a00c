"""Recovery kits: made, retyped, drilled; and what a use of one owes the practice (SECURITY K20-K22).

What a use owes stands in the database until a new kit and new keys are in force; the window leads through it. A kit's
line is on paper and nowhere else; what the door is told of is its recipient.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from sqlalchemy import select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, ReadOnly, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.security import key_file, recovery_kit
from medbill_desktop.security.key_file import WrongKit
from medbill_desktop.storage import backups, recovery
from medbill_desktop.storage.recovery import OldBundle
from medbill_desktop.storage.tables import practice as practice_table
from medbill_desktop.usecases import key_rotation
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.key_rotation import Rotated, Why
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.sitting import Sitting
from medbill_desktop.usecases.watch import Watch

DRILL_EVERY: Final = timedelta(days=365)
MOST_HOLDER: Final = 60
MadeKit = recovery.MadeKit


@dataclass(frozen=True, slots=True)
class ListKits:
    """The kits that open the practice now."""


@dataclass(frozen=True, slots=True)
class KitLine:
    """A kit in force; `holder` empty where nobody wrote down who keeps it."""

    number: int
    holder: str
    made_at: datetime
    drilled_at: datetime | None
    drill_due: bool
    recipient: str = field(repr=False)

    @property
    def id(self) -> int:
        return self.number


@dataclass(frozen=True, slots=True)
class ListOldBundles:
    """The backups that only a kit before the newest one opens."""


@dataclass(frozen=True, slots=True)
class RenewKit:
    """A kit that was printed and retyped comes into force; `keeps` are those that stay beside it."""

    id: Id
    recipient: str
    holder: str
    keeps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrillKit:
    """Somebody retyped a kit from its paper."""

    id: Id
    recipient: str


@dataclass(frozen=True, slots=True)
class AskAlerts:
    """Which uses of the kit have I not acknowledged?"""


@dataclass(frozen=True, slots=True)
class KitUse:
    """A time somebody used the kit, as an officer is told."""

    id: Id
    began_at: datetime


@dataclass(frozen=True, slots=True)
class SeeUse:
    """An officer knows of a use of the kit."""

    id: Id
    use_id: Id


@dataclass(frozen=True, slots=True)
class AskOwed:
    """What is owed after a use of the kit, and what is due?"""


@dataclass(frozen=True, slots=True)
class Owed:
    """`new_kit` and `new_keys` after a use of the kit; `drill` where a kit was not retyped for a year."""

    new_kit: bool
    new_keys: bool
    drill: bool
    backup: bool  # no backup that is verified opens with the newest kit

    @property
    def pressing(self) -> bool:
        """Whether the program leads through it before anything else."""
        return self.new_kit or self.new_keys


@dataclass(frozen=True, slots=True)
class AskKitNews:
    """Which kits were made by somebody who is no owner, and not acknowledged by me?"""


@dataclass(frozen=True, slots=True)
class SeeKit:
    """An owner knows of a kit that somebody else made."""

    id: Id
    kit_id: Id


@query("kit.list", needs=Permission.MANAGE_USERS)
def list_kits(read: Reading, asked: ListKits) -> tuple[KitLine, ...]:
    known, now = recovery.kits(read.conn, read.session.backup_keys.recovery_recipients), read.clock.now()
    return tuple(
        KitLine(number, each.holder, each.made_at, each.drilled_at, _is_due(each, now), each.recipient)
        for number, each in enumerate(known, start=1)
    )


@query("kit.old_bundles", needs=Permission.MANAGE_USERS)
def list_old_bundles(read: Reading, asked: ListOldBundles) -> tuple[OldBundle, ...]:
    newest = recovery.newest_kit(read.conn)
    return () if newest is None else recovery.bundles_before(read.conn, newest)


@query("recovery.owed", needs=Permission.MANAGE_USERS)
def recovery_owed(read: Reading, asked: AskOwed) -> Owed:
    uses, now = recovery.owing(read.conn), read.clock.now()
    known = recovery.kits(read.conn, read.session.backup_keys.recovery_recipients)
    newest, last = recovery.newest_kit(read.conn), backups.newest_verified(read.conn)
    unbacked = newest is not None and (last is None or last.at < newest)
    return Owed(
        any(each.kit_at is None for each in uses), bool(uses), any(_is_due(each, now) for each in known), unbacked
    )


@query("recovery.alerts", needs=Permission.SIGN_OFF_AUDIT)
def recovery_alerts(read: Reading, asked: AskAlerts) -> tuple[KitUse, ...]:
    return tuple(KitUse(each.id, each.began_at) for each in recovery.unseen(read.conn, read.user.id))


@usecase("recovery.seen", needs=Permission.SIGN_OFF_AUDIT, topics={"recovery"})
def see_use(work: Work, cmd: SeeUse) -> None:
    if not recovery.see(work.conn, cmd.use_id, work.user.id, work.now):
        raise Refused("This use of the kit is not in this practice. Look at the list again.")
    work.entry.about("recovery", cmd.use_id)


@query("kit.news", needs=Permission.SELF)
def kit_news(read: Reading, asked: AskKitNews) -> tuple[MadeKit, ...]:
    """Return, for an owner alone, the kits that somebody who is no owner made: a kit could reset the owner."""
    return recovery.untold(read.conn, read.user.id) if read.user.is_among_owners else ()


@usecase("kit.seen", needs=Permission.SELF, topics={"recovery"})
def see_kit(work: Work, cmd: SeeKit) -> None:
    if not work.user.is_among_owners or not recovery.tell(work.conn, cmd.kit_id, work.user.id, work.now):
        raise Refused("Owners are told of no such kit. Look at the list again.")
    work.entry.about("kit", cmd.kit_id)


@usecase("kit.renew", needs=Permission.MAKE_KIT, topics={"recovery"})
def renew_kit(work: Work, cmd: RenewKit) -> None:
    """A kit can reset an owner; so every owner is told of one that no owner made, until they say that they know."""
    holder, problems = tidy(cmd.holder), Findings()
    if len(holder) > MOST_HOLDER:
        problems.stop("holder", "holder", f"The name is over {MOST_HOLDER} letters.", "Make it shorter.")
    problems.raise_stops()
    tell = not work.user.is_owner
    recovery.add_kit(work.conn, work.new_id(), cmd.recipient, holder, work.user.id, work.now, tell_owners=tell)
    recovery.replaced(work.conn, (*cmd.keeps, cmd.recipient), work.now)
    work.entry.about("kit", None, kits=len(cmd.keeps) + 1, tells_owners=tell)


@usecase("kit.drill", needs=Permission.MANAGE_USERS, topics={"recovery"})
def drill_kit(work: Work, cmd: DrillKit) -> None:
    recovery.drilled(work.conn, work.new_id(), cmd.recipient, work.now)
    work.entry.about("kit", None)


class NewKit:
    """A kit in the making: shown to be printed, retyped from the paper, then in force. Dropping it changes nothing."""

    def __init__(
        self, practice: OpenPractice, seat: Seat, desk: Desk, ceremony: RLock, holder: str, *, beside: bool
    ) -> None:
        """`beside`: for a second custodian, the kits there are stay; else it replaces them all."""
        self._practice, self._seat, self._desk, self._ceremony = practice, seat, desk, ceremony
        self._holder, self._keeps = holder, practice.opened.recovery if beside else ()
        self._kit, self._retyped = recovery_kit.new_kit(), False

    @property
    def kit_groups(self) -> tuple[str, ...]:
        return recovery_kit.in_groups(self._kit)

    def kit_pdf(self) -> bytes:
        """Return the kit as one page, to be printed straight or saved once."""
        from medbill_desktop.documents.recovery_kit import KitPage, recovery_kit_pdf

        with self._practice.vault.reader.begin() as conn:
            name = conn.execute(select(practice_table.c.name)).scalar_one()
        today = self._practice.clock.today()
        return recovery_kit_pdf(KitPage(name, self._practice.vault_id, today, self._kit.line, self.kit_groups))

    def retype(self, typed: str) -> bool:
        """Tell whether the kit was retyped from the paper; raises KitMistyped where it is no kit at all."""
        self._retyped = recovery_kit.matches(self._kit, typed)
        return self._retyped

    def finish(self, watch: Watch, *, new_keys: bool) -> Rotated | None:
        """Put the kit in force, make new keys where they are asked for, then a backup that it opens, as one job.

        Each step holds by itself: killed in between, the kit is in force and the rest is still owed.
        """
        if not self._retyped:
            raise Refused("Print the recovery kit, then type its line from the paper.")
        practice, seat, desk = self._practice, self._seat, self._desk
        if practice.vault.read_only:
            raise ReadOnly("The folder of the practice can't be written, so its kit can't be changed here.")
        with self._ceremony:
            self._put_in_force()
            done = key_rotation.rotate(practice, seat, desk, Why.KIT, watch) if new_keys else None
        _back_up(desk, watch)
        return done

    def _put_in_force(self) -> None:
        practice, seat, desk, kit = self._practice, self._seat, self._desk, self._kit
        if kit.recipient in practice.opened.recovery:
            return  # done before: what came after it failed, and is tried again
        recipients = (*self._keeps, kit.recipient)
        with seat.working():
            if desk.may(renew_kit):
                data = key_file.with_recovery(practice.opened, practice.unlocked, recipients)
            desk.run(renew_kit, RenewKit(desk.new_id(), kit.recipient, self._holder, tuple(self._keeps)))
            practice.write_keys(data, seat.user.id, seat.token, kits=len(recipients))


class KitVerbs:
    """What is done about recovery kits at the open Office; LockedError unless the session is open."""

    def __init__(self, sitting: Sitting, ceremony: RLock) -> None:
        self._sitting, self._ceremony = sitting, ceremony

    def new(self, holder: str = "", *, beside: bool = False) -> NewKit:
        """Begin a new kit; with `beside` for one more custodian, else in the place of all kits there are."""
        practice, seat = self._sitting.held()
        return NewKit(practice, seat, self._sitting.open_desk(), self._ceremony, holder, beside=beside)

    def finish(self, kit: NewKit, watch: Watch, *, new_keys: bool) -> Rotated | None:
        """Put the kit in force, as a job; see `NewKit.finish`."""
        done = kit.finish(watch, new_keys=new_keys)
        practice, _ = self._sitting.held()
        self._sitting.premises.header = practice.opened.file.header
        return done

    def new_keys(self, watch: Watch) -> Rotated:
        """Make the new keys that are owed after the kit was replaced, then a backup."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            desk = self._sitting.open_desk()
            done = key_rotation.rotate(practice, seat, desk, Why.KIT, watch)
            self._sitting.premises.header = practice.opened.file.header
        _back_up(desk, watch)
        return done

    def drill(self, typed: str) -> None:
        """Retype a kit from its paper; raises KitMistyped, or WrongKit where it does not open this practice (K20)."""
        practice, _ = self._sitting.held()
        desk = self._sitting.open_desk()
        kit = recovery_kit.parse(typed)
        if kit.recipient not in practice.opened.recovery:
            raise WrongKit(practice.vault_id)
        desk.run(drill_kit, DrillKit(desk.new_id(), kit.recipient))


def _is_due(kit: recovery.KitRecord, now: datetime) -> bool:
    return now - (kit.drilled_at or kit.made_at) >= DRILL_EVERY


def _back_up(desk: Desk, watch: Watch) -> None:
    from medbill_desktop.usecases.backup import MakeBackup, make_backup  # a start needs no backup

    desk.run(make_backup, MakeBackup(desk.new_id()), watch)
