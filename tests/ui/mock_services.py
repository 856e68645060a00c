"""logind and screen savers as a child process, driven by JSON lines: what they are told, and what was asked of them."""

import contextlib
import json
import os
import select
import sys

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

OURS, ANOTHERS = "/org/freedesktop/login1/session/_32", "/org/freedesktop/login1/session/_33"
LOGIND = "org.freedesktop.login1"


def say(what):
    print(json.dumps(what), flush=True)


class Services:
    """One connection that owns the names, and one that owns none and only pretends."""

    def __init__(self, address, names, without):
        self.bus = open_dbus_connection(address, enable_fds=True)
        self.stranger = open_dbus_connection(address)
        self.without = without
        self.delay = None
        for name in names:
            self.own(name)
        say("ready")

    def own(self, name):
        Proxy(message_bus, self.bus).RequestName(name)

    def run(self):
        while True:
            waits = [self.bus.sock, sys.stdin, *([self.delay] if self.delay is not None else [])]
            there = select.select(waits, [], [])[0]
            if self.delay in there:
                os.close(self.delay)
                self.delay = None
                say("released")
            if self.bus.sock in there:
                with contextlib.suppress(TimeoutError):
                    while True:
                        self.answer(self.bus.receive(timeout=0))
            if sys.stdin in there:
                line = sys.stdin.readline()
                if not line:
                    return
                self.order(**json.loads(line))

    def order(self, own="", path="", interface="", member="", signature="", body=(), stranger=False):
        if own:
            self.own(own)
            return
        told = new_signal(DBusAddress(path, interface=interface), member, signature, tuple(body))
        (self.stranger if stranger else self.bus).send(told)
        if stranger:
            Proxy(message_bus, self.stranger).GetId()  # the bus has passed on what came before

    def answer(self, asked):
        if asked.header.message_type is not MessageType.method_call:
            return
        member = asked.header.fields[HeaderFields.member]
        say([member, *asked.body])
        if "answers" in self.without:
            return
        if member in self.without or (member, asked.body[0]) == ("GetSession", "stale"):
            self.bus.send(new_error(asked, f"{LOGIND}.NoSuchSession"))
        elif member == "Inhibit":
            self.delay, given = os.pipe()
            self.bus.send(new_method_return(asked, "h", (given,)))
            os.close(given)
            say("held")
        else:
            self.bus.send(new_method_return(asked, "o", (OURS,)))


if __name__ == "__main__":
    Services(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])).run()
