"""The office of one practice at one computer: the way in, the lock, the way out (DESIGN 4, SECURITY 2.3, L1).

Every method may be called from any thread. `sign_in`, `unlock`, `look`, `enrol_with_kit`, `Founding.finish` and
`change_password` take from half a second to many seconds: never on the GUI thread. `lock`, `touch`, `tick`, `state`
and `desk` return at once.
"""

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Final

import platformdirs

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import Busy, LockedError, ReadOnly, Refused
from medbill_desktop.domain.users import User
from medbill_desktop.security import key_file, key_file_writer
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.key_holder import Sealed
from medbill_desktop.security.passwords import Judgement
from medbill_desktop.security.secret_store import SecretStore
from medbill_desktop.storage import settings, users
from medbill_desktop.storage.practice_folder import PracticeFolder, Prober, check_place, filesystem_of
from medbill_desktop.storage.practice_lock import PracticeLock
from medbill_desktop.usecases import entrance, kit_entry, own_password, restore, secret_move, sign_in
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import KeySlots
from medbill_desktop.usecases.opened_practice import HeldSlots, OpenPractice, Seat
from medbill_desktop.usecases.practice import LOCK_MINUTES_KEY
from medbill_desktop.usecases.session import LIVE, LOCK_MINUTES, SessionMachine, State, Tick, WrongState
from medbill_desktop.usecases.setup import Founding, NewPractice
from medbill_desktop.usecases.sign_in import OldKeyFile, SignInFailed, Steady, TooSoon
from medbill_desktop.usecases.standing import Standing
from medbill_desktop.usecases.this_computer import PROTECTED_FILE_WORDS, ThisComputer

__all__ = [
    "PROTECTED_FILE_WORDS", "TRAINING_SIGN_IN", "Founding", "NewPractice", "Office", "OldKeyFile", "SignInFacts",
    "SignInFailed", "State", "Tick", "TooSoon",
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
        self.places, self.policy, self.clock, self.probe = PracticeFolder(folder), policy, clock, probe
        self.steady = Steady(clock)
        self.lock_file = PracticeLock(self.places.lock_file)
        config = config_folder or platformdirs.user_config_path("medbill-desktop", appauthor=False)
        self.computer = ThisComputer(folder, store, config)
        self._machine = SessionMachine(clock)
        self._ceremony = RLock()  # one way in or out at a time; `lock` never waits for it
        self._practice: OpenPractice | None = None
        self._seat: Seat | None = None
        self._desk: Desk | None = None
        self._attempts: Attempts | None = None
        self._locking: list[Callable[[], None]] = []
        self._standing = Standing(self.places)
        self._read_only, self._last_step = False, 0
        self._revisions: dict[str, int] = {}
        self._header: key_file.Header | None = None
        self._move_quietly()

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def kind(self) -> str:
        """`practice` or `training`; `practice` where there is none yet."""
        return "practice" if self._header is None else self._header.kind

    @property
    def vault_id(self) -> str | None:
        """What names the practice to other programs of this computer: a second start finds the first window by it."""
        return None if self._header is None else self._header.vault_id

    @property
    def needs_restore(self) -> bool:
        """A practice was here, and its files are gone or half gone: restore, never a silent new one (F35)."""
        if self.places.holds_practice:
            return False
        return self.places.half_gone or self.computer.knew_practice

    @property
    def has_store(self) -> bool:
        """Whether a credential store answers; without one setup asks about the protected file (SECURITY K19)."""
        return self.computer.store is not None

    @property
    def protected_file(self) -> bool:
        """Whether the device secret of a real practice lies in a protected file: shown for ever (SECURITY K19)."""
        return self._practice is not None and self._practice.memory.store_kind == "file" and self.kind == "practice"

    @property
    def prefill(self) -> SignInFacts | None:
        """The sign-in that the training practice fills in; None in a real one."""
        return TRAINING_SIGN_IN if self.kind == "training" else None

    def look(self) -> State:
        """Look at the folder and the store again; raises StoreTrouble where the store does not answer (K17)."""
        with self._ceremony:
            if self.state not in LIVE and self.state is not State.SEALED:
                self._move_quietly()
                if self._header is not None:
                    enrolled = self.computer.remembered(self._header) is not None
                    self._machine.move(State.SIGNED_OUT if enrolled else State.NOT_ENROLLED)
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
        desk = self._desk
        if desk is None or self.state is not State.OPEN:
            raise LockedError("The screen is locked." if self.state is State.LOCKED else "Nobody is signed in.")
        return desk

    def set_up(self, form: NewPractice, *, protected_file: bool = False) -> Founding:
        """Begin a new practice; raises Invalid with every problem of the form. `protected_file` is K19's choice."""
        self.check_vacant()
        return Founding(self, form, self.computer.chosen(form.kind, protected_file))

    def check_vacant(self) -> None:
        """Refuse a folder that holds a practice, or did."""
        if self.needs_restore:
            raise Refused(
                "A practice was in this folder and its files are missing. Restore the newest backup with the recovery"
                " kit, or choose another folder."
            )
        if self.places.holds_practice:
            raise Refused("There is a practice in this folder already.")

    def found(self, write: Callable[[], tuple[OpenPractice, User, str]]) -> Desk:
        """Let a ceremony write a practice, and open it for its owner."""
        with self._ceremony:
            self.check_vacant()
            practice, user, token = write()
            self._header = practice.opened.file.header
            self._attempts = self._loaded_attempts(practice.memory, practice.device, practice.vault_id)
            return self._seated(practice, user, token, self._machine.turn)

    def sign_in(self, name: str, password: str, code: str = "") -> Desk:
        """Sign in, from signed out, sealed, or locked (then the person before is out); `code` also a recovery code.

        Raises SignInFailed, TooSoon, StoreTrouble, or a Refused that names what is wrong with the files.
        """
        with self._ceremony:
            if self.state is State.OPEN:
                raise Refused("Someone is signed in. Lock the screen or sign out first.")
            live = self._practice
            try:
                return self._sign_in(name, password, code)
            except BaseException:
                if live is None:
                    self._drop()
                raise

    def _sign_in(self, name: str, password: str, code: str) -> Desk:
        turn, counted = self._machine.turn, sign_in.folded(name)
        memory, device, attempts = self._reached()
        table = sign_in.open_table(self.places, memory, device)
        unlocked = sign_in.unlock_person(table, name, password, self.policy, attempts, counted)
        before = self._practice
        practice = before or entrance.opened(
            self.places, self.clock, memory, device, table, unlocked, read_only=self._read_only
        )
        self._practice = practice
        refused = self._machine.take_refused()
        try:
            admission = entrance.Admission(practice, unlocked, attempts, refused, self._last_step)
            user, token = admission.admit(code)
            self._last_step = practice.last_step
        except BaseException as error:
            self._machine.give_back_refused(refused)
            if isinstance(error, SignInFailed):
                attempts.failed(counted)
            unlocked.wipe() if before is not None else practice.close()
            raise
        finally:
            if before is not None:
                table.wipe()
        if before is not None:
            practice.take_over(unlocked)
        attempts.succeeded(counted)
        memory.keep(epoch=practice.epoch, gen=practice.opened.gen, put_back=0)
        entrance.upgrade(practice, user, token, password, self.policy)
        with suppress(OSError):
            key_file_writer.drop_generations(self.places.key_file)
        return self._seated(practice, user, token, turn)

    def wait_seconds(self, name: str) -> int:
        """Return how long until this name may be tried; 0 when it may now."""
        with suppress(Refused, OSError):
            if self._attempts is None:
                with self._ceremony:
                    self._reached()
                    if self._practice is None:
                        self.lock_file.give_back()
            if self._attempts is not None:
                return self._attempts.wait_seconds(sign_in.folded(name))
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
            self._tell_search(at_once=True)
            self._standing.note(self._seat, "session.lock", reason=reason)
            self._standing.errand(lambda practice: practice.anchor())

    def unlock(self, password: str) -> Desk:
        """Open the locked session again for the same person; raises SignInFailed or TooSoon."""
        with self._ceremony:
            turn, practice, seat = self._machine.turn, self._practice, self._seat
            if self.state is not State.LOCKED or practice is None or seat is None or self._desk is None:
                raise LockedError("The practice is sealed. Sign in with your name, password and code.")
            _, _, attempts = self._reached()
            counted = sign_in.folded(seat.user.name)
            opened = sign_in.open_table(self.places, practice.memory, practice.device)
            try:
                unlocked = sign_in.unlock_person(opened, seat.user.id, password, self.policy, attempts, counted)
                unlocked.wipe()
            finally:
                opened.wipe()
            with practice.vault.reader.begin() as conn:
                record = users.find(conn, seat.user.id)
            if record is None or not record.active:
                attempts.failed(counted)
                raise SignInFailed
            if not self._machine.open_as(seat.token, if_turn=turn):
                raise LockedError("The practice was sealed meanwhile. Sign in with your name, password and code.")
            self._standing.note(
                self._seat, "session.unlock", failed_before=attempts.unreported, refused=self._machine.take_refused()
            )
            attempts.succeeded(counted)
            return self._desk

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
            self._standing.note(self._seat, "session.seal", reason=reason)
            return self._leave(State.SEALED)
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
                self._tell_search(at_once=True)
                self._standing.note(self._seat, "session.sign_out", refused=self._machine.take_refused())
                self._standing.errand(lambda practice: practice.anchor())
                self._leave(State.SIGNED_OUT)
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
                practice = self._practice
                self._tell_search()
                if practice is not None and practice.anchor_due():
                    self._standing.errand(lambda each: each.anchor())
        return Tick(self.state, due.locks_in_seconds if self.state is State.OPEN else None)

    def job(self, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold a seal off while a job runs; raises LockedError unless open. `cancel` is called when it must stop."""
        return self._machine.job(cancel)

    @property
    def slots(self) -> KeySlots:
        """The key file as far as people come and go, for `Joining`; raises LockedError unless open."""
        practice, seat = self._held()
        return HeldSlots(practice, seat, self.policy, self._reached()[2])

    @property
    def trail(self) -> OpenPractice:
        """What the audit log is judged by (`audit_log.Trail`), and what a backup needs (`backup.BackupKeys`)."""
        return self._held()[0]

    def change_password(self, current: str, code: str, new: str) -> None:
        """Change the password of who is signed in (SECURITY K12); raises SignInFailed, TooSoon or Refused."""
        with self._ceremony:
            practice, seat = self._held()
            attempts = self._reached()[2]
            own_password.change(practice, seat, self.desk, attempts, self.policy, current=current, code=code, new=new)

    def change_authenticator(self, current: str, secret: str, step: int) -> None:
        """Replace the authenticator of who is signed in (SECURITY K23); raises WrongCode or TooSoon."""
        with self._ceremony:
            _, seat = self._held()
            attempts = self._reached()[2]
            own_password.change_authenticator(seat, self.desk, attempts, current=current, secret=secret, step=step)

    def new_codes(self, current: str) -> tuple[str, ...]:
        """Return new recovery codes of who is signed in (SECURITY K25); raises WrongCode or TooSoon."""
        with self._ceremony:
            _, seat = self._held()
            return own_password.new_codes(seat, self.desk, self._reached()[2], current=current)

    def move_secret(self) -> None:
        """Move the secret of this computer out of the protected file into the credential store (SECURITY K19)."""
        with self._ceremony:
            practice, _ = self._held()
            secret_move.move(practice, self.desk, self.computer.found_store())

    def judge_password(self, password: str) -> Judgement:
        """Judge a new password of who is signed in, as it is typed."""
        return own_password.judged(*self._held(), password)

    def enrol_with_kit(self, typed: str, workstation_name: str, *, protected_file: bool = False) -> int:
        """Enrol this computer with the recovery kit and return its number; an ordinary sign-in follows (K21 in part).

        Also after a restore on a computer that was enrolled: it forgets what it remembered of the newer state.
        """
        with self._ceremony:
            if self.state in LIVE:
                raise Refused("Sign out first.")
            self._move_quietly()
            if self._header is None:
                raise Refused("There is no practice in this folder. Restore a backup first.")
            if (other := self.computer.other_folder_of(self._header.vault_id)) is not None:
                raise Refused(
                    f"This computer has the same practice in {other}, and entering it here would close it there. To go"
                    " on here, move that folder away first; to try a backup out, verify it."
                )
            store = self.computer.chosen(self._header.kind, protected_file)
            self.lock_file.take()
            try:
                number, attempts = kit_entry.enrol(
                    self, DeviceMemory(store, self._header.vault_id), typed, workstation_name
                )
                self._attempts = attempts
            finally:
                self.lock_file.give_back()
            self.computer.remember(self._header)
            self._machine.move(State.SIGNED_OUT)
            return number

    def keep_draft(self, form: str, plain: bytes) -> None:
        """Seal a half-typed form to the person and write it behind their back; also while locked (L11, D10)."""
        practice, seat = self._practice, self._seat
        if practice is None or seat is None:
            raise Sealed
        self._standing.keep_draft(practice, seat, form, plain)

    @property
    def pending_drafts(self) -> int:
        """How many sealed drafts wait in memory for room on the disk."""
        return len(self._standing.drafts)

    @property
    def banners(self) -> tuple[str, ...]:
        """Whole sentences that the window shows until they no longer hold: full disk, protected file, findings."""
        return self._standing.banners(protected_file=self.protected_file)

    @property
    def read_only(self) -> bool:
        """Whether the practice is open from a folder that can't be written (SECURITY D13)."""
        return self._practice is not None and self._practice.vault.read_only

    @property
    def disk_full(self) -> bool:
        """The disk refused a change: the window shows the practice as read-only, with a retry (SECURITY D10)."""
        return self._standing.disk_full

    def retry(self) -> bool:
        """After a full disk: try to write what waits; tell whether there is room again (SECURITY D10)."""
        practice, seat = self._practice, self._seat
        return practice is not None and seat is not None and self._standing.retry(practice, seat)

    def settle(self) -> None:
        """Wait until what is written behind the person's back is written; for tests and for the command line."""
        self._standing.settle()

    def _move_quietly(self) -> None:
        """Read what the folder says of itself; nothing in it is believed before a key has proven it."""
        if self.places.path.is_dir() and not self.lock_file.held:
            with suppress(Refused, OSError):
                self._clear_up()
        self._header = None
        if self.places.holds_practice:
            with suppress(Refused):
                self._header = key_file.peek(key_file_writer.read_file(self.places.key_file))[0]
        here = State.SIGNED_OUT if self.places.holds_practice else State.NO_PRACTICE
        with suppress(WrongState):
            self._machine.move(here)

    def _clear_up(self) -> None:
        """End what a crash cut off, a restore or a setup; each takes the lock, so never under somebody's hands."""
        restore.settle(self.places.path)
        if not self.places.setup.is_dir():
            return
        self.lock_file.take()
        try:
            self.places.clear_aborted_setup()
        finally:
            if self.places.holds_practice:
                self.lock_file.give_back()
            else:
                self.lock_file.give_back_and_remove()

    def _reached(self) -> tuple[DeviceMemory, Device, Attempts]:
        """Steps 1 to 3: the lock, this computer's secret, the failed attempts so far."""
        if self._practice is not None and self._attempts is not None:
            return self._practice.memory, self._practice.device, self._attempts
        if not self.places.holds_practice:
            raise Refused("There is no practice in this folder. Set one up, or restore a backup.")
        header = key_file.peek(key_file_writer.read_file(self.places.key_file))[0]
        self._header = header
        check_place(self.places.path, self.probe or filesystem_of)  # a whole folder can be moved to a network drive
        try:
            self.lock_file.take()
            self._read_only = False
        except ReadOnly:
            self._read_only = True  # nobody can write here, so there is nobody to lock out
        found = self.computer.remembered(header)
        if found is None:
            self._machine.move(State.NOT_ENROLLED)
            raise key_file.NotEnrolled
        memory, device = found
        self._attempts = self._loaded_attempts(memory, device, header.vault_id)
        return memory, device, self._attempts

    def _loaded_attempts(self, memory: DeviceMemory, device: Device, vault_id: str) -> Attempts:
        attempts = sign_in.attempts_of(self.places, memory, device, vault_id, self.steady, read_only=self._read_only)
        attempts.load(memory.state.attempts)
        return attempts

    def _seated(self, practice: OpenPractice, user: User, token: str, turn: int) -> Desk:
        """Give the person the desk and open the session."""
        self._practice = practice
        seat = Seat(practice, self._machine, user, token)
        desk = Desk(
            practice.vault, seat, practice.keys, self.clock, ids=practice.ids, free_ballast=self.places.free_ballast,
            on_disk_full=lambda: self._standing.full(True), revisions=self._revisions,
        )  # fmt: skip
        self._seat, self._desk = seat, desk
        desk.on_changed(lambda topics: self._read_policy() if "practice" in topics else None)
        self._read_policy()
        if not self._machine.open_as(token, if_turn=turn):
            raise LockedError("The session changed meanwhile. Sign in again.")
        self.computer.remember(practice.opened.file.header)
        self._standing.begin(practice, seat)
        return desk

    def _tell_search(self, *, at_once: bool = False) -> None:
        """Write down how many a search found once it came to rest; a keystroke is not a read (SECURITY A6)."""
        seat = self._seat
        found = None if seat is None else seat.search_that_ended(at_once=at_once)
        if found is not None:
            self._standing.note(seat, "patient.search", found=found)

    def _read_policy(self) -> None:
        practice = self._practice
        if practice is not None:
            with practice.vault.reader.begin() as conn:
                minutes = settings.value(conn, LOCK_MINUTES_KEY, self.clock.today(), LOCK_MINUTES)
            self._machine.lock_minutes = int(minutes)

    def _held(self) -> tuple[OpenPractice, Seat]:
        practice, seat = self._practice, self._seat
        if practice is None or seat is None or self.state is not State.OPEN:
            raise LockedError("The screen is locked.")
        return practice, seat

    def _leave(self, to: State) -> bool:
        """Write what waits, then drop connections, keys and the lock (SECURITY L14)."""
        self._standing.end()
        try:
            self._machine.move(to)
        finally:
            self._drop()
        gc.collect()
        return True

    def _drop(self) -> None:
        practice, self._practice = self._practice, None
        self._seat, self._desk = None, None
        self._standing.end()
        if practice is not None:
            practice.close()
        self._revisions.clear()
        self.lock_file.give_back()
