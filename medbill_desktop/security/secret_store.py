"""Where the device secret lives: the credential store of the operating system, or a protected file (SECURITY K17-K19).

Danger: a keyring library that chooses its own back-end will happily keep a secret in a plain file, or nowhere. The
classes here are constructed by us from a list of three; neither environment nor configuration can name another.
"""

import base64
import binascii
import os
import queue
import re
import secrets
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar

import keyring.errors
from keyring.backend import KeyringBackend

from medbill_desktop.domain.problems import Refused

Item = Literal["device", "state"]
T = TypeVar("T")

LIMIT_SECONDS: Final = 5.0
UNLOCK_SECONDS: Final = 90.0
MOST_CHARACTERS: Final = 1000  # Windows keeps 1,280 UTF-16 characters in a credential
_POSIX: Final = os.name == "posix"


class StoreTrouble(Refused):
    """The secret of this computer could not be reached; `fix` says what a person can do about it."""

    fix = "Try again, or enter with an enrolment code or the recovery kit."

    def __init__(self, text: str | None = None, fix: str | None = None) -> None:
        self.fix = fix or type(self).fix
        super().__init__(text or (type(self).__doc__ or "").strip())


class StoreLocked(StoreTrouble):
    """The credential store of this computer is locked."""

    fix = "Unlock it (it usually opens with your computer's password), then try again."


class StoreAbsent(StoreTrouble):
    """This computer has no credential store that answers."""

    fix = "Start the keyring of this desktop and try again, or enter with an enrolment code or the recovery kit."


class StoreSlow(StoreTrouble):
    """The credential store of this computer did not answer in time."""

    fix = "Look for its password window behind other windows, then try again."


class StoreRefused(StoreTrouble):
    """The credential store of this computer refused the request."""


class SecretStore(Protocol):
    """Two small items per practice: `device`, written once, and `state`, written often."""

    @property
    def kind(self) -> Literal["keyring", "file"]: ...

    def read(self, vault_id: str, item: Item) -> bytes | None:
        """Return the value, None where there is none; raises StoreTrouble."""

    def write(self, vault_id: str, item: Item, value: bytes) -> None:
        """Keep the value, replacing an older one; raises StoreTrouble."""

    def delete(self, vault_id: str, item: Item) -> None:
        """Forget the value; nothing happens where there is none; raises StoreTrouble."""


class KeyringStore:
    """The credential store of the operating system, asked on a worker thread with a time limit."""

    kind: Literal["keyring", "file"] = "keyring"

    def __init__(self, backend: KeyringBackend, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._backend = backend
        self._limit = limit_seconds

    def read(self, vault_id: str, item: Item) -> bytes | None:
        service, name = _place(vault_id, item)
        text = within(self._limit, lambda: self._backend.get_password(service, name))
        if text is None:
            return None
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise StoreRefused("What the credential store holds for this practice is not ours.") from None

    def write(self, vault_id: str, item: Item, value: bytes) -> None:
        service, name = _place(vault_id, item)
        text = base64.b64encode(value).decode()
        if len(text) >= MOST_CHARACTERS:
            raise ValueError(f"{item} has {len(text)} characters, the credential stores hold {MOST_CHARACTERS}")
        within(self._limit, lambda: self._backend.set_password(service, name, text))
        # Some stores take a value and keep it only in their own memory or not at all: believe what is read back.
        if self.read(vault_id, item) != value:
            raise StoreRefused("The credential store of this computer did not keep what it was given.")

    def delete(self, vault_id: str, item: Item) -> None:
        service, name = _place(vault_id, item)

        def forget() -> None:
            if self._backend.get_password(service, name) is not None:
                self._backend.delete_password(service, name)

        within(self._limit, forget)

    def unlock(self) -> None:
        """Let the operating system ask the person to unlock the store; raises StoreLocked when they decline."""
        ask = getattr(self._backend, "ask_to_unlock", None)
        if ask is not None:
            within(UNLOCK_SECONDS, ask)


class ProtectedFileStore:
    """The choice of SECURITY K19: files that only this account may read, never inside the practice folder.

    Against a thief who takes the whole disk unencrypted this leaves the passwords alone in the way.
    """

    kind: Literal["keyring", "file"] = "file"

    def __init__(self, folder: Path, *, never_inside: Path | None = None) -> None:
        if never_inside is not None and folder.resolve().is_relative_to(never_inside.resolve()):
            raise StoreRefused(
                "The protected file may not lie inside the practice folder: a copy of the folder would hold its key.",
                "Choose another folder.",
            )
        self._folder = folder

    def read(self, vault_id: str, item: Item) -> bytes | None:
        path = self._path(vault_id, item)
        if not os.path.lexists(path):
            return None
        self._own_folder()
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise StoreRefused(f"The protected file can't be read: {error.strerror}.") from None
        with os.fdopen(handle, "rb") as file:
            _ours_alone(os.fstat(file.fileno()), 0o600, regular=True)
            return file.read(64 * 1024)

    def write(self, vault_id: str, item: Item, value: bytes) -> None:
        path = self._path(vault_id, item)
        try:
            # Each with its own mode: what lies above a new folder is made with the account's default otherwise.
            self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
            self._own_folder()
            _replace(path, value)
        except OSError as error:
            raise StoreRefused(f"The protected file can't be written: {error.strerror}.") from None

    def delete(self, vault_id: str, item: Item) -> None:
        path = self._path(vault_id, item)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreRefused(f"The protected file can't be deleted: {error.strerror}.") from None

    def _path(self, vault_id: str, item: Item) -> Path:
        _place(vault_id, item)
        return self._folder / f"{vault_id}.{item}"

    def _own_folder(self) -> None:
        _ours_alone(os.lstat(self._folder), 0o700, regular=False)


def find_store() -> KeyringStore | None:
    """Return the credential store of this computer, or None where none answers; may take seconds, never on the GUI."""
    backend = _backend()
    if backend is None:
        return None
    store = KeyringStore(backend)
    try:
        store.read("0" * 32, "state")
    except (StoreLocked, StoreSlow):
        return store  # it is there; a person can unlock it
    except StoreTrouble:
        return None
    return store


def within(seconds: float, ask: Callable[[], T]) -> T:
    """Run `ask` on a thread of its own and return its answer; StoreSlow after `seconds`, StoreTrouble for the rest.

    A store that hangs keeps its thread, not the program: the thread is a daemon and its late answer is dropped.
    """
    answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put((True, ask()))
        except BaseException as error:
            answers.put((False, error))

    threading.Thread(target=work, name="credential store", daemon=True).start()
    try:
        good, answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise StoreSlow from None
    if good:
        found: T = answer
        return found
    raise _trouble(answer) from None


def _trouble(error: BaseException) -> StoreTrouble:
    """Name the case; the library's own text is dropped, it may quote what was stored."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, StoreTrouble):
        return error
    if isinstance(error, keyring.errors.KeyringLocked) or names & {"LockedException", "PromptDismissedException"}:
        return StoreLocked()
    if isinstance(error, keyring.errors.NoKeyringError | keyring.errors.InitError | OSError):
        return StoreAbsent()
    if names & {"SecretServiceNotAvailableException", "DBusErrorResponse", "ItemNotFoundException"}:
        return StoreAbsent()
    return StoreRefused(f"The credential store of this computer refused the request ({type(error).__name__}).")


def _place(vault_id: str, item: Item) -> tuple[str, str]:
    """Return (service, user name) of an item; no practice name, and one service per item.

    The Windows back-end moves a value aside when two names share a service.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", vault_id) or item not in ("device", "state"):
        raise ValueError("not a practice or item of ours")
    return f"MedBill Desktop {vault_id} {item}", item


def _backend() -> KeyringBackend | None:
    """Construct the one back-end of this operating system, or None where it cannot be."""
    try:
        if sys.platform == "win32":
            from keyring.backends.Windows import WinVaultKeyring

            return _deaf(WinVaultKeyring)
        if sys.platform == "darwin":
            from keyring.backends.macOS import Keyring as MacKeyring

            return _deaf(MacKeyring)
        return _deaf(_secret_service())
    except (ImportError, RuntimeError, OSError):
        return None


def _deaf(kind: type[KeyringBackend]) -> KeyringBackend:
    """Construct the class deaf to KEYRING_PROPERTY_* variables, which may set any of its attributes."""
    made: KeyringBackend = type(kind.__name__, (kind,), {"set_properties_from_env": lambda self: None})()
    return made


def _secret_service() -> type[KeyringBackend]:
    """Return the Secret Service back-end that says "locked" instead of opening a password window by itself."""
    import secretstorage
    from keyring.backends.SecretService import Keyring

    class SecretService(Keyring):
        def get_preferred_collection(self) -> Any:
            collection = secretstorage.get_default_collection(secretstorage.dbus_init())
            if collection.is_locked():
                collection.connection.close()
                raise keyring.errors.KeyringLocked
            return collection

        def ask_to_unlock(self) -> None:
            collection = secretstorage.get_default_collection(secretstorage.dbus_init())
            try:
                if collection.is_locked() and collection.unlock():
                    raise keyring.errors.KeyringLocked
            finally:
                collection.connection.close()

    return SecretService


def _ours_alone(found: os.stat_result, mode: int, *, regular: bool) -> None:
    """Refuse what another account owns, may read, or could have put there."""
    if regular and not stat.S_ISREG(found.st_mode):
        raise StoreRefused("The protected file is not a plain file.", "Remove it and enrol this computer again.")
    if not regular and not stat.S_ISDIR(found.st_mode):
        raise StoreRefused("The folder of the protected file is not a folder.", "Remove it and enrol again.")
    if not _POSIX:
        return  # Windows: the ACL of the user's own profile stands; there is no mode to read
    if found.st_uid != os.getuid():
        raise StoreRefused(
            "The protected file belongs to another account of this computer.", "Sign in as that account."
        )
    if stat.S_IMODE(found.st_mode) & ~mode:
        raise StoreRefused(
            "Other accounts of this computer may read the protected file.",
            "Take their rights away (chmod go= on file and folder); if it may have been copied, enrol anew.",
        )


def _replace(path: Path, value: bytes) -> None:
    """Put the value in place whole: a crash leaves the old file or the new one."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    if _POSIX:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
