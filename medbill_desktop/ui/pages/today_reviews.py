"""The lines of Today that are about watching: reviews of the log, of who may do what, and kits (SECURITY A17, K20)."""

from collections.abc import Sequence
from datetime import date

from medbill_desktop.ui.models.rows import Status
from medbill_desktop.ui.pages.today_queues import QueueRow
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.access_review import Quarter
from medbill_desktop.usecases.audit_review import ReviewWeek
from medbill_desktop.usecases.kits import MadeKit


def weeks_row(weeks: Sequence[ReviewWeek], *, staff: bool) -> QueueRow | None:
    """Return the overdue weeks, of everybody or of the own staff; one that has just ended waits without being shown."""
    late = [each for each in weeks if each.overdue]
    if not late:
        return None
    what = "Weekly reviews of your own staff" if staff else "Weekly reviews of the audit log"
    return QueueRow("audit", what, Status(Tone.STOP, "Overdue"), len(late), late[-1].week, place="review")


def access_row(quarters: Sequence[Quarter]) -> QueueRow | None:
    """Return what is overdue, whose own rights nobody judged, else what the last review said is to be done still."""
    late = [each for each in quarters if each.overdue and not each.signed]
    to_judge = [each for each in quarters if each.for_me]
    undone = sum(each.undone for each in quarters)
    if late:
        oldest, state = late[-1].quarter, Status(Tone.STOP, "Overdue")
        return _access("Quarterly reviews of who may do what", state, len(late), oldest)
    if to_judge:
        overdue = any(each.overdue for each in to_judge)
        state = Status(Tone.STOP, "Overdue") if overdue else Status(Tone.WARN, "To judge")
        return _access("Reviewers whose own rights nobody judged", state, len(to_judge), to_judge[-1].quarter)
    return _access("People whose roles were to change", Status(Tone.WARN, "To do"), undone) if undone else None


def kits_row(made: Sequence[MadeKit]) -> QueueRow | None:
    """Tell an owner of a kit that no owner made: whoever keeps its page could come in as the owner."""
    if not made:
        return None
    state, oldest = Status(Tone.STOP, "To acknowledge"), made[-1].made_at.astimezone().date()
    what = "Recovery kits that an officer made"
    return QueueRow("kits", what, state, len(made), oldest, page="settings", place="security")


def _access(what: str, state: Status, count: int, oldest: date | None = None) -> QueueRow:
    return QueueRow("access", what, state, count, oldest, page="audit", place="access")
