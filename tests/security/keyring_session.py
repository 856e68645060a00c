"""Run under dbus-run-session by test_secret_store: a real gnome-keyring-daemon, present, locked, hung, killed."""

import json
import os
import signal
import subprocess
import time

import secretstorage
from jeepney import DBus
from jeepney.io.blocking import open_dbus_connection

from medbill_desktop.security.secret_store import KeyringStore, StoreTrouble, find_store

VAULT = "5c" * 16


def start_daemon():
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(b"login password")
    daemon.stdin.close()
    return daemon


def case_of(ask):
    try:
        return repr(ask())
    except StoreTrouble as trouble:
        return f"{type(trouble).__name__}: {trouble} {trouble.fix}"


def until_there():
    """Wait until our daemon owns its name: asked sooner, the bus would start one of its own."""
    names = DBus()
    with open_dbus_connection() as bus:
        for _ in range(500):
            if bus.send_and_get_reply(names.NameHasOwner("org.freedesktop.secrets")).body[0]:
                return find_store()
            time.sleep(0.01)
    raise SystemExit("gnome-keyring-daemon did not start")


def main():
    said = {}
    daemon = start_daemon()
    store = until_there()
    said["nothing yet"] = case_of(lambda: store.read(VAULT, "device"))
    store.write(VAULT, "device", bytes(range(32)))
    store.write(VAULT, "state", b"first")
    store.write(VAULT, "state", b"x" * 740)
    said["device"] = store.read(VAULT, "device").hex()
    said["state"] = len(store.read(VAULT, "state"))
    said["other vault"] = case_of(lambda: store.read("6d" * 16, "device"))
    collection = secretstorage.get_default_collection(secretstorage.dbus_init())
    said["labels"] = sorted(item.get_label() for item in collection.get_all_items())
    store.delete(VAULT, "state")
    store.delete(VAULT, "state")
    said["deleted"] = case_of(lambda: store.read(VAULT, "state"))
    collection.lock()
    said["locked"] = case_of(lambda: store.read(VAULT, "device"))
    said["locked is found"] = type(find_store()).__name__
    quick = KeyringStore(store._backend, limit_seconds=0.5)
    os.kill(daemon.pid, signal.SIGSTOP)
    said["hung"] = case_of(lambda: quick.read(VAULT, "device"))
    os.kill(daemon.pid, signal.SIGCONT)
    daemon.kill()
    daemon.wait()
    said["killed"] = case_of(lambda: store.read(VAULT, "device"))
    print(json.dumps(said))


main()
