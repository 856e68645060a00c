"""A real encrypted practice for tests at the door: only the clock and the session are stood in for."""

import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from medbill_desktop.domain.emergency import Emergency
from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.problems import LockedError
from medbill_desktop.domain.users import Role, User
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import Vault, create_file, open_vault
from medbill_desktop.usecases.desk import Desk, Keys
from tests.ready_database import migrate

KEY = "0b" * 32
VAULT_ID = "5c" * 16
_IDS: dict[Path, IdMaker] = {}
_REVISIONS: dict[Path, dict[str, int]] = {}


@dataclass
class FakeClock:
    """A clock that moves only when told."""

    moment: datetime = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class OpenSession:
    """A session that is open unless told otherwise."""

    user: User
    workstation: int = 1
    token: str = "test-session"
    open: bool = True
    refused: int = 0
    sealed: list[bytes] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    held: Emergency | None = None

    def check(self) -> None:
        if not self.open:
            self.refused += 1
            raise LockedError("The screen is locked.")

    @contextmanager
    def working(self):
        self.check()
        yield

    @property
    def emergency(self) -> Emergency | None:
        over = self.held is None or not self.open or self.clock.now() >= self.held.until
        return None if over else self.held

    def begin_emergency(self, emergency: Emergency) -> None:
        self.held = emergency

    def end_emergency(self) -> None:
        self.held = None

    def seal_draft(self, plain: bytes) -> bytes:
        return b"sealed for %d:" % self.user.id + plain[::-1]

    def open_draft(self, sealed: bytes) -> bytes:
        return sealed.split(b":", 1)[1][::-1]

    def searched(self, found: int) -> None:
        pass


def link(previous, seq, row):
    text = json.dumps([(previous or b"").hex(), seq, row], sort_keys=True)
    return hmac.digest(b"audit key of the tests", text.encode(), "sha256")


def make_vault(folder: Path) -> Vault:
    path = folder / "vault.1.db"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(_furnished())
    return open_vault(path, lambda: KEY)


@cache
def _furnished() -> bytes:
    """A practice with its name and one computer, and nobody in it: each test begins on a copy."""
    now = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        path = Path(folder, "vault.1.db")
        create_file(path, lambda: KEY)
        migrate(path, lambda: KEY)
        vault = open_vault(path, lambda: KEY)
        with vault.writer.begin() as conn:
            conn.execute(insert(t.vault).values(
                id=1, vault_id=VAULT_ID, kind="practice", epoch=1, gen=1, created_at=now, app_version="0"))  # fmt: skip
            conn.execute(insert(t.workstation).values(
                number=1, device_id="ab" * 16, name="Front desk", store_kind="file", enrolled_at=now))  # fmt: skip
            conn.execute(insert(t.practice).values(
                id=1, name="Harbor Street Family Medicine", street="12 Harbor Street", city="Rockport", state="ME",
                zip="048561234", phone="2075550100", npi="1234567893", tin="123456789"))  # fmt: skip
        vault.close()
        assert not path.with_name("vault.1.db-wal").exists(), "all of it stands in the one file"
        return path.read_bytes()


def person(roles: set[Role], number: int = 1) -> User:
    return User(Id(number), f"Person {number}", frozenset(roles))


def desk_for(vault: Vault, user: User, clock: FakeClock) -> Desk:
    """Seat a person; the user row is written if it is not there."""
    with vault.writer.begin() as conn:
        if conn.execute(t.user.select().where(t.user.c.id == user.id)).first() is None:
            conn.execute(insert(t.user).values(
                id=user.id, name=user.name, folded=user.name.casefold(), active=True, created_at=clock.now(),
                roles=json.dumps(sorted(user.roles)), totp_last_step=0))  # fmt: skip
    ids = _IDS.setdefault(vault.path, IdMaker(1))  # desks of one workstation share it, as they do in Office
    session, keys = OpenSession(user, clock=clock), Keys(link, b"command key of the tests")
    return Desk(vault, session, keys, clock, ids=ids, revisions=_REVISIONS.setdefault(vault.path, {}))
