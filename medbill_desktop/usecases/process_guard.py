"""Keeps this process out of crash dumps, and other programs of the account out of its memory (SECURITY P8).

Danger: a dump of a running office holds the data key and every patient on the screen, and lies where backups and
error reports pick it up.
"""

import sys
from contextlib import suppress
from typing import Any, Final

PR_GET_DUMPABLE: Final = 3
PR_SET_DUMPABLE: Final = 4
# Windows shows no box of its own for a fault and keeps no picture of the heap with its report.
SEM_FAILCRITICALERRORS: Final = 0x0001
SEM_NOGPFAULTERRORBOX: Final = 0x0002
WER_FAULT_REPORTING_FLAG_NOHEAP: Final = 0x0001
WER_FAULT_REPORTING_NO_UI: Final = 0x0020


def guard_process() -> None:
    """Switch dumps off for this process; children inherit the limit. A system that refuses stops nothing."""
    if sys.platform == "win32":
        _guard_on_windows()
        return
    import resource

    with suppress(OSError, ValueError):  # `is_guarded` tells
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        # A limit of zero does not stop a core that is piped to a collector; being undumpable does.
        _prctl(PR_SET_DUMPABLE, 0)


def is_guarded() -> bool:
    """Tell whether the system keeps no dump of this process, by asking the system."""
    if sys.platform == "win32":
        return bool(_kernel32().GetErrorMode() & SEM_NOGPFAULTERRORBOX)
    import resource

    limited = resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
    return limited and (not sys.platform.startswith("linux") or _prctl(PR_GET_DUMPABLE) == 0)


def _prctl(option: int, value: int = 0) -> int:
    import ctypes

    return int(ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _guard_on_windows() -> None:
    kernel = _kernel32()
    kernel.SetErrorMode(kernel.GetErrorMode() | SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX)
    kernel.WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP | WER_FAULT_REPORTING_NO_UI)


def _kernel32() -> Any:
    import ctypes

    return getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009 - the other systems have no such name
