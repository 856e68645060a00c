"""The session of macOS, read once a second: its screen is locked, or another person is at it (SECURITY L4).

Its notifications need a binding that Qt does not bring; the session's dictionary needs none. Sleep is no fact of it:
the jump of the clock at waking tells. Never run on a Mac.
"""

import ctypes
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from medbill_desktop.ui.system_events import Told, hearing

GRAPHICS: Final = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
FOUNDATION: Final = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
LOCKED_KEY: Final = b"CGSSessionScreenIsLocked"  # in no header of Apple's; there only while it is locked
CONSOLE_KEY: Final = b"kCGSSessionOnConsoleKey"
UTF8: Final = 0x08000100  # kCFStringEncodingUTF8
SINT32: Final = 3  # kCFNumberSInt32Type

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the dictionary of a session says."""

    locked: bool
    on_console: bool  # False: another person was switched in


def meaning(facts: SessionFacts | None) -> Told | None:
    """Return what these facts tell us; no session at all counts as a locked one."""
    if facts is None or facts.locked:
        return Told.LOCKED
    return None if facts.on_console else Told.SWITCHED


class MacSession:
    """Compares each reading with the one before, so that a lock is told once and who unlocks is left in peace."""

    def __init__(self, read: Callable[[], SessionFacts | None]) -> None:
        self._read: Callable[[], SessionFacts | None] | None = read
        self._before: Told | None = None

    def look(self) -> Told | None:
        """Return what is new since the last look; a reading that fails is noted, and is the last one."""
        if self._read is None:
            return None
        try:
            facts = self._read()
        except Exception as error:  # whatever a system that we never saw does: the window goes on
            self._read = None
            hearing.lock = False
            note_deaf(error)
            return None
        if facts is not None:
            hearing.lock, hearing.tried = True, False
        before, self._before = self._before, meaning(facts)
        return self._before if self._before is not before else None


class SessionReader:
    """Reads the session's dictionary through the system's own libraries; OSError or AttributeError without them."""

    def __init__(self, load: Callable[[str], Any]) -> None:
        graphics, foundation = load(GRAPHICS), load(FOUNDATION)
        pointer, number = ctypes.c_void_p, ctypes.c_ulong
        self._session = _typed(graphics.CGSessionCopyCurrentDictionary, pointer)
        self._text = _typed(foundation.CFStringCreateWithCString, pointer, pointer, ctypes.c_char_p, ctypes.c_uint32)
        self._get = _typed(foundation.CFDictionaryGetValue, pointer, pointer, pointer)
        self._release = _typed(foundation.CFRelease, None, pointer)
        self._kind = _typed(foundation.CFGetTypeID, number, pointer)
        self._flag_kind = _typed(foundation.CFBooleanGetTypeID, number)
        self._number_kind = _typed(foundation.CFNumberGetTypeID, number)
        self._flag = _typed(foundation.CFBooleanGetValue, ctypes.c_ubyte, pointer)
        self._number = _typed(foundation.CFNumberGetValue, ctypes.c_ubyte, pointer, ctypes.c_long, pointer)

    def read(self) -> SessionFacts | None:
        """Return the facts of now; None where there is no session."""
        session = self._session()
        if not session:
            return None
        try:
            return SessionFacts(self._is_true(session, LOCKED_KEY), self._is_true(session, CONSOLE_KEY))
        finally:
            self._release(session)

    def _is_true(self, session: int, name: bytes) -> bool:
        key = self._text(None, name, UTF8)
        if not key:
            raise MemoryError
        try:
            value = self._get(session, key)  # the dictionary's own: not ours to release
        finally:
            self._release(key)
        if not value:
            return False
        kind = self._kind(value)
        if kind == self._flag_kind():
            return bool(self._flag(value))
        if kind == self._number_kind():
            said = ctypes.c_int32()
            return bool(self._number(value, SINT32, ctypes.byref(said))) and said.value != 0
        return False


def begin(load: Callable[[str], Any] = ctypes.CDLL) -> MacSession | None:
    """Return the session of this Mac; None, noted in the trouble log, where it can't be read."""
    try:
        return MacSession(SessionReader(load).read)
    except (OSError, AttributeError) as error:
        note_deaf(error)
        return None


def note_deaf(error: Exception) -> None:
    """Note for support that the lock of this computer is not heard; the Security page says it as well."""
    _log.warning("the lock of this computer is not heard (%s)", type(error).__name__)


def _typed(function: Any, result: Any, *arguments: Any) -> Any:
    """Give a function its types: without them a pointer is cut to 32 bits."""
    function.restype, function.argtypes = result, arguments
    return function
