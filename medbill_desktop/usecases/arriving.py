"""Somebody comes with a one-time code: a password of their own, a new authenticator, and nothing else (SECURITY K13).

Danger: the code opens the data key. So the practice is opened twice for a moment, to look at the code and to write,
and in between no key is held; no Desk is ever handed out here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import RLock

from sqlalchemy import Connection

from medbill_desktop.domain.problems import ReadOnly, Refused
from medbill_desktop.security import key_file, one_time_code, passwords
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy, wipe
from medbill_desktop.security.key_file import Unlocked
from medbill_desktop.security.passwords import Judgement
from medbill_desktop.security.recovery_codes import StoredCode
from medbill_desktop.storage import audit, invitations, users
from medbill_desktop.storage.invitations import Invitation
from medbill_desktop.storage.users import CodeRecord
from medbill_desktop.usecases import entrance, sign_in
from medbill_desktop.usecases.joining import Enrolment
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.session import State, new_token
from medbill_desktop.usecases.sign_in import SignInFailed
from medbill_desktop.usecases.sitting import Sitting

Reach = Callable[[], tuple[DeviceMemory, Device, Attempts]]


class CodeOver(Refused):
    """The right code, too late; told, because only who holds it gets here."""

    def __init__(self) -> None:
        super().__init__("This one-time code has run out. Ask for a new one.")


class Arrivals:
    """The door for one-time codes at the Office of this computer."""

    def __init__(self, sitting: Sitting, ceremony: RLock, policy: KdfPolicy, reached: Reach) -> None:
        self._sitting, self._ceremony, self._policy, self._reached = sitting, ceremony, policy, reached

    def is_code(self, typed: str) -> bool:
        """Tell whether a one-time code was typed where a password belongs."""
        return one_time_code.is_one(typed)

    def begin(self, name: str, typed: str) -> "Arrival":
        """Look at name and code; raises CodeMistyped, CodeOver, TooSoon, or SignInFailed, which is counted."""
        code = one_time_code.parse(typed)
        with self._ceremony, _Visit(self, name, code) as visit:
            who, words = visit.unlocked.name, visit.practice.practice_words()
            kind, protected = visit.practice.kind, visit.practice.memory.store_kind == "file"
        return Arrival(self, who, code, words, training=kind == "training", protected_file=protected)

    def _finish(self, arrival: "Arrival", code: str, password: str) -> None:
        with self._ceremony, _Visit(self, arrival.name, code) as visit:
            visit.settle(password, arrival.enrolment)


class Arrival:
    """The form of somebody who came with a code; holds the code and no key."""

    def __init__(
        self, door: Arrivals, name: str, code: str, words: tuple[str, ...], *, training: bool, protected_file: bool
    ) -> None:
        self._door, self._code, self._words = door, code, words
        self.name, self.training, self._protected_file = name, training, protected_file and not training
        self.enrolment = Enrolment(name, words[0] if words else "MedBill")

    def judge(self, password: str) -> Judgement:
        """Judge the password as it is typed; takes up to a tenth of a second, so not on the GUI thread."""
        return passwords.judge(
            password, context=[*self._words, self.name], has_totp=True, protected_file=self._protected_file
        )

    def finish(self, password: str) -> None:
        """Write authenticator and codes, then the slot under the new password; an ordinary sign-in follows.

        Takes about a second. A cut in between leaves the code in force; afterwards it opens nothing.
        """
        if not self.training and not (verdict := self.judge(password)).ok:
            raise Refused(verdict.problems[0])
        if one_time_code.is_one(password):
            raise Refused("That is a one-time code. Choose a password of your own.")
        if not self.training and not self.enrolment.proven:
            raise Refused("Type a code from the authenticator first.")
        self._door._finish(self, self._code, password)

    def __repr__(self) -> str:
        return "Arrival(...)"


class _Visit:
    """The practice, open for a moment under a one-time code; the one that somebody locked stays theirs."""

    def __init__(self, door: Arrivals, name: str, code: str) -> None:
        self._sitting, self._policy, self._reached = door._sitting, door._policy, door._reached
        self._name, self._code = name, code

    def __enter__(self) -> "_Visit":
        sitting, counted = self._sitting, sign_in.folded(self._name)
        if sitting.machine.state is State.OPEN:
            raise Refused("Someone is signed in. Lock the screen or sign out first.")
        memory, device, attempts = self._reached()
        self._before, self._attempts = sitting.practice, attempts
        self._table = table = sign_in.open_table(sitting.premises.places, memory, device)
        try:
            self.unlocked = sign_in.unlock_person(table, self._name, self._code, self._policy, attempts, counted)
            premises = sitting.premises
            self.practice = self._before or entrance.opened(premises, memory, device, table, self.unlocked)
        except BaseException:
            self._leave()
            raise
        try:
            self.invitation = self._invited()
        except BaseException as error:
            self.__exit__()
            if isinstance(error, SignInFailed):
                attempts.failed(counted)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            self.practice.close()
        self.unlocked.wipe()
        self._leave()

    def _leave(self) -> None:
        self._table.wipe()
        if self._before is None:
            self._sitting.premises.lock_file.give_back()

    def _invited(self) -> Invitation:
        practice = self.practice
        if practice.vault.read_only:
            raise ReadOnly("The practice folder can't be written, so no password can be chosen now.")
        with practice.vault.reader.begin() as conn:
            found = invitations.of_slot(conn, self.unlocked.recipient)
            if found is None or found.user_id != self.unlocked.user_id or found.withdrawn:
                raise SignInFailed
            if not sign_in.is_welcome(conn, found.user_id, practice.clock.today()):
                raise SignInFailed
            if found.expires_at <= invitations.latest_time(conn, practice.clock.now()):
                raise CodeOver
        return found

    def settle(self, password: str, made: Enrolment) -> None:
        """Write down who came, then their own slot: a new identity, so that who saw the code has seen nothing."""
        practice, old, token = self.practice, self.unlocked, new_token()
        new = key_file.make_slot(old.user_id, old.name, password, self._policy)
        with practice.writing() as conn:
            self._write(conn, made, token, practice.clock.now())
        mine = Unlocked(old.user_id, old.name, new.slot.recipient, new.identity, bytearray(old.dek))
        data = key_file.with_slot(practice.opened, mine, new)
        detail = {"lowered": True} if new.lowered else {}
        if self._before is None:
            practice.unlocked = replace(mine, dek=practice.unlocked.dek)  # what is written is read back with it
        practice.write_keys(data, old.user_id, token, slot=old.user_id, **detail)
        wipe(mine.dek)
        wipe(new.identity)
        self._attempts.succeeded(sign_in.folded(self._name))

    def _write(self, conn: Connection, made: Enrolment, token: str, now: datetime) -> None:
        practice, user_id = self.practice, self.unlocked.user_id
        secret = made.secret if made.proven else None
        users.set_totp(conn, user_id, secret, made.step)
        users.replace_codes(conn, user_id, [_record(practice, each) for each in made.stored], now)
        invitations.arrived(conn, self.invitation.id, now)
        if failed := self._attempts.unreported:
            audit.append(
                conn, practice.row(None, token, "session.sign_in", "denied", attempts=failed), practice.keys.link
            )
        kind, has_code = self.invitation.kind, secret is not None
        row = practice.row(user_id, token, "user.arrive", of_kind=kind, authenticator=has_code)
        audit.append(conn, replace(row, subject_kind="user", subject_id=user_id), practice.keys.link)


def _record(practice: OpenPractice, code: StoredCode) -> CodeRecord:
    return CodeRecord(practice.ids.make(practice.clock.now()), code.salt, code.digest)
