"""Let pictures of the screen be taken, for support, until the program is closed (SECURITY P10)."""

from dataclasses import dataclass

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Work, usecase


@dataclass(frozen=True, slots=True)
class LetPictures:
    """Somebody of support is to see this screen."""

    id: Id


@usecase("screen.pictures", needs=Permission.MANAGE_POLICY, topics={"settings"})
def let_pictures(work: Work, cmd: LetPictures) -> None:
    """Write down who did it, before the window is opened to it."""
    work.entry.about("workstation", work.workstation)
