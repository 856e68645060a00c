import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from medbill_desktop.security import secret_store
from medbill_desktop.security.secret_store import (
    KeyringStore,
    ProtectedFileStore,
    StoreAbsent,
    StoreLocked,
    StoreRefused,
    StoreSlow,
    StoreTrouble,
    find_store,
)

VAULT = "5c" * 16
ROOT = Path(__file__).parents[2]
HAS_KEYRING = all(shutil.which(each) for each in ("gnome-keyring-daemon", "dbus-run-session"))


class Held(KeyringBackend):
    """A credential store in memory that can be told to fail."""

    def __init__(self, error=None, forgets=False):
        super().__init__()
        self.values, self.error, self.forgets, self.asked_on = {}, error, forgets, set()

    def get_password(self, service, username):
        self.asked_on.add(threading.current_thread())
        if self.error:
            raise self.error
        return self.values.get((service, username))

    def set_password(self, service, username, password):
        if not self.forgets:
            self.values[service, username] = password

    def delete_password(self, service, username):
        del self.values[service, username]


@pytest.fixture(params=["keyring", "file"])
def store(request, tmp_path):
    return KeyringStore(Held()) if request.param == "keyring" else ProtectedFileStore(tmp_path / "config")


def test_both_kinds_keep_two_items_for_each_practice(store):
    assert store.read(VAULT, "device") is None
    store.write(VAULT, "device", bytes(range(32)))
    store.write(VAULT, "state", b"one")
    store.write(VAULT, "state", b"")
    store.write("6d" * 16, "device", b"other")
    assert store.read(VAULT, "device") == bytes(range(32))
    assert store.read(VAULT, "state") == b""
    store.delete(VAULT, "device")
    store.delete(VAULT, "device")
    assert store.read(VAULT, "device") is None
    assert store.read("6d" * 16, "device") == b"other"


@pytest.mark.parametrize("vault", ["", "../" + "5" * 29, "5C" * 16, "5c" * 16 + "\n"])
def test_nothing_but_a_vault_id_becomes_a_name(store, vault):
    with pytest.raises(ValueError, match="not a practice"):
        store.read(vault, "device")
    with pytest.raises(ValueError, match="not a practice"):
        store.write(VAULT, "../device", b"")


def test_a_value_for_windows_stays_under_a_thousand_characters():
    backend = Held()
    KeyringStore(backend).write(VAULT, "state", b"x" * 747)
    assert all(len(text) < 1000 for text in backend.values.values())
    with pytest.raises(ValueError, match="1004 characters"):
        KeyringStore(backend).write(VAULT, "state", b"x" * 751)


def test_a_store_that_forgets_is_refused():
    with pytest.raises(StoreRefused, match="did not keep"):
        KeyringStore(Held(forgets=True)).write(VAULT, "device", b"secret")


def test_what_is_not_ours_is_refused():
    backend = Held()
    KeyringStore(backend).write(VAULT, "device", b"secret")
    backend.values = dict.fromkeys(backend.values, "not base64 é")
    with pytest.raises(StoreRefused, match="not ours"):
        KeyringStore(backend).read(VAULT, "device")


@pytest.mark.parametrize(
    ("error", "case"),
    [
        (keyring.errors.KeyringLocked("s3cret"), StoreLocked),
        (keyring.errors.NoKeyringError("s3cret"), StoreAbsent),
        (keyring.errors.InitError("s3cret"), StoreAbsent),
        (ConnectionRefusedError("s3cret"), StoreAbsent),
        (keyring.errors.KeyringError("s3cret"), StoreRefused),
        (RuntimeError("s3cret"), StoreRefused),
    ],
)
def test_every_failure_is_named_with_a_fix_and_without_the_librarys_words(error, case):
    with pytest.raises(case) as caught:
        KeyringStore(Held(error)).read(VAULT, "device")
    assert str(caught.value).endswith(".") or str(caught.value).endswith(").")
    assert caught.value.fix.endswith(".")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_store_that_hangs_is_left_alone():
    release = threading.Event()

    class Hung(Held):
        def get_password(self, service, username):
            release.wait()

    with pytest.raises(StoreSlow):
        KeyringStore(Hung(), limit_seconds=0.05).read(VAULT, "device")
    release.set()


def test_the_store_is_never_asked_on_the_callers_thread():
    backend = Held()
    KeyringStore(backend).read(VAULT, "device")
    assert backend.asked_on
    assert threading.current_thread() not in backend.asked_on


@pytest.mark.parametrize(
    "name", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "keyrings.alt.file.PlaintextKeyring"]
)
def test_the_environment_cannot_name_a_backend(monkeypatch, tmp_path, name):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    assert find_store() is None


def test_the_environment_cannot_set_an_attribute_of_the_backend(monkeypatch):
    monkeypatch.setenv("KEYRING_PROPERTY_APPID", "someone else")
    assert Held().appid == "someone else", "the library does take it"
    assert secret_store._deaf(Held).get_password("a", "b") is None
    assert "appid" not in vars(secret_store._deaf(Held))


def test_nothing_asks_the_library_to_choose():
    for path in (ROOT / "medbill_desktop").rglob("*.py"):
        assert "get_keyring()" not in path.read_text() or path.name == "secret_store.py"
    assert "get_keyring(" not in Path(secret_store.__file__).read_text()


def test_the_file_is_for_this_account_alone(tmp_path):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "device", b"secret")
    path = tmp_path / "config" / f"{VAULT}.device"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "device", b"secret")
    (tmp_path / "config" / f"{VAULT}.device").chmod(mode)
    with pytest.raises(StoreRefused, match="Other accounts"):
        store.read(VAULT, "device")


def test_a_folder_that_others_may_open_is_refused(tmp_path):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "device", b"secret")
    (tmp_path / "config").chmod(0o755)
    with pytest.raises(StoreRefused, match="Other accounts"):
        store.read(VAULT, "device")
    with pytest.raises(StoreRefused, match="Other accounts"):
        store.write(VAULT, "device", b"secret")


def test_a_file_of_another_account_is_refused(tmp_path, monkeypatch):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "device", b"secret")
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(StoreRefused, match="another account"):
        store.read(VAULT, "device")


def test_a_link_in_place_of_the_file_is_refused(tmp_path):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "device", b"secret")
    path = tmp_path / "config" / f"{VAULT}.device"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreRefused):
        store.read(VAULT, "device")


def test_a_folder_inside_the_practice_is_refused(tmp_path):
    with pytest.raises(StoreRefused, match="inside the practice folder"):
        ProtectedFileStore(tmp_path / "practice" / "config", never_inside=tmp_path / "practice")
    ProtectedFileStore(tmp_path / "config", never_inside=tmp_path / "practice")


def test_a_failed_write_leaves_the_old_value(tmp_path, monkeypatch):
    store = ProtectedFileStore(tmp_path / "config")
    store.write(VAULT, "state", b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreRefused, match="No space left"):
        store.write(VAULT, "state", b"new")
    assert store.read(VAULT, "state") == b"old"
    assert len(list((tmp_path / "config").iterdir())) == 1


def in_private_session(tmp_path):
    home, runtime = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT)}
    script = str(Path(__file__).with_name("keyring_session.py"))
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, script],
        env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.peer
@pytest.mark.skipif(not HAS_KEYRING, reason="install gnome-keyring and dbus")
def test_a_real_keyring_present_locked_hung_and_killed(tmp_path):
    said = in_private_session(tmp_path)
    assert said["nothing yet"] == said["other vault"] == said["deleted"] == "None"
    assert bytes.fromhex(said["device"]) == bytes(range(32))
    assert said["state"] == 740
    assert all("MedBill Desktop" in each for each in said["labels"])
    assert said["locked"].startswith("StoreLocked")
    assert said["locked is found"] == "KeyringStore"
    assert said["hung"].startswith("StoreSlow")
    assert said["killed"].split(":")[0] in {"StoreAbsent", "StoreLocked"}, said["killed"]


def test_store_trouble_speaks_for_itself():
    for kind in (StoreLocked, StoreAbsent, StoreSlow):
        assert issubclass(kind, StoreTrouble)
        assert str(kind()).startswith(("The credential store", "This computer"))
