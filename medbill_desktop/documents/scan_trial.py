"""A scan is proved in a process of its own, which can be ended (SECURITY F16).

Danger: two kilobytes of PDF can draw for years, and nothing stops pdfium once it has begun. In this process it would
hold the drawing of every other page, and on the window's thread the lock of the screen as well.
"""

import json
import subprocess
import sys
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.scans import Scan

SECONDS: Final = 20.0
_MOST_MEMORY: Final = 2 << 30
_CHILD: Final = "import sys; sys.path[:] = sys.argv[1:]; from medbill_desktop.documents.scan_trial import main; main()"


def examine_apart(content: bytes, seconds: float = SECONDS) -> Scan:
    """Decode and draw every page of a scan elsewhere; raises Refused as `examine` does, and where it takes too long."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-c", _CHILD, *sys.path], input=content, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=seconds, check=False, creationflags=_no_console(),
        )  # fmt: skip
        told = json.loads(child.stdout)
    except subprocess.TimeoutExpired:
        raise Refused("This file takes too long to draw, so it can't be shown. Scan the paper itself.") from None
    except ValueError:
        raise Refused("This file is damaged and can't be shown. Save or scan it again.") from None
    if "refused" in told:
        raise Refused(str(told["refused"]))
    return Scan(told["format"], told["pages"], told["width"], told["height"])


def main() -> None:
    """Answer on the standard output, in the child; the bytes come by the standard input and touch no disk."""
    from medbill_desktop.documents.scans import examine

    _limit_memory()
    try:
        scan = examine(sys.stdin.buffer.read())
        told = {"format": scan.format, "pages": scan.pages, "width": scan.width, "height": scan.height}
    except Refused as refusal:
        told = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(told))


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _no_console() -> int:
    return int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
