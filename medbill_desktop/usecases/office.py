"""The office of one practice at one computer: the way in, the lock, the way out (DESIGN 4, SECURITY 2.3, L1).

Every method may be called from any thread. `sign_in`, `unlock`, `look`, `enrol_with_kit`, `Founding.finish` and
`own.change_password` take from half a second to many seconds: never on the GUI thread. `lock`, `touch`, `tick`, `state`
and `desk` return at once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Final

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import Busy, LockedError, Refused
from medbill_desktop.domain.users import User
from medbill_desktop.security import key_file
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.secret_store import SecretStore
from medbill_desktop.storage.practice_folder import Prober
from medbill_desktop.usecases import devices, entrance, key_rotation, kit_entry, secret_move, sign_in
from medbill_desktop.usecases.arriving import Arrivals
from medbill_desktop.usecases.code_entry import CodeEntry, ComputerEntry
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.enrolment import EnrolmentCodes
from medbill_desktop.usecases.joining import KeySlots
from medbill_desktop.usecases.key_rotation import Rotated, Why
from medbill_desktop.usecases.kits import KitVerbs
from medbill_desktop.usecases.opened_practice import HeldSlots, OpenPractice
from medbill_desktop.usecases.own_password import OwnSignIn
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.recovery_session import RecoverySession
from medbill_desktop.usecases.session import LIVE, SessionMachine, State, Tick, WrongState
from medbill_desktop.usecases.setup import Founding, NewPractice
from medbill_desktop.usecases.sign_in import OldKeyFile, SignInFailed, TooSoon
from medbill_desktop.usecases.sitting import Sitting
from medbill_desktop.usecases.this_computer import PROTECTED_FILE_WORDS
from medbill_desktop.usecases.watch import Watch

__all__ = [
    "PROTECTED_FILE_WORDS", "TRAINING_SIGN_IN", "CodeEntry", "Founding", "NewPractice", "Office", "OldKeyFile",
    "SignInFacts", "SignInFailed", "State", "Tick", "TooSoon",
]  # fmt: skip

SUSPEND_PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """The prefilled sign-in of the training practice (SECURITY K30)."""

    name: str
    password: str = field(repr=False)


TRAINING_SIGN_IN: Final = SignInFacts("Alex Training", "training-only")


class Office:
    """One practice folder, as this window or command uses it."""

    def __init__(
        self,
        folder: Path,
        policy: KdfPolicy,
        clock: Clock,
        store: SecretStore | None,
        *,
        config_folder: Path | None = None,
        probe: Prober | None = None,
    ) -> None:
        """`store` None: this computer has no credential store. `config_folder` is where a protected file would lie."""
        self._premises = Premises(folder, clock, store, config_folder=config_folder, probe=probe)
        self.places, self.computer = self._premises.places, self._premises.computer
        self.lock_file, self.steady = self._premises.lock_file, self._premises.steady
        self.policy, self.clock, self.probe = policy, clock, probe
        self._machine = SessionMachine(clock)
        self._ceremony = RLock()  # one way in or out at a time; `lock` never waits for it
        self._sitting = Sitting(self._premises, self._machine)
        self._locking: list[Callable[[], None]] = []
        self.entry = ComputerEntry(self._sitting, self._ceremony, policy)
        self.kits = KitVerbs(self._sitting, self._ceremony)
        self.codes = EnrolmentCodes(self._sitting, self._ceremony)
        self.own = OwnSignIn(self._sitting, self._ceremony, policy, self._reached)
        self.arrivals = Arrivals(self._sitting, self._ceremony, policy, self._reached)
        self._look_around()

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def kind(self) -> str:
        """`practice` or `training`; `practice` where there is none yet."""
        header = self._premises.header
        return "practice" if header is None else header.kind

    @property
    def vault_id(self) -> str | None:
        """What names the practice to other programs of this computer: a second start finds the first window by it."""
        header = self._premises.header
        return None if header is None else header.vault_id

    @property
    def needs_restore(self) -> bool:
        """A practice was here, and its files are gone or half gone: restore, never a silent new one (F35)."""
        return self._premises.needs_restore

    @property
    def has_store(self) -> bool:
        """Whether a credential store answers; without one setup asks about the protected file (SECURITY K19)."""
        return self.computer.store is not None

    @property
    def protected_file(self) -> bool:
        """Whether the device secret of a real practice lies in a protected file: shown for ever (SECURITY K19)."""
        practice = self._sitting.practice
        return practice is not None and practice.memory.store_kind == "file" and self.kind == "practice"

    @property
    def prefill(self) -> SignInFacts | None:
        """The sign-in that the training practice fills in; None in a real one."""
        return TRAINING_SIGN_IN if self.kind == "training" else None

    def look(self) -> State:
        """Look at the folder and the store again; raises StoreTrouble where the store does not answer (K17)."""
        with self._ceremony:
            if self.state not in LIVE and self.state is not State.SEALED:
                self._look_around()
                if self._premises.header is not None:
                    self._machine.move(State.SIGNED_OUT if self._premises.knows_me() else State.NOT_ENROLLED)
            return self.state

    def on_changed(self, listener: Callable[[State], None]) -> None:
        """Call `listener` with each new state, on the thread that changed it."""
        self._machine.on_changed(listener)

    def on_locking(self, listener: Callable[[], None]) -> None:
        """Call `listener` just before a lock, while the session is still open: the last act. It must be quick."""
        self._locking.append(listener)

    @property
    def desk(self) -> Desk:
        """The desk of the person who is signed in; raises LockedError unless the session is open."""
        return self._sitting.open_desk()

    def set_up(self, form: NewPractice, *, protected_file: bool = False) -> Founding:
        """Begin a new practice; raises Invalid with every problem of the form. `protected_file` is K19's choice."""
        self.check_vacant()
        return Founding(self, form, self.computer.chosen(form.kind, protected_file))

    def check_vacant(self) -> None:
        """Refuse a folder that holds a practice, or did."""
        self._premises.check_vacant()

    def found(self, write: Callable[[], tuple[OpenPractice, User, str]]) -> Desk:
        """Let a ceremony write a practice, and open it for its owner."""
        with self._ceremony:
            self.check_vacant()
            practice, user, token = write()
            self._premises.header = practice.opened.file.header
            self._premises.load_attempts(practice.memory, practice.device, practice.vault_id)
            return self._sitting.begin(practice, user, token, self._machine.turn)

    def sign_in(self, name: str, password: str, code: str = "") -> Desk:
        """Sign in, from signed out, sealed, or locked (then the person before is out); `code` also a recovery code.

        Raises SignInFailed, TooSoon, StoreTrouble, or a Refused that names what is wrong with the files.
        """
        with self._ceremony:
            if self.state is State.OPEN:
                raise Refused("Someone is signed in. Lock the screen or sign out first.")
            live = self._sitting.practice
            try:
                return entrance.come_in(self._sitting, self._reached, self.policy, name, password, code)
            except BaseException:
                if live is None:
                    self._sitting.drop()
                raise

    def wait_seconds(self, name: str) -> int:
        """Return how long until this name may be tried; 0 when it may now."""
        with suppress(Refused, OSError):
            if self._premises.attempts is None:
                with self._ceremony:
                    self._reached()
                    if self._sitting.practice is None:
                        self.lock_file.give_back()
            if self._premises.attempts is not None:
                return self._premises.attempts.wait_seconds(sign_in.folded(name))
        return 0

    def lock(self, reason: str = "key") -> None:
        """Lock at once; there is no veto and nothing is waited for (SECURITY L5). Nothing happens unless open."""
        if self.state is not State.OPEN:
            return
        for listener in list(self._locking):
            with suppress(Exception):
                listener()
        with suppress(WrongState):
            self._machine.move(State.LOCKED)
            self._sitting.note_lock(reason)

    def unlock(self, password: str) -> Desk:
        """Open the locked session again for the same person; raises SignInFailed or TooSoon."""
        with self._ceremony:
            turn, sitting = self._machine.turn, self._sitting
            practice, seat, desk = sitting.practice, sitting.seat, sitting.desk
            if self.state is not State.LOCKED or practice is None or seat is None or desk is None:
                raise LockedError("The practice is sealed. Sign in with your name, password and code.")
            sign_in.refuse_one_time_code(password)
            _, _, attempts = self._reached()
            counted = sign_in.folded(seat.user.name)
            opened = sign_in.open_table(self.places, practice.memory, practice.device)
            try:
                unlocked = sign_in.unlock_person(opened, seat.user.id, password, self.policy, attempts, counted)
                unlocked.wipe()
            finally:
                opened.wipe()
            with practice.vault.reader.begin() as conn:
                welcome = sign_in.is_welcome(conn, seat.user.id, self.clock.today())
                own = sign_in.has_own_password(conn, unlocked)
            if not welcome or not own:
                attempts.failed(counted)
                raise SignInFailed
            if not self._machine.open_as(seat.token, if_turn=turn):
                raise LockedError("The practice was sealed meanwhile. Sign in with your name, password and code.")
            sitting.standing.note(
                sitting.seat, "session.unlock", failed_before=attempts.unreported, refused=self._machine.take_refused()
            )
            attempts.succeeded(counted)
            return desk

    def seal(self, reason: str = "idle", *, at_once: bool = False) -> bool:
        """Drop the key; False where a running job is waited for first. `at_once` cancels jobs, as at a suspend."""
        self.lock(reason)
        if self.state is not State.LOCKED:
            return self.state is State.SEALED
        if not at_once and self._machine.busy:
            self._machine.ask_seal()
            return False
        if not self._ceremony.acquire(timeout=SUSPEND_PATIENCE_SECONDS if at_once else 0):
            self._machine.ask_seal()
            return False
        try:
            if not self._machine.is_in(State.LOCKED):
                return False
            self._machine.cancel_jobs()
            self._machine.wait_until_idle(SUSPEND_PATIENCE_SECONDS)
            self._sitting.standing.note(self._sitting.seat, "session.seal", reason=reason)
            self._sitting.leave(State.SEALED)
            return True
        finally:
            self._ceremony.release()

    def sign_out(self, *, force: bool = False) -> None:
        """End the session and drop the key; raises Busy where a job runs, unless `force`."""
        with self._ceremony:
            if self.state in LIVE and self._machine.busy and not force:
                raise Busy("Work is still running. Wait for it, or cancel it first.")
            if self.state in LIVE:
                self._machine.cancel_jobs()
                self._machine.wait_until_idle(SUSPEND_PATIENCE_SECONDS)
                self._sitting.tell_search(at_once=True)
                self._sitting.standing.note(
                    self._sitting.seat, "session.sign_out", refused=self._machine.take_refused()
                )
                self._sitting.anchor()
                self._sitting.leave(State.SIGNED_OUT)
            elif self.state is State.SEALED:
                self._machine.move(State.SIGNED_OUT)

    def close(self) -> None:
        """Leave: sign out whatever runs and let go of the folder."""
        self.sign_out(force=True)
        self.lock_file.give_back()

    def touch(self, monotonic: float) -> None:
        """Note real input at this monotonic second (SECURITY L2)."""
        self._machine.touch(monotonic)

    def tick(self) -> Tick:
        """Apply what the clock demands (lock, seal, anchors); called once a second (SECURITY L3)."""
        due = self._machine.due()
        match due.act:
            case "idle" | "clock":
                self.lock(due.act)
            case "seal":
                self.seal("idle", at_once=due.patience_over)
            case _:
                self._sitting.look_after()
        return Tick(self.state, due.locks_in_seconds if self.state is State.OPEN else None)

    def job(self, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold a seal off while a job runs; raises LockedError unless open. `cancel` is called when it must stop."""
        return self._machine.job(cancel)

    @property
    def slots(self) -> KeySlots:
        """The key file as far as people come and go, for `Joining`; raises LockedError unless open."""
        practice, seat = self._sitting.held()
        return HeldSlots(practice, seat, self.policy, self._reached()[2])

    @property
    def trail(self) -> OpenPractice:
        """What the audit log is judged by (`audit_log.Trail`), and what a backup needs (`backup.BackupKeys`)."""
        return self._sitting.held()[0]

    def move_secret(self) -> None:
        """Move the secret of this computer out of the protected file into the credential store (SECURITY K19)."""
        with self._ceremony:
            practice, _ = self._sitting.held()
            secret_move.move(practice, self.desk, self.computer.found_store())

    def rotate_keys(self, why: Why, watch: Watch) -> Rotated:
        """Make new keys for the practice, as a job; every other computer has to be enrolled again (SECURITY K14b)."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            done = key_rotation.rotate(practice, seat, self.desk, why, watch)
            self._premises.header = practice.opened.file.header
            return done

    def take_out(self, number: int, watch: Watch) -> Rotated:
        """Take a computer out of the practice, as a job: a verified backup first, then new keys (SECURITY K16)."""
        with self._ceremony:
            practice, seat = self._sitting.held()
            done = devices.take_out(practice, seat, self.desk, number, watch)
            self._premises.header = practice.opened.file.header
            return done

    def enrol_with_kit(self, typed: str, workstation_name: str, *, protected_file: bool = False) -> int:
        """Enrol this computer with the recovery kit and return its number; an ordinary sign-in follows (K21 in part).

        Also after a restore on a computer that was enrolled: it forgets what it remembered of the newer state.
        """
        with self._ceremony:
            if self.state in LIVE:
                raise Refused("Sign out first.")
            self._look_around()
            number = kit_entry.enrol(
                self._premises, self.policy, self._ceremony, typed, workstation_name, protected_file=protected_file
            )
            self._machine.move(State.SIGNED_OUT)
            return number

    def recover(self, typed: str) -> RecoverySession:
        """Open a recovery session with the kit (SECURITY K21): its use is written down, and owes a new kit and keys."""
        with self._ceremony:
            if self.state in LIVE:
                raise Refused("Sign out first.")
            self._look_around()
            return RecoverySession(self._premises, typed, self.policy, self._ceremony)

    def keep_draft(self, form: str, plain: bytes) -> None:
        """Seal a half-typed form to the person and write it behind their back; also while locked (L11, D10)."""
        self._sitting.keep_draft(form, plain)

    def drop_draft(self, form: str) -> None:
        """Forget a draft of the person behind their back: the form was saved or given up."""
        self._sitting.drop_draft(form)

    @property
    def pending_drafts(self) -> int:
        """How many sealed drafts wait in memory for room on the disk."""
        return len(self._sitting.standing.drafts)

    @property
    def banners(self) -> tuple[str, ...]:
        """Whole sentences that the window shows until they no longer hold: full disk, protected file, findings."""
        return self._sitting.standing.banners(protected_file=self.protected_file)

    @property
    def read_only(self) -> bool:
        """Whether the practice is open from a folder that can't be written (SECURITY D13)."""
        practice = self._sitting.practice
        return practice is not None and practice.vault.read_only

    @property
    def disk_full(self) -> bool:
        """The disk refused a change: the window shows the practice as read-only, with a retry (SECURITY D10)."""
        return self._sitting.standing.disk_full

    def retry(self) -> bool:
        """After a full disk: try to write what waits; tell whether there is room again (SECURITY D10)."""
        return self._sitting.retry()

    def settle(self) -> None:
        """Wait until what is written behind the person's back is written; for tests and for the command line."""
        self._sitting.standing.settle()

    def _look_around(self) -> None:
        """Read what the folder says of itself; nothing in it is believed before a key has proven it."""
        self._premises.look_around()
        here = State.SIGNED_OUT if self.places.holds_practice else State.NO_PRACTICE
        with suppress(WrongState):
            self._machine.move(here)

    def _reached(self) -> tuple[DeviceMemory, Device, Attempts]:
        """What a password is tried with: this computer's memory and secret, the failed attempts so far."""
        practice, attempts = self._sitting.practice, self._premises.attempts
        if practice is not None and attempts is not None:
            return practice.memory, practice.device, attempts
        try:
            return self._premises.reach()
        except key_file.NotEnrolled:
            self._machine.move(State.NOT_ENROLLED)
            raise
