"""A person changes their own password, authenticator or recovery codes (SECURITY K12, K23, K25).

The database is written first, the key file last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.security import key_file, passwords, recovery_codes
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.key_file import WrongPassword
from medbill_desktop.security.passwords import Judgement
from medbill_desktop.storage import users
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.sign_in import SignInFailed, TooSoon
from medbill_desktop.usecases.sitting import Sitting
from medbill_desktop.usecases.users import (
    RenewCodes,
    ReplaceAuthenticator,
    WrongCode,
    renew_codes,
    replace_authenticator,
)


@dataclass(frozen=True, slots=True)
class AllowNewPassword:
    """My password is about to change; the code, spent here, allows it. Passwords never pass through the door."""

    id: Id
    code: str = field(repr=False)


@usecase("user.password", needs=Permission.SELF)
def allow_new_password(work: Work, cmd: AllowNewPassword) -> None:
    record = users.find(work.conn, work.user.id)
    if record is None:
        raise SignInFailed
    sign_in.proof_of(work.conn, record, cmd.code, work.now)
    work.entry.about("user", work.user.id)


class OwnSignIn:
    """What a person does about their own sign-in, at the open Office; LockedError unless the session is open."""

    def __init__(
        self, sitting: Sitting, ceremony: RLock, policy: KdfPolicy, reached: Callable[[], tuple[Any, Any, Attempts]]
    ) -> None:
        self._sitting, self._ceremony, self._policy, self._reached = sitting, ceremony, policy, reached

    def judge_password(self, password: str) -> Judgement:
        """Judge a new password of who is signed in, as it is typed."""
        return judged(*self._sitting.held(), password)

    def change_password(self, current: str, code: str, new: str) -> None:
        """Change the password of who is signed in (SECURITY K12); raises SignInFailed, TooSoon or Refused."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            desk, attempts = self._sitting.open_desk(), self._reached()[2]
            change(practice, seat, desk, attempts, self._policy, current=current, code=code, new=new)

    def change_authenticator(self, current: str, secret: str, step: int) -> None:
        """Replace the authenticator of who is signed in (SECURITY K23); raises WrongCode or TooSoon."""
        with self._ceremony:
            _, seat = self._sitting.held()
            desk, attempts = self._sitting.open_desk(), self._reached()[2]
            change_authenticator(seat, desk, attempts, current=current, secret=secret, step=step)

    def new_codes(self, current: str) -> tuple[str, ...]:
        """Return new recovery codes of who is signed in (SECURITY K25); raises WrongCode or TooSoon."""
        with self._ceremony:
            _, seat = self._sitting.held()
            return new_codes(seat, self._sitting.open_desk(), self._reached()[2], current=current)


def judged(practice: OpenPractice, seat: Seat, password: str) -> Judgement:
    """Judge a new password of who is signed in."""
    return passwords.judge(
        password,
        context=[*practice.practice_words(), seat.user.name],
        has_totp=True,
        protected_file=practice.memory.store_kind == "file",
    )


def change(
    practice: OpenPractice, seat: Seat, desk: Desk, attempts: Attempts, policy: KdfPolicy, *,
    current: str, code: str, new: str,
) -> None:  # fmt: skip
    """Judge, prove and write; raises Refused, TooSoon or SignInFailed, and then nothing is changed."""
    counted = sign_in.folded(seat.user.name)
    if practice.kind != "training" and not (verdict := judged(practice, seat, new)).ok:
        raise Refused(verdict.problems[0])
    if wait := attempts.wait_seconds(counted):
        raise TooSoon(wait)
    try:
        slot = key_file.change_password(practice.opened, practice.unlocked, current, new, policy)
        desk.run(allow_new_password, AllowNewPassword(desk.new_id(), code))
    except (WrongPassword, SignInFailed):
        attempts.failed(counted)
        raise SignInFailed from None
    data = key_file.with_slot(practice.opened, practice.unlocked, slot)
    practice.write_keys(data, seat.user.id, seat.token, password=seat.user.id, lowered=slot.lowered)


def change_authenticator(seat: Seat, desk: Desk, attempts: Attempts, *, current: str, secret: str, step: int) -> None:
    """Replace the authenticator; raises TooSoon or WrongCode, and then nothing is changed."""
    command = ReplaceAuthenticator(desk.new_id(), current, secret, step)
    _counted(seat, attempts, lambda: desk.run(replace_authenticator, command))


def new_codes(seat: Seat, desk: Desk, attempts: Attempts, *, current: str) -> tuple[str, ...]:
    """Return ten new recovery codes, to be shown once; the old ones stop working. Raises TooSoon or WrongCode."""
    codes, stored = recovery_codes.make()
    _counted(seat, attempts, lambda: desk.run(renew_codes, RenewCodes(desk.new_id(), current, stored)))
    return codes


def _counted(seat: Seat, attempts: Attempts, does: Callable[[], None]) -> None:
    """Do what a code allows; a wrong one counts as at the sign-in, or an open desk would let it be guessed (K27)."""
    counted = sign_in.folded(seat.user.name)
    if wait := attempts.wait_seconds(counted):
        raise TooSoon(wait)
    try:
        does()
    except WrongCode:
        attempts.failed(counted)
        raise
