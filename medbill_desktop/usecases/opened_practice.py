"""What is held while a practice's key is in memory, and the seat of who is signed in (SECURITY 2, L1, L14)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, func, select, update

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.emergency import MINUTES, Emergency
from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.problems import DiskFull
from medbill_desktop.domain.users import User
from medbill_desktop.security import age_io, audit_mac, key_file, key_file_writer
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy, wipe
from medbill_desktop.security.key_file import NewSlot, OpenedTable, Unlocked
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.security.passwords import fold_name
from medbill_desktop.storage import audit, commands
from medbill_desktop.storage.engine import Vault, translated
from medbill_desktop.storage.practice_folder import PracticeFolder
from medbill_desktop.storage.tables import audit as audit_table
from medbill_desktop.storage.tables import audit_epoch, practice
from medbill_desktop.storage.tables import vault as vault_table
from medbill_desktop.usecases.desk import Keys
from medbill_desktop.usecases.session import SessionMachine
from medbill_desktop.usecases.users import SignIn

ANCHOR_ROWS, ANCHOR_SECONDS = 100, 600
SEARCH_PAUSE_SECONDS = 1.0


class OpenPractice:
    """The database, its key, the opened key file, this computer: from sign-in to seal."""

    def __init__(
        self, places: PracticeFolder, clock: Clock, memory: DeviceMemory, device: Device, opened: OpenedTable,
        unlocked: Unlocked, holder: KeyHolder, vault: Vault, workstation: int,
        ids: IdMaker | None = None,
    ) -> None:  # fmt: skip
        self.places, self.clock, self.memory, self.device = places, clock, memory, device
        self.opened, self.unlocked, self.holder, self.vault = opened, unlocked, holder, vault
        self.workstation = workstation
        self.vault_id, self.kind = opened.vault_id, opened.kind
        self.rows_since_anchor = 0
        self.last_step = 0  # of a code that was taken where nothing could be written
        self._anchored_at = clock.monotonic()
        self.anchor_suspect = False
        self._key_file_guard = RLock()
        with vault.reader.begin() as conn:
            self.ids = ids or IdMaker(workstation, commands.last_id(conn))
        self.audit_key, self.keys = self._keys_of(opened, holder, vault)

    @property
    def epoch(self) -> int:
        return self.opened.epoch

    def _keys_of(self, opened: OpenedTable, holder: KeyHolder, vault: Vault) -> tuple[bytes, Keys]:
        """Return what is derived from the data key of this epoch: the audit key, and what the door needs."""
        with vault.reader.begin() as conn:
            first = conn.execute(select(func.coalesce(func.max(audit_epoch.c.last_seq), 0))).scalar_one() + 1
        audit_key = holder.audit_key()
        made = audit_mac.linker(audit_key, opened.vault_id, opened.epoch, first)

        def link(previous: bytes | None, seq: int, row: Any) -> bytes:
            self.rows_since_anchor += 1
            return made(previous, seq, row)

        return audit_key, Keys(link, holder.command_key())

    def change_keys(self, opened: OpenedTable, unlocked: Unlocked, holder: KeyHolder, vault: Vault) -> None:
        """Go on under the keys of the next epoch (SECURITY K14b); the database last: no row without its link."""
        audit_key, keys = self._keys_of(opened, holder, vault)
        with self._key_file_guard:
            self.opened.wipe()
            self.opened, self.unlocked, self.holder = opened, unlocked, holder
            self.audit_key, self.keys = audit_key, keys
            self.vault = vault

    @property
    def key(self) -> bytes:
        """The audit key of the running epoch, for `audit_log.Trail`."""
        return self.audit_key

    def anchors(self) -> tuple[Anchor, ...]:
        kept = self.memory.state.anchor
        return () if kept is None else (kept,)

    @property
    def anchor_missing(self) -> bool:
        return self.memory.state.anchor is None

    @property
    def folder(self) -> Path:
        return self.places.path

    @property
    def recovery_recipients(self) -> tuple[str, ...]:
        return self.opened.recovery

    def key_hex(self) -> str:
        return self.holder.hex()

    def key_file(self) -> bytes:
        with self._key_file_guard:
            return key_file_writer.read_file(self.places.key_file)

    def practice_words(self) -> tuple[str, ...]:
        """What a password must not lean on (SECURITY K26)."""
        with self.vault.reader.begin() as conn:
            row = conn.execute(select(practice.c.name, practice.c.city)).first()
        return () if row is None else (row.name, row.city)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writer transaction of our own, for rows that no person's command writes."""
        with self.vault.writer.begin() as conn:
            yield conn

    def append(self, row: audit.AuditRow) -> None:
        """Write an audit row in its own transaction; on a full disk the ballast goes first (SECURITY A6)."""
        try:
            self._append(row)
        except Exception as error:
            if not isinstance(translated(error), DiskFull) or not self.places.free_ballast():
                raise
            self._append(row)

    def _append(self, row: audit.AuditRow) -> None:
        with self.writing() as conn:
            audit.append(conn, row, self.keys.link)

    def row(self, user_id: int | None, token: str, action: str, outcome: str = "done", **detail: Any) -> audit.AuditRow:
        return audit.AuditRow(
            at=self.clock.now(), user_id=user_id, workstation=self.workstation, session=token, action=action,
            outcome=outcome, detail=detail,
        )  # fmt: skip

    def write_keys(self, data: bytes, user_id: int | None, token: str, **detail: Any) -> None:
        """Put a new key file in place, then the database's and the store's generation (SECURITY K8, K10)."""
        with self._key_file_guard:
            key_file_writer.write_atomically(
                self.places.key_file,
                data,
                lambda back: key_file.check_written(back, self.device.id, self.device.secret, self.unlocked),
            )
            old, self.opened = self.opened, key_file.open_file(data, self.device.id, self.device.secret)
            old.wipe()
            with self.writing() as conn:
                conn.execute(update(vault_table).values(gen=self.opened.gen))
                about = self.row(user_id, token, "keys.write", gen=self.opened.gen, **detail)
                audit.append(conn, about, self.keys.link)
            self.memory.keep(epoch=self.epoch, gen=self.opened.gen)

    def anchor_due(self) -> bool:
        idle = self.clock.monotonic() - self._anchored_at
        return self.rows_since_anchor >= ANCHOR_ROWS or (self.rows_since_anchor > 0 and idle >= ANCHOR_SECONDS)

    def anchor(self) -> None:
        """Write the head of the log down in the credential store; never over an anchor that was not reached (A12)."""
        if self.anchor_suspect:
            return
        self.rows_since_anchor, self._anchored_at = 0, self.clock.monotonic()
        with self.vault.reader.begin() as conn:
            last = audit.head(conn)
        if last is not None:
            self.memory.keep(anchor=Anchor(last[0], last[1], "the credential store"))

    def anchor_anew(self) -> None:
        """Write the head down over an anchor that was not reached, after an officer explained it (SECURITY A14)."""
        self.anchor_suspect = False
        self.anchor()

    def reaches_anchor(self) -> bool:
        """Tell whether the log still holds the head that this computer remembers.

        Every enrolment leaves one, so a computer that remembers none was made to forget it (SECURITY A12).
        """
        kept = self.memory.state.anchor
        if kept is None:
            return False
        with self.vault.reader.begin() as conn:
            c = audit_table.c
            mac = conn.execute(select(c.mac).where(c.seq == kept.seq)).scalar()
        return mac is not None and bytes(mac) == kept.mac

    def take_over(self, unlocked: Unlocked) -> None:
        """Another person is at the desk; the data key stays the one that is held."""
        wipe(unlocked.dek)
        wipe(self.unlocked.identity)
        self.unlocked = replace(unlocked, dek=self.unlocked.dek)

    def close(self) -> None:
        """Close the connections and drop every key; a new connection raises Sealed from now on (SECURITY L14)."""
        self.holder.clear()
        self.vault.close()
        self.unlocked.wipe()
        self.opened.wipe()


class Seat:
    """Who is at the desk: the Desk's session (SECURITY L1)."""

    def __init__(self, practice: OpenPractice, machine: SessionMachine, who: User, token: str) -> None:
        self._practice, self._machine = practice, machine
        self.user, self.token = who, token
        self._recipient, self._identity = practice.unlocked.recipient, practice.unlocked.identity
        self._search: tuple[dict[str, int], float] | None = None
        self._emergency: tuple[Emergency, float, int] | None = None

    @property
    def workstation(self) -> int:
        return self._practice.workstation

    @property
    def trail(self) -> OpenPractice:
        """What the audit log is judged by, besides the database (`audit_log.Trail`)."""
        return self._practice

    @property
    def backup_keys(self) -> OpenPractice:
        """What a backup needs (`backup.BackupKeys`)."""
        return self._practice

    def check(self) -> None:
        self._machine.check(self.token)

    def working(self) -> AbstractContextManager[None]:
        return self._machine.working(self.token)

    def check_live(self) -> None:
        """Raise LockedError unless the session is open or locked: what began before a lock is ended whole."""
        if not self._machine.is_live(self.token):
            self.check()

    @property
    def emergency(self) -> Emergency | None:
        """What runs still: any change of the session's state ends it, and of both clocks the one that is ahead."""
        held = self._emergency
        if held is None:
            return None
        emergency, over_at, turn = held
        clock = self._practice.clock
        over = clock.now() >= emergency.until or clock.monotonic() >= over_at
        return None if over or turn != self._machine.turn else emergency

    def begin_emergency(self, emergency: Emergency) -> None:
        over_at = self._practice.clock.monotonic() + MINUTES * 60
        self._emergency = (emergency, over_at, self._machine.turn)

    def end_emergency(self) -> None:
        self._emergency = None

    def searched(self, found: int) -> None:
        during = self.emergency
        facts = {"found": found} if during is None else {"found": found, "emergency": during.id}
        self._search = (facts, self._practice.clock.monotonic())

    def search_that_ended(self, *, at_once: bool) -> dict[str, int] | None:
        """Return, once, what the row of the last search says, when nobody typed on for a moment (SECURITY A6)."""
        search = self._search
        if search is None or not (at_once or self._practice.clock.monotonic() - search[1] >= SEARCH_PAUSE_SECONDS):
            return None
        self._search = None
        return search[0]

    def seal_draft(self, plain: bytes) -> bytes:
        return age_io.encrypt_bytes(plain, [self._recipient])

    def open_draft(self, sealed: bytes) -> bytes:
        return bytes(age_io.decrypt_bytes(sealed, [self._identity]))


class HeldSlots:
    """The key file as far as people come and go (`joining.KeySlots`)."""

    def __init__(self, practice: OpenPractice, seat: Seat, policy: KdfPolicy, attempts: Attempts) -> None:
        self._practice, self._seat, self._policy, self._attempts = practice, seat, policy, attempts

    @property
    def protected_file(self) -> bool:
        return self._practice.memory.store_kind == "file" and self._practice.kind == "practice"

    @property
    def training(self) -> bool:
        return self._practice.kind == "training"

    @property
    def practice_words(self) -> Sequence[str]:
        return self._practice.practice_words()

    def sign_in_of(self, user_id: Id, name: str) -> SignIn:
        folded = fold_name(name)
        if self._practice.opened.find(user_id) is None:
            return SignIn.NO_SLOT
        if self._attempts.is_disabled(folded):
            return SignIn.LOCKED_OUT
        return SignIn.WAITS if self._attempts.own_wait_seconds(folded) else SignIn.OPEN

    def holds(self, user_id: Id, recipient: str) -> bool:
        slot = self._practice.opened.find(user_id)
        return slot is not None and slot.recipient == recipient

    def held(self) -> AbstractContextManager[None]:
        return self._seat.working()

    def new_slot(self, user_id: Id, name: str, password: str) -> NewSlot:
        return key_file.make_slot(user_id, name, password, self._policy)

    def put_slot(self, slot: NewSlot) -> None:
        self._seat.check_live()
        data = key_file.with_slot(self._practice.opened, self._practice.unlocked, slot)
        detail = {"lowered": True} if slot.lowered else {}
        self._practice.write_keys(data, self._seat.user.id, self._seat.token, slot=slot.slot.user_id, **detail)
        if slot.slot.user_id != self._seat.user.id:
            wipe(slot.identity)

    def drop_slot(self, user_id: Id) -> None:
        self._seat.check_live()
        if self._practice.opened.find(user_id) is None:
            return  # done before: a person who was removed twice
        data = key_file.without_slot(self._practice.opened, self._practice.unlocked, user_id)
        self._practice.write_keys(data, self._seat.user.id, self._seat.token, dropped=user_id)

    def clear_attempts(self, name: str) -> None:
        self._attempts.clear(fold_name(name))
