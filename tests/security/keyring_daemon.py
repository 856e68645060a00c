"""A gnome-keyring-daemon of our own, in the private bus of a test."""

import subprocess
import time

from jeepney import DBus
from jeepney.io.blocking import open_dbus_connection


def started():
    """Start it unlocked and wait until it owns its name: asked sooner, the bus would start one of its own."""
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(b"login password")
    daemon.stdin.close()
    names = DBus()
    with open_dbus_connection() as bus:
        for _ in range(500):
            if bus.send_and_get_reply(names.NameHasOwner("org.freedesktop.secrets")).body[0]:
                return daemon
            time.sleep(0.01)
    raise SystemExit("gnome-keyring-daemon did not start")
