"""The second half of a sign-in: the database opens, the code is judged, the rows are written (SECURITY 2.3, 9-12)."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import DiskFull, ReadOnly
from medbill_desktop.domain.users import User
from medbill_desktop.security import key_file
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy, NotEnoughMemory
from medbill_desktop.security.key_file import OpenedTable, Unlocked
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import audit
from medbill_desktop.storage.engine import translated
from medbill_desktop.storage.practice_folder import PracticeFolder
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.session import new_token
from medbill_desktop.usecases.sign_in import OldKeyFile


def opened(
    places: PracticeFolder,
    clock: Clock,
    memory: DeviceMemory,
    device: Device,
    table: OpenedTable,
    unlocked: Unlocked,
    *,
    read_only: bool = False,
) -> OpenPractice:
    """Step 9: open the database; where it fails every key is dropped."""
    holder = KeyHolder(unlocked.dek)
    vault = None
    try:
        vault = sign_in.open_database(places, table, holder, read_only=read_only)
        with vault.writer.begin() as conn:
            number, new = sign_in.workstation_number(conn, device, "This computer", memory.store_kind, clock.now())
            moved = not new and not read_only and sign_in.level_store(conn, number, memory.store_kind)
        practice = OpenPractice(places, clock, memory, device, table, unlocked, holder, vault, number)
        if new:
            practice.append(practice.row(unlocked.user_id, "", "device.enrol", workstation=number, repaired=True))
            practice.anchor()
        if moved:
            told = practice.row(unlocked.user_id, "", "device.move_secret", store=memory.store_kind, repaired=True)
            practice.append(told)
        practice.anchor_suspect = not practice.reaches_anchor()
    except BaseException as error:
        if isinstance(error, OldKeyFile):
            memory.keep(put_back=memory.state.put_back + 1)
        holder.clear()
        if vault is not None:
            vault.close()
        unlocked.wipe()
        table.wipe()
        raise translated(error) or error from None
    return practice


@dataclass(frozen=True, slots=True)
class Admission:
    """Steps 10 to 12 for one person: code, audit rows in the same transaction, token."""

    practice: OpenPractice
    unlocked: Unlocked
    attempts: Attempts
    refused: int  # calls that were refused while the screen was locked
    last_step: int = 0  # of a code that was taken where nothing could be written

    def admit(self, code: str) -> tuple[User, str]:
        """Return who came in and the session's token; SignInFailed leaves nothing written."""
        if self.practice.vault.read_only:
            return self._admit_reader(code)
        try:
            return self._admit(code)
        except Exception as error:
            if not isinstance(translated(error), DiskFull) or not self.practice.places.free_ballast():
                raise translated(error) or error from None
            return self._admit(code)

    def _admit(self, code: str) -> tuple[User, str]:
        practice, token = self.practice, new_token()
        with practice.writing() as conn:
            user, proof = sign_in.admit(conn, self.unlocked, code, practice.clock.now())
            sign_in.level_gen(conn, practice.opened)
            self._write_what_went_before(conn, token)
            row = practice.row(user.id, token, "session.sign_in", proof=proof, refused=self.refused)
            audit.append(conn, row, practice.keys.link)
        return user, token

    def _admit_reader(self, code: str) -> tuple[User, str]:
        practice = self.practice
        with practice.vault.reader.begin() as conn:
            now = practice.clock.now()
            user, practice.last_step = sign_in.admit_reader(conn, self.unlocked, code, now, self.last_step)
        return user, new_token()

    def _write_what_went_before(self, conn: Connection, token: str) -> None:
        """Failed attempts, old key files and a log that is not the remembered one, before the row of who came in."""
        practice = self.practice
        told = {
            "session.sign_in": {"attempts": self.attempts.unreported},
            "keys.put_back": {"times": practice.memory.state.put_back},
            "audit.anchor": {"unreached": int(practice.anchor_suspect)},
        }
        for action, detail in told.items():
            if any(detail.values()):
                audit.append(conn, practice.row(None, token, action, "denied", **detail), practice.keys.link)


def upgrade(practice: OpenPractice, user: User, token: str, password: str, policy: KdfPolicy) -> None:
    """Bring a slot under today's cost up to it (SECURITY K3); where memory is short it stays as it is."""
    if key_file.is_cheap(practice.opened, user.id, policy):
        with suppress(NotEnoughMemory, DiskFull, ReadOnly):
            data = key_file.with_rewritten_kdf(practice.opened, practice.unlocked, password, policy)
            practice.write_keys(data, user.id, token, upgraded=user.id)
