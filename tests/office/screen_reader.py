"""A screen reader as a process of its own: everything that a program tells the accessibility bus, as JSON.

Run by the system's Python, which has the bindings (packages at-spi2-core, gir1.2-atspi-2.0, python3-gi).
"""

import json
import sys
from time import monotonic, sleep

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def said(at):
    """Yield the words of one object: name, description, and its text where it has one."""
    yield at.get_name()
    yield at.get_description()
    text = at.get_text_iface()
    if text is not None:
        yield Atspi.Text.get_text(text, 0, -1)


def found(program, seconds=10.0):
    """Return the program's object, once the registry has told of it."""
    desktop, end = Atspi.get_desktop(0), monotonic() + seconds
    while monotonic() < end:
        for number in range(desktop.get_child_count()):
            there = desktop.get_child_at_index(number)
            if there is not None and program in (there.get_name() or ""):
                return there
        sleep(0.05)
    return None


def walk(program):
    words, seen, todo = [], 0, [each for each in [found(program)] if each is not None]
    while todo:
        at = todo.pop()
        seen += 1
        try:
            words += [each for each in said(at) if each]
            todo += [child for n in range(at.get_child_count()) if (child := at.get_child_at_index(n)) is not None]
        except GLib.Error:
            continue  # it went away while it was read
    return {"objects": seen, "words": words}


if __name__ == "__main__":
    Atspi.init()
    print(json.dumps(walk(sys.argv[1])))
