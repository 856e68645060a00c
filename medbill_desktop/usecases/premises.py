"""What lies at this computer before anybody has the practice open: its folder, lock, secret and failed attempts.

Nothing in it is believed before a key has proven it (SECURITY 2.3, steps 1 to 3).
"""

from contextlib import suppress
from pathlib import Path

import platformdirs

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import ReadOnly, Refused
from medbill_desktop.security import key_file, key_file_writer
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.secret_store import SecretStore
from medbill_desktop.storage.practice_folder import PracticeFolder, Prober, check_place, filesystem_of
from medbill_desktop.storage.practice_lock import PracticeLock
from medbill_desktop.usecases import restore, sign_in
from medbill_desktop.usecases.sign_in import Steady
from medbill_desktop.usecases.this_computer import ThisComputer


class Premises:
    """One practice folder and what this computer remembers of it."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        store: SecretStore | None,
        *,
        config_folder: Path | None = None,
        probe: Prober | None = None,
    ) -> None:
        self.places, self.clock, self.probe = PracticeFolder(folder), clock, probe
        self.steady = Steady(clock)
        self.lock_file = PracticeLock(self.places.lock_file)
        config = config_folder or platformdirs.user_config_path("medbill-desktop", appauthor=False)
        self.computer = ThisComputer(folder, store, config)
        self.header: key_file.Header | None = None
        self.device_ids: tuple[str, ...] = ()
        self.attempts: Attempts | None = None
        self.read_only = False

    @property
    def needs_restore(self) -> bool:
        """A practice was here, and its files are gone or half gone: restore, never a silent new one (F35)."""
        if self.places.holds_practice:
            return False
        return self.places.half_gone or self.computer.knew_practice

    def check_vacant(self) -> None:
        """Refuse a folder that holds a practice, or did."""
        if self.needs_restore:
            raise Refused(
                "A practice was in this folder and its files are missing. Restore the newest backup with the recovery"
                " kit, or choose another folder."
            )
        if self.places.holds_practice:
            raise Refused("There is a practice in this folder already.")

    def look_around(self) -> None:
        """Read what the folder says of itself, after ending what a crash cut off."""
        if self.places.path.is_dir() and not self.lock_file.held:
            with suppress(Refused, OSError):
                self._clear_up()
        self.header = None
        if self.places.holds_practice:
            with suppress(Refused):
                self.header, self.device_ids = key_file.peek(key_file_writer.read_file(self.places.key_file))

    def knows_me(self) -> bool:
        """Tell whether the practice names this computer, as far as anybody can say before a key proves it.

        It chooses the first screen and nothing else; raises StoreTrouble where the store does not answer (K17).
        """
        found = None if self.header is None else self.computer.remembered(self.header)
        return found is not None and found[1].id in self.device_ids

    def reach(self) -> tuple[DeviceMemory, Device, Attempts]:
        """Take the lock, then find this computer's secret and its failed attempts; raises NotEnrolled without one."""
        if not self.places.holds_practice:
            raise Refused("There is no practice in this folder. Set one up, or restore a backup.")
        header = key_file.peek(key_file_writer.read_file(self.places.key_file))[0]
        self.header = header
        check_place(self.places.path, self.probe or filesystem_of)  # a whole folder can be moved to a network drive
        try:
            self.lock_file.take()
            self.read_only = False
        except ReadOnly:
            self.read_only = True  # nobody can write here, so there is nobody to lock out
        found = self.computer.remembered(header)
        if found is None:
            raise key_file.NotEnrolled
        memory, device = found
        return memory, device, self.load_attempts(memory, device, header.vault_id)

    def load_attempts(self, memory: DeviceMemory, device: Device, vault_id: str) -> Attempts:
        """Read the failed attempts so far (SECURITY K15)."""
        before, self.attempts = (
            self.attempts,
            sign_in.attempts_of(self.places, memory, device, vault_id, self.steady, read_only=self.read_only),
        )
        self.attempts.load(memory.state.attempts)
        if before is not None:
            self.attempts.go_on_from(before.time())
        return self.attempts

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
