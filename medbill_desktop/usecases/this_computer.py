"""Where this computer keeps its secret, and which practices it has seen in which folders (SECURITY K17-K19, F35)."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.key_file import Header
from medbill_desktop.security.secret_store import ProtectedFileStore, SecretStore, StoreTrouble, find_store
from medbill_desktop.storage.practice_folder import PracticeFolder

PROTECTED_FILE_WORDS: Final = (
    "The secret of this computer lies in a protected file: a thief who takes the whole disk unencrypted then has only"
    " the passwords in the way."
)


class ThisComputer:
    """The credential store, the protected file, and a list of folders that held a real practice."""

    def __init__(self, folder: Path, store: SecretStore | None, config_folder: Path) -> None:
        self._folder, self.store, self._config = folder.absolute(), store, config_folder

    def protected(self) -> ProtectedFileStore:
        return ProtectedFileStore(self._config / "devices", never_inside=self._folder)

    def chosen(self, kind: str, protected_file: bool) -> SecretStore:
        """Return where a new device secret goes; a file only where someone chose it, or in training (K19, K30)."""
        if kind == "training" or protected_file:
            return self.protected()
        if self.store is None:
            raise Refused(
                "This computer has no credential store that answers. Start it and try again, or choose to keep the"
                " device secret in a protected file. " + PROTECTED_FILE_WORDS
            )
        return self.store

    def remembered(self, header: Header) -> tuple[DeviceMemory, Device] | None:
        """Find the secret: in the credential store, or in the protected file that was chosen once; or StoreTrouble."""
        stores: list[SecretStore] = [] if self.store is None or header.kind == "training" else [self.store]
        stores.append(self.protected())
        for store in stores:
            memory = DeviceMemory(store, header.vault_id)
            if (device := memory.device()) is not None:
                if store.kind != "file":
                    with suppress(StoreTrouble):
                        memory.drop_copy(self.protected())  # a move into the store that was cut off
                return memory, device
        return None

    def found_store(self) -> SecretStore | None:
        """Return the credential store, looked for again where none answered before; may take seconds."""
        if self.store is None:
            self.store = find_store()
        return self.store

    @property
    def knew_practice(self) -> bool:
        """Whether a real practice lay in this folder at the last sign-in."""
        return str(self._folder) in self._known()

    def other_folder_of(self, vault_id: str) -> Path | None:
        """Return another folder of this computer in which the same practice still lies.

        Both would share one device secret and one memory of the newest state: enrolling the one locks the other out.
        """
        for folder, known in self._known().items():
            place = PracticeFolder(Path(folder))
            here = place.path.resolve() == self._folder.resolve()
            if known == vault_id and not here and place.holds_practice:
                return place.path
        return None

    def check_only_folder(self, header: Header) -> None:
        """Refuse a second folder with the same practice on this computer."""
        if (other := self.other_folder_of(header.vault_id)) is not None:
            raise Refused(
                f"This computer has the same practice in {other}, and entering it here would close it there. To go"
                " on here, move that folder away first; to try a backup out, verify it."
            )

    def remember(self, header: Header) -> None:
        """Write down that a real practice lies here, so that its loss is never taken for a fresh start."""
        known = self._known()
        if header.kind == "training" or known.get(str(self._folder)) == header.vault_id:
            return
        known[str(self._folder)] = header.vault_id
        with suppress(OSError):
            self._config.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._list.with_name(f"{self._list.name}.{os.getpid()}.part")
            part.unlink(missing_ok=True)
            # Where a practice lies, and its id, are nobody else's business.
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(known, sort_keys=True))
            part.replace(self._list)

    @property
    def _list(self) -> Path:
        return self._config / "practices.json"

    def _known(self) -> dict[str, str]:
        try:
            found = json.loads(self._list.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
