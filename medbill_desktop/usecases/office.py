"""The office of one practice at one computer: the way in, the lock, the way out (DESIGN 4, SECURITY 2.3, L1).

Every method may be called from any thread. `sign_in`, `unlock`, `look`, `enrol_with_kit`, `Founding.finish` and
`change_password` take from half a second to many seconds: never on the GUI thread. `lock`, `touch`, `tick`, `state`
and `desk` return at once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.domain.problems import Problem, Refused
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.passwords import Judgement
from medbill_desktop.security.secret_store import SecretStore
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import Enrolment, KeySlots
from medbill_desktop.usecases.session import State, Tick


class SignInFailed(Refused):
    """Name, password or code is not right: one sentence for all of it (SECURITY K6)."""


class TooSoon(Refused):
    """After wrong attempts the next one has to wait `seconds` (SECURITY K27)."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many attempts. Try again in {seconds} seconds.")


@dataclass(frozen=True, slots=True)
class NewPractice:
    """What setup asks about the practice, its owner and this computer."""

    facts: PracticeFacts
    owner_name: str
    workstation_name: str = "Front desk"
    kind: str = "practice"  # or "training"


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """The prefilled sign-in of the training practice (SECURITY K30)."""

    name: str
    password: str = field(repr=False)


class Founding:
    """A practice is founded (SECURITY K11): password, authenticator, printed and retyped kit, then all is written.

    Until `finish` nothing lies on the disk; dropping this object leaves nothing behind.
    """

    enrolment: Enrolment

    def judge(self, password: str) -> Judgement:
        """Judge the owner's password as it is typed; up to a tenth of a second."""
        raise NotImplementedError

    def kit_pdf(self) -> bytes:
        """Return the recovery kit as one page, to be printed straight or saved once."""
        raise NotImplementedError

    @property
    def kit_groups(self) -> tuple[str, ...]:
        """The kit's line in groups, as it stands on the page."""
        raise NotImplementedError

    def retype(self, typed: str) -> bool:
        """Tell whether the kit was retyped from the paper; raises Refused where it is no kit at all."""
        raise NotImplementedError

    @property
    def missing(self) -> tuple[Problem, ...]:
        """What is still to be done before `finish`."""
        raise NotImplementedError

    def finish(self, password: str) -> Desk:
        """Write everything and open the practice for its owner; a failure leaves the folder empty."""
        raise NotImplementedError


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
    ) -> None:
        """`store` None: this computer has no credential store. `config_folder` is where a protected file would lie."""
        raise NotImplementedError

    @property
    def state(self) -> State:
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """`practice` or `training`; `practice` where there is none yet."""
        raise NotImplementedError

    @property
    def needs_restore(self) -> bool:
        """A practice was here, and its files are gone or half gone: restore, never a silent new one (F35)."""
        raise NotImplementedError

    @property
    def has_store(self) -> bool:
        """Whether a credential store answers; without one setup asks about the protected file (SECURITY K19)."""
        raise NotImplementedError

    @property
    def protected_file(self) -> bool:
        """Whether the device secret lies in a protected file: shown for ever (SECURITY K19)."""
        raise NotImplementedError

    @property
    def prefill(self) -> SignInFacts | None:
        """The sign-in that the training practice fills in; None in a real one."""
        raise NotImplementedError

    def look(self) -> State:
        """Look at the folder and the store again; raises StoreTrouble where the store does not answer (K17)."""
        raise NotImplementedError

    def on_changed(self, listener: Callable[[State], None]) -> None:
        """Call `listener` with each new state, on the thread that changed it."""
        raise NotImplementedError

    def on_locking(self, listener: Callable[[], None]) -> None:
        """Call `listener` just before a lock, while the session is still open: to keep drafts. It must be quick."""
        raise NotImplementedError

    @property
    def desk(self) -> Desk:
        """The desk of the person who is signed in; raises LockedError unless the session is open."""
        raise NotImplementedError

    def set_up(self, form: NewPractice, *, protected_file: bool = False) -> Founding:
        """Begin a new practice; raises Invalid with every problem of the form. `protected_file` is K19's choice."""
        raise NotImplementedError

    def sign_in(self, name: str, password: str, code: str = "") -> Desk:
        """Sign in, from signed out, sealed, or locked (then the person before is out); `code` also a recovery code.

        Raises SignInFailed, TooSoon, StoreTrouble, or a Refused that names what is wrong with the files.
        """
        raise NotImplementedError

    def wait_seconds(self, name: str) -> int:
        """Return how long until this name may be tried; 0 when it may now."""
        raise NotImplementedError

    def lock(self, reason: str = "key") -> None:
        """Lock at once; there is no veto and nothing is waited for (SECURITY L5). Nothing happens unless open."""
        raise NotImplementedError

    def unlock(self, password: str) -> Desk:
        """Open the locked session again for the same person; raises SignInFailed or TooSoon."""
        raise NotImplementedError

    def seal(self, reason: str = "idle", *, at_once: bool = False) -> bool:
        """Drop the key; False where a running job is waited for first. `at_once` cancels jobs, as at a suspend."""
        raise NotImplementedError

    def sign_out(self, *, force: bool = False) -> None:
        """End the session and drop the key; raises Busy where a job runs, unless `force`."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave: sign out whatever runs and let go of the folder."""
        raise NotImplementedError

    def touch(self, monotonic: float) -> None:
        """Note real input at this monotonic second (SECURITY L2)."""
        raise NotImplementedError

    def tick(self) -> Tick:
        """Apply what the clock demands (lock, seal, anchors); called once a second (SECURITY L3)."""
        raise NotImplementedError

    def job(self, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold a seal off while a job runs; raises LockedError unless open. `cancel` is called when it must stop."""
        raise NotImplementedError

    @property
    def slots(self) -> KeySlots:
        """The key file as far as people come and go, for `Joining`; raises LockedError unless open."""
        raise NotImplementedError

    def change_password(self, current: str, code: str, new: str) -> None:
        """Change the password of who is signed in (SECURITY K12); raises SignInFailed or Refused."""
        raise NotImplementedError

    def enrol_with_kit(self, typed: str, workstation_name: str, *, protected_file: bool = False) -> None:
        """Enrol this computer with the recovery kit; an ordinary sign-in follows (SECURITY K21 in part)."""
        raise NotImplementedError

    def keep_draft(self, form: str, plain: bytes) -> None:
        """Seal a half-typed form to the person and write it behind their back; also while locked (L11, D10)."""
        raise NotImplementedError

    @property
    def banners(self) -> tuple[str, ...]:
        """Whole sentences that the window shows until they no longer hold: full disk, protected file, findings."""
        raise NotImplementedError

    def retry(self) -> bool:
        """After a full disk: try to write what waits; tell whether there is room again (SECURITY D10)."""
        raise NotImplementedError
