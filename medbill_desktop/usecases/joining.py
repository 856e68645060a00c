"""What a person goes through at this computer to get their own sign-in (SECURITY K11, K13, K23-K26).

The owner says who it is and what they may do; the person chooses a password, scans the QR, proves a code and keeps
the recovery codes. Nothing is written before `finish`; then the database, and the key file last (SECURITY 2.2).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.staff_tasks import Held
from medbill_desktop.domain.users import RoleKey
from medbill_desktop.security import passwords, recovery_codes, totp
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.users import (
    AddUser,
    CheckNewUser,
    DeactivateUser,
    EnrolAgain,
    SignIn,
    UnlockAttempts,
    UserLine,
    add_user,
    check_new_user,
    deactivate_user,
    enrol_again,
    kept_name,
    unlock_attempts,
)

Judgement = passwords.Judgement


class KeySlots(Protocol):
    """The key file as far as people come and go; the open Office has it."""

    @property
    def protected_file(self) -> bool:
        """Whether the device secret lies in a file: then passwords must be longer (SECURITY K19)."""

    @property
    def training(self) -> bool:
        """Whether this is the training practice, which asks for no code and takes any password (SECURITY K30)."""

    @property
    def practice_words(self) -> Sequence[str]:
        """Names and places that a password must not lean on."""

    def sign_in_of(self, user_id: Id, name: str) -> SignIn:
        """Say whether this active person gets in at this computer, and what is in the way."""

    def holds(self, user_id: Id, recipient: str) -> bool:
        """Tell whether the person's slot is the one that this recipient names."""

    def held(self) -> AbstractContextManager[None]:
        """Let a seal and a sign-out wait while database and key file are written one after the other."""

    def new_slot(self, user_id: Id, name: str, password: str) -> Any:
        """Run the KDF and make a new identity; takes about half a second and writes nothing."""

    def put_slot(self, slot: Any) -> None:
        """Write the key file with this slot and the data key sealed to it."""

    def drop_slot(self, user_id: Id) -> None:
        """Write the key file without this person's slot and the data key sealed to the rest."""

    def clear_attempts(self, name: str) -> None:
        """Forget a person's failed sign-ins on this computer."""


class Enrolment:
    """An authenticator and recovery codes in the making; shown once, kept by nobody here."""

    def __init__(self, name: str, practice: str) -> None:
        self.secret = totp.new_secret()
        self.address = totp.uri(self.secret, name, practice)
        self.codes, self.stored = recovery_codes.make()
        self.step = 0

    @property
    def typed_key(self) -> str:
        """The secret in fours, for an authenticator without a camera."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))

    @property
    def proven(self) -> bool:
        return self.step > 0

    def prove(self, code: str, now: datetime) -> bool:
        """Check a first code; that step is spent, so it can't be the first sign-in's as well."""
        step = totp.check(self.secret, code, now, self.step)
        if step is not None:
            self.step = step
        return step is not None

    def __repr__(self) -> str:
        return "Enrolment(...)"


class Joining:
    """A person joins, comes back, or chooses a new password, while someone who may is signed in."""

    def __init__(
        self, desk: Desk, slots: KeySlots, name: str, roles: frozenset[RoleKey], again: UserLine | None = None
    ) -> None:
        """Raise Invalid where the name or the roles can't be; `again` is the person who enrols anew."""
        if again is None:
            problems = desk.ask(check_new_user, CheckNewUser(name, roles))
            if problems:
                raise Invalid(problems)
        elif again.is_me:
            # An unattended desk would give away its password (SECURITY K12).
            raise Refused("Your own password and authenticator are changed on My account.")
        self._desk, self._slots, self._roles, self._again = desk, slots, roles, again
        self.name = again.name if again is not None else kept_name(name)
        words = slots.practice_words
        self.enrolment = Enrolment(self.name, words[0] if words else "MedBill")

    def judge(self, password: str) -> Judgement:
        """Judge the password as it is typed; takes up to a tenth of a second, so not on the GUI thread."""
        return passwords.judge(
            password,
            context=[*self._slots.practice_words, self.name],
            has_totp=True,
            protected_file=self._slots.protected_file,
        )

    def finish(self, password: str) -> Id:
        """Write the person down, then their slot; takes about half a second, so not on the GUI thread."""
        training = self._slots.training
        if not training and not (verdict := self.judge(password)).ok:
            raise Refused(verdict.problems[0])
        if not training and not self.enrolment.proven:
            raise Refused("Type a code from the authenticator first.")
        desk, made = self._desk, self.enrolment
        secret = made.secret if made.proven else None
        user_id = desk.new_id() if self._again is None else self._again.id
        slot = self._slots.new_slot(user_id, self.name, password)
        with self._slots.held():
            if self._again is None:
                desk.run(
                    add_user,
                    AddUser(desk.new_id(), user_id, self.name, self._roles, secret, made.step, made.stored),
                )
            else:
                desk.run(enrol_again, EnrolAgain(desk.new_id(), user_id, secret, made.step, made.stored))
            self._slots.put_slot(slot)
            if self._again is not None:
                self._slots.clear_attempts(self.name)  # failures with the password that was forgotten
        return user_id


def remove_person(desk: Desk, slots: KeySlots, user_id: Id, held: frozenset[Held] = frozenset()) -> None:
    """A person leaves: inactive at once in the database, then their slot goes and the data key is sealed anew.

    `held` is what they may have in their hands; what is to be done about it stays open until somebody did it.
    """
    with slots.held():
        desk.run(deactivate_user, DeactivateUser(desk.new_id(), user_id, held))
        slots.drop_slot(user_id)


def with_sign_ins(people: Sequence[UserLine], slots: KeySlots) -> tuple[UserLine, ...]:
    """Return the people with what this computer knows of their sign-ins; who left stays as they are."""
    return tuple(replace(each, sign_in=_state(each, slots)) if each.active else each for each in people)


def _state(person: UserLine, slots: KeySlots) -> SignIn:
    found, invited = slots.sign_in_of(person.id, person.name), person.invited
    if invited is not None and found is not SignIn.LOCKED_OUT:
        if slots.holds(person.id, invited.recipient):
            return SignIn.CODE_OVER if invited.over else SignIn.INVITED
        if found is SignIn.NO_SLOT and invited.over:
            return SignIn.CODE_OVER
    return found


def let_try_again(desk: Desk, slots: KeySlots, user_id: Id, name: str) -> None:
    """Let somebody try again at once who has to wait; after a hundred failures only a new sign-in opens (K27)."""
    if slots.sign_in_of(user_id, name) is SignIn.LOCKED_OUT:
        raise Refused("A hundred wrong attempts: somebody may have been guessing. Make a one-time code instead.")
    desk.run(unlock_attempts, UnlockAttempts(desk.new_id(), user_id))
    slots.clear_attempts(name)
